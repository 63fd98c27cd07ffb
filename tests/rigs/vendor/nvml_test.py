#!/usr/bin/env python3
"""NVIDIA GPUs that are not there: a libnvidia-ml.so.1 of our own, on the documented ABI,
under the real programs. What it cannot show is how real cards behave."""

import os
import sys
import time
import unittest

import device_groups
import vendor_rig as rig
from vendor_rig import runs

STEP_MS = 20
SECONDS = 4
# PROC_PID_INIT_INO: in another one an empty list tells nothing.
FIRST_PID_NAMESPACE = "pid:[4026531836]"


class Nvml(rig.Case):
    backend = "nvml"

    def setUp(self):
        super().setUp()
        self.cards = self.folder / "cards"

    def write(self, *cards):
        """All at once: the library reads it at any moment."""
        fresh = self.folder / "cards.new"
        fresh.write_text("".join(card + "\n" for card in cards))
        fresh.rename(self.cards)

    def vendor_env(self):
        return {"LD_LIBRARY_PATH": rig.BUILD / "nvml", "FAKE_NVML_CARDS": self.cards}


class Found(Nvml):
    def test_two_cards_by_bus(self):
        self.write("uuid=GPU-b bus=0xC1 name=NVIDIA_V100", "uuid=GPU-a bus=0x0a")
        found, notes = self.sensors()
        self.assertEqual(list(found), ["nvml:GPU-a", "nvml:GPU-b"])
        self.assertEqual(notes, [])
        card = found["nvml:GPU-b"]
        self.assertEqual(
            {key: card[key] for key in ("domain", "device", "pci", "unit", "provenance", "chosen",
                                        "readable")},
            {"domain": "gpu", "device": "NVIDIA V100", "pci": "0000:c1:00.0", "unit": "mJ",
             "provenance": "measured", "chosen": True, "readable": True})
        self.assertTrue(found["nvml:GPU-a"]["chosen"])
        # Another order of the driver is the same machine.
        self.write("uuid=GPU-a bus=0x0a", "uuid=GPU-b bus=0xC1 name=NVIDIA_V100")
        self.assertEqual(self.sensors()[0], found)

    def test_power_where_there_is_no_energy(self):
        self.write("name=NVIDIA_A100-SXM4-40GB device=0x20b0 arch=7 energy=3 instant=0")
        card = self.sensors()[0]["nvml:GPU-0"]
        self.assertEqual((card["unit"], card["provenance"], card["readable"]),
                         ("mW", "measured", True))
        self.write("arch=9 energy=3 average=0")
        self.assertEqual(self.sensors()[0]["nvml:GPU-0"]["provenance"], "averaged")

    def test_refused(self):
        self.write("energy=4")
        card = self.sensors()[0]["nvml:GPU-0"]
        self.assertFalse(card["readable"])
        self.assertFalse(card["chosen"])
        self.assertIn("Insufficient Permissions", card["reason"])
        self.assertIn("/dev/nvidiactl", card["remedy"])

    def test_mig_is_the_card(self):
        self.write("mig=1")
        found, notes = self.sensors()
        self.assertEqual(list(found), ["nvml:GPU-0"])
        self.assertEqual(len(notes), 1)
        self.assertIn("MIG", notes[0])

    def test_grace_hopper_is_a_module(self):
        self.write("name=NVIDIA_GH200_480GB arch=9 module=0")
        self.assertEqual(self.sensors()[0]["nvml:GPU-0"]["domain"], "module")

    def test_no_driver(self):
        self.write("init=9")
        found, notes = self.sensors()
        self.assertEqual(found, {})
        self.assertEqual(len(notes), 1)
        self.assertIn("driver is not loaded", notes[0])

    def test_another_machine_has_no_gpu_of_ours(self):
        self.write("uuid=GPU-a")
        outcome = self.run_program(
            [runs.JOULEPATH, "sensors", "--json", "--sysfs-root",
             runs.SOURCE / "tests/nodes/server-2s/sys"], env=self.vendor_env())
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertNotIn("nvml:GPU", outcome.out)
        self.assertIn("not asked", outcome.out)


