#!/usr/bin/env python3
"""Breaks the source on purpose, one small change at a time, in a copy of the tree, and
checks that a test notices each. A mutation is caught when a test fails that passes
without it. Point 17 of docs/accuracy.md.

usage: mutate.py [--only NAME] [--keep DIR] [--list]
  --only NAME   this mutation alone (may be repeated)
  --keep DIR    work in DIR and leave it there: the next run there builds less
  --list        names what would be changed, and where, and stops

Not a ctest: it builds most of the tree, and some of it again for every mutation, which
takes five to ten minutes on two cores. It ends with 1 if a mutation lives, 2 if one
finds nothing to change: the code has moved, and its pattern in this file must follow.
"""
import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
TARGETS = ["record_test", "analysis_test", "tests/accuracy/all"]
LABELS = "^(unit|accuracy)$"


@dataclass
class Mutation:
    name: str
    what: str
    files: str  # glob below the source tree; the first file with a match is changed
    pattern: str  # of one place; all its matches in that file are replaced
    replacement: str


MUTATIONS = [
    Mutation("modulus", "a wrap counts one unit too many", "core/record/counter.cpp",
             r"modulus - previous\.raw \+ now\.raw", "modulus - previous.raw + now.raw + 1"),
    Mutation("modulus-lost", "a wrap is taken for a reset", "core/record/counter.cpp",
             r"if \(modulus == 0\) return \{StepKind::kBackward\};",
             "return {StepKind::kBackward};"),
    Mutation("reset-as-wrap", "a reset is taken for a wrap", "core/record/counter.cpp",
             r"if \(delta > plausible\) return \{StepKind::kBackward\};", ""),
    Mutation("gap", "wraps in a gap are guessed", "core/record/counter.cpp",
             r"return \{StepKind::kGap\};", "{}"),
    Mutation("unit", "joules are a thousandth too many", "core/analysis/*.cpp",
             r"figure\.value = (.*?);", r"figure.value = 1.001 * (\1);"),
    Mutation("edge", "an update seen is taken for a plain reading", "core/analysis/reading_ends.cpp",
             r"row\.edge != 0", "row.t_lo_ns < 0"),
    Mutation("joined", "readings between two updates seen are believed", "core/analysis/attribution.cpp",
             r"signal\.last\.edge != 0", "false"),
    Mutation("power-age", "power of unknown age is taken for new", "core/analysis/power_readings.cpp",
             r"since_read_ns \+ 2 \* oldest_ns\(now_ns\)", "since_read_ns"),
    Mutation("shares", "a taker gets what is left over twice", "core/analysis/apportion.cpp",
             r"carry_ = amount - per_weight \* weight_sum;", "carry_ = amount;"),
    Mutation("normalisation", "shares are not normalised to their sum", "core/analysis/apportion.cpp",
             r"amount / weight_sum", "amount / (weight_sum + weight_sum / 100 + 1)"),
    Mutation("alike", "all lanes of a class are taken for alike", "core/analysis/power_fit.cpp",
             r"kLaneDeviations \* state\.lane_doubt", "0 * state.lane_doubt"),
    Mutation("cycles", "cycles are no weight", "core/analysis/work_weights.cpp",
             r"busy \* rate / mean", "busy"),
    Mutation("cores", "a core's energy is not that of who ran on it", "core/analysis/core_split.cpp",
             r"factor\[core\] = .*?;", "factor[core] = 1.0;"),
    Mutation("core-bounds", "a core that others may use is taken for certain",
             "core/analysis/core_bounds.cpp",
             r"count\.second == lanes\.size\(\) && processes\.size\(\) == 1", "true"),
    Mutation("clock-sign", "ticks before the anchor are placed after it",
             "core/record/tick_scale.cpp", r"return anchor_\.ns - static_cast",
             "return anchor_.ns + static_cast"),
    Mutation("clock-rate", "the clock's rate is a thousandth off", "core/record/tick_scale.cpp",
             r"std::llround\(std::ldexp\(ns_per_tick_, 32\)\)",
             "std::llround(1.001 * std::ldexp(ns_per_tick_, 32))"),
]


def run(command, **options):
    return subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **options)


