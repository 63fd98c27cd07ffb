#!/usr/bin/env python3
"""Whatever Joulepath lacks (shared memory, disk, a recorder, a good setting), the program
under the preloaded shim runs as without it, and one line says what is missing."""

import os
import re
import shutil

import joulepath_runs as runs

RANKS = 4


class RunOfRing(runs.Case):
    """`ring` under mpirun with LD_PRELOAD, something of ours being broken."""

    def setUp(self):
        runs.need("mpirun.openmpi")
        super().setUp()
        self.bare = self.run_program(self.ring())
        self.assertEqual(self.bare.code, 0, self.bare.err)

    def ring(self, *options):
        return runs.mpi_command("openmpi", RANKS, runs.program("openmpi", "ring"),
                                options=options)

    def preloaded(self):
        return self.ring("-x", f"LD_PRELOAD={runs.LIBRARY}")

    def preloaded_and_lasting(self):
        """A program that lasts for longer than the recorder needs to find out what is wrong,
        some 50 ms from MPI_Init on: one that has ended by then is not told."""
        program = runs.program("openmpi", "ring_long")
        self.bare = self.run_program(runs.mpi_command("openmpi", 2, program))
        return runs.mpi_command("openmpi", 2, program,
                                options=("-x", f"LD_PRELOAD={runs.LIBRARY}"))

    def assert_undisturbed(self, outcome, *words, most=1):
        """Runs as before; at least one line of ours, at most `most`, with all the words."""
        self.assert_same_run(self.bare, outcome)
        lines = outcome.own_lines()
        self.assertIn(len(lines), range(1, most + 1), outcome.err)
        for line in lines:
            for word in words:
                self.assertIn(word, line)


class Broken(RunOfRing):
    def test_no_recorder(self):
        outcome = self.run_program(self.preloaded(),
                                   env={"JOULEPATH_RECORDER": "/nowhere/recorder"})
        self.assert_undisturbed(outcome, "/nowhere/recorder", most=RANKS)

    def test_recorder_is_no_program(self):
        text = self.folder / "text"
        text.write_text("not a program")
        outcome = self.run_program(self.preloaded(), env={"JOULEPATH_RECORDER": text})
        self.assert_undisturbed(outcome, str(text), most=RANKS)

    def test_recorder_without_its_trace_library(self):
        alone = self.folder / "joulepath-recorder"
        shutil.copy(runs.BUILD / "bin/joulepath-recorder", alone)
        outcome = self.run_program(self.preloaded_and_lasting(),
                                   env={"JOULEPATH_RECORDER": alone})
        self.assert_undisturbed(outcome, "libjoulepath-trace.so", "install Joulepath again")

    def test_no_shared_memory(self):
        outcome = self.run_program(self.preloaded(), env={"JOULEPATH_SHM_DIR": "/nowhere"})
        self.assert_undisturbed(outcome, "/nowhere", "JOULEPATH_SHM_DIR", most=RANKS)

    def test_session_of_somebody_else(self):
        """A folder that others could write to is not used."""
        place = self.shm / f"joulepath-{os.geteuid()}"
        place.mkdir()
        place.chmod(0o777)
        outcome = self.run_program(self.preloaded())
        place.rmdir()
        self.assert_undisturbed(outcome, str(place), most=RANKS)

    def test_bad_settings(self):
        preloaded = self.preloaded_and_lasting()
        for name, value in (("JOULEPATH_PERIOD", "0"), ("JOULEPATH_SENSORS", "bogus"),
                            ("JOULEPATH_PEROID", "10ms"), ("JOULEPATH_CONFIG", "/nowhere.toml"),
                            ("JOULEPATH_OUTPUT", "/nowhere/t.h5"),
                            ("JOULEPATH_TOPOLOGY", "/nowhere.xml")):
            with self.subTest(name):
                outcome = self.run_program(preloaded, env={name: value})
                named = name if name.startswith("JOULEPATH_PE") else value
                self.assert_undisturbed(outcome, named)

    def test_output_taken(self):
        """Two jobs with one output: the second takes a name beside it, nothing is lost."""
        for _ in range(2):
            outcome = self.run_program(self.preloaded(), env={"JOULEPATH_OUTPUT": self.trace})
            self.assert_same_run(self.bare, outcome)
            runs.wait_until("the recorder has ended", lambda: not self.recorders())
        traces = sorted(self.folder.glob("*.h5"))
        self.assertEqual([path.name for path in traces], ["t.2.h5", "t.h5"])
        for trace in traces:
            self.assertEqual(len(self.report(trace)["ranks"]), RANKS)


