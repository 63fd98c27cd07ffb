#!/usr/bin/env python3
"""Holds the #include lines of the source tree to the allowed layers.

    core/base <- core/record <- core/trace          core/analysis on base and record
    sensors, pmpi, slurm on core/{base,record}      tools on all of core and sensors

Also: hdf5.h only in core/trace; nothing but the language and the system in core/base,
core/record and pmpi; mpi.h nowhere but in the demonstration; other libraries' headers
only in .cpp and .c files. It reads text: it knows nothing of link lines or macros.

usage: check_layers.py SOURCE_DIR     ends with 1 and one line for each wrong include
"""
import re
import sys
from pathlib import Path

LOW = {"core/base", "core/record"}
CORE = LOW | {"core/trace", "core/analysis"}
# Area -> areas it may include, besides itself. The longest matching path is the area.
ALLOWED = {
    "core/base": set(),
    "core/record": {"core/base"},
    "core/trace": LOW,
    "core/analysis": LOW,
    "sensors": LOW,
    "pmpi": LOW,
    "slurm": LOW,
    "tools": CORE | {"sensors"},
    # Programs of users, built without us: they may use MPI, and nothing of ours.
    "tools/demo": set(),
}
# Here no library's header may be seen: this code runs inside the application.
BARE = {"core/base", "core/record", "pmpi"}
# What others see as <joulepath/...> lies in this area.
PUBLIC_PREFIX = "joulepath/"
PUBLIC_AREA = "pmpi"

SUFFIXES = {".c", ".cpp", ".h", ".hpp", ".inc", ".in"}
SOURCE_SUFFIXES = {".c", ".cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')

# Headers of the language, the C library, POSIX, Linux and the compiler.
SYSTEM = re.compile(r"^([a-z_0-9]+|(sys|linux|asm|netinet|arpa)/[a-z_0-9/-]+\.h)$")
SYSTEM_H = {
    name + ".h"
    for name in (
        "assert complex ctype cpuid dirent dlfcn elf endian errno fcntl features fenv float "
        "fnmatch ftw getopt glob grp iconv ifaddrs immintrin inttypes iso646 langinfo libgen "
        "limits link locale malloc math mntent monetary mqueue netdb poll pthread pwd "
        "regex sched search semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool "
        "stddef stdint stdio stdlib stdnoreturn string strings syscall syslog tgmath threads "
        "time uchar ucontext unistd utime utmpx wchar wctype wordexp x86intrin"
    ).split()
}
HDF5 = re.compile(r"^(hdf5|hdf5_hl|H5[A-Za-z0-9]*)\.h$|^highfive/")


def area_of(path):
    """The longest area a path from the top belongs to, or None."""
    found = [area for area in ALLOWED if path == area or path.startswith(area + "/")]
    return max(found, key=len, default=None)


def resolve(root, source, name):
    """The path from the top that an include means, or None: not a file of ours."""
    beside = source.parent / name
    if beside.is_file():
        return beside.resolve().relative_to(root).as_posix()
    if name.startswith(PUBLIC_PREFIX):
        return f"{PUBLIC_AREA}/include/{name}"
    # By prefix, not by existence: generated files are not in the source tree.
    if area_of(name) or name.startswith("core/"):
        return name
    if name.endswith(".inc") and "/" not in name:
        return beside.relative_to(root).as_posix()  # generated for its own layer
    return None


def is_system(name):
    return bool(SYSTEM.match(name)) or name in SYSTEM_H


def fault(root, source, area, name):
    """What is wrong with this include, or None."""
    target = resolve(root, source, name)
    if target is not None:
        other = area_of(target)
        if other != area and other not in ALLOWED[area]:
            return f"{area} must not use {other or target}"
        return None
    if is_system(name):
        return None
    if name == "mpi.h":
        return None if area == "tools/demo" else "mpi.h belongs to programs of users"
    if area in BARE:
        return f"{area} runs inside the application and must not use a library's header"
    if HDF5.match(name) and area != "core/trace":
        return "HDF5 belongs to core/trace alone"
    if source.suffix not in SOURCE_SUFFIXES:
        return "a library's header belongs into a .cpp file"
    return None


def check(root):
    """(files read, faults as 'file:line: include: reason')."""
    root = Path(root).resolve()
    count, faults = 0, []
    for top in sorted({area.split("/")[0] for area in ALLOWED}):
        for source in sorted((root / top).rglob("*")):
            if source.suffix not in SUFFIXES or not source.is_file():
                continue
            count += 1
            path = source.relative_to(root).as_posix()
            area = area_of(path)
            lines = source.read_text(encoding="utf-8", errors="replace").splitlines()
            for number, line in enumerate(lines, start=1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                if area is None:
                    faults.append(f"{path}:{number}: lies in no known layer")
                    break
                name = match.group(1) or match.group(2)
                reason = fault(root, source, area, name)
                if reason:
                    faults.append(f"{path}:{number}: {name}: {reason}")
    return count, faults


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip().splitlines()[-1], file=sys.stderr)
        return 2
    count, faults = check(arguments[0])
    if count == 0:
        faults.append(f"{arguments[0]}: no sources found")
    for line in faults:
        print(line, file=sys.stderr)
    print(f"{count} files, {len(faults)} forbidden includes")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
