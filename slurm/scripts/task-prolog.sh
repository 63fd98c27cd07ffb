#!/bin/sh
# TaskProlog of slurm.conf, for sites that do not load the SPANK plug-in: records the jobs whose
# user has set SLURM_JOULEPATH=1 (sbatch --export=ALL,SLURM_JOULEPATH=1). What it prints as
# "export NAME=value" is set for the task. It needs no PATH and no HOME and always ends with 0.
self=$(PATH=/usr/bin:/bin readlink -f "$0" 2>/dev/null)
prefix=${self%/libexec/joulepath/slurm/*}
library="$prefix/lib/libjoulepath.so"
if [ "${SLURM_JOULEPATH:-}" = 1 ] && [ -r "$library" ]; then
  case ":${LD_PRELOAD:-}:" in
    *":$library:"*) ;;
    *) printf 'export LD_PRELOAD=%s\n' "$library${LD_PRELOAD:+:$LD_PRELOAD}" ;;
  esac
fi
exit 0