class TwoGpus(Nvml):
    """Two GPUs, and what mpirun sets for each rank."""

    GPUS = ("uuid=GPU-a bus=0x0a mw=100000", "uuid=GPU-b bus=0xc1 mw=200000")
    programs = None  # by rank; None: "busy" for SECONDS

    def recorded_with(self, *visible):
        """The report; `visible`: CUDA_VISIBLE_DEVICES by rank, None: not set."""
        runs.need("mpirun.openmpi")
        self.write(*self.GPUS)
        words = ["mpirun.openmpi", "--oversubscribe"]
        for rank, value in enumerate(visible):
            words += [":"] * (rank > 0) + ["-np", "1"]
            words += [] if value is None else ["-x", f"CUDA_VISIBLE_DEVICES={value}"]
            words += self.programs[rank] if self.programs else [runs.program("openmpi", "busy"),
                                                                SECONDS]
        outcome = self.run_program([*self.before, runs.JOULEPATH, "run", "-o", self.trace,
                                    "--sensors", "nvml", "--", *words], env=self.vendor_env())
        if outcome.code == runs.SKIPPED:
            raise unittest.SkipTest(outcome.err.strip())
        self.assertEqual(outcome.code, 0, outcome.err)
        self.text = outcome.err
        report = self.report()
        sensors = {sensor["id"]: sensor for sensor in report["sensors"]}
        for name, watts in (("nvml:GPU-a", 100), ("nvml:GPU-b", 200)):
            self.check_energy(sensors[name], watts, SECONDS, tolerance=0.02)
        shared_out = sum(row["energy_j"]["value"] for row in report["ranks"])
        rest = report["idle_j"]["value"] + report["unattributed_j"]["value"]
        self.assertAlmostEqual(report["energy_j"]["value"], shared_out + rest, places=3)
        return report, {gpu["gpu"]: gpu for gpu in report["gpus"]}


class OfRanks(TwoGpus):
    def test_each_rank_has_its_own(self):
        report, gpus = self.recorded_with("1", "GPU-a")
        self.assertEqual([row["gpus"] for row in report["ranks"]],
                         [["0000:c1:00.0"], ["0000:0a:00.0"]])
        self.assertEqual([row["gpus_reason"] for row in report["ranks"]], [None, None])
        self.assertEqual(gpus["0000:c1:00.0"]["ranks"], [0])
        # Each rank busy for SECONDS: its share is its own GPU's, at that GPU's power.
        for row, watts in zip(report["ranks"], (200, 100)):
            self.assertAlmostEqual(row["energy_j"]["value"], watts * row["seconds"],
                                   delta=0.1 * watts * row["seconds"])

    def test_one_for_both_and_one_for_none(self):
        report, gpus = self.recorded_with("GPU-b", "1")
        ours, others = gpus["0000:c1:00.0"], gpus["0000:0a:00.0"]
        self.assertEqual((ours["ranks"], ours["shared"], ours["of_job"]), ([0, 1], True, True))
        self.assertEqual((others["ranks"], others["of_job"]), ([], False))
        self.assertEqual(report["energy_j"]["value"], ours["energy_j"]["value"])
        for row in report["ranks"]:
            self.assertEqual(row["energy_j"]["lo"], 0)
            self.assertGreater(row["energy_j"]["hi"], 1.8 * row["energy_j"]["value"])
        self.assertIn("(others')", self.text)
        self.assertIn("(shared)", self.text)

    def test_without_a_variable_all_are_shared(self):
        report, gpus = self.recorded_with(None, None)
        self.assertEqual([row["gpus"] for row in report["ranks"]],
                         [["0000:0a:00.0", "0000:c1:00.0"]] * 2)
        self.assertTrue(all(gpu["shared"] for gpu in gpus.values()))


