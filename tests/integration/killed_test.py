#!/usr/bin/env python3
"""Ranks, recorder or `joulepath run` end before their time: the program ends as it would
without us, and a trace can still be read."""

import os
import re
import signal
import time

import joulepath_runs as runs

RANKS = 4
# MPICH's launcher tells on standard output of one of the processes that ended badly.
OF_LAUNCHER = re.compile(r"$|=|YOUR APPLICATION TERMINATED|This typically refers|Please see the")


def of_program(outcome):
    return sorted(line for line in outcome.out.splitlines() if not OF_LAUNCHER.match(line))


class EndsEarly(runs.Case):
    """Programs that end themselves, on both MPIs."""

    def pair(self, command, codes, tries):
        """A bare and a recorded run. Without us MPICH's launcher loses the last line of a rank
        that aborts in 3 of 400 runs, and now and then it ends with 1 whatever the ranks did."""
        for _ in range(tries):
            self.trace.unlink(missing_ok=True)
            bare, recorded = self.run_program(command), self.record(command)
            if of_program(recorded) == of_program(bare) and {bare.code, recorded.code} <= {*codes}:
                break
        return bare, recorded

    def both(self, name, codes, *arguments, ranks=RANKS):
        for mpi in runs.MPIS:
            with self.subTest(mpi=mpi):
                self.trace = self.folder / f"{mpi}-{name}.h5"
                command = runs.mpi_command(mpi, ranks, runs.program(mpi, name), *arguments)
                bare, recorded = self.pair(command, codes[mpi], tries=1 if mpi == "openmpi" else 3)
                self.assertIn(bare.code, codes[mpi], bare.err)
                self.assertIn(recorded.code, codes[mpi], recorded.err)
                self.assertEqual(of_program(recorded), of_program(bare))
                self.assertEqual(recorded.own_lines(), [f"joulepath: trace: {self.trace}"])
                report = self.report()
                self.assertTrue(report["health"]["complete"], "the recorder outlived them")
                self.assertEqual(len(report["ranks"]), ranks)
                yield mpi, report

    def test_killed_rank(self):
        for mpi, report in self.both("kill_self", {"openmpi": [137], "mpich": [9]}, 200):
            died = {row["rank"] for row in report["ranks"] if row["died"]}
            self.assertIn(1, died)
            counted = runs.calls_and_bytes(report)["MPI_Allreduce"]
            # Rank 1 has made all its calls; the others may be in their last one when killed.
            self.assertIn(counted["calls"], range(RANKS * 199 + 1, RANKS * 200 + 1), mpi)
            self.assertEqual(counted["bytes"], 4 * counted["calls"])

    def test_abort(self):
        for _, report in self.both("abort", {"openmpi": [7], "mpich": [7]}):
            self.assertEqual(runs.calls_and_bytes(report)["MPI_Comm_rank"]["calls"], RANKS)

    def test_segmentation_fault(self):
        # 11 with a core file is 139 to MPICH's launcher as well.
        for _, report in self.both("segv", {"openmpi": [139], "mpich": [11, 139]}):
            self.assertIn(2, {row["rank"] for row in report["ranks"] if row["died"]})

    def test_exit_without_finalize(self):
        # MPICH's launcher may kill the ranks that are on their way out.
        for _, report in self.both("noexit", {"openmpi": [3], "mpich": [3, 9]}):
            self.assertEqual(runs.calls_and_bytes(report)["MPI_Allreduce"]["calls"], 10 * RANKS)


