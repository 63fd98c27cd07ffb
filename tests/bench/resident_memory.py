#!/usr/bin/env python3
"""Resident memory the preloaded shim adds to each rank: prints a table.

resident_memory.py [--build DIR] [--pairs N] [--ranks N]. RSS counts every page a rank
has; PSS counts a page shared by n processes as 1/n, as the pages of libjoulepath.so and
of the channel (which the recorder maps too) are. KiB: medians over ranks and pairs.
"""

import argparse
import statistics
import sys

import mpi_runs


def one_run(where, mpi, ranks, library):
    """[(RSS, PSS) in KiB of each rank]"""
    text, _ = mpi_runs.run(where, mpi, ranks, library,
                           [where.program(mpi, "init_finalize"), "memory"])
    return [tuple(map(int, line.split())) for line in text.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=mpi_runs.DEFAULT_BUILD)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--ranks", type=int, default=2)
    options = parser.parse_args()
    with mpi_runs.setting(options.build) as where:
        print(f"{'KiB a rank':<12} {'bare':>8} {'preload':>8} {'added':>8}")
        for mpi in where.mpis("init_finalize"):
            found = {"bare": [], "joulepath": []}
            for _ in range(options.pairs):
                for library, rows in found.items():
                    rows += one_run(where, mpi, options.ranks, library)
            for column, name in enumerate(("RSS", "PSS")):
                bare, ours = (statistics.median(row[column] for row in found[library])
                              for library in ("bare", "joulepath"))
                print(f"{mpi:<8}{name:<4} {bare:8.0f} {ours:8.0f} {ours - bare:8.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
