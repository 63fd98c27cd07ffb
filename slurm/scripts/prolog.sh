#!/bin/sh
# Prolog of slurm.conf: lets the job's user read the node's board, and starts joulepathd where
# none runs (it ends with the last job). It needs no PATH and no HOME, prints nothing, takes no
# longer than some seconds, and always ends with 0: a failing Prolog would drain the node. What
# goes wrong is said in the system's log. Options of joulepathd: /etc/joulepath/joulepathd.conf
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
unset LD_PRELOAD LD_LIBRARY_PATH
self=$(readlink -f "$0")
prefix=${self%/libexec/joulepath/slurm/*}
exec </dev/null >/dev/null 2>&1
number() { # number TEXT: digits and nothing else
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  [ "${#1}" -le 10 ]
}
number "${SLURM_JOB_ID:-}" && number "${SLURM_JOB_UID:-}" || exit 0
cd / || exit 0
timeout -k 1 10 "$prefix/bin/joulepathd" \
  --admit "$SLURM_JOB_UID" --job "$SLURM_JOB_ID" --start
exit 0
