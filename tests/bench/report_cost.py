#!/usr/bin/env python3
"""Time and peak memory of `joulepath report` on a long trace: prints a table.

report_cost.py [--build DIR] [--seconds N] [--runs N] [--cycles] [--cores]: one node, 64 lanes
with two active cells each, four counters, 100 ticks a second; if wanted with the cycles of each
lane, and with a counter of each of 64 cores, read each second; as the recorder writes it, and
gathered (compressed). Wall time in s, peak resident memory in MiB; minimum and median of the runs.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mpi_runs


def report(joulepath, trace):
    begin = time.monotonic()
    child = subprocess.Popen([joulepath, "report", "--json", trace], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"joulepath report failed on {trace}")
    return time.monotonic() - begin, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=mpi_runs.DEFAULT_BUILD)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cycles", action="store_true")
    parser.add_argument("--cores", action="store_true")
    options = parser.parse_args()
    extras = [name for name in ("cycles", "cores") if getattr(options, name)]
    programs = Path(options.build) / "bin"
    joulepath = programs / "joulepath"
    with tempfile.TemporaryDirectory() as folder:
        node, whole = Path(folder) / "node.h5", Path(folder) / "trace.h5"
        subprocess.run([programs / "write_long_trace", node, str(options.seconds), *extras],
                       check=True)
        subprocess.run([joulepath, "gather", "--output", whole, node], check=True)
        print(f"{'trace of ' + str(options.seconds) + ' s':<22} {'file MiB':>9} {'min s':>7} "
              f"{'median s':>9} {'peak MiB':>9}")
        for name, trace in (("as recorded", node), ("gathered", whole)):
            runs = [report(joulepath, trace) for _ in range(options.runs)]
            seconds = [run[0] for run in runs]
            print(f"{name:<22} {trace.stat().st_size / 2**20:9.0f} {min(seconds):7.2f} "
                  f"{statistics.median(seconds):9.2f} {max(run[1] for run in runs):9.0f}")


if __name__ == "__main__":
    main()
