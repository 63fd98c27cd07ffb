#!/usr/bin/env python3
"""Holds tally.py to what ctest 3.25 writes for each way in which a test can end."""
import os
import tempfile
import unittest

import tally

# (name, status, message of <skipped>, outcome)
CASES = [
    ("ran", "run", None, tally.PASSED),
    ("failed", "fail", None, tally.FAILED),
    ("googletest_skip", "notrun", "SKIP_REGULAR_EXPRESSION_MATCHED", tally.SKIPPED),
    ("skip_code", "notrun", "SKIP_RETURN_CODE=77", tally.SKIPPED),
    ("disabled", "disabled", None, tally.SKIPPED),
    ("program_missing", "notrun", "Unable to find executable", tally.FAILED),
    ("fixture_failed", "notrun", "Fixture dependency failed", tally.FAILED),
    ("unheard_of", "surprise", None, tally.FAILED),
]


def junit(cases):
    rows = ""
    for name, status, message, _ in cases:
        skipped = f'<skipped message="{message}"/>' if message else ""
        rows += f'<testcase name="{name}" status="{status}">{skipped}</testcase>'
    return f'<testsuite name="(empty)">{rows}</testsuite>'


class Tally(unittest.TestCase):
    def results(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".xml", delete=False) as file:
            file.write(text)
        try:
            return tally.results_of(file.name)
        finally:
            os.unlink(file.name)

    def test_each_way_to_end(self):
        self.assertEqual(self.results(junit(CASES)), [(case[0], case[3]) for case in CASES])

    def test_a_damaged_file_is_a_failure(self):
        results = self.results("<testsuite><testcase")
        self.assertEqual([outcome for _, outcome in results], [tally.FAILED])

    def test_an_unexpected_skip_fails_only_where_strict(self):
        results = [("a.gpu", tally.SKIPPED), ("b", tally.SKIPPED), ("c", tally.PASSED)]
        relaxed = tally.tally(results, [], False)
        self.assertEqual([len(relaxed[key]) for key in (tally.PASSED, tally.FAILED)], [1, 0])
        strict = tally.tally(results, ["*.gpu"], True)
        self.assertEqual(strict[tally.SKIPPED], ["a.gpu"])
        self.assertEqual(len(strict[tally.FAILED]), 1)

    def test_a_second_try_helps_two_tests_and_no_third(self):
        first = [(name, tally.FAILED) for name in "abc"] + [("d", tally.PASSED)]
        again = [("a", tally.PASSED), ("b", tally.PASSED), ("c", tally.FAILED)]
        results, unsteady = tally.with_second_try(first, again)
        self.assertEqual(unsteady, ["a", "b"])
        self.assertEqual(dict(results), {"a": tally.PASSED, "b": tally.PASSED,
                                         "c": tally.FAILED, "d": tally.PASSED})
        all_passed = [(name, tally.PASSED) for name in "abc"]
        results, unsteady = tally.with_second_try(first, all_passed)
        self.assertEqual((results, unsteady), (first, ["a", "b", "c"]))

    def test_without_a_second_try_nothing_changes(self):
        first = [("a", tally.FAILED), ("b", tally.SKIPPED)]
        self.assertEqual(tally.with_second_try(first, []), (first, []))

    def test_comments_in_the_list_name_no_test(self):
        with tempfile.NamedTemporaryFile("w", delete=False) as file:
            file.write("# a comment\n\na.gpu  # no GPU there\n")
        self.assertEqual(tally.patterns_of(file.name), ["a.gpu"])
        os.unlink(file.name)


if __name__ == "__main__":
    unittest.main()
