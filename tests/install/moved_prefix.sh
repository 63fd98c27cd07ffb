#!/usr/bin/env bash
# Installs a finished build to a prefix, moves the prefix elsewhere, and uses it there:
# an installed Joulepath works from any folder and remembers none.
#
# usage: moved_prefix.sh BUILD_DIR C_COMPILER
set -euo pipefail

build=$(realpath "$1")
compiler=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/joulepath-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
# Nothing of the caller's may help the installed tree to find its parts.
unset LD_LIBRARY_PATH LD_PRELOAD
for variable in "${!JOULEPATH_@}"; do unset "$variable"; done

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

cmake --install "$build" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/second"
prefix=$(realpath "$work/second")
joulepath=$prefix/bin/joulepath
cd "$work"

echo "-- joulepath --version"
"$joulepath" --version | grep -E '[0-9]+\.[0-9]+\.[0-9]+' || fail "--version names no version"

echo "-- joulepath preload"
library=$("$joulepath" preload)
[[ $library == /* ]] || fail "preload prints no absolute path: $library"
[[ -f $library ]] || fail "preload names a file that is not there: $library"
[[ $(realpath "$library") == "$prefix"/* ]] || fail "preload points out of the prefix: $library"
LD_PRELOAD=$library /bin/true || fail "the preloaded library disturbs /bin/true"

echo "-- joulepath run"
"$joulepath" run --output "$work/true.h5" -- true || fail "run -- true ended with $?"
[[ -s $work/true.h5 ]] || fail "run left no trace"
code=0
"$joulepath" run --output "$work/three.h5" -- sh -c 'exit 3' || code=$?
[[ $code -eq 3 ]] || fail "run ended with $code where the program ended with 3"

echo "-- a C program with joulepath.h, with and without the library"
cat >"$work/user.c" <<'END'
#include <joulepath/joulepath.h>
#include <stdio.h>
int main(void) {
  joulepath_phase_begin("solve");
  joulepath_phase_end();
  const int error = joulepath_energy_j(JOULEPATH_NODE, NULL, NULL, NULL);
  printf("%s\n", error == JOULEPATH_NOT_RECORDED ? "not recorded" : "recorded");
  return 0;
}
END
flags=$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags joulepath)
[[ $flags == *"$prefix"* || $(realpath -m "${flags#-I}") == "$prefix/include" ]] ||
  fail "joulepath.pc points out of the prefix: $flags"
# shellcheck disable=SC2086 # the flags are words
"$compiler" -std=c99 -Wall -Wextra -Wpedantic -Werror $flags -o "$work/user" "$work/user.c" -ldl
[[ $("$work/user") == "not recorded" ]] || fail "joulepath.h finds a library where there is none"
[[ $("$joulepath" run -q --output "$work/user.h5" -- "$work/user" 2>"$work/user.err") == recorded ]] ||
  fail "a program with joulepath.h was not recorded: $(cat "$work/user.err")"

echo "-- the Python package and the Fortran module"
python_folder=$("$joulepath" preload --python)
[[ $python_folder == $(realpath "$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig \
  pkg-config --variable=python_path joulepath)") ]] || fail "joulepath.pc and preload --python differ"
PYTHONPATH=$python_folder PYTHONDONTWRITEBYTECODE=1 python3 -c '
import joulepath
with joulepath.phase("solve"), joulepath.Meter() as meter:
    pass
assert meter.energy.value is None and "joulepath run" in meter.energy.reason' ||
  fail "the Python package cannot be used"
[[ -f $("$joulepath" preload --fortran) ]] || fail "the Fortran module is not installed"
[[ -f $("$joulepath" preload --include)/joulepath/joulepath.h ]] || fail "the header is not there"
code=0
"$joulepath" preload --python --include 2>/dev/null || code=$?
[[ $code -eq 2 ]] || fail "two places at once are no usage error but $code"

echo "-- no trace of the build folder"
# systemd wants a whole path: the unit has that of the prefix it was installed to.
unit=lib/systemd/system/joulepathd.service
grep -qxF "ExecStart=$work/first/bin/joulepathd" "$prefix/$unit" || fail "$unit starts another program"
if grep -rIlF -e "$build" -e "$work/first" --exclude="${unit##*/}" "$prefix"; then
  fail "the text files above name the folder of the build or of the first prefix"
fi
elf_files=0
while IFS= read -r -d '' file; do
  [[ $(head -c 4 "$file" | tr -d '\0') == $'\x7fELF' ]] || continue
  elf_files=$((elf_files + 1))
  # Constants of the program; the debug information may name its sources.
  for section in .rodata .data; do
    if readelf -p "$section" "$file" 2>/dev/null | grep -F "$build"; then
      fail "$file has the build folder among its constants"
    fi
  done
  run_paths=$(readelf -d "$file" | sed -n 's/.*(R\(UN\)\?PATH).*\[\(.*\)\]/\2/p')
  while IFS= read -r -d : run_path; do
    # shellcheck disable=SC2016 # the loader's $ORIGIN, not the shell's
    [[ -z $run_path || $run_path == '$ORIGIN'* ]] || fail "$file looks for libraries in $run_path"
  done <<<"$run_paths:"
done < <(find "$prefix" -type f -print0)
[[ $elf_files -ge 2 ]] || fail "the installed tree holds $elf_files programs and libraries"
echo "passed: $elf_files programs and libraries, moved"
