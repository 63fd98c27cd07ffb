#!/usr/bin/env python3
"""gather and report by the processes of mpirun: what one process gives, to the last digit; and what
happens where processes are missing, are killed, or were never meant to work together."""

import os
import pathlib
import signal
import time

import joulepath_runs as runs

WRITE_RUN = runs.BUILD / "bin/write_run"
NODES, RANKS, SECONDS = 7, 3, 6


def columns(group):
    """{path: (attributes, values)} of all below a group."""
    found = {}

    def add(name, thing):
        attributes = {key: value.tobytes() if hasattr(value, "tobytes") else value
                      for key, value in thing.attrs.items()}
        values = thing[()] if hasattr(thing, "dtype") else None
        found[name] = (attributes, None if values is None else (values.dtype, values.tobytes()))

    group.visititems(add)
    return found


class Together(runs.Case):
    mpi = None

    def setUp(self):
        super().setUp()
        if self.mpi:
            runs.need(runs.mpi_command(self.mpi, 1)[0])
        self.parts = self.folder / "parts"
        outcome = self.run_program([WRITE_RUN, self.parts, NODES, RANKS, SECONDS, "coarse"])
        self.assertEqual(outcome.code, 0, outcome.err)

    def said(self, outcome):
        """Lines on stderr. The runs of write_run have no collective that tells of clocks."""
        return [line for line in outcome.err.splitlines() if "clock not aligned" not in line]

    def by_one(self, *words):
        outcome = self.run_program([runs.JOULEPATH, *words])
        self.assertEqual((outcome.code, self.said(outcome)), (0, []))
        return outcome.out

    def launch(self, processes, *words, **rest):
        return self.run_program(
            runs.mpi_command(self.mpi, processes, runs.JOULEPATH, *words), **rest)

    def left_over(self):
        return [path.name for path in self.folder.iterdir() if path.name.startswith(".")]

    def gathered(self):
        self.by_one("gather", "-o", self.trace, self.parts)
        return self.trace