class Interrupted(runs.Case):
    """A running program that somebody from outside disturbs (Open MPI, 2 ranks)."""

    def begin(self, seconds, *, recorded=True):
        """A started `busy`; returns when its ranks are at work."""
        busy = runs.program("openmpi", "busy")
        command = runs.mpi_command("openmpi", 2, busy, seconds)
        if recorded:
            command = [runs.JOULEPATH, "run", "-q", "-o", self.trace, "--", *command]
        process = self.start(command)
        self.ranks = runs.wait_until("two ranks", lambda: (
            pids if len(pids := self.ranks_of(process, busy)) == 2 else None))
        time.sleep(1.3)  # past MPI_Init and a flush of the recorder
        return process

    def ranks_of(self, process, word):
        return [pid for pid, session, arguments in runs.processes()
                if session == process.pid and arguments[0] == word]

    def recorder(self):
        found = self.recorders()
        self.assertEqual(len(found), 1)
        return found[0]

    def assert_trace(self, trace=None, complete=True):
        report = self.report(trace)
        self.assertEqual(report["health"]["complete"], complete)
        self.assertEqual(len(report["ranks"]), 2)
        self.assertGreater(report["duration_s"], 0.9)
        self.assertGreater(runs.calls_and_bytes(report)["MPI_Allreduce"]["calls"], 20)
        return report

    def test_rank_killed_from_outside(self):
        process = self.begin(30)
        os.kill(self.ranks[0], signal.SIGKILL)
        outcome = self.finish(process)
        self.assertEqual(outcome.code, 137, outcome.err)
        self.assertEqual(outcome.own_lines(), [f"joulepath: trace: {self.trace}"])
        died = [row["pid"] for row in self.assert_trace()["ranks"] if row["died"]]
        self.assertIn(self.ranks[0], died)

    def test_recorder_killed(self):
        process = self.begin(3)
        os.kill(self.recorder(), signal.SIGKILL)
        outcome = self.finish(process)
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertRegex(outcome.out, r"^busy steps \d+\n$")
        self.assertEqual(outcome.program_err(), [])
        self.assertTrue(outcome.own_lines())
        # Found whether it was gathered or left where it was written.
        parts = self.folder / "t.h5.parts"
        self.assertTrue(self.trace.exists() or parts.exists(), outcome.err)
        self.assert_trace(self.trace if self.trace.exists() else parts, complete=False)
        text = self.run_program([runs.JOULEPATH, "report",
                                 self.trace if self.trace.exists() else parts])
        self.assertEqual(text.code, 0, text.err)
        self.assertIn("killed", text.out)

    def test_recorder_terminated(self):
        process = self.begin(3)
        os.kill(self.recorder(), signal.SIGTERM)
        outcome = self.finish(process)
        self.assertEqual((outcome.code, outcome.program_err()), (0, []), outcome.err)
        self.assertRegex(outcome.out, r"^busy steps \d+\n$")
        self.assert_trace()

    def test_interrupt_from_the_terminal(self):
        """Ctrl-C goes to the whole process group of the terminal."""
        bare = self.begin(30, recorded=False)
        os.killpg(bare.pid, signal.SIGINT)
        bare_outcome = self.finish(bare)
        process = self.begin(30)
        os.killpg(process.pid, signal.SIGINT)
        outcome = self.finish(process)
        self.assertEqual(outcome.code, bare_outcome.code, outcome.err)
        self.assertEqual(outcome.out, bare_outcome.out)
        self.assert_trace()

    def test_terminate(self):
        bare = self.begin(30, recorded=False)
        bare.terminate()
        bare_outcome = self.finish(bare)
        process = self.begin(30)
        process.terminate()
        outcome = self.finish(process)
        self.assertEqual(outcome.code, bare_outcome.code, outcome.err)
        self.assert_trace()

    def test_run_itself_killed(self):
        """The recorder sees that nobody waits for it any more, ends and keeps its file."""
        process = self.begin(30)
        process.kill()
        process.wait(timeout=10)
        runs.wait_until("the recorder has ended", lambda: not self.recorders())
        self.assert_trace(self.folder / "t.h5.parts")


class SingleProgram(runs.Case):
    """No launcher: a signal that ends the program ends `joulepath run` in the same way."""

    def test_signal_of_the_program(self):
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
            with self.subTest(signal=number):
                trace = self.folder / f"{int(number)}.h5"
                outcome = self.record(["bash", "-c", f"kill -{int(number)} $$"], trace=trace)
                self.assertEqual(outcome.code, -number)
                self.report(trace)


if __name__ == "__main__":
    runs.main()
