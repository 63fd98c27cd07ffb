#!/usr/bin/env python3
"""Size of the files, and CPU time and peak memory of gather and report, against the number of nodes
and the length of a run: prints the table of docs/scale.md.

scale.py [--build DIR] [--ranks N] [--nodes N,N...] [--seconds N,N...] [--folder DIR]

The runs are made by write_run.cpp: first all numbers of nodes at the first length, then all
lengths at the first number of nodes.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import mpi_runs  # noqa: E402


def measured(*command):
    """Seconds of CPU time, which other work on the machine does not change, and peak MiB."""
    child = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def mib(path):
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files) / 2**20


def row(programs, folder, nodes, ranks, seconds):
    parts, trace = folder / "parts", folder / "trace.h5"
    subprocess.run([programs / "write_run", parts, str(nodes), str(ranks), str(seconds)],
                   check=True)
    gather = measured(programs / "joulepath", "gather", "-o", trace, parts)
    report = measured(programs / "joulepath", "report", "--json", trace)
    print(f"| {nodes} | {seconds} | {mib(parts):.0f} | {mib(trace):.0f} | {gather[0]:.2f} | "
          f"{gather[1]:.0f} | {report[0]:.2f} | {report[1]:.0f} |", flush=True)
    shutil.rmtree(parts)
    trace.unlink()


def numbers(text):
    return [int(word) for word in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=mpi_runs.DEFAULT_BUILD)
    parser.add_argument("--ranks", type=int, default=32)
    parser.add_argument("--nodes", type=numbers, default=[8, 16, 32, 64, 128])
    parser.add_argument("--seconds", type=numbers, default=[10, 20, 40, 80])
    parser.add_argument("--folder", default=None)
    options = parser.parse_args()
    programs = pathlib.Path(options.build) / "bin"
    shapes = [(nodes, options.seconds[0]) for nodes in options.nodes]
    shapes += [(options.nodes[0], seconds) for seconds in options.seconds[1:]]
    print("| nodes | s | parts MiB | trace MiB | gather CPU s | MiB | report CPU s | MiB |\n"
          "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for nodes, seconds in shapes:
            row(programs, pathlib.Path(folder), nodes, options.ranks, seconds)


if __name__ == "__main__":
    main()
