#!/usr/bin/env python3
"""Adds up the results of ctest (JUnit files) and of other checks, and prints as its last
line "N passed, N failed, N skipped". Ends with 0 only if nothing failed and something
passed.

usage: tally.py [--strict] [--expected-skips FILE] [--check NAME=passed|failed|skipped]...
                [--again JUNIT-FILE] [JUNIT-FILE]...
--strict counts a skip that FILE does not name as a failure.
--again names the second try of tests that failed. One that passes then is named as unsteady; more
than two of them are failures all the same: that is no accident of a launcher or a busy machine.
"""
import argparse
import fnmatch
import os
import sys
import xml.etree.ElementTree as xml

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
MOST_UNSTEADY = 2


def outcome(case):
    """What became of one <testcase>. A test that ctest could not run (program missing,
    fixture failed) has failed: only a skip by the test itself, or a disabled test, is one."""
    status = case.get("status")
    if status == "run":
        return PASSED
    if status == "disabled":
        return SKIPPED
    note = case.find("skipped")
    if status == "notrun" and note is not None and note.get("message", "").startswith("SKIP_"):
        return SKIPPED
    return FAILED


def results_of(path):
    """[(name, outcome)] of one file; a file that cannot be read is a failure."""
    if not os.path.exists(path):
        return []  # the shell's pattern matched nothing: no tests ran
    try:
        return [(case.get("name"), outcome(case)) for case in xml.parse(path).iter("testcase")]
    except xml.ParseError as error:
        return [(f"{path} ({error})", FAILED)]


def patterns_of(path):
    if path is None:
        return []
    with open(path, encoding="utf-8") as file:
        lines = [line.split("#")[0].strip() for line in file]
    return [line for line in lines if line]


def tally(results, expected_skips, strict):
    """Outcome -> names, with an unexpected skip turned into a failure where strict."""
    names = {PASSED: [], FAILED: [], SKIPPED: []}
    for name, result in results:
        expected = any(fnmatch.fnmatchcase(name, pattern) for pattern in expected_skips)
        if result == SKIPPED and strict and not expected:
            names[FAILED].append(f"{name} (skipped, and not in the list of expected skips)")
        else:
            names[result].append(name)
    return names


def with_second_try(results, again):
    """The results with those of a second try, and the names that passed only then."""
    second = dict(again)
    unsteady = [name for name, result in results
                if result == FAILED and second.get(name) == PASSED]
    if len(unsteady) <= MOST_UNSTEADY:
        results = [(name, PASSED if name in unsteady else result) for name, result in results]
    return results, unsteady


def check_result(text):
    name, _, result = text.rpartition("=")
    if not name or result not in (PASSED, FAILED, SKIPPED):
        raise argparse.ArgumentTypeError(f"not NAME=passed|failed|skipped: {text}")
    return name, result


def main():
    parser = argparse.ArgumentParser(description="Adds up test results.")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--expected-skips", metavar="FILE")
    parser.add_argument("--check", action="append", type=check_result, default=[])
    parser.add_argument("--again", metavar="JUNIT-FILE")
    parser.add_argument("junit", nargs="*")
    options = parser.parse_args()

    results = list(options.check)
    for path in options.junit:
        results += results_of(path)
    results, unsteady = with_second_try(results, results_of(options.again or ""))
    names = tally(results, patterns_of(options.expected_skips), options.strict)

    for result in (SKIPPED, FAILED):
        for name in names[result]:
            print(f"{result}: {name}")
    for name in unsteady:
        print(f"unsteady, failed once and passed at the second try: {name}")
    print(", ".join(f"{len(names[result])} {result}" for result in (PASSED, FAILED, SKIPPED)))
    return 0 if names[PASSED] and not names[FAILED] else 1


if __name__ == "__main__":
    sys.exit(main())
