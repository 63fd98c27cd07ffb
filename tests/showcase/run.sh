#!/usr/bin/env bash
# The showcase of docs/showcase.md: builds what it needs, records a hybrid program on two sockets
# and two GPUs whose truth is known, at rates from 1 Hz to 1 kHz, prints tables and draws
# pictures. Takes about eight minutes, with --quick one.
#
# usage: tests/showcase/run.sh [--no-install] [--quick] [--seconds N] [--docs FOLDER]
#   --no-install   install no packages; end with 3 if some are missing
#   --quick        short runs at three rates
#   --seconds N    length of each run (20)
#   --docs FOLDER  rewrite FOLDER/showcase.md and its pictures (docs); without it the pictures
#                  are in build/dev/showcase
set -euo pipefail

install_options=()
options=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --no-install) install_options+=(--no-install) ;;
    --quick) options+=("$1") ;;
    --seconds | --docs) [[ -n ${2-} ]] || { sed -n '6,11p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }
      options+=("$1" "$2"); shift ;;
    -h | --help) sed -n '6,11p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    *) sed -n '6,11p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
  esac
  shift
done

cd "$(dirname "$0")/../.."
python=/usr/bin/python3 # the distribution's, which has h5py
bash tools/install-packages.sh "${install_options[@]}" build mpi test
cmake --preset dev --log-level=WARNING -DPython3_EXECUTABLE="$python"
cmake --build --preset dev --target joulepath joulepath-recorder joulepath_shim \
  joulepath_trace_module fake_nvml showcase_chips showcase_program
PYTHONDONTWRITEBYTECODE=1 "$python" tests/showcase/showcase.py "${options[@]}"
