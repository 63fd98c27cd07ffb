#!/usr/bin/env python3
"""Runs accuracy_table and rewrites what docs/accuracy.md shows of it: the tables between
its markers, and the plots docs/accuracy-*.svg. Needs only Python's standard library.

usage: plot.py BUILD_DIR              e.g. tests/accuracy/plot.py build/dev
       plot.py --from ROWS.tsv        from rows that accuracy_table printed before
"""
import argparse
import math
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
DOCUMENT = DOCS / "accuracy.md"
COLUMNS = {
    "edges": "phase_ms edge_us mean worst half_width broken runs",
    "budget": "phase_ms every mean worst half_width broken runs",
    "rate": "phase_ms rate_hz mean worst half_width broken runs",
    "single": "phase_ms tick_ms mean p50 p99 worst half_width broken runs",
    "figure": "scenario figure mean worst half_width broken runs",
}
TEXT = {"scenario", "figure"}


def read_rows(text):
    """The program's rows by their kind; each row is a dict."""
    rows = defaultdict(list)
    for line in text.splitlines():
        kind, *fields = line.split("\t")
        names = COLUMNS[kind].split()
        if len(fields) != len(names):
            raise SystemExit(f"plot.py: accuracy_table printed a row I do not know: {line}")
        rows[kind].append({n: f if n in TEXT else float(f) for n, f in zip(names, fields)})
    missing = set(COLUMNS) - set(rows)
    if missing:
        raise SystemExit(f"plot.py: accuracy_table printed no rows of {sorted(missing)}")
    return rows


def percent(value, sign=False):
    digits = 2 if abs(value) < 0.1 else 1
    return f"{100 * value:{'+' if sign else ''}.{digits}f}"


def table(header, lines):
    out = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join(out + ["| " + " | ".join(line) + " |" for line in lines])


def broken(row):
    return f" (bounds fail in {row['broken']:.0f} of {row['runs']:.0f})" if row["broken"] else ""


def grid(rows, across, across_name, down, down_name):
    """A table of `mean, worst, +-half-width`, one column for each value of `across`."""
    columns = sorted({row[across] for row in rows})
    lines = []
    for key in dict.fromkeys(row[down] for row in rows):
        found = {row[across]: row for row in rows if row[down] == key}
        cells = [f"{percent(r['mean'], True)}, {percent(r['worst'])}, ±{percent(r['half_width'])}"
                 + broken(r) for r in (found[c] for c in columns)]
        lines.append([down_name(key)] + cells)
    return table([""] + [across_name(c) for c in columns], lines)


def single(rows):
    return table(
        ["phase", "a reading every", "bias %", "p50 %", "p99 %", "max %", "bounds ±%"],
        [[f"{r['phase_ms']:g} ms", f"{r['tick_ms']:g} ms", percent(r["mean"], True),
          percent(r["p50"]), percent(r["p99"]), percent(r["worst"]),
          percent(r["half_width"]) + broken(r)] for r in rows])


def figures(rows):
    """A line for each scenario: the worst of its phases, ranks and classes, and of all."""
    by_scenario = defaultdict(list)
    for row in rows:
        by_scenario[row["scenario"]].append(row)
    lines = []
    for scenario, found in by_scenario.items():
        line = [scenario]
        for kind in ("phase ", "rank ", "class ", "total"):
            of_kind = [row for row in found if row["figure"].startswith(kind)]
            line.append(f"{percent(max(row['worst'] for row in of_kind))}, "
                        f"±{percent(max(row['half_width'] for row in of_kind))}")
        line.append(f"{sum(row['broken'] for row in found):.0f}")
        lines.append(line)
    return table(["run", "phases", "ranks", "classes", "total", "bounds failed"], lines)


def ranks(rows):
    """Of the scenarios in which ranks share a chip of unequal cores."""
    by_scenario = defaultdict(list)
    for row in rows:
        if ", by " in row["scenario"] and row["figure"].startswith("rank "):
            by_scenario[row["scenario"]].append(row)
    return table(["run", "largest error", "bounds ±"],
                 [[scenario, percent(max(r["worst"] for r in found)),
                   percent(sum(r["half_width"] for r in found) / len(found))]
                  for scenario, found in by_scenario.items()])


# Plots: lines over logarithmic axes, as plain SVG.
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 420, 70, 130, 40, 50
COLOURS = ["#1b6ca8", "#c8553d", "#4a7c2f", "#7d4fa1", "#8a6d1d", "#555555", "#c2428f", "#2a9d8f"]


