#!/bin/sh
# Epilog of slurm.conf: takes away what a job's killed recorders left in the node's shared memory,
# as the job's user, and takes back the user's right to the board. It needs no PATH and no HOME,
# prints nothing, takes no longer than half a minute, and always ends with 0: a node is never
# drained for our sake.
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
number "${SLURM_JOB_ID:-}" && number "${SLURM_JOB_UID:-}" && number "${SLURM_JOB_GID:-}" || exit 0
timeout -k 1 5 "$prefix/bin/joulepathd" \
  --dismiss "$SLURM_JOB_UID" --job "$SLURM_JOB_ID"
# The sessions of a heterogeneous job's parts have the number of its first.
job=$SLURM_JOB_ID
number "${SLURM_HET_JOB_ID:-}" && job=$SLURM_HET_JOB_ID
cd / || exit 0
timeout -k 1 20 setpriv --reuid="$SLURM_JOB_UID" --regid="$SLURM_JOB_GID" --clear-groups \
  --no-new-privs "$prefix/bin/joulepath" slurm --settle "$job"
exit 0
