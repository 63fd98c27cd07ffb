#!/usr/bin/env bash
# Shows Joulepath at work: builds it, runs a small MPI solver under it, prints where the
# joules went, and says where the trace lies.
#
# usage: tools/demo.sh [--no-install] [--ranks N] [--output FILE]
#   --no-install    install no packages; end with 3 if some are missing
#   --ranks N       ranks of the solver (4)
#   --output FILE   the trace (default: in a new folder under $TMPDIR or /tmp)
set -euo pipefail

usage() {
  sed -n '5,8p' "$0" | sed 's/^# \{0,1\}//'
}

install_options=()
ranks=4
trace=
while [[ $# -gt 0 ]]; do
  case "$1" in
    --no-install) install_options+=(--no-install) ;;
    --ranks) [[ ${2-} =~ ^[1-9][0-9]*$ ]] || { usage >&2; exit 2; }
      ranks=$2; shift ;;
    --output) [[ -n ${2-} ]] || { usage >&2; exit 2; }
      trace=$(realpath -m -- "$2"); shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

cd "$(dirname "$0")/.."
cat <<END
Joulepath demonstration
  1. installs the packages to build it and Open MPI, if any are missing (they are named)
  2. builds Joulepath into build/release
  3. runs a Poisson solver on $ranks ranks under it, some seconds long
  4. prints the report
Nothing is installed outside the distribution's packages.

END

echo "== 1. packages"
bash tools/install-packages.sh "${install_options[@]}" build mpi

echo "== 2. build"
# The distribution's Python, whatever others the PATH may hold.
cmake --preset release --log-level=WARNING -DPython3_EXECUTABLE=/usr/bin/python3
cmake --build --preset release

launcher=$(command -v mpirun.openmpi || command -v mpirun)
launch=("$launcher" -n "$ranks")
if "$launcher" --version 2>/dev/null | grep -q 'Open MPI\|OpenRTE'; then
  # Open MPI refuses more ranks than cores, and root, unless told.
  [[ $ranks -le $(nproc) ]] || launch+=(--oversubscribe)
  if [[ $(id -u) -eq 0 ]]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
  # Containers forbid the single-copy path, and Open MPI would say so on every message.
  export OMPI_MCA_btl_vader_single_copy_mechanism=none
fi
if [[ -z $trace ]]; then
  trace=$(mktemp -d "${TMPDIR:-/tmp}/joulepath-demo.XXXXXX")/trace.h5
fi

echo "== 3. run and 4. report"
command=(build/release/bin/joulepath run --output "$trace" --
  "${launch[@]}" build/release/bin/minisolve)
echo "+ ${command[*]}"
"${command[@]}"

echo
echo "The trace: $trace"
echo "See it again: build/release/bin/joulepath report $trace"