class SameResults:
    """For a class with an MPI."""

    def test_gather(self):
        h5py = runs.need_module("h5py")
        self.gathered()
        for processes in (2, 3, NODES + 2):
            with self.subTest(processes=processes):
                other = self.folder / f"by-{processes}.h5"
                outcome = self.launch(processes, "gather", "-o", other, self.parts)
                self.assertEqual(outcome.code, 0, outcome.err)
                self.assertEqual(outcome.out, f"{other}: {NODES} nodes\n")
                with h5py.File(self.trace) as want, h5py.File(other) as got:
                    self.assertEqual(columns(got), columns(want))
                self.assertEqual(self.left_over(), [])

    def test_gather_leaves_out_the_same(self):
        first = min(self.parts.iterdir())
        (self.parts / "node-0x.h5").write_bytes(b"no trace")
        (self.parts / "node-zz.h5").write_bytes(first.read_bytes())
        one = self.run_program([runs.JOULEPATH, "gather", "-o", self.trace, self.parts])
        self.assertEqual(one.code, runs.PARTIAL)
        self.assertIn("was gathered already", one.err)
        several = self.launch(3, "gather", "-o", self.folder / "by-3.h5", self.parts)
        self.assertEqual(several.code, runs.PARTIAL, several.err)
        self.assertEqual(several.own_lines(), one.own_lines())
        self.assertEqual(self.report(self.folder / "by-3.h5"), self.report())

    def test_report(self):
        self.gathered()
        for options in ([], ["--json"], ["--by", "rank", "--top", "5"]):
            want = self.by_one("report", *options, self.trace)
            for processes in (2, NODES + 2):
                with self.subTest(options=options, processes=processes):
                    outcome = self.launch(processes, "report", *options, self.trace)
                    self.assertEqual((outcome.code, outcome.err), (0, ""))
                    self.assertEqual(outcome.out, want)
        self.assertEqual(self.left_over(), [])

    def test_report_of_parts(self):
        want = self.by_one("report", "--json", self.parts)
        outcome = self.launch(3, "report", "--json", self.parts)
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        self.assertEqual(outcome.out, want)
        self.assertEqual(self.left_over(), [])

    def test_report_on_a_place_that_cannot_be_written(self):
        self.gathered()
        want = self.by_one("report", "--json", self.trace)
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        command = runs.mpi_command(self.mpi, 2, runs.JOULEPATH, "report", "--json", self.trace)
        outcome = self.run_program(runs.as_nobody(*command), env={"HOME": "/tmp"})
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertEqual(outcome.out, want)

    def test_one_process_is_as_without_a_launcher(self):
        self.gathered()
        outcome = self.launch(1, "report", self.trace)
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        self.assertEqual(outcome.out, self.by_one("report", self.trace))

    def test_a_program_of_mpirun_that_calls_it_waits_for_nobody(self):
        """Only one of four runs it, through a shell, with all variables of the launcher."""
        self.gathered()
        want = self.by_one("report", self.trace)
        script = ('case ${OMPI_COMM_WORLD_RANK:-$PMI_RANK} in '
                  f'2) "{runs.JOULEPATH}" report "{self.trace}"; exit;; *) exit 0;; esac')
        outcome = self.run_program(runs.mpi_command(self.mpi, 4, "sh", "-c", script), timeout=30)
        self.assertEqual((outcome.code, outcome.out), (0, want), outcome.err)

    def test_alone(self):
        self.gathered()
        want = self.by_one("report", self.trace)
        # Into a file each: launchers mix what their processes print.
        script = (f'exec "{runs.JOULEPATH}" report --alone "{self.trace}" '
                  f'> "{self.folder}/out.${{OMPI_COMM_WORLD_RANK:-$PMI_RANK}}"')
        outcome = self.run_program(runs.mpi_command(self.mpi, 2, "sh", "-c", script))
        self.assertEqual(outcome.code, 0, outcome.err)
        for rank in range(2):
            self.assertEqual((self.folder / f"out.{rank}").read_text(), want)

    def test_output_that_exists(self):
        self.gathered()
        outcome = self.launch(2, "gather", "-o", self.trace, self.parts)
        self.assertEqual(outcome.code, runs.CONFLICT, outcome.err)
        self.assertEqual(len(outcome.own_lines()), 1, outcome.err)
        self.assertIn("exists already", outcome.own_lines()[0])
        self.assertEqual(self.left_over(), [])

    def test_damaged_trace(self):
        self.gathered()
        self.trace.write_bytes(self.trace.read_bytes()[:20000])
        outcome = self.launch(3, "report", self.trace)
        self.assertEqual(outcome.code, runs.BAD_INPUT, outcome.err)
        self.assertEqual(len(outcome.own_lines()), 1, outcome.err)
        self.assertEqual(self.left_over(), [])

    def test_missing_process(self):
        """Process 1 does something else."""
        self.gathered()
        for missing, said in ((1, "processes 1 of 2 did not come within 2 s"),
                              (0, "process 1 of 2 found no process 0 within 2 s")):
            with self.subTest(missing=missing):
                script = (f'[ "${{OMPI_COMM_WORLD_RANK:-$PMI_RANK}}" = {missing} ] || '
                          f'exec "{runs.JOULEPATH}" report --wait 2 "{self.trace}"')
                outcome = self.run_program(runs.mpi_command(self.mpi, 2, "sh", "-c", script))
                self.assertEqual(outcome.code, runs.IO, outcome.err)
                self.assertEqual(outcome.out, "")
                self.assertEqual(len(outcome.own_lines()), 1, outcome.err)
                self.assertIn(said, outcome.own_lines()[0])
                self.assertIn(str(self.folder), outcome.own_lines()[0])
                self.assertEqual(self.left_over(), [])


class Openmpi(SameResults, Together):
    mpi = "openmpi"


class Mpich(SameResults, Together):
    mpi = "mpich"


