#!/usr/bin/env python3
"""What threads count, read by the recorder from outside of real MPI programs: the kernel's
software events, as every machine has them. Usage: counters_test.py [Software|Settings]"""

import re

import joulepath_runs as runs

RANKS = 2
REPEATS = 20


class Counters(runs.Case):
    def command(self, program="pages", *words):
        return runs.mpi_command("openmpi", RANKS, runs.program("openmpi", program), *words)

    def setUp(self):
        runs.need("mpirun.openmpi")
        super().setUp()

    def text(self):
        return self.run_program([runs.JOULEPATH, "report", self.trace]).out


class Software(Counters):
    def test_page_faults_by_phase(self):
        command = self.command("pages", REPEATS)
        bare = self.run_program(command)
        recorded = self.record(command, "--counters", "page-faults,task-clock,half=page-faults*0.5")
        self.assert_same_run(bare, recorded)
        report = self.report()
        if report["counters_absent"] is not None:
            self.skipTest("this kernel refuses: " + report["counters_absent"])
        touched = RANKS * int(re.search(r"pages (\d+)", bare.out).group(1))
        phases = {row["name"]: row["counts"] for row in report["phases"]}
        totals = {row["name"]: row["total"] for row in report["counters"]}
        faults = phases["touch"]["page-faults"]
        self.assertAlmostEqual(faults["value"] / touched, 1, delta=0.05)
        self.assertLessEqual(faults["lo"], touched * 1.01)
        self.assertGreaterEqual(faults["hi"], touched)
        self.assertLess(phases["spin"]["page-faults"]["value"], 0.05 * touched)
        # Phases add up to all, and a sum with a weight is that of its events.
        for name, total in totals.items():
            self.assertAlmostEqual(sum(row["own_counts"][name]["value"]
                                       for row in report["phases"]), total,
                                   delta=1e-6 * total + 1)
        self.assertAlmostEqual(totals["half"], totals["page-faults"] / 2,
                               delta=0.01 * totals["page-faults"])
        # The task clock counts CPU time in ns, of the part that is said to be counted.
        self.assertGreater(report["counted_part"], 0.8)
        cpu_s = sum(row["cpu_s"] for row in report["ranks"])
        self.assertAlmostEqual(totals["task-clock"] * 1e-9, report["counted_part"] * cpu_s,
                               delta=0.05 * cpu_s)
        self.assertIn("Counter: page-faults", self.text())

    def test_ended_threads_are_read_to_the_end(self):
        """Workers that MPI knows nothing of, and that end before the program does."""
        outcome = self.record(runs.mpi_command("openmpi", 1, runs.program("openmpi", "swarm"),
                                               "worker"), "--counters", "task-clock")
        self.assertEqual(outcome.code, 0, outcome.err)
        report = self.report()
        if report["counters_absent"] is not None:
            self.skipTest("this kernel refuses: " + report["counters_absent"])
        clock_s = report["counters"][0]["total"] * 1e-9
        workers = sum(row["cpu_s"] for row in report["threads"]
                      if (row["name"] or "").startswith("worker"))
        self.assertGreater(clock_s, 0.8 * workers)
        self.assertLess(clock_s, 1.05 * sum(row["cpu_s"] for row in report["ranks"]))


class Settings(Counters):
    def test_what_is_not_there_is_said_once(self):
        outcome = self.record(self.command("busy", 1))
        self.assertEqual(outcome.code, 0, outcome.err)
        report = self.report()
        names = {row["name"] for row in report["counters"]}
        if names == {"instructions", "cycles"}:
            self.assertIsNone(report["counters_absent"])
            self.assertIn("IPC", self.text())
        else:
            self.assertIn("instructions", report["counters_absent"])
            self.assertEqual(self.text().count("Counters: not counted"), 1)

    def test_a_pmu_that_is_not_there_costs_only_its_counter(self):
        outcome = self.record(self.command("busy", 1), "--counters", "none-such/event=1/")
        self.assertEqual(outcome.code, 0, outcome.err)
        report = self.report()
        self.assertTrue(all(row["energy_j"]["value"] > 0 for row in report["ranks"]), report["ranks"])
        self.assertEqual(report["counters"], [])
        self.assertIn("no PMU 'none-such'", report["counters_absent"])

    def test_none(self):
        outcome = self.record(self.command("busy", 1), "--counters", "none")
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertEqual(self.report()["counters"], [])
        self.assertNotIn("Counter", self.text())


if __name__ == "__main__":
    runs.main()
