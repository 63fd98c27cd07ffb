#!/usr/bin/env python3
"""Edges in a trace are true: counters that are updated every millisecond, with what was
written when logged by their writer. Nothing here depends on how fast the machine is: an
edge may be missed, but none may be wrong."""

import shutil
import sys

import h5py
import joulepath_runs as runs

MACHINE = runs.SOURCE / "tests/nodes/server-2s"
WRITER = runs.BUILD / "tests/integration/live_counters"
ZONES = {"powercap:intel-rapl:1": "intel-rapl:1", "powercap:intel-rapl:0": "intel-rapl:0",
         "powercap:intel-rapl:1:0": "intel-rapl:1/intel-rapl:1:0"}


class Edges(runs.Case):
    def record_live(self, period_us, *options):
        """Runs a program beside live counters; sensor id -> its rows, sensor id -> truth."""
        machine = self.folder / "machine"
        shutil.copytree(MACHINE, machine, symlinks=True)
        powercap = machine / "sys/devices/virtual/powercap/intel-rapl"
        files = [powercap / zone / "energy_uj" for zone in ZONES.values()]
        log = self.folder / "log"
        first = files[0].read_bytes()
        writer = self.start([WRITER, log, "5", str(period_us), "20", *files])
        runs.wait_until("live counters", lambda: files[0].read_bytes() != first)
        outcome = self.record(["sleep", "3"], "--sysfs-root", machine / "sys", "--sensors",
                              "powercap", *options)
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertEqual(self.finish(writer).code, 0)
        truth = {name: {} for name in ZONES}
        for line in log.read_text().splitlines():
            file, before, after, raw = map(int, line.split())
            truth[list(ZONES)[file]][raw] = (before, after)
        return self.rows(), truth

    def rows(self):
        with h5py.File(self.trace, "r") as trace:
            node = trace["nodes/0"]
            names = [name.decode() for name in node["sensors/id"][:]]
            columns = [node["samples"][key][:].tolist() for key in ("sensor", "t_lo", "t_hi", "raw",
                                                                    "edge")]
        found = {name: [] for name in names}
        for sensor, *row in zip(*columns):
            found[names[sensor]].append(row)
        return found

    def check(self, rows, truth):
        """Each edge's interval holds the moment at which its value was written. How many
        there are depends on the machine's load; there are some."""
        count = 0
        for name, updates in truth.items():
            with self.subTest(sensor=name):
                edges = [row for row in rows[name] if row[3] == 1]
                count += len(edges)
                for t_lo, t_hi, raw, _ in edges:
                    self.assertIn(raw, updates)
                    before, after = updates[raw]
                    self.assertLessEqual(before, t_hi)
                    self.assertGreaterEqual(after, t_lo)
        self.assertGreater(count, 0, "no edge at all")

    def test_fast_counters(self):
        rows, truth = self.record_live(1000, "--recorder-cpu", "50%")
        self.check(rows, truth)
        still = rows["powercap:intel-rapl:0:0"]
        self.assertTrue(still)
        self.assertFalse([row for row in still if row[3] == 1], "an edge of what stands still")

    def test_slow_counters(self):
        rows, truth = self.record_live(50_000)
        self.check(rows, truth)


if __name__ == "__main__":
    runs.main()
