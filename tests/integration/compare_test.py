#!/usr/bin/env python3
"""joulepath compare on real runs beside counters of known power: a difference that is told is
one, of the right size, and runs at one power differ in none; what cannot be compared says so."""

import json
import shutil
import sys

import joulepath_runs as runs

MACHINE = runs.SOURCE / "tests/nodes/server-2s"
MOVER = runs.SOURCE / "tests/integration/moving_powercap.py"
WATTS = {"package-0": 50, "package-1": 30.5, "intel-rapl:1:0": 4, "intel-rapl:0:0": 2.25}
TABLES = ("phases", "classes", "functions", "domains")
TOTALS = ("energy_j", "duration_s", "mean_power_w", "energy_delay_js")


class Comparing(runs.Case):
    def compare(self, *words, code=0):
        outcome = self.run_program([runs.JOULEPATH, "compare", *words])
        self.assertEqual(outcome.code, code, outcome.err)
        return outcome

    def compared(self, *words):
        return json.loads(self.compare("--json", *words).out)

    def record_estimate(self, name="estimate.h5"):
        outcome = self.record(["sleep", "0.3"], "--sensors", "estimate",
                              trace=self.folder / name)
        self.assertEqual(outcome.code, 0, outcome.err)
        return name


class KnownPower(Comparing):
    def move(self, name, factor):
        """A copy of the machine whose counters run at `factor` times their power, and the powers
        in W by the end of a sensor's id."""
        machine = self.folder / name
        shutil.copytree(MACHINE, machine, symlinks=True)
        self.start([sys.executable, MOVER, machine / "sys", "--start", "1000000", "--watts",
                    *(f"{zone}={watts * factor}" for zone, watts in WATTS.items())])
        truth = machine / "sys/truth.json"
        runs.wait_until("moving counters", truth.exists)
        return machine, {zone["entry"]: zone["power_uw"] / 1e6
                         for zone in json.loads(truth.read_text())["zones"]}

    def record_busy(self, name, machine, seconds):
        command = runs.mpi_command("openmpi", 2, runs.program("openmpi", "busy"), seconds)
        outcome = self.record(command, "--sysfs-root", machine / "sys", "--sensors", "powercap",
                              trace=self.folder / name)
        self.assertEqual(outcome.code, 0, outcome.err)
        return name

    def true_joules(self, name, powers):
        """What the counters took between their first and last reading, from the trace itself."""
        h5py = runs.need_module("h5py")
        with h5py.File(self.folder / name, "r") as trace:
            node = trace["nodes/0"]
            ids = [sensor.decode() for sensor in node["sensors/id"][:]]
            sensors, t_lo, t_hi = (node["samples"][key][:] for key in ("sensor", "t_lo", "t_hi"))
        total = 0
        for key, sensor in enumerate(ids):
            power = next(power for entry, power in powers.items()
                         if sensor.removeprefix("powercap:") == entry)
            middle = (t_lo[sensors == key] + t_hi[sensors == key]) / 2
            total += power * (middle[-1] - middle[0]) / 1e9
        return total

    def check_verdict(self, difference, truth):
        """The truth lies in the bounds, and so no verdict may be against it."""
        change = difference["difference"]
        self.assertLessEqual(change["lo"], truth)
        self.assertGreaterEqual(change["hi"], truth)
        self.assertEqual(difference["verdict"],
                         "less" if change["hi"] < 0 else "more" if change["lo"] > 0
                         else "within_bounds")

    def check_sums(self, compared):
        for side in ("before", "after"):
            rows = [row["energy_j"][side]["value"] for row in compared["classes"]]
            self.assertAlmostEqual(sum(rows), compared["energy_j"][side]["value"], places=5)

    def test_same_power(self):
        runs.need("mpirun.openmpi")
        machine, powers = self.move("machine", 1)
        traces = [self.record_busy(f"{number}.h5", machine, 2) for number in range(3)]
        joules = {trace: self.true_joules(trace, powers) for trace in traces}
        first, second, third = sorted(traces, key=joules.get)
        compared = self.compared(first, third)
        self.assertEqual(compared["mean_power_w"]["verdict"], "within_bounds", compared)
        self.check_verdict(compared["energy_j"], joules[third] - joules[first])
        self.check_sums(compared)
        # Launching takes a little more or less time: that is in the spread of several runs.
        compared = self.compared("--before", first, third, "--after", second)
        for total in TOTALS:
            self.assertEqual(compared[total]["verdict"], "within_bounds", compared[total])
        text = self.compare("--before", first, third, "--after", second).out
        self.assertIn("NO SURE DIFFERENCE", text)

    def test_doubled_power(self):
        runs.need("mpirun.openmpi")
        machine, powers = self.move("machine", 1)
        self.record_busy("before.h5", machine, 2)
        machine, doubled = self.move("doubled", 2)
        self.record_busy("after.h5", machine, 2)
        compared = self.compared("before.h5", "after.h5")
        power = compared["mean_power_w"]
        self.assertEqual(power["verdict"], "more")
        self.assertAlmostEqual(power["difference"]["value"], sum(WATTS.values()), delta=2)
        self.assertLessEqual(power["relative"]["lo"], 1)
        self.assertGreaterEqual(power["relative"]["hi"], 1)
        truth = self.true_joules("after.h5", doubled) - self.true_joules("before.h5", powers)
        self.check_verdict(compared["energy_j"], truth)
        self.assertEqual(compared["energy_j"]["verdict"], "more")
        domains = {row["name"]: row["energy_j"]["verdict"] for row in compared["domains"]}
        self.assertEqual(domains, {"package": "more", "dram": "more"})
        self.check_sums(compared)
        self.compare("--fail-above", 10, "before.h5", "after.h5", code=runs.ROSE)
        self.compare("--fail-above", 10000, "before.h5", "after.h5")
        self.compare("--fail-above", 10, "after.h5", "before.h5")
        self.check_unlike("before.h5", self.record_estimate())

    def check_unlike(self, measured, estimate):
        """No difference of what is measured and what is estimated."""
        compared = self.compared(measured, estimate)
        self.assertEqual(compared["energy_j"]["verdict"], "not_alike")
        for row in (row for table in TABLES for row in compared[table]):
            self.assertIsNone(row["energy_j"]["difference"], row)
        outcome = self.compare("--fail-above", 10, measured, estimate, code=runs.PARTIAL)
        self.assertEqual(len(outcome.err.splitlines()), 1, outcome.err)
        self.assertIn("cannot be told", outcome.err)

    def test_doubled_length(self):
        runs.need("mpirun.openmpi")
        machine, powers = self.move("machine", 1)
        joules = {}
        for name, seconds in (("before.h5", 3), ("after.h5", 6)):
            self.record_busy(name, machine, seconds)
            joules[name] = self.true_joules(name, powers)
        compared = self.compared("before.h5", "after.h5")
        self.check_verdict(compared["energy_j"], joules["after.h5"] - joules["before.h5"])
        self.assertEqual(compared["mean_power_w"]["verdict"], "within_bounds")
        for total in ("energy_j", "duration_s", "energy_delay_js"):
            self.assertEqual(compared[total]["verdict"], "more")
        text = self.compare("after.h5", "before.h5").out
        self.assertIn("\nLESS energy after: -", text)
        self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])