def plot(title, x_label, series, unit="%"):
    """`series`: {name: [(x, y)]}. Fractions where the unit is per cent; what is below 0.01 of the
    unit is drawn there."""
    floor, factor = 0.01, 100 if unit == "%" else 1
    series = {name: [(x, max(factor * y, floor)) for x, y in sorted(points)]
              for name, points in series.items()}
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points]
    x_range = math.log10(min(xs)), math.log10(max(xs))
    y_range = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

    def x_at(x):
        part = (math.log10(x) - x_range[0]) / (x_range[1] - x_range[0])
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y_at(y):
        part = (math.log10(y) - y_range[0]) / (y_range[1] - y_range[0])
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="22" font-size="15">{title}</text>']
    for power in range(y_range[0], y_range[1] + 1):
        y = y_at(10.0 ** power)
        out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0 ** power:g} {unit}</text>')
    for x in sorted(set(xs)):
        out.append(f'<line x1="{x_at(x):.1f}" y1="{TOP}" x2="{x_at(x):.1f}" y2="{HEIGHT - BOTTOM}" stroke="#eee"/>')
        out.append(f'<text x="{x_at(x):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:g}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{x_label}</text>')
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x_at(x):.1f},{y_at(y):.1f}" for x, y in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x_at(x):.1f}" cy="{y_at(y):.1f}" r="3" fill="{colour}"/>'
                for x, y in points]
        y = TOP + 14 + 18 * number
        out.append(f'<text x="{WIDTH - RIGHT + 12}" y="{y}" fill="{colour}">{name}</text>')
    return "\n".join(out + ["</svg>", ""])


def series_of(rows, x, name, value="worst"):
    series = defaultdict(list)
    for row in rows:
        series[name(row)].append((row[x], row[value]))
    return series


def edge_name(edge_us):
    return f"±{edge_us:g} us" if edge_us else "no tracking"


def replace_between(text, name, content):
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise SystemExit(f"plot.py: {DOCUMENT} must hold '{begin}' and '{end}' once")
    head, rest = text.split(begin)
    return head + begin + "\n" + content + "\n" + end + rest.split(end)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build_dir", nargs="?", type=Path)
    parser.add_argument("--from", dest="rows", type=Path)
    arguments = parser.parse_args()
    if (arguments.build_dir is None) == (arguments.rows is None):
        parser.error("give either BUILD_DIR or --from")
    if arguments.rows:
        text = arguments.rows.read_text()
    else:
        program = arguments.build_dir / "bin" / "accuracy_table"
        if not program.exists():
            raise SystemExit(f"plot.py: {program} is not there; build the target accuracy_table")
        text = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = read_rows(text)

    document = DOCUMENT.read_text()
    document = replace_between(document, "edges", grid(
        rows["edges"], "phase_ms", lambda ms: f"{ms:g} ms phases", "edge_us", edge_name))
    document = replace_between(document, "budget", grid(
        rows["budget"], "phase_ms", lambda ms: f"{ms:g} ms phases", "every",
        lambda every: f"1 of {every:g}"))
    document = replace_between(document, "rate", grid(
        rows["rate"], "phase_ms", lambda ms: f"{ms:g} ms phases", "rate_hz",
        lambda hz: f"{hz:g} Hz"))
    document = replace_between(document, "single", single(rows["single"]))
    document = replace_between(document, "ranks", ranks(rows["figure"]))
    document = replace_between(document, "figures", figures(rows["figure"]))
    DOCUMENT.write_text(document)
    (DOCS / "accuracy-edges.svg").write_text(plot(
        "Two phases for 20 s at 100 Hz: worst error of ten runs", "length of a phase in ms",
        series_of(rows["edges"], "phase_ms", lambda r: edge_name(r["edge_us"]))))
    (DOCS / "accuracy-rate.svg").write_text(plot(
        "Two phases for 20 s, edges within ±25 us: worst error of five runs",
        "readings a second", series_of(rows["rate"], "rate_hz",
                                       lambda r: f"{r['phase_ms']:g} ms phases")))
    print(f"rewrote {DOCUMENT}, accuracy-edges.svg and accuracy-rate.svg")
    failed = sum(row["broken"] for kind in rows.values() for row in kind)
    if failed:
        print(f"bounds that did not hold the truth: {failed:.0f}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
