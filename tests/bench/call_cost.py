#!/usr/bin/env python3
"""What the shim adds to an MPI call, against a bare call, an empty pass-through and the
floor (two reads of the time-stamp counter and an addition): prints a table for each MPI.

call_cost.py [--build DIR] [--rounds N] [--events]. With --events in event mode, against the
floor of that: two reads and a store of 32 bytes. The four ways run interleaved, in another order
each round. "added" is the difference of the minima over all rounds, in ns a call; in
parentheses the median of the differences of the medians of each round. The last column
is added(joulepath) / added(floor) of the minima. It prints, and judges nothing.
"""

import argparse
import statistics
import sys

import mpi_runs

WAYS = ("bare", "passthrough", "floor", "joulepath")
LIBRARIES = {"events": {"floor": "event_floor", "joulepath": "joulepath-events"}, "totals": {}}


def one_run(where, mpi, ranks, library):
    """{function: (minimum, median)} in ns of one run."""
    text, _ = mpi_runs.run(where, mpi, ranks, library, [where.program(mpi, "call_cost")])
    rows = [line.rsplit(" ", 2) for line in text.splitlines()]
    return {name: (float(least), float(median)) for name, least, median in rows}


def measure(where, mpi, rounds, libraries):
    """{function: {way: [(minimum, median) of each round]}}"""
    found = {}
    for round_number in range(rounds):
        for ranks in (1, 2):
            for step in range(len(WAYS)):
                way = WAYS[(step + round_number) % len(WAYS)]
                for name, cost in one_run(where, mpi, ranks,
                                          libraries.get(way, way)).items():
                    found.setdefault(name, {w: [] for w in WAYS})[way].append(cost)
    return found


def least(costs):
    return min(minimum for minimum, _ in costs)


def added_text(by_way, way):
    minima = least(by_way[way]) - least(by_way["bare"])
    medians = statistics.median(a[1] - b[1] for a, b in zip(by_way[way], by_way["bare"]))
    return f"{minima:6.1f} ({medians:6.1f})"


def ratio_text(by_way):
    floor = least(by_way["floor"]) - least(by_way["bare"])
    ours = least(by_way["joulepath"]) - least(by_way["bare"])
    return f"{ours / floor:5.2f}" if floor > 0 else "  n/a"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=mpi_runs.DEFAULT_BUILD)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--events", action="store_true")
    options = parser.parse_args()
    with mpi_runs.setting(options.build) as where:
        mpis = where.mpis("call_cost")
        if not mpis:
            print(f"no call_cost in {where.build}: configure with "
                  "-DJOULEPATH_BUILD_BENCHMARKS=ON", file=sys.stderr)
            return 1
        for mpi in mpis:
            found = measure(where, mpi, options.rounds,
                            LIBRARIES["events" if options.events else "totals"])
            print(f"{mpi}: ns a call, {options.rounds} interleaved rounds, "
                  f"{mpi_runs.load_note()}")
            print(f"{'function':<18} {'bare':>8} {'+ pass-through':>16} {'+ floor':>16} "
                  f"{'+ joulepath':>16} {'/ floor':>7}")
            for name, by_way in found.items():
                columns = " ".join(f"{added_text(by_way, way):>16}" for way in WAYS[1:])
                print(f"{name:<18} {least(by_way['bare']):8.1f} {columns} "
                      f"{ratio_text(by_way):>7}")
            print(flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