class Unlike(Comparing):
    def test_estimates_are_marked(self):
        self.record_estimate()
        text = self.compare("estimate.h5", "estimate.h5").out
        self.assertIn("ESTIMATED", text)
        self.assertRegex(text, r"energy +~")

    def test_bad_input(self):
        good = self.record_estimate()
        h5py = runs.need_module("h5py")
        whole = (self.folder / good).read_bytes()
        (self.folder / "cut.h5").write_bytes(whole[:len(whole) // 2])
        (self.folder / "text.h5").write_text("hello\n" * 1000)
        (self.folder / "newer.h5").write_bytes(whole)
        with h5py.File(self.folder / "newer.h5", "r+") as trace:
            trace.attrs.modify("schema_version", 99)
        for name, code in (("nowhere.h5", runs.NO_INPUT), ("cut.h5", runs.BAD_INPUT),
                           ("text.h5", runs.BAD_INPUT), ("newer.h5", runs.BAD_INPUT)):
            told = self.run_program([runs.JOULEPATH, "report", name])
            self.assert_fails(told, code, name)
            for words in ([name, good], [good, name], ["--before", good, "--after", good, name]):
                with self.subTest(words):
                    outcome = self.run_program([runs.JOULEPATH, "compare", *words])
                    self.assert_fails(outcome, code, name)
                    self.assertEqual((outcome.out, outcome.err), ("", told.err))

    def test_usage(self):
        for words in ([], ["a.h5"], ["a.h5", "b.h5", "c.h5"], ["--before", "a.h5"],
                      ["--after", "a.h5"], ["a.h5", "b.h5", "--top", "0"],
                      ["a.h5", "b.h5", "--fail-above", "-1"], ["a.h5", "b.h5", "--nonsense"]):
            with self.subTest(words):
                self.assert_fails(self.run_program([runs.JOULEPATH, "compare", *words]),
                                  runs.USAGE)


if __name__ == "__main__":
    runs.main()
