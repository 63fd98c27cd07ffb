#!/usr/bin/env python3
"""Bad input to report, and bad settings: one clear line on standard error that names what
is wrong, and the documented exit code (core/base/exit_code.hpp)."""

import json
import os
import shutil

import joulepath_runs as runs

# Offsets at which a trace is cut: the superblock, the first objects, then spread out.
CUTS = [1, 4, 8, 47, 48, 95, 96, 97, 200, 511, 512, 1000, 2047, 2048, 4095, 4096]


class BadTrace(runs.Case):
    def report_on(self, path, *options):
        return self.run_program([runs.JOULEPATH, "report", *options, path])

    def real_trace(self):
        self.assertEqual(self.record(["sleep", "0.2"]).code, 0)
        return self.trace

    def test_missing(self):
        self.assert_fails(self.report_on("nowhere.h5"), runs.NO_INPUT, "nowhere.h5")
        self.assert_fails(self.report_on("no/folder.h5", "--json"), runs.NO_INPUT,
                          "no/folder.h5")

    def test_folder_without_a_node_file(self):
        (self.folder / "t.h5.parts").mkdir()
        self.assert_fails(self.report_on("t.h5.parts"), runs.NO_INPUT, "t.h5.parts")

    def test_no_trace(self):
        for name, content in {"empty": b"", "text": b"hello\n" * 1000, "zeros": bytes(5000),
                              "signature": b"\x89HDF\r\n\x1a\n"}.items():
            with self.subTest(name):
                (self.folder / name).write_bytes(content)
                self.assert_fails(self.report_on(name), runs.BAD_INPUT, name)

    def test_other_hdf5_file(self):
        h5py = runs.need_module("h5py")
        with h5py.File(self.folder / "other.h5", "w") as other:
            other["values"] = [1, 2, 3]
        self.assert_fails(self.report_on("other.h5"), runs.BAD_INPUT, "other.h5")

    def test_truncated(self):
        whole = self.real_trace().read_bytes()
        step = len(whole) // 40
        for size in sorted({*CUTS, *range(step, len(whole), step), len(whole) - 1}):
            with self.subTest(size=size, of=len(whole)):
                (self.folder / "cut.h5").write_bytes(whole[:size])
                for options in ([], ["--json"]):
                    self.assert_fails(self.report_on("cut.h5", *options), runs.BAD_INPUT,
                                      "cut.h5")

    def test_damaged(self):
        """Bytes overwritten in the middle: an error or a report, never a crash."""
        whole = self.real_trace().read_bytes()
        step = len(whole) // 60
        for offset in range(64, len(whole) - 64, step):
            with self.subTest(offset=offset):
                damaged = whole[:offset] + b"\xff" * 64 + whole[offset + 64:]
                (self.folder / "damaged.h5").write_bytes(damaged)
                outcome = self.report_on("damaged.h5")
                if outcome.code != 0:
                    self.assert_fails(outcome, runs.BAD_INPUT, "damaged.h5")

    def test_newer_schema(self):
        h5py = runs.need_module("h5py")
        with h5py.File(self.real_trace(), "r+") as trace:
            trace.attrs.modify("schema_version", 99)
        self.assert_fails(self.report_on("t.h5"), runs.BAD_INPUT, "t.h5", "99", "newer")

    def test_missing_dataset(self):
        h5py = runs.need_module("h5py")
        with h5py.File(self.real_trace(), "r+") as trace:
            del trace["nodes/0/samples/raw"]
        self.assert_fails(self.report_on("t.h5"), runs.BAD_INPUT, "t.h5", "raw")

    def test_view_that_is_none(self):
        """The names of what there is are in the message, and the trace is not looked at."""
        for options, words in (
                (["--by", "core"], ("--by", "'core'", "phase", "rank", "socket", "thread",
                                    "function", "class", "wait", "node")),
                (["--by", ""], ("--by", "''", "phase")),
                (["--by", "rank", "--sort", "joules"], ("--sort", "'joules'", "energy", "time",
                                                        "calls", "name")),
                (["--by", "rank", "--sort", "calls"], ("--sort", "'calls'", "energy", "time")),
                (["--by", "rank", "--top", "0"], ("--top", "'0'", "1 or more")),
                (["--by", "rank", "--top", "-3"], ("--top", "'-3'")),
                (["--by", "rank", "--top", "3x"], ("--top", "'3x'")),
                (["--by", "rank", "--top", "99999999999999999999"], ("--top",)),
                (["--top", "3"], ("--top", "--by", "rank")),
                (["--sort", "time"], ("--sort", "--by", "rank"))):
            for as_json in ([], ["--json"]):
                with self.subTest(options=options, as_json=as_json):
                    self.assert_fails(self.report_on("nowhere.h5", *options, *as_json), runs.USAGE,
                                      *words)

    def test_every_view_of_a_trace(self):
        self.real_trace()
        for by in ("phase", "rank", "socket", "thread", "function", "class", "wait", "node"):
            with self.subTest(by):
                text = self.report_on("t.h5", "--by", by, "--top", "1")
                self.assertEqual(text.code, 0, text.err)
                self.assertTrue(all(len(line) <= 80 for line in text.out.splitlines()), text.out)
                view = self.report_on("t.h5", "--by", by, "--sort", "name", "--json")
                self.assertEqual(view.code, 0, view.err)
                view = json.loads(view.out)
                self.assertEqual(view["by"], by)
                self.assertAlmostEqual(sum(row["energy_j"]["value"] for row in view["rows"]),
                                       view["energy_j"]["value"])

    def test_input_is_never_changed(self):
        whole = self.real_trace().read_bytes()
        self.assertEqual(self.report_on("t.h5").code, 0)
        self.assertEqual(self.trace.read_bytes(), whole)

    def test_unreadable(self):
        shutil.copy(self.real_trace(), self.folder / "locked.h5")
        os.chmod(self.folder / "locked.h5", 0)
        os.chmod(self.folder, 0o755)
        self.assert_fails(self.run_program(runs.as_nobody(runs.JOULEPATH, "report",
                                                          self.folder / "locked.h5")),
                          runs.PERMISSION, "locked.h5")