class Full(RunOfRing):
    """On a very small file system, mounted where nobody else sees it."""

    def with_small_disk(self, folder, command, size):
        """The command in a mount name space in which `folder` is small."""
        script = f'mount -t tmpfs -o size={size},mode=1777 small "$0" || exit 99; exec "$@"'
        return [*runs.mount_name_space(), "sh", "-c", script, folder, *command]

    def test_shared_memory(self):
        folder = self.folder / "shm"
        folder.mkdir()
        outcome = self.run_program(self.with_small_disk(folder, self.preloaded(), "64k"),
                                   env={"JOULEPATH_SHM_DIR": folder})
        self.assert_undisturbed(outcome, str(folder), "No space left", most=RANKS)

    def test_shared_memory_under_run(self):
        folder = self.folder / "shm"
        folder.mkdir()
        command = [runs.JOULEPATH, "run", "-q", "-o", self.trace, "--", *self.ring()]
        outcome = self.run_program(self.with_small_disk(folder, command, "64k"),
                                   env={"JOULEPATH_SHM_DIR": folder})
        self.assert_same_run(self.bare, outcome)
        said = outcome.own_lines()
        self.assertEqual(said[-1], f"joulepath: trace: {self.trace}")
        self.assertRegex(said[-2], r"joulepath: ranks .* of 4 were not recorded")
        self.assertIn(len(said) - 2, range(1, RANKS + 1))
        for line in said[:-2]:
            self.assertIn("No space left", line)
        self.assertLess(len(self.report()["ranks"]), RANKS)

    def test_disk(self):
        """The trace cannot be written: said once, at the end of the job."""
        folder = self.folder / "small"
        folder.mkdir()
        outcome = self.run_program(
            self.with_small_disk(folder, self.preloaded_and_lasting(), "64k"),
            env={"JOULEPATH_OUTPUT": folder / "t.h5"})
        self.assert_undisturbed(outcome, "No space left", str(folder))

    def test_disk_that_fills_up(self):
        """Room for a new file and not for a second's rows: the reason is kept to the end."""
        folder = self.folder / "small"
        folder.mkdir()
        busy = runs.mpi_command("openmpi", 2, runs.program("openmpi", "busy"), 3,
                                options=("-x", f"LD_PRELOAD={runs.LIBRARY}"))
        outcome = self.run_program(
            self.with_small_disk(folder, busy, "96k"),
            env={"JOULEPATH_OUTPUT": folder / "t.h5", "JOULEPATH_PERIOD": "1ms"})
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertRegex(outcome.out, r"^busy steps \d+\n$")
        said = outcome.own_lines()
        self.assertEqual(len(said), 1, outcome.err)
        self.assertIn("No space left", said[0])
        self.assertIn(str(folder), said[0])

    def test_disk_under_run(self):
        folder = self.folder / "small"
        folder.mkdir()
        busy = runs.mpi_command("openmpi", 2, runs.program("openmpi", "busy"), 3)
        for size in ("64k", "96k"):
            with self.subTest(size):
                command = [runs.JOULEPATH, "run", "-q", "--period", "1ms", "-o",
                           folder / "t.h5", "--", *busy]
                outcome = self.run_program(self.with_small_disk(folder, command, size))
                said = outcome.own_lines()
                self.assertTrue(said)
                self.assertIn("No space left", said[0])
                if re.match(r"busy steps \d+\n$", outcome.out):
                    self.assertEqual(outcome.code, 0)
                else:  # said before the program was started
                    self.assertEqual((outcome.code, outcome.out), (runs.IO, ""))


if __name__ == "__main__":
    runs.main()
