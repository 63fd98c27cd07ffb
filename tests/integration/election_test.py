#!/usr/bin/env python3
"""Many processes of one session that start at once elect exactly one recorder, and all of
them are in its one trace."""

import collections
import os
import subprocess
import threading
import time

import joulepath_runs as runs

PROCESSES = 64
ROUNDS = 5


class Census(threading.Thread):
    """Counts the recorders of a test, as often as /proc can be read, until stopped."""

    def __init__(self, case):
        super().__init__()
        self.case = case
        self.seen = collections.Counter()
        self.most_at_once = 0
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            now = self.case.recorders()
            self.seen.update(now)
            self.most_at_once = max(self.most_at_once, len(now))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


class Election(runs.Case):
    def test_singletons(self):
        """MPICH programs without a launcher, put into one session by its name."""
        hold = runs.program("mpich", "hold")
        for number in range(ROUNDS):
            with self.subTest(round=number):
                self.one_round(hold, self.folder / f"{number}.h5", f"election-{number}")

    def one_round(self, hold, trace, session):
        reading, writing = os.pipe()
        env = {"LD_PRELOAD": runs.LIBRARY, "JOULEPATH_SESSION": session,
               "JOULEPATH_OUTPUT": trace}
        try:
            with Census(self) as census:
                held = [self.start([hold], env, stdin=reading, stdout=subprocess.DEVNULL)
                        for _ in range(PROCESSES)]
                channels = self.shm / f"joulepath-{os.geteuid()}" / session
                runs.wait_until("every process in the session", lambda: (
                    len(list(channels.glob("channel.*"))) == PROCESSES))
                time.sleep(0.1)  # two ticks more or less: whoever would start now has started
                os.close(writing)
                writing = None
                said = {process.communicate(timeout=runs.TIMEOUT_S)[1] for process in held}
                runs.wait_until("the recorder has ended", lambda: not self.recorders())
        finally:
            os.close(reading)
            if writing is not None:
                os.close(writing)
        self.assertEqual(said, {""})
        self.assertEqual({process.returncode for process in held}, {0})
        self.assertEqual(census.most_at_once, 1)
        self.assertEqual(len(census.seen), 1, "one recorder, the same all the time")
        self.assertEqual([path.name for path in trace.parent.glob(f"{trace.stem}*")],
                         [trace.name])
        # All are rank 0 of a world of their own, so the report has no row for each.
        with runs.need_module("h5py").File(trace, "r") as file:
            table = file["nodes/0/processes"]
            pids, states = table["pid"][:].tolist(), set(table["state"][:].tolist())
        self.assertEqual(sorted(pids), sorted(process.pid for process in held))
        self.assertEqual(states, {b"finalized"})
        report = self.report(trace)
        self.assertEqual(runs.calls_and_bytes(report)["MPI_Init"]["calls"], PROCESSES)

    def test_under_a_launcher(self):
        """Ranks of one job that find their session by themselves."""
        ranks = 8
        command = runs.mpi_command("mpich", ranks, runs.program("mpich", "busy"), 0.5,
                                   options=["-genv", "LD_PRELOAD", runs.LIBRARY])
        with Census(self) as census:
            outcome = self.run_program(command, env={"JOULEPATH_OUTPUT": self.trace})
            runs.wait_until("the recorder has ended", lambda: not self.recorders())
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        self.assertEqual((census.most_at_once, len(census.seen)), (1, 1))
        report = self.report()
        self.assertEqual([row["rank"] for row in report["ranks"]], list(range(ranks)))
        self.assertEqual([path.name for path in self.folder.iterdir()], [self.trace.name])


if __name__ == "__main__":
    runs.main()