class OfGroups(TwoGpus):
    """Ranks in control groups of version 2 with a device program, as in tasks of Slurm's: device
    files and groups are real, the driver behind the files is not there."""

    NUMBERS = {"nvidia0": "0000:c1:00.0", "nvidia1": "0000:0a:00.0"}  # not in the bus's order

    def machine(self, *files):
        words = [f"{name}:195:{name.removeprefix('nvidia')}:{self.NUMBERS[name]}" for name in files]
        self.before = (*runs.mount_name_space(), sys.executable, device_groups.__file__,
                       "nvidiactl:195:255", *words, "--")

    def rank(self, *refused):
        """A rank whose group refuses these device files, by number."""
        try:
            group = device_groups.DeviceGroup(*((195, number) for number in refused))
        except device_groups.CannotMake as error:
            raise unittest.SkipTest(str(error)) from None
        self.addCleanup(group.remove)
        return [*group.entry, runs.program("openmpi", "busy"), SECONDS]

    def test_each_rank_has_what_its_group_lets_through(self):
        self.machine("nvidia0", "nvidia1")
        self.programs = [self.rank(1), self.rank(0)]
        report, _ = self.recorded_with("0", None)
        self.assertEqual([row["gpus"] for row in report["ranks"]],
                         [["0000:c1:00.0"], ["0000:0a:00.0"]])
        self.assertEqual([row["gpus_reason"] for row in report["ranks"]], [None, None])
        for row, watts in zip(report["ranks"], (200, 100)):
            self.assertAlmostEqual(row["energy_j"]["value"], watts * row["seconds"],
                                   delta=0.1 * watts * row["seconds"])

    def test_a_device_file_that_is_not_there_tells_nothing(self):
        self.machine("nvidia0", "nvidia1")
        self.before = (*self.before, "sh", "-c", 'rm /dev/nvidia1 && exec "$@"', "sh")
        self.programs = [self.rank(), self.rank(0, 1)]
        report, _ = self.recorded_with("0", None)
        for row in report["ranks"]:
            self.assertEqual(row["gpus"], ["0000:0a:00.0", "0000:c1:00.0"])
            self.assertIn("/dev/nvidia1", row["gpus_reason"])


class OfUsers(TwoGpus):
    """Who is on the cards, by the driver's lists: whatever a rank may use, it is charged for
    what it used."""

    def setUp(self):
        super().setUp()
        self.users = self.folder / "users"
        self.users.touch()

    def vendor_env(self):
        return super().vendor_env() | {"FAKE_NVML_USERS": self.users}

    def rank(self, *cards):
        """A rank that is on `cards`: (UUID, percent)."""
        lines = "".join(f"echo {uuid} $$ {percent} >> {self.users}; " for uuid, percent in cards)
        return ["sh", "-c", f"{lines}exec {runs.program('openmpi', 'busy')} {SECONDS}"]

    def test_each_on_one_of_all_it_may_use(self):
        self.programs = [self.rank(("GPU-b", 80)), self.rank(("GPU-a", -1))]
        report, gpus = self.recorded_with(None, None)
        self.assertEqual(gpus["0000:c1:00.0"]["ranks"], [0, 1])
        self.assertEqual(gpus["0000:c1:00.0"]["seen"], [0])
        self.assertEqual(gpus["0000:0a:00.0"]["seen"], [1])
        self.assertIn("0000:c1:00.0 rank 0", self.text)
        for row, watts in zip(report["ranks"], (200, 100)):
            self.assertAlmostEqual(row["energy_j"]["value"], watts * row["seconds"],
                                   delta=0.1 * watts * row["seconds"])
            # What came before the first look and after the last may be anybody's.
            self.assertLess(row["energy_j"]["hi"], watts * (SECONDS + 1) + 300 * 1.0)
            self.assertGreater(row["energy_j"]["lo"], watts * (SECONDS - 1))

    def test_a_shared_one_by_use(self):
        self.programs = [self.rank(("GPU-b", 75)), self.rank(("GPU-b", 25))]
        report, gpus = self.recorded_with(None, None)
        self.assertEqual(gpus["0000:c1:00.0"]["seen"], [0, 1])
        self.assertIn("(by use)", self.text)
        if os.readlink("/proc/self/ns/pid") == FIRST_PID_NAMESPACE:
            # The other card was nobody's: idle.
            self.assertEqual(gpus["0000:0a:00.0"]["seen"], [])
            self.assertIn("(not used)", self.text)
            self.assertGreater(report["idle_j"]["value"], 100 * (SECONDS - 1))
        else:
            self.assertIsNone(gpus["0000:0a:00.0"]["seen"])
        first, second = (row["energy_j"] for row in report["ranks"])
        self.assertAlmostEqual(first["value"] / (first["value"] + second["value"]), 0.75, delta=0.1)
        for energy in (first, second):
            self.assertLess(energy["lo"], 0.1 * energy["value"])
            self.assertGreater(energy["hi"], 200 * (SECONDS - 1))

    def test_what_a_rank_has_started(self):
        """The process on the card is a child of the rank."""
        script = (f"sleep {SECONDS + 1} & echo GPU-a $! 50 >> {self.users}; "
                  f"exec {runs.program('openmpi', 'busy')} {SECONDS}")
        self.programs = [["sh", "-c", script], self.rank(("GPU-b", 50))]
        _, gpus = self.recorded_with(None, None)
        self.assertEqual(gpus["0000:0a:00.0"]["seen"], [0])
        self.assertEqual(gpus["0000:c1:00.0"]["seen"], [1])


