#!/usr/bin/env python3
"""Runs the showcase and rewrites what docs/showcase.md shows of it: the tables between its
markers, and docs/showcase/*.svg. docs/showcase.md says what is shown.

usage: showcase.py [--quick] [--seconds N] [--docs FOLDER]
  --quick        short runs at three rates
  --seconds N    length of each run (20)
  --docs FOLDER  a folder with showcase.md, to be rewritten; default: no document, pictures in
                 build/dev/showcase

Exit code 77: something it needs is not here."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import pictures
import rig
from truth import CHIPS, NAMES, RANKS

sys.path.insert(0, str(rig.SOURCE / "tests/accuracy"))
from plot import replace_between, table  # noqa: E402

RATES_HZ = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
QUICK_HZ = (10, 100, 1000)
DEFAULT_HZ = 100
SWEEPS = {"sockets and GPUs": rig.ALL_CHIPS, "sockets only": rig.SOCKETS}


def record(seconds, sensors, rate_hz):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        run = rig.Rig(folder)
        command = run.command(seconds, sensors, "--period", f"{1000 / rate_hz:g}ms")
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("JOULEPATH_")}
        environment.update({name: str(value) for name, value in run.environment().items()},
                           OMPI_MCA_btl_vader_single_copy_mechanism="none")
        done = subprocess.run([str(word) for word in command], env=environment, check=False,
                              capture_output=True, text=True)
        if done.returncode == rig.runs.SKIPPED:
            raise unittest.SkipTest(done.stderr.strip())
        if done.returncode != 0:
            raise SystemExit(f"showcase.py: the run ended with {done.returncode}:\n{done.stderr}")
        return run.recording()


def figure_row(name, figure):
    return [name, f"{figure.truth:.2f}", f"{figure.told:.2f}",
            f"{figure.lo:.2f} to {figure.hi:.2f}", f"{100 * figure.error:+.2f}",
            "yes" if figure.holds else "**no**"]


def figure_table(head, figures):
    return table([head, "truth J", "reported J", "bounds J", "error %", "bounds hold"],
                 [figure_row(name, figure) for name, figure in figures.items()])


def chip_table(recording):
    rows = []
    kept = {row["id"]: row["conservation"] for row in recording.report["sensors"]}
    for name, (chip, figure) in zip(NAMES, recording.chips().items()):
        whole = kept[chip]
        taken = whole["raw_attributed"] + whole["raw_idle"] + whole["raw_unattributed"]
        rows.append([name, f"{figure.truth:.3f}", f"{figure.told:.3f}",
                     f"{figure.lo:.1f} to {figure.hi:.1f}", str(whole["raw_difference"]),
                     str(taken - whole["raw_difference"])])
    return table(["chip", "truth J", "reported J", "bounds J", "counter's units",
                  "units lost or made up"], rows)


def rate_table(sweep):
    rows = []
    for rate, recording in sweep.items():
        figures = recording.phases()
        named = {**figures,
                 **{f"rank {rank}": figure for rank, figure in recording.ranks().items()},
                 **{f"rank {rank} thread {thread}": figure
                    for (rank, thread), figure in recording.threads().items()}}
        broken = [name for name, figure in named.items() if not figure.holds]
        edges = [edge for name in CHIPS[:RANKS] for edge in recording.readings[name].edge]
        gpu = [len(recording.readings[name].raw) for name in CHIPS[RANKS:]
               if name in recording.readings]
        seconds = recording.report["duration_s"]
        rows.append([f"{rate} Hz", *(f"{100 * f.error:+.1f}, ±{100 * f.half_width:.0f}"
                                     for f in figures.values()),
                     f"{100 * max(abs(f.error) for f in recording.ranks().values()):.2f}",
                     f"{100 * sum(edges) / len(edges):.0f}",
                     *([f"{sum(gpu) / len(gpu) / seconds:.1f}"] if gpu else []),
                     f"{100 * recording.recorder_share():.1f}",
                     ", ".join(broken) or "all hold"])
    first = next(iter(sweep.values()))
    return table(["", *first.phases(), "ranks: largest error %", "readings at an update %",
                  *(["readings of a GPU, Hz"] if first.gpu else []), "recorder, % of a core",
                  "bounds"], rows)


def threads_named(figures, rank):
    return {f"thread {thread}": figure for (of, thread), figure in figures.items() if of == rank}


def run_sweeps(seconds, rates):
    """{title: {rate: Recording}}"""
    sweeps = {title: {} for title in SWEEPS}
    for rate in rates:
        for title, sensors in SWEEPS.items():
            print(f"recording {title} at {rate} Hz for {seconds:g} s", file=sys.stderr, flush=True)
            sweeps[title][rate] = record(seconds, sensors, rate)
    return sweeps


def tables(sweeps):
    all_chips, sockets = (sweep[DEFAULT_HZ] for sweep in sweeps.values())
    threads = {f"rank {rank}, thread {thread}": figure
               for (rank, thread), figure in sockets.threads().items()}
    ranks = {f"rank {rank}": figure for rank, figure in all_chips.ranks().items()}
    return {
        "chips": chip_table(all_chips),
        "ranks": figure_table("", ranks),
        "phases": figure_table("sockets and GPUs", all_chips.phases()),
        "phases-sockets": figure_table("sockets only", sockets.phases()),
        "threads": figure_table("sockets only", threads),
        "rates": rate_table(sweeps["sockets and GPUs"]),
        "rates-sockets": rate_table(sweeps["sockets only"]),
    }


def draw(folder, sweeps):
    folder.mkdir(parents=True, exist_ok=True)
    all_chips, sockets = (sweep[DEFAULT_HZ] for sweep in sweeps.values())
    drawn = {
        "chips": pictures.chips(all_chips),
        "phases": pictures.bars("Energy of each phase, reported and true, at 100 Hz",
                                [("sockets and GPUs", all_chips.phases()),
                                 ("sockets only (another run)", sockets.phases())]),
        "threads": pictures.bars("Energy of each thread on its socket, reported and true, at 100 Hz",
                                 [(f"rank {rank}", threads_named(sockets.threads(), rank))
                                  for rank in range(2)]),
        "rates": pictures.rates({title: {rate: recording.phases()
                                         for rate, recording in sweep.items()}
                                 for title, sweep in sweeps.items()}),
        "cost": pictures.cost({title: {rate: recording.recorder_share()
                                       for rate, recording in sweep.items()}
                               for title, sweep in sweeps.items()}),
    }
    for name, text in drawn.items():
        (folder / f"{name}.svg").write_text(text)
    print(f"pictures: {folder}/{{{','.join(drawn)}}}.svg")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--docs", type=pathlib.Path)
    options = parser.parse_args()
    seconds = options.seconds or (5 if options.quick else 20)
    try:
        rig.need_all()
        sweeps = run_sweeps(seconds, QUICK_HZ if options.quick else RATES_HZ)
    except unittest.SkipTest as missing:
        print(f"showcase.py: {missing}", file=sys.stderr)
        return rig.runs.SKIPPED
    shown = tables(sweeps)
    for name, text in shown.items():
        print(f"\n{name}\n{text}")
    print()
    draw(options.docs / "showcase" if options.docs else rig.runs.BUILD / "showcase", sweeps)
    if options.docs:
        document = options.docs / "showcase.md"
        text = document.read_text()
        for name, content in shown.items():
            text = replace_between(text, name, content)
        document.write_text(text)
        print(f"rewrote {document}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