class Jobs(Together):
    """Copies of one process, and processes started by hand: what a launcher does is not needed."""

    def start_as(self, rank, size, *words):
        return self.start([runs.JOULEPATH, *words], env={"OMPI_COMM_WORLD_RANK": rank,
                                                         "OMPI_COMM_WORLD_SIZE": size})

    def test_jobs(self):
        h5py = runs.need_module("h5py")
        self.gathered()
        other = self.folder / "other.h5"
        self.by_one("gather", "--jobs", "3", "-o", other, self.parts)
        with h5py.File(self.trace) as want, h5py.File(other) as got:
            self.assertEqual(columns(got), columns(want))
        self.assertEqual(self.by_one("report", "--json", "--jobs", "2", self.trace),
                         self.by_one("report", "--json", self.trace))

    def test_bad_options(self):
        for words in (["--jobs", "0"], ["--jobs", "x"], ["--wait", "0"],
                      ["--jobs", "2", "--alone"]):
            outcome = self.run_program([runs.JOULEPATH, "report", *words, "t.h5"])
            self.assert_fails(outcome, runs.USAGE, words[0])

    def test_two_starts_at_once(self):
        self.gathered()
        want = self.by_one("report", "--json", self.trace)
        started = [self.start_as(rank, 2, "report", "--json", self.trace) for rank in (0, 1, 0, 1)]
        outcomes = [self.finish(process) for process in started]
        self.assertEqual([outcome.code for outcome in outcomes], [0] * 4)
        self.assertEqual([outcome.out for outcome in outcomes], [want, "", want, ""])
        self.assertEqual(self.left_over(), [])

    def test_a_killed_process_is_told_at_once(self):
        leader = self.start_as(0, 2, "gather", "-o", self.trace, self.parts)
        meeting = runs.wait_until("a folder to meet in", self.left_over)[0]
        member = self.start_as(1, 2, "gather", "-o", self.trace, self.parts)
        # It is stopped the moment it is known, so that it cannot be done before.
        runs.wait_until("the member is there",
                        lambda: (self.folder / meeting / "alive.1").exists() or
                        member.poll() is not None)
        os.kill(leader.pid, signal.SIGSTOP)
        member.kill()
        member.wait()
        begin = time.monotonic()
        os.kill(leader.pid, signal.SIGCONT)
        outcome = self.finish(leader)
        self.assertLess(time.monotonic() - begin, 20)
        if outcome.code != 0:  # else the member was faster
            self.assert_fails(outcome, runs.IO, "process 1 of 2", "has ended: was it killed?")
        self.assertEqual(self.left_over(), [])

    def test_a_silent_process_is_not_waited_for_for_ever(self):
        self.gathered()
        member = self.start_as(1, 2, "report", "--wait", "3", self.trace)
        os.kill(member.pid, signal.SIGSTOP)  # before it can have done its part
        leader = self.start_as(0, 2, "report", "--wait", "3", self.trace)
        outcome = self.finish(leader, timeout=30)
        self.assert_fails(outcome, runs.IO, "1 of 2")
        member.kill()
        self.assertEqual(self.left_over(), [])

    def test_a_signal_leaves_nothing(self):
        words = ["gather", "-o", self.trace, self.parts]
        for waiting_for_others in (True, False):
            with self.subTest(waiting_for_others=waiting_for_others):
                leader = self.start_as(0, 2, *words)
                meeting = runs.wait_until("a folder to meet in", self.left_over)[0]
                if not waiting_for_others:
                    member = self.start_as(1, 2, *words)
                    runs.wait_until("the member is there",
                                    (self.folder / meeting / "alive.1").exists)
                    member.send_signal(signal.SIGSTOP)  # so that process 0 cannot be done
                    runs.wait_until("a trace is being written",
                                    (self.folder / meeting / "trace.0.draft").exists)
                leader.send_signal(signal.SIGTERM)
                outcome = self.finish(leader)
                self.assertEqual(outcome.code, -signal.SIGTERM)
                self.assertEqual(self.left_over(), [])
                self.assertFalse(pathlib.Path(self.trace).exists())


del Together, SameResults  # not to be run by themselves

if __name__ == "__main__":
    runs.main()