class BadOutput(runs.Case):
    """`joulepath run` that cannot write says so before the program starts."""

    def refused(self, code, *words, output, command=(), **rest):
        ran = self.folder / "ran"
        outcome = self.run_program([*command, runs.JOULEPATH, "run", "-o", output, "--", "touch",
                                    ran], **rest)
        self.assert_fails(outcome, code, *words)
        self.assertFalse(ran.exists(), "the program was started")

    def test_missing_folder(self):
        self.refused(runs.IO, "not/there/t.h5", output="not/there/t.h5")

    def test_unwritable_folder(self):
        (self.folder / "locked").mkdir(mode=0o555)
        os.chmod(self.folder, 0o755)
        self.refused(runs.PERMISSION, "locked/t.h5", output=self.folder / "locked/t.h5",
                     command=runs.as_nobody())

    def test_existing_output(self):
        self.trace.write_text("mine")
        self.refused(runs.CONFLICT, "t.h5", "exists", output=self.trace)
        self.assertEqual(self.trace.read_text(), "mine")

    def test_interrupted_run_before(self):
        parts = self.folder / "t.h5.parts"
        parts.mkdir()
        (parts / "node-a.h5").write_text("kept")
        self.refused(runs.CONFLICT, "t.h5.parts", "gather", output=self.trace)
        self.assertEqual((parts / "node-a.h5").read_text(), "kept")

    def test_two_runs_at_once(self):
        first = self.start([runs.JOULEPATH, "run", "-q", "-o", self.trace, "--", "sleep", "2"])
        runs.wait_until("the first run", (self.folder / "t.h5.parts").exists)
        self.refused(runs.CONFLICT, "t.h5", output=self.trace)
        self.assertEqual(self.finish(first).code, 0)
        self.assertGreater(self.report()["duration_s"], 1.9)


class BadSettings(runs.Case):
    def refused(self, *words, options=(), env=None, code=runs.USAGE):
        outcome = self.run_program([runs.JOULEPATH, "run", "-o", self.trace, *options, "--",
                                    "echo", "ran"], env=env)
        self.assert_fails(outcome, code, *words)
        self.assertEqual(outcome.out, "", "the program was started")
        self.assertEqual([path.name for path in self.folder.glob("t.h5*")], [])

    def test_period(self):
        for text in ("0", "0ms", "0s", "garbage", "10", "-5ms", "11s", "10parsecs", "", "nanms",
                     "1e99s"):
            with self.subTest(text):
                self.refused("--period", "ms", options=[f"--period={text}"])
                self.refused("JOULEPATH_PERIOD", "ms", env={"JOULEPATH_PERIOD": text})

    def test_unknown_sensor(self):
        self.refused("bogus", options=["--sensors", "bogus"])
        self.refused("bogus", env={"JOULEPATH_SENSORS": "powercap,bogus"})

    def test_unknown_counter(self):
        self.refused("'instrucions' is no event", options=["--counters", "instrucions"])

    def test_unknown_option(self):
        self.refused("--bogus", options=["--bogus"])

    def test_unknown_variable(self):
        self.refused("JOULEPATH_PEROID", "JOULEPATH_PERIOD", env={"JOULEPATH_PEROID": "10ms"})

    def test_file(self):
        file = self.folder / "settings.toml"
        for text, code, words in (
                ('peroid = "10ms"\n', runs.USAGE, ("peroid", "settings.toml:1", "period")),
                ('\nperiod = 0\n', runs.USAGE, ("settings.toml:2", "period")),
                ('period = \n', runs.BAD_INPUT, ("settings.toml:1",)),
                ('[sensors]\nx = 1\n', runs.BAD_INPUT, ("settings.toml:1", "sensors")),
                ("\x00\xff", runs.BAD_INPUT, ("settings.toml",))):
            with self.subTest(text):
                file.write_text(text, encoding="latin-1")
                self.refused(*words, options=["--config", file], code=code)
        self.refused("nowhere.toml", options=["--config", "nowhere.toml"], code=runs.NO_INPUT)

    def test_other_machine_that_is_not_there(self):
        self.refused("nowhere.xml", options=["--topology", "nowhere.xml"], code=runs.NO_INPUT)

    def test_recorder_that_cannot_be_started(self):
        self.refused("/nowhere/recorder", env={"JOULEPATH_RECORDER": "/nowhere/recorder"},
                     code=runs.NO_INPUT)

    def test_no_such_program(self):
        for name in ("joulepath-no-such-program", "./nothing", str(self.folder)):
            with self.subTest(name):
                outcome = self.record([name])
                self.assert_fails(outcome, 127, name)
                self.assertEqual(list(self.folder.glob("t.h5*")), [])

    def test_program_that_cannot_be_executed(self):
        script = self.folder / "script"
        script.write_text("#!/no/such/interpreter\n")
        script.chmod(0o755)
        outcome = self.record([script])
        self.assertNotEqual(outcome.code, 0)
        self.assertIn(str(script), "".join(outcome.own_lines()))

    def test_sensors_command(self):
        for options, code in ((["--sensors", "bogus"], runs.USAGE),
                              (["--recorder-cpu", "5%"], runs.USAGE)):
            self.assert_fails(self.run_program([runs.JOULEPATH, "sensors", *options]), code)


if __name__ == "__main__":
    runs.main()
