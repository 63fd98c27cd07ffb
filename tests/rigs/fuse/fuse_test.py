#!/usr/bin/env python3
"""A real run on a tree that lives (live_tree.c), in a mount name space of its own: counters
that wrap, stand still, refuse, vanish and come back while the program runs. The energy is
compared with the power that the tree was given; what cannot be known is said, and no joule
is made up. tests/integration/energy_test.py has what needs no such faults."""

import os
import pathlib
import subprocess
import sys

import h5py

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "integration"))
import joulepath_runs as runs  # noqa: E402

LIVE_TREE = runs.BUILD / "tests/rigs/fuse/live_tree"
INSIDE = "JOULEPATH_TEST_MOUNT_NAME_SPACE"
SECONDS = 7
NS_PER_S = 10**9
RANGE_UJ = 262_143_328_850
MODULUS_UJ = RANGE_UJ + 61
FROM_MS, TO_MS = 2000, 3400
EACCES, ENODEV = "Permission denied", "No such device"

# entry: name, watts, start, what happens to it. Powers such that no 1.4 s of them could be
# taken for a counter's jump, but for the one that is to be.
ZONES = {
    "intel-rapl:0": ("package-0", 50, RANGE_UJ - 150_000_000, None),  # wraps after 3 s
    "intel-rapl:0:0": ("dram", 5, 1_000_000, "refuse"),
    "intel-rapl:1": ("package-1", 10, 2_000_000, "stale"),
    "intel-rapl:1:0": ("dram", 4, 3_000_000, "vanish"),
    "intel-rapl:2": ("package-2", 20, 4_000_000, "renew"),
    "intel-rapl:2:0": ("dram", 3, 50_000_000, "back"),
    "intel-rapl:3": ("package-3", 40, 6_000_000, "stale"),  # 56 J in one step
}


