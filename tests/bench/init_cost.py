#!/usr/bin/env python3
"""What the preloaded shim adds to MPI_Init, MPI_Finalize and the wall time of a program
that does nothing else, the start of the recorder included: prints a table.

init_cost.py [--build DIR] [--pairs N] [--ranks 1 2 4]. Bare and preloaded runs take turns;
the recorder of a run has ended before the next begins. Times in ms: medians, and of the
added the median of the differences pair by pair with its quartiles.
"""

import argparse
import statistics
import sys

import mpi_runs


def one_run(where, mpi, ranks, library):
    """(Init, Finalize, wall) in ms."""
    text, wall_s = mpi_runs.run(where, mpi, ranks, library, [where.program(mpi, "init_finalize")])
    init, finalize = map(float, text.split())
    return init, finalize, wall_s * 1e3


def pairs_of(where, mpi, ranks, count):
    found = []
    for pair in range(count):
        order = ("bare", "joulepath") if pair % 2 == 0 else ("joulepath", "bare")
        times = {library: one_run(where, mpi, ranks, library) for library in order}
        found.append((times["bare"], times["joulepath"]))
    return found


def row(name, pairs, take):
    bare = [take(a) for a, _ in pairs]
    ours = [take(b) for _, b in pairs]
    low, middle, high = statistics.quantiles([b - a for a, b in zip(bare, ours)], n=4)
    return (f"  {name:<18} {statistics.median(bare):9.1f} {statistics.median(ours):9.1f} "
            f"{middle:9.1f} {low:9.1f} ... {high:.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=mpi_runs.DEFAULT_BUILD)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4])
    options = parser.parse_args()
    with mpi_runs.setting(options.build) as where:
        for mpi in where.mpis("init_finalize"):
            for ranks in options.ranks:
                pairs = pairs_of(where, mpi, ranks, options.pairs)
                print(f"{mpi}, {ranks} ranks: ms, {options.pairs} interleaved pairs, "
                      f"{mpi_runs.load_note()}")
                print(f"  {'':<18} {'bare':>9} {'preload':>9} {'added':>9}   quartiles")
                print(row("MPI_Init", pairs, lambda t: t[0]))
                print(row("MPI_Finalize", pairs, lambda t: t[1]))
                print(row("Init + Finalize", pairs, lambda t: t[0] + t[1]))
                print(row("wall, with mpirun", pairs, lambda t: t[2]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
