#!/usr/bin/env python3
"""Gather and report by one process and by several: seconds by the clock, the CPU time of the process
that had most, and its peak memory. Ends with 1 where their results differ.

together.py [--build DIR] [--ranks N] [--model steps|dense|coarse] [--folder DIR] [--processes N]
            NODESxSECONDS...

The processes are started as mpirun would, by the variables it sets. The runs are those of scale.py.
"""

import argparse
import filecmp
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve()
sys.path += [str(HERE.parent), str(HERE.parents[1])]
import mpi_runs  # noqa: E402
import scale  # noqa: E402


def run(processes, out, *command):
    """(seconds, most CPU seconds of one, most MiB of one); standard output is written to `out`."""
    begin = time.monotonic()
    children = []
    with open(out, "wb") as output:
        for rank in range(processes):
            numbers = {} if processes == 1 else {"OMPI_COMM_WORLD_RANK": str(rank),
                                                 "OMPI_COMM_WORLD_SIZE": str(processes)}
            children.append(subprocess.Popen([str(word) for word in command], stdout=output,
                                             env={**os.environ, **numbers}))
    used = []
    for child in children:
        _, status, usage = os.wait4(child.pid, 0)
        if status != 0:
            sys.exit(f"failed: {' '.join(map(str, command))}")
        used.append(usage)
    return (time.monotonic() - begin, max(one.ru_utime + one.ru_stime for one in used),
            max(one.ru_maxrss for one in used) / 1024)


def measure(programs, folder, nodes, seconds, options):
    parts = folder / "parts"
    made = min(nodes, scale.MOST_MADE)
    subprocess.run([programs / "write_run", parts, str(made), str(options.ranks), str(seconds),
                    options.model], check=True)
    if nodes > made:
        scale.add_copies(parts, nodes, options.ranks)
    rows = {"gather": [], "report": []}
    for processes in (1, options.processes):
        trace = folder / f"by-{processes}.h5"
        rows["gather"].append(run(processes, folder / "gathered", programs / "joulepath", "gather",
                                  "-o", trace, parts))
        # Both report on one trace, and last on the other one: it must show the same.
        rows["report"].append(run(processes, folder / f"report-{processes}",
                                  programs / "joulepath", "report", "--json", folder / "by-1.h5"))
    shutil.rmtree(parts)
    run(1, folder / "report-other", programs / "joulepath", "report", "--json",
        folder / f"by-{options.processes}.h5")
    for what, figures in rows.items():
        shown = [f"{value:.0f}" if at % 3 == 2 else f"{value:.1f}"
                 for at, value in enumerate(figures[0] + figures[1])]
        print(options.model, nodes, seconds, what, options.processes, *shown, sep="\t", flush=True)
    reports = [folder / f"report-{name}" for name in (1, options.processes, "other")]
    if not all(filecmp.cmp(reports[0], other, shallow=False) for other in reports[1:]):
        sys.exit("the results differ")
    for trace in folder.glob("by-*.h5"):
        trace.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=mpi_runs.DEFAULT_BUILD)
    parser.add_argument("--ranks", type=int, default=64)
    parser.add_argument("--model", default="coarse", choices=("steps", "dense", "coarse"))
    parser.add_argument("--folder", default=None)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("shapes", type=scale.shape, nargs="+", metavar="NODESxSECONDS")
    options = parser.parse_args()
    programs = pathlib.Path(options.build).resolve() / "bin"
    print("model", "nodes", "s", "what", "by", *(f"{what} {many}" for many in ("by one", "by several")
                                                 for what in ("s", "CPU s", "MiB")), sep="\t")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for nodes, seconds in options.shapes:
            measure(programs, pathlib.Path(folder), nodes, seconds, options)


if __name__ == "__main__":
    main()
