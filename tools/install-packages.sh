#!/usr/bin/env bash
# Installs the distribution's packages that Joulepath needs: only what is missing, and
# only after saying what. Debian 12 and 13 and Ubuntu 24.04 (same names; on Ubuntu most are in
# "universe"). It removes, upgrades and configures nothing else.
#
# usage: tools/install-packages.sh [--no-install] GROUP...
#   build   compilers and libraries       mpi    Open MPI, for the demonstration
#   test    what the tests run            lint   clang, clang-format
#   --no-install   install nothing: if something is missing, list it and end with 3
#
# Ends with 0: all there (or, with --no-install, no apt to ask); 1: installing failed;
# 2: usage; 3: missing, and not to be installed or no way to.
set -euo pipefail

build=(g++ cmake ninja-build pkg-config python3 libhdf5-dev zlib1g-dev libhwloc-dev libfmt-dev
  libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libeigen3-dev)
mpi=(openmpi-bin libopenmpi-dev)
test=(mpich libmpich-dev gfortran hdf5-tools python3-h5py python3-numpy python3-mpi4py
  lammps hpcc libgtest-dev libbenchmark-dev libfuse3-dev procps iproute2 openipmi libopenipmi-dev
  libfreeipmi-dev libpapi-dev libze1 libze-dev librocm-smi64-1
  clang libomp-dev
  munge slurmctld slurmd slurm-client slurm-wlm-basic-plugins slurm-wlm-hdf5-plugin libslurm-dev
  iproute2 util-linux)
# What the rig of tests/rigs/kernel runs; it uses Debian's kernel and Debian's names. Kokkos for
# tests/programs has no such name elsewhere.
debian_test=(qemu-system-x86 linux-perf likwid linux-cpupower make acpica-tools
  libtrilinos-kokkos-dev)
lint=(clang clang-format)

usage() {
  echo "usage: tools/install-packages.sh [--no-install] build|mpi|test|lint ..." >&2
  exit 2
}

may_install=yes
wanted=()
for argument in "$@"; do
  case "$argument" in
    --no-install) may_install=no ;;
    build) wanted+=("${build[@]}") ;;
    mpi) wanted+=("${mpi[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    lint) wanted+=("${lint[@]}") ;;
    *) usage ;;
  esac
done
[[ ${#wanted[@]} -gt 0 ]] || usage

# shellcheck source=/dev/null
system=$( (. /etc/os-release && echo "$ID $VERSION_ID") 2>/dev/null || uname -s)
if [[ $system == debian* && " $* " == *" test "* ]]; then wanted+=("${debian_test[@]}"); fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  if [[ $may_install == no ]]; then
    echo "install-packages: \"$system\" has no apt: not checked what is missing."
    exit 0
  fi
  cat >&2 <<END
install-packages: "$system" has no apt. Install by hand what these Debian packages hold,
then call again with --no-install:
  ${wanted[*]}
To build: g++ >= 12 or clang >= 14, CMake >= 3.25, Ninja, pkg-config, Python 3, and with
headers HDF5 >= 1.10 (serial), hwloc >= 2.4, fmt, CLI11, toml++, nlohmann-json, Eigen 3.
END
  exit 3
fi

is_installed() {
  [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

missing=()
for package in "${wanted[@]}"; do
  is_installed "$package" || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then
  echo "install-packages: all ${#wanted[@]} packages needed are installed."
  exit 0
fi

if [[ $may_install == no ]]; then
  echo "install-packages: missing, and --no-install was given:" >&2
  printf '  %s\n' "${missing[@]}" >&2
  exit 3
fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "install-packages: missing, and there is no sudo; as root, run:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 3
  fi
  as_root=(sudo)
fi

case "$system" in
  "debian 12" | "debian 13" | "ubuntu 24.04") ;;
  *) echo "install-packages: the names are those of Debian 12 and 13 and Ubuntu 24.04;" \
    "\"$system\" may call some of them differently." >&2 ;;
esac

echo "install-packages: installing with apt-get${as_root[*]:+ through sudo}:"
printf '  %s\n' "${missing[@]}"

apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"
}
# A list of packages that names all of them is fresh enough; on a bare image there is none.
names_all_missing() {
  local package
  for package in "${missing[@]}"; do
    apt-cache show "$package" >/dev/null 2>&1 || return 1
  done
}
names_all_missing || apt_get update
if ! apt_get install -y --no-install-recommends "${missing[@]}"; then
  # The list may name versions that the mirror no longer has.
  apt_get update
  if ! apt_get install -y --no-install-recommends "${missing[@]}"; then
    echo "install-packages: apt-get could not install all of: ${missing[*]}" >&2
    exit 1
  fi
fi
