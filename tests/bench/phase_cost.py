#!/usr/bin/env python3
"""What it costs to begin and end a phase: bare (no library is preloaded), with a library
whose functions do nothing, and recorded. Prints a table and judges nothing.

phase_cost.py [--build DIR] [--rounds N]. The ways run interleaved, in another order each
round. Figures are ns for one begin and its end: the least over all rounds, and in
parentheses the median of the rounds' medians. The last column is recorded minus bare.
"""

import argparse
import statistics
import subprocess
import sys

import mpi_runs

WAYS = ("bare", "nothing", "recorded")


def command(where, way):
    program = [str(where.build / "tests" / "bench" / "phase_cost")]
    if way != "recorded":
        return program
    where.runs += 1
    joulepath = where.build / "bin" / "joulepath"
    trace = where.folder / f"{where.runs}.h5"
    return [str(joulepath), "run", "-q", "-o", str(trace), "--", *program]


def one_run(where, way):
    """{name: (minimum, median)} in ns of one run."""
    environment = mpi_runs.launcher_environment()
    environment["JOULEPATH_SHM_DIR"] = str(where.shared)
    if way == "nothing":
        environment["LD_PRELOAD"] = str(where.library("phase_nothing"))
    done = subprocess.run(command(where, way), env=environment, cwd=where.folder,
                          capture_output=True, text=True, timeout=mpi_runs.TIMEOUT_S)
    if done.returncode != 0:
        raise RuntimeError(f"{way}: ended with {done.returncode}: {done.stderr}")
    rows = [line.rsplit(" ", 2) for line in done.stdout.splitlines()]
    return {name: (float(least), float(median)) for name, least, median in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=mpi_runs.DEFAULT_BUILD)
    parser.add_argument("--rounds", type=int, default=8)
    options = parser.parse_args()
    found = {}
    with mpi_runs.setting(options.build) as where:
        if not (where.build / "tests" / "bench" / "phase_cost").exists():
            print(f"no phase_cost in {where.build}: configure with "
                  "-DJOULEPATH_BUILD_BENCHMARKS=ON", file=sys.stderr)
            return 1
        for round_number in range(options.rounds):
            for step in range(len(WAYS)):
                way = WAYS[(step + round_number) % len(WAYS)]
                for name, cost in one_run(where, way).items():
                    found.setdefault(name, {w: [] for w in WAYS})[way].append(cost)
    print(f"ns a phase, {options.rounds} interleaved rounds, {mpi_runs.load_note()}")
    print(f"{'':<18}" + "".join(f"{way:>18}" for way in WAYS) + f"{'added':>8}")
    for name, by_way in found.items():
        least = {way: min(cost[0] for cost in by_way[way]) for way in WAYS}
        text = "".join(
            f"{least[way]:9.1f} ({statistics.median(cost[1] for cost in by_way[way]):6.1f})"
            for way in WAYS)
        print(f"{name:<18}{text}{least['recorded'] - least['bare']:8.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
