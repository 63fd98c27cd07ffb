#!/usr/bin/env python3
"""A master, which links to its nodes' files: all tools show what they show of the whole trace, it
can be moved, loses what its files lose, and becomes a whole trace of itself."""

import json
import shutil

import joulepath_runs as runs

WRITE_RUN = runs.BUILD / "bin/write_run"
NODES, RANKS, SECONDS = 4, 2, 3


class Master(runs.Case):
    def setUp(self):
        super().setUp()
        self.parts = self.folder / "t.h5.parts"
        self.whole = self.folder / "whole.h5"
        self.ok(WRITE_RUN, self.parts, NODES, RANKS, SECONDS, "coarse")
        self.ok(runs.JOULEPATH, "gather", "--master", self.parts, "-o", self.trace)
        self.ok(runs.JOULEPATH, "gather", self.parts, "-o", self.whole)

    def ok(self, *command):
        outcome = self.run_program(command)
        self.assertEqual(outcome.code, 0, outcome.err)
        return outcome

    def shown(self, *words):
        return self.ok(runs.JOULEPATH, *words).out

    def test_report_and_compare(self):
        for words in (["report", "--json"], ["report"], ["report", "--by", "rank"],
                      ["report", "--json", "--jobs", "2"]):
            self.assertEqual(self.shown(*words, self.trace).replace("t.h5", "whole.h5"),
                             self.shown(*words, self.whole), words)
        self.assertEqual(self.shown("compare", "--json", self.trace, self.trace),
                         self.shown("compare", "--json", self.whole, self.whole)
                         .replace("whole.h5", "t.h5"))

    def test_size(self):
        """O(nodes): its small tables."""
        self.assertLess(self.trace.stat().st_size, NODES * 64 * 1024)

    def test_h5py(self):
        h5py = runs.need_module("h5py")
        moved = self.folder / "moved"
        moved.mkdir()
        for path in (self.trace, self.parts):
            shutil.move(path, moved)
        with h5py.File(moved / "t.h5") as master, h5py.File(self.whole) as whole:
            for number, node in whole["nodes"].items():
                for name, table in node.items():
                    other = master["nodes"][number][name]
                    columns = table if hasattr(table, "keys") else {None: table}
                    for key, column in columns.items():
                        got = other if key is None else other[key]
                        self.assertEqual(got[:].tolist(), column[:].tolist(), (name, key))
        self.assertEqual(self.shown("report", "--json", moved / "t.h5"),
                         self.shown("report", "--json", self.whole))

    def test_h5dump(self):
        runs.need("h5dump")
        dumped = self.ok("h5dump", "-d", "/nodes/3/ticks/tick", self.trace)
        self.assertIn("DATA {", dumped.out)

    def test_a_file_is_gone(self):
        lost = sorted(self.parts.iterdir())[1]
        full = json.loads(self.shown("report", "--json", self.trace))
        away = self.folder / "away.h5"
        lost.rename(away)
        report = json.loads(self.shown("report", "--json", self.trace))
        self.assertEqual(len(report["nodes"]), NODES - 1)
        kept = {node["node"]: node["energy_j"]["value"] for node in full["nodes"]}
        for node in report["nodes"]:
            self.assertEqual(node["energy_j"]["value"], kept[node["node"]])
        said = " ".join(report["partial"])
        self.assertIn(lost.name, said)
        self.assertIn("ranks 2-3 of 8 were not recorded", said)
        self.assertEqual(report["energy_j"]["missing"], report["partial"])
        # In its place it is not made whole, elsewhere as far as it goes.
        before = self.trace.read_bytes()
        refused = self.run_program([runs.JOULEPATH, "gather", self.trace])
        self.assertEqual(refused.code, runs.BAD_INPUT, refused.err)
        self.assertIn(lost.name, refused.err)
        self.assertEqual(self.trace.read_bytes(), before)
        rest = self.folder / "rest.h5"
        partly = self.run_program([runs.JOULEPATH, "gather", self.trace, "-o", rest])
        self.assertEqual(partly.code, runs.PARTIAL, partly.err)
        self.assertEqual(json.loads(self.shown("report", "--json", rest)), report)
        away.rename(lost)
        self.assertEqual(json.loads(self.shown("report", "--json", self.trace)), full)

    def test_all_are_gone(self):
        shutil.rmtree(self.parts)
        outcome = self.run_program([runs.JOULEPATH, "report", self.trace])
        self.assertEqual((outcome.code, outcome.out), (runs.BAD_INPUT, ""))
        self.assertIn("none of its nodes' files can be used", outcome.err)

    def test_made_whole(self):
        want = self.shown("report", "--json", self.trace)
        (self.parts / "run").write_text("run-1\ngathered by joulepath run\n")
        self.ok(runs.JOULEPATH, "gather", self.trace)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()),
                         ["t.h5", "whole.h5"])
        self.assertEqual(self.shown("report", "--json", self.trace), want)
        again = self.run_program([runs.JOULEPATH, "gather", self.trace])
        self.assertEqual(again.code, runs.USAGE, again.err)
        self.assertIn("is whole already", again.err)

    def test_made_whole_beside_other_parts(self):
        """Node files that are not in the trace are not deleted."""
        (self.parts / "run").write_text("run-1\ngathered by joulepath run\n")
        other = self.folder / "other"
        self.ok(WRITE_RUN, other, 5, RANKS, SECONDS, "coarse")
        shutil.copy(sorted(other.iterdir())[4], self.parts)
        kept = self.ok(runs.JOULEPATH, "gather", self.trace)
        self.assertIn(f"may not have all of it: {self.parts}", kept.err)
        self.assertEqual(len(list(self.parts.glob("*.h5"))), NODES + 1)

    def test_by_several_processes(self):
        want = self.shown("report", "--json", self.trace)
        other = self.folder / "other.h5"
        self.ok(runs.JOULEPATH, "gather", "--jobs", "3", "--master", self.parts, "-o", other)
        self.assertEqual(self.shown("report", "--json", other).replace("other.h5", "t.h5"), want)
        other.unlink()
        self.ok(runs.JOULEPATH, "gather", "--jobs", "3", self.trace)
        self.assertEqual(self.shown("report", "--json", self.trace), want)


if __name__ == "__main__":
    runs.main()