class Recorded(Nvml):
    def check_readings(self, name, milliwatts, start_mj=0):
        """Each reading is a value that the counter had in its interval."""
        readings = self.readings()[name]
        for lo, hi, raw, _ in readings:
            steps = [at // (STEP_MS * rig.NS_PER_MS) * STEP_MS * milliwatts // 1000 + start_mj
                     for at in (lo, hi)]
            self.assertLessEqual(steps[0], raw)
            self.assertLessEqual(raw, steps[1])
        return readings

    def test_energy_of_a_run(self):
        self.write("uuid=GPU-a bus=0x0a mw=250000 start_mj=7000000",
                   "uuid=GPU-b bus=0xc1 mw=90500")
        report = self.recorded(SECONDS)
        sensors = {sensor["id"]: sensor for sensor in report["sensors"]}
        self.assertEqual(len(sensors), 2)
        for name, watts, start in (("nvml:GPU-a", 250, 7_000_000), ("nvml:GPU-b", 90.5, 0)):
            with self.subTest(name=name):
                readings = self.check_readings(name, int(watts * 1000), start)
                self.check_energy(sensors[name], watts, SECONDS, tolerance=0.02)
                self.assertEqual(sensors[name]["lost_intervals"], 0)
                self.assertEqual(sensors[name]["unusable_samples"], 0)
                # Every 20 ms, not at every tick of 10; and each once.
                self.assertLess(len(readings), SECONDS * 75)
                self.assertGreater(len(readings), SECONDS * 20)
                self.assertEqual(len(readings), len({reading[1] for reading in readings}))
        total = sum(sensor["energy_j"]["value"] for sensor in sensors.values())
        self.assertAlmostEqual(report["energy_j"]["value"], total, places=6)

    def test_energy_from_power_where_there_is_no_counter(self):
        self.write("uuid=GPU-a mw=250000 energy=3 average=0 arch=8")
        sensor, = self.recorded(SECONDS)["sensors"]
        self.assertEqual((sensor["unit"], sensor["provenance"]), ("mW", "averaged"))
        self.assertEqual({raw for _, _, raw, _ in self.readings()["nvml:GPU-a"]}, {250_000})
        self.check_energy(sensor, 250, SECONDS, tolerance=0.02)

    def test_a_slow_library_does_not_slow_the_recorder(self):
        self.write("uuid=GPU-a call_us=30000 mw=100000")
        report = self.recorded(SECONDS, "--period", "2ms")
        self.check_readings("nvml:GPU-a", 100_000)
        self.check_energy(report["sensors"][0], 100, SECONDS, tolerance=0.05)
        node = report["nodes"][0]
        self.assertGreater(node["ticks"], SECONDS * 500 * 0.6, "ticks were held up")

    def test_a_lost_card_comes_back(self):
        cards = ["uuid=GPU-a bus=0x0a mw=100000", "uuid=GPU-b bus=0xc1 mw=200000"]
        self.write(*cards)
        runs.need("mpirun.openmpi")
        command = runs.mpi_command("openmpi", 2, runs.program("openmpi", "busy"), 2 * SECONDS)
        running = self.start([runs.JOULEPATH, "run", "-q", "-o", self.trace, "--sensors", "nvml",
                              "--", *command], env=self.vendor_env())
        time.sleep(2)
        self.write(cards[1])  # GPU-a is lost, GPU-b moves up to index 0
        lost_ns = time.monotonic_ns()
        time.sleep(2)
        back_ns = time.monotonic_ns()
        self.write(*reversed(cards))
        self.assertEqual(self.finish(running).code, 0)
        report = self.report()
        sensors = {sensor["id"]: sensor for sensor in report["sensors"]}
        gone = self.check_readings("nvml:GPU-a", 100_000)
        self.assertEqual([one for one in gone if lost_ns + 10**8 < one[0] < back_ns], [])
        self.assertTrue([one for one in gone if one[0] > back_ns], "did not come back")
        self.check_readings("nvml:GPU-b", 200_000)
        # The counter went on meanwhile: no joule is lost, none of the other card is in it.
        for name, watts in (("nvml:GPU-a", 100), ("nvml:GPU-b", 200)):
            self.check_energy(sensors[name], watts, SECONDS, tolerance=0.02)


if __name__ == "__main__":
    runs.main()