class LiveTree(runs.Case):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise runs.unittest.SkipTest("mounting FUSE in a name space of its own needs root")
        if not os.access("/dev/fuse", os.R_OK | os.W_OK):
            raise runs.unittest.SkipTest("/dev/fuse is not there or not ours to open")
        if not LIVE_TREE.exists():
            raise runs.unittest.SkipTest("live_tree was not built: libfuse3-dev is not installed")
        if INSIDE not in os.environ:
            raise runs.unittest.SkipTest("no mount name space of its own (see below)")

    def mount(self):
        spec = self.folder / "spec"
        lines = []
        for entry, (name, watts, start, fault) in ZONES.items():
            line = f"{entry} {name} {watts} {start} {RANGE_UJ}"
            lines.append(line + (f" {fault} {FROM_MS} {TO_MS}" if fault else "") + "\n")
        spec.write_text("".join(lines))
        tree = self.folder / "sys"
        tree.mkdir()
        server = self.start([LIVE_TREE, tree, spec], stdout=subprocess.DEVNULL,
                            stderr=(self.folder / "fuse-errors").open("w"))
        runs.wait_until("the tree is mounted, or its server gave up",
                        lambda: (tree / "t0_ns").exists() or server.poll() is not None)
        self.assertIsNone(server.poll(), (self.folder / "fuse-errors").read_text())
        return tree

    def record_on(self, tree):
        outcome = self.record(["sleep", str(SECONDS)], "--sysfs-root", tree, "--sensors",
                              "powercap")
        self.assertEqual(outcome.code, 0, outcome.err)
        return self.report()

    def windows_s(self):
        """Per sensor id: the times of its first and last reading, in seconds."""
        with h5py.File(self.trace, "r") as trace:
            node = trace["nodes/0"]
            names = [name.decode() for name in node["sensors/id"][:]]
            columns = [node["samples"][key][:].tolist() for key in ("sensor", "t_lo", "t_hi")]
        found = {}
        for sensor, t_lo, t_hi in zip(*columns):
            middle = (t_lo + t_hi) / 2 / NS_PER_S
            first, _ = found.get(names[sensor], (middle, middle))
            found[names[sensor]] = (first, middle)
        return found

    def test_energy_against_the_known_truth(self):
        tree = self.mount()
        report = self.record_on(tree)
        t0 = int((tree / "t0_ns").read_text()) / NS_PER_S
        windows = self.windows_s()
        notes = report["health"]["notes"]
        sensors = {sensor["id"].removeprefix("powercap:"): sensor for sensor in report["sensors"]}
        self.assertEqual(set(sensors), set(ZONES))
        for entry, (name, watts, start, fault) in ZONES.items():
            with self.subTest(zone=entry, fault=fault):
                sensor = sensors[entry]
                first, last = windows[sensor["id"]]
                self.assertLess(first - t0, FROM_MS / 1000, "the fault is in the recording")
                self.assertGreater(last - t0, TO_MS / 1000 + 2)
                true_j = watts * (last - first)
                energy = sensor["energy_j"]
                self.assertLessEqual(energy["value"], 1.005 * true_j, "a spurious joule")
                # A busy machine may wake us too late for an update: no fault of the counter.
                said = [note for note in notes if note["subject"] == sensor["id"]
                        and note["what"] != "edges_missed"]
                getattr(self, f"check_{fault or 'wrap'}")(sensor, true_j, watts, said)
        counted = sum(sensor["energy_j"]["value"] for sensor in sensors.values())
        self.assertAlmostEqual(report["energy_j"]["value"], counted, places=6)

    def check_whole(self, sensor, true_j):
        energy = sensor["energy_j"]
        self.assertEqual(sensor["lost_intervals"], 0)
        self.assertAlmostEqual(energy["value"], true_j, delta=0.005 * true_j)
        self.assertLessEqual(energy["lo"], true_j)
        self.assertGreaterEqual(energy["hi"], true_j)

    def check_failures(self, notes, *reasons):
        failed = [note for note in notes if note["what"] == "read_failed"]
        self.assertTrue(failed, notes)
        self.assertGreater(sum(note["count"] for note in failed), 0)
        self.assertLessEqual({note["reason"] for note in failed}, set(reasons), notes)

    def check_lost(self, sensor, true_j, most_lost_j, notes):
        """An interval is lost, said so, and what is left is what was counted beside it."""
        energy = sensor["energy_j"]
        self.assertEqual(sensor["lost_intervals"], 1)
        self.assertGreaterEqual(energy["value"], 0.995 * (true_j - most_lost_j))
        said = {note["what"]: note["reason"] for note in notes}
        self.assertIn("intervals_lost", said)
        self.assertIn(said["counter_anomaly"], ("backward", "jump"))
        self.assertTrue(energy["missing"], energy)
        self.assertLessEqual(energy["lo"], true_j)
        self.assertGreaterEqual(energy["hi"], true_j)

    def check_wrap(self, sensor, true_j, _watts, notes):
        self.check_whole(sensor, true_j)
        kept = sensor["conservation"]
        self.assertEqual(kept["raw_first"], RANGE_UJ - 150_000_000)
        self.assertEqual(kept["raw_difference"],
                         kept["raw_last"] - kept["raw_first"] + MODULUS_UJ)
        self.assertEqual(notes, [])

    def check_refuse(self, sensor, true_j, _watts, notes):
        self.check_whole(sensor, true_j)
        self.check_failures(notes, EACCES)

    def check_vanish(self, sensor, true_j, _watts, notes):
        self.check_whole(sensor, true_j)
        self.check_failures(notes, ENODEV, "No such file or directory")

    def check_stale(self, sensor, true_j, watts, notes):
        stood_j = watts * (TO_MS - FROM_MS) / 1000
        if sensor["device"] == "package-1":
            self.check_whole(sensor, true_j)
        else:  # more in one step than the device could have counted in a tick
            self.check_lost(sensor, true_j, stood_j + 1, notes)

    def check_renew(self, sensor, true_j, watts, notes):
        # Away for 1.4 s, and looked for once a second.
        self.check_failures(notes, ENODEV, "No such file or directory")
        self.check_lost(sensor, true_j, watts * 3, notes)

    def check_back(self, sensor, true_j, watts, notes):
        self.check_lost(sensor, true_j, watts * 1, notes)


def enter_name_space():
    """Starts this program again where its mounts are its own; returns where that cannot be."""
    if INSIDE in os.environ or os.geteuid() != 0:
        return
    words = ["unshare", "--mount", "--propagation", "private"]
    probe = subprocess.run([*words, "true"], capture_output=True, check=False)
    if probe.returncode == 0:
        os.execvpe(words[0], [*words, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})


if __name__ == "__main__":
    enter_name_space()
    runs.main()