def place(mutation, tree):
    """The file to change and its new text; None when nothing matches."""
    for path in sorted(tree.glob(mutation.files)):
        text = path.read_text()
        changed, count = re.subn(mutation.pattern, mutation.replacement, text)
        if count:
            return path, changed, count
    return None


def copy_tree(target):
    listed = run(["git", "-C", str(SOURCE), "ls-files", "-z", "--cached", "--others",
                  "--exclude-standard"], check=True).stdout
    for name in filter(None, listed.split("\0")):
        source, copy = SOURCE / name, target / name
        if not source.is_file():
            continue
        # Only what differs, so that a tree that was kept is not built anew.
        if copy.exists() and copy.read_bytes() == source.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, copy)
        copy.touch()


def build(tree):
    done = run(["cmake", "--build", "build/dev", "--target", *TARGETS], cwd=tree)
    return "" if done.returncode == 0 else done.stdout[-3000:]


def passing(tree):
    """Names of the tests that pass, and of all that ran."""
    report = tree / "mutate.xml"
    report.unlink(missing_ok=True)
    run(["ctest", "--test-dir", "build/dev", "-j2", "-L", LABELS, "--timeout", "120",
         "--output-junit", str(report)], cwd=tree)
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    return {case.get("name") for case in cases if case.get("status") == "run"}, len(cases)


def prepare(tree):
    """Copies and builds the tree as it is; the tests that pass there."""
    tree.mkdir(parents=True, exist_ok=True)
    copy_tree(tree)
    configured = run(["cmake", "--preset", "dev", f"-DPython3_EXECUTABLE={sys.executable}",
                      *launchers()], cwd=tree)
    if configured.returncode != 0:
        raise SystemExit(f"mutate.py: cannot configure the copy:\n{configured.stdout[-3000:]}")
    error = build(tree)
    if error:
        raise SystemExit(f"mutate.py: the copy does not build unchanged:\n{error}")
    passed, count = passing(tree)
    print(f"unchanged: {len(passed)} of {count} tests pass")
    if not passed:
        raise SystemExit("mutate.py: no test passes unchanged: nothing could notice a mutation")
    return passed


def launchers():
    if not shutil.which("ccache"):
        return []
    return [f"-DCMAKE_{language}_COMPILER_LAUNCHER=ccache" for language in ("C", "CXX")]


def try_all(mutations, tree):
    """Prints a line for each mutation; the number of those that no test noticed."""
    before = prepare(tree)
    survivors = 0
    for mutation in mutations:
        found = place(mutation, tree)
        if found is None:
            print(f"{mutation.name:14} NOT FOUND  {mutation.what}", flush=True)
            continue
        path, changed, _ = found
        original = path.read_text()
        path.write_text(changed)
        try:
            error = build(tree)
            if error:
                # It must be a change of behaviour: one that does not compile proves nothing.
                print(f"{mutation.name:14} NO BUILD   {mutation.what}\n{error}", flush=True)
                survivors += 1
                continue
            broken = sorted(before - passing(tree)[0])
        finally:
            path.write_text(original)
        survivors += not broken
        verdict = f"{len(broken)} fail, first {broken[0].split('  #')[0]}" if broken else "LIVES"
        print(f"{mutation.name:14} {verdict:60} {mutation.what}", flush=True)
    return survivors


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    unknown = set(arguments.only) - {mutation.name for mutation in MUTATIONS}
    if unknown:
        parser.error(f"no such mutation: {', '.join(sorted(unknown))}")
    chosen = [m for m in MUTATIONS if not arguments.only or m.name in arguments.only]
    lost = [m for m in chosen if place(m, SOURCE) is None]
    if arguments.list:
        for mutation in chosen:
            found = place(mutation, SOURCE)
            where = f"{found[0].relative_to(SOURCE)} ({found[2]})" if found else "NOT FOUND"
            print(f"{mutation.name:14} {where:36} {mutation.what}")
        return 2 if lost else 0

    scratch = arguments.keep or Path(tempfile.mkdtemp(prefix="joulepath-mutate-"))
    try:
        survivors = try_all(chosen, scratch)
    finally:
        if not arguments.keep:
            shutil.rmtree(scratch, ignore_errors=True)
    for mutation in lost:
        print(f"mutate.py: nothing in {mutation.files} matches the pattern of "
              f"'{mutation.name}': {mutation.pattern}", file=sys.stderr)
    return 1 if survivors else 2 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
