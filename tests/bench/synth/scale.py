#!/usr/bin/env python3
"""Size of the files, and CPU time and peak memory of gather, report and compare (of the trace with
itself), of making a master and of a report on it, against the number of nodes and the length of a run: prints rows, or rewrites the tables
and pictures of docs/scale.md.

scale.py [--build DIR] [--ranks N] [--model steps|dense|coarse] [--folder DIR] NODESxSECONDS...
scale.py --docs ROWS.tsv        rewrites docs/scale.md and docs/scale-*.svg from printed rows

The runs are made by write_run.cpp. Beyond 64 nodes files are copies of those of the first 64, with
a name, identity and ranks of their own (needs h5py). A run's files are deleted before the next is
made.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve()
sys.path += [str(HERE.parents[1]), str(HERE.parents[2] / "accuracy")]
import mpi_runs  # noqa: E402
import plot  # noqa: E402

MOST_MADE = 64
DOCS = HERE.parents[3] / "docs"
COLUMNS = ("model", "ranks", "nodes", "s", "parts_mib", "trace_mib", "gather_s", "gather_mib",
           "report_s", "report_mib", "compare_s", "compare_mib", "master_s", "master_mib",
           "over_master_s", "over_master_mib")


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


def add_copies(parts, nodes, ranks):
    import h5py
    made = sorted(parts.iterdir())
    for number in range(len(made), nodes):
        copy = parts / f"node-copy{number}.h5"
        shutil.copyfile(made[number % len(made)], copy)
        with h5py.File(copy, "r+") as file:
            node = file["nodes/0"]
            for name in ("hostname", "identity"):
                text = f"copy{number}".encode()
                node.attrs.create(name, text, dtype=h5py.string_dtype("utf-8", len(text)))
            rank = node["processes/rank"]
            rank[:] = range(number * ranks, number * ranks + len(rank))
            node["processes/world_size"][:] = nodes * ranks


def measure(programs, folder, nodes, options, seconds):
    parts, trace = folder / "parts", folder / "trace.h5"
    made = min(nodes, MOST_MADE)
    subprocess.run([programs / "write_run", parts, str(made), str(options.ranks), str(seconds),
                    options.model], check=True)
    if nodes > made:
        add_copies(parts, nodes, options.ranks)
    parts_mib = mib(parts)
    master = folder / "master.h5"
    link = measured(programs / "joulepath", "gather", "--master", "-o", master, parts)
    over_master = measured(programs / "joulepath", "report", "--json", master)
    gather = measured(programs / "joulepath", "gather", "-o", trace, parts)
    shutil.rmtree(parts)
    master.unlink()
    report = measured(programs / "joulepath", "report", "--json", trace)
    compare = measured(programs / "joulepath", "compare", "--json", trace, trace)
    row = (options.model, options.ranks, nodes, seconds, f"{parts_mib:.1f}", f"{mib(trace):.1f}",
           f"{gather[0]:.2f}", f"{gather[1]:.0f}", f"{report[0]:.2f}", f"{report[1]:.0f}",
           f"{compare[0]:.2f}", f"{compare[1]:.0f}",
           *(figure for cost in (link, over_master)
             for figure in (f"{cost[0]:.2f}", f"{cost[1]:.0f}")))
    print(*row, sep="\t", flush=True)
    trace.unlink()


def read_rows(path):
    rows = []
    for line in path.read_text().splitlines():
        row = dict(zip(COLUMNS, line.split("\t")))
        rows.append({name: value if name == "model" else float(value)
                     for name, value in row.items()})
    return sorted(rows, key=lambda row: (row["model"], row["nodes"], row["s"]))


def cost(row, what):
    """Cells; empty of rows that were measured without it."""
    if f"{what}_s" not in row:
        return "", ""
    return f"{row[f'{what}_s']:.1f}", f"{row[f'{what}_mib']:.0f}"


def table(rows):
    header = ["model", "nodes", "s", "parts, MiB a node and minute", "trace, the same",
              "gather CPU s", "MiB", "report CPU s", "MiB", "compare CPU s", "MiB", "master CPU s", "MiB",
              "report on it CPU s", "MiB"]
    lines = []
    for row in rows:
        minutes = row["nodes"] * row["s"] / 60
        lines.append([row["model"], f"{row['nodes']:.0f}", f"{row['s']:.0f}",
                      f"{row['parts_mib'] / minutes:.2f}", f"{row['trace_mib'] / minutes:.2f}",
                      *(cell for what in ("gather", "report", "compare", "master", "over_master")
                        for cell in cost(row, what))])
    return plot.table(header, lines)


def pictures(rows):
    """{name: SVG}: against nodes at the commonest length, and against the length likewise."""
    shown = {}
    commands = ("gather", "report", "compare", "master")
    for what, unit, suffix in (("CPU time", "s", "s"), ("Peak memory", "MiB", "mib")):
        for x, fixed, label in (("nodes", "s", "nodes, runs of {:g} s"),
                                ("s", "nodes", "length of the run in s, {:g} nodes")):
            values = [row[fixed] for row in rows]
            common = max(sorted(set(values)), key=values.count)
            series = {}
            for model in sorted({row["model"] for row in rows}):
                kept = [row for row in rows if row["model"] == model and row[fixed] == common]
                for command in commands:
                    column = f"{command}_{suffix}"
                    points = [(row[x], row[column]) for row in kept if column in row]
                    if len(points) > 1:
                        series[f"{command}, {model}"] = points
            shown[f"scale-{what.split()[-1]}-{x}"] = plot.plot(
                f"{what} of {', '.join(commands)}", label.format(common), series, unit=unit)
    return shown


def rewrite_docs(rows):
    document = DOCS / "scale.md"
    document.write_text(plot.replace_between(document.read_text(), "sizes", table(rows)))
    for name, picture in pictures(rows).items():
        (DOCS / f"{name}.svg").write_text(picture)


def shape(word):
    nodes, seconds = word.split("x")
    return int(nodes), int(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=mpi_runs.DEFAULT_BUILD)
    parser.add_argument("--ranks", type=int, default=64)
    parser.add_argument("--model", default="steps", choices=("steps", "dense", "coarse"))
    parser.add_argument("--folder", default=None)
    parser.add_argument("--docs", type=pathlib.Path, metavar="ROWS.tsv")
    parser.add_argument("shapes", type=shape, nargs="*", metavar="NODESxSECONDS")
    options = parser.parse_args()
    if options.docs:
        return rewrite_docs(read_rows(options.docs))
    programs = pathlib.Path(options.build) / "bin"
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for nodes, seconds in options.shapes:
            measure(programs, pathlib.Path(folder), nodes, options, seconds)
    return None


if __name__ == "__main__":
    main()
