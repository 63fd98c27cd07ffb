#!/usr/bin/env python3
"""Settings from a file, the environment and the command line, the strongest last; help and
version; exit codes."""

import re

import joulepath_runs as runs

COMMANDS = ("run", "report", "compare", "export", "sensors", "preload", "gather")


class Precedence(runs.Case):
    def period_s(self, *options, env=None, name="t"):
        trace = self.folder / f"{name}.h5"
        outcome = self.record(["true"], *options, env=env, trace=trace)
        self.assertEqual((outcome.code, outcome.program_err()), (0, []), outcome.err)
        return round(self.report(trace)["nodes"][0]["period_s"], 9)

    def file(self, text, name="settings.toml"):
        (self.folder / name).write_text(text)
        return self.folder / name

    def test_period(self):
        file = self.file('# a comment\nperiod = "40ms"\n')
        by_environment = {"JOULEPATH_PERIOD": "30ms"}
        self.assertEqual(self.period_s(name="default"), 0.01)
        self.assertEqual(self.period_s("--config", file, name="file"), 0.04)
        self.assertEqual(self.period_s("--config", file, env=by_environment, name="env"), 0.03)
        self.assertEqual(self.period_s("--config", file, "--period", "20ms", env=by_environment,
                                       name="option"), 0.02)

    def test_places_of_the_file(self):
        """--config before JOULEPATH_CONFIG before the user's own."""
        self.file('period = "50ms"', "joulepath.toml")  # in XDG_CONFIG_HOME
        named = {"JOULEPATH_CONFIG": self.file('period = "60ms"', "named.toml")}
        given = self.file('period = "70ms"', "given.toml")
        self.assertEqual(self.period_s(name="user"), 0.05)
        self.assertEqual(self.period_s(env=named, name="named"), 0.06)
        self.assertEqual(self.period_s("--config", given, env=named, name="given"), 0.07)

    def test_sensors(self):
        file = self.file('sensors = "powercap"\n')
        root = ("--sysfs-root", runs.SOURCE / "tests/nodes/server-2s/sys")
        for options, sources in (((*root, "--config", file), {"powercap"}),
                                 ((*root, "--config", file, "--sensors", "estimate"),
                                  {"estimate"})):
            with self.subTest(options=options):
                trace = self.folder / f"{min(sources)}.h5"
                self.assertEqual(self.record(["true"], *options, trace=trace).code, 0)
                counted = {row["source"] for row in self.report(trace)["sensors"]
                           if row["counted"]}
                self.assertEqual(counted, sources)

    def test_output_everywhere(self):
        for name, run in {
            "by-option": lambda path: (["-o", path], None),
            "by-environment": lambda path: ([], {"JOULEPATH_OUTPUT": path}),
            "by-file": lambda path: (["--config", self.file(f'output = "{path}"\n')], None),
        }.items():
            with self.subTest(name):
                path = self.folder / f"{name}.h5"
                options, env = run(path)
                outcome = self.run_program([runs.JOULEPATH, "run", "-q", *options, "--", "true"],
                                           env=env)
                self.assertEqual(outcome.err, f"joulepath: trace: {path}\n")
                self.report(path)

    def test_environment_reaches_a_recorder_that_a_rank_started(self):
        runs.need("mpirun.openmpi")
        command = runs.mpi_command("openmpi", 2, runs.program("openmpi", "hold"),
                                   options=["-x", f"LD_PRELOAD={runs.LIBRARY}"])
        outcome = self.run_program(command, env={"JOULEPATH_OUTPUT": self.trace,
                                                 "JOULEPATH_PERIOD": "25ms"})
        self.assertEqual(outcome, runs.Outcome(0, "", ""))
        runs.wait_until("the trace", lambda: not self.recorders() and self.trace.exists())
        self.assertAlmostEqual(self.report()["nodes"][0]["period_s"], 0.025)


class Help(runs.Case):
    def test_version(self):
        outcome = self.run_program([runs.JOULEPATH, "--version"])
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        self.assertRegex(outcome.out, r"^joulepath \d+\.\d+\.\d+\n$")

    def test_help(self):
        for words in ([], *([command] for command in COMMANDS)):
            with self.subTest(words):
                outcome = self.run_program([runs.JOULEPATH, *words, "--help"])
                self.assertEqual((outcome.code, outcome.err), (0, ""))
                wide = [line for line in outcome.out.splitlines() if len(line) > 80]
                self.assertEqual(wide, [])

    def test_help_has_examples_and_exit_codes(self):
        text = self.run_program([runs.JOULEPATH, "--help"]).out
        for word in ("joulepath run -- mpirun", "exit codes", *COMMANDS):
            self.assertIn(word, text)

    def test_help_of_run_names_every_setting_of_the_environment(self):
        text = self.run_program([runs.JOULEPATH, "run", "--help"]).out
        refused = self.run_program([runs.JOULEPATH, "run", "--", "true"],
                                   env={"JOULEPATH_NONSENSE": "1"})
        names = set(re.findall(r"JOULEPATH_[A-Z_]+", refused.err)) - {"JOULEPATH_NONSENSE"}
        self.assertGreater(len(names), 5)
        for name in names:
            self.assertIn("--" + name.removeprefix("JOULEPATH_").lower().replace("_", "-"), text)


class ExitCodes(runs.Case):
    def test_of_the_program(self):
        for code in (0, 1, 2, 42, 126, 255):
            with self.subTest(code=code):
                trace = self.folder / f"{code}.h5"
                self.assertEqual(self.record(["sh", "-c", f"exit {code}"], trace=trace).code, code)

    def test_usage(self):
        for words in ([], ["nonsense"], ["run"], ["run", "--nonsense", "--", "true"], ["report"],
                      ["report", "--nonsense", "x"], ["gather", "x", "y"],
                      ["gather", "--master", "x"]):
            with self.subTest(words):
                self.assert_fails(self.run_program([runs.JOULEPATH, *words]), runs.USAGE)

    def test_output_is_the_programs_own(self):
        """Nothing of ours on standard output; the report goes to standard error."""
        outcome = self.run_program([runs.JOULEPATH, "run", "-o", self.trace, "--", "echo", "hi"])
        self.assertEqual((outcome.code, outcome.out), (0, "hi\n"))
        self.assertIn("Joulepath report", outcome.err)
        self.assertEqual([line for line in outcome.err.splitlines() if len(line) > 80
                          and not line.startswith("joulepath: trace: ")], [])

    def test_standard_input_reaches_the_program(self):
        process = self.start([runs.JOULEPATH, "run", "-q", "-o", self.trace, "--", "cat"],
                             stdin=-1)
        out, err = process.communicate("through\n", timeout=runs.TIMEOUT_S)
        self.assertEqual((process.returncode, out), (0, "through\n"), err)


if __name__ == "__main__":
    runs.main()
