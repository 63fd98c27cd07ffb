#!/usr/bin/env python3
"""The showcase in short: a hybrid program on two sockets and two GPUs whose every joule is
known. Nothing here depends on how fast or how busy the machine is: the truth is what happened."""

import tempfile

import machine
import rig
from rig import runs
from truth import CHIPS, NJ_PER_UNIT, PHASES, RANKS, THREADS

SECONDS = 5


class Showcase(runs.Case):
    def setUp(self):
        rig.need_all()
        super().setUp()

    def record_with(self, sensors):
        memory = tempfile.TemporaryDirectory(dir="/dev/shm")
        self.addCleanup(memory.cleanup)
        run = rig.Rig(memory.name)
        outcome = self.run_program(run.command(SECONDS, sensors), env=run.environment())
        if outcome.code == runs.SKIPPED:
            self.skipTest(outcome.err)
        self.assertEqual(outcome.code, 0, outcome.err)
        (line,) = outcome.out.splitlines()
        self.steps = int(line.split()[1])
        self.recording = run.recording()

    def test_every_joule(self):
        self.record_with(rig.ALL_CHIPS)
        for check in (self.check_readings, self.check_chips, self.check_places, self.check_phases,
                      self.check_threads):
            with self.subTest(check.__name__):
                check()

    def test_phases_on_sockets(self):
        """Without the GPUs, whose slow counters make bounds wide."""
        self.record_with(rig.SOCKETS)
        self.check_phases()
        self.assert_holds(self.recording.ranks())
        self.assert_holds(self.recording.threads())

    def assert_holds(self, figures):
        for name, figure in figures.items():
            with self.subTest(name):
                self.assertTrue(figure.holds, figure)

    def check_readings(self):
        """Each is a value that the counter showed in the reading's interval."""
        self.assertEqual(sorted(self.recording.readings), sorted(CHIPS))
        for name, readings in self.recording.readings.items():
            chip = self.recording.truth.chips[name]
            self.assertGreater(len(readings.raw), SECONDS * 10)
            for lo, hi, raw in zip(readings.t_lo, readings.t_hi, readings.raw):
                update = chip.index_of(raw)
                self.assertLessEqual(chip.at[update], hi)
                if update + 1 < len(chip.after):
                    self.assertGreaterEqual(chip.after[update + 1], lo)

    def check_chips(self):
        """To the unit: what the chip counted, what the program's books say, who took it."""
        truth = self.recording.truth
        kept = {row["id"]: row["conservation"] for row in self.recording.report["sensors"]}
        for number, name in enumerate(CHIPS):
            raws, chip = self.recording.readings[name].raw, truth.chips[name]
            first, last = chip.index_of(raws[0]), chip.index_of(raws[-1])
            modulus = machine.MODULUS_UJ if number < RANKS else 2**64
            with self.subTest(name):
                self.assertEqual(chip.nj[last] - chip.nj[first],
                                 truth.books_nj(number, chip.at[first], chip.at[last]))
                self.assertEqual(kept[name]["raw_difference"], (raws[-1] - raws[0]) % modulus)
                self.assertEqual(kept[name]["raw_difference"], chip.nj[last] // NJ_PER_UNIT[number]
                                 - chip.nj[first] // NJ_PER_UNIT[number])
                self.assertEqual(
                    kept[name]["raw_attributed"] + kept[name]["raw_idle"] +
                    kept[name]["raw_unattributed"], kept[name]["raw_difference"])
                self.assertEqual(sum(b < a for a, b in zip(raws, raws[1:])), int(number == 0),
                                 "package-0 was to wrap once")
        self.assert_holds(self.recording.chips())

    def check_places(self):
        """The energy of each socket and GPU is with the rank that used it."""
        report = self.recording.report
        ranks = {row["rank"]: row for row in report["ranks"]}
        self.assertEqual({rank: (row["sockets"], row["gpus"]) for rank, row in ranks.items()},
                         {rank: ([rank], [rig.PCI_OF_RANK[rank]]) for rank in range(RANKS)})
        self.assertEqual({row["gpu"]: (row["ranks"], row["shared"]) for row in report["gpus"]},
                         {rig.PCI_OF_RANK[rank]: ([rank], False) for rank in range(RANKS)})
        self.assert_holds(self.recording.ranks())
        self.assertGreater(ranks[1]["mpi_wait_s"] + ranks[1]["mpi_transfer_s"], 0)

    def check_phases(self):
        rows = {row["name"]: row for row in self.recording.report["phases"]}
        times = {name: RANKS * THREADS * self.steps for name in PHASES}
        self.assertEqual({name: rows[name]["instances"] for name in PHASES}, times)
        for name in PHASES:
            with self.subTest(name):
                least, most = self.recording.truth.phase_s(name)
                # The recorder counts ticks of the CPU's clock, which it compares with time.
                self.assertGreater(rows[name]["seconds"], 0.999 * least)
                self.assertLess(rows[name]["seconds"], 1.001 * most)
        self.assert_holds(self.recording.phases())

    def check_threads(self):
        threads = self.recording.threads()
        self.assertEqual(list(threads), [(rank, thread) for rank in range(RANKS)
                                         for thread in range(THREADS)])
        self.assert_holds(threads)
        # CPU time is the kernel's: it has at least what each thread booked.
        for row in self.recording.report["threads"]:
            if row["kind"] == "told":
                rank = self.recording.truth.ranks[row["rank"]]
                self.assertGreaterEqual(row["cpu_s"], 0.9 * rank.cpu_s(rank.tids.index(row["tid"])))


if __name__ == "__main__":
    runs.main()
