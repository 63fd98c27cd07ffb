#!/usr/bin/env python3
"""AMD GPUs that are files (amd_sysfs.py), under the distribution's real librocm_smi64. What
it cannot show is how real cards and the amdgpu driver behave."""

import ctypes
import sys
import unittest

import device_groups
import vendor_rig as rig
from vendor_rig import runs

SECONDS = 4
MAKER = runs.SOURCE / "tests/rigs/vendor/amd_sysfs.py"
COUNT_J = 15.3e-6


class Rocm(rig.Case):
    backend = "rocm"

    def setUp(self):
        super().setUp()
        try:
            ctypes.CDLL("librocm_smi64.so.1")
        except OSError as error:
            raise unittest.SkipTest(f"no ROCm SMI (librocm-smi64-1): {error}") from None
        self.name_space = runs.mount_name_space()
        probe = self.run_program([*self.name_space, sys.executable, MAKER, "--", "true"])
        if probe.code == runs.SKIPPED:
            raise unittest.SkipTest(f"no overlay on /sys here: {probe.err.strip()}")
        self.assertEqual(probe.code, 0, probe.err)

    def vendor_env(self):
        return {}

    def machine(self, *cards):
        self.before = (*self.name_space, sys.executable, MAKER, *cards, "--")


class Found(Rocm):
    def test_cards_by_bus(self):
        self.machine("c1:740f:300000", "03:740f:100000")
        found, notes = self.sensors()
        self.assertEqual(list(found), ["rocm:0000:03:00.0", "rocm:0000:c1:00.0"])
        self.assertEqual(notes, [])
        card = found["rocm:0000:03:00.0"]
        self.assertEqual(
            {key: card[key] for key in ("domain", "pci", "unit", "provenance", "chosen",
                                        "readable")},
            {"domain": "gpu", "pci": "0000:03:00.0", "unit": "15.3 uJ",
             "provenance": "measured", "chosen": True, "readable": True})
        self.assertIn("MI210", card["device"])

    def test_the_second_die_is_in_the_first(self):
        self.machine("c1:740c:500000", "c9:740c:0")
        found, _ = self.sensors()
        first, second = found["rocm:0000:c1:00.0"], found["rocm:0000:c9:00.0"]
        self.assertTrue(first["chosen"])
        self.assertFalse(second["chosen"])
        self.assertFalse(second["readable"])
        self.assertEqual(second["contained_in"], "rocm:0000:c1:00.0")

    def test_without_a_card_the_library_is_silent(self):
        found, notes = self.sensors()  # which asserts that nothing is on standard error
        self.assertEqual(found, {})
        self.assertEqual(len(notes), 1)


class OfGroups(Rocm):
    def test_a_rank_has_what_its_group_lets_through(self):
        """Device files and groups of version 2 are real, the driver behind the files is not."""
        self.machine("03:740f:300000", "c1:740f:100000")
        self.before = (*self.before, sys.executable, device_groups.__file__, "dri/renderD128:226:128",
                       "dri/renderD129:226:129", "--")
        try:
            group = device_groups.DeviceGroup((226, 128))
        except device_groups.CannotMake as error:
            raise unittest.SkipTest(str(error)) from None
        self.addCleanup(group.remove)
        report = self.recorded(1, ranks=1, before_program=group.entry)
        rank, = report["ranks"]
        self.assertEqual((rank["gpus"], rank["gpus_reason"]), (["0000:c1:00.0"], None))


class Recorded(Rocm):
    def test_energy_of_a_run(self):
        self.machine("03:740f:300000", "c1:740c:500000", "c9:740c:0")
        report = self.recorded(SECONDS)
        sensors = {sensor["id"]: sensor for sensor in report["sensors"]}
        total = 0
        for name, watts in (("rocm:0000:03:00.0", 300), ("rocm:0000:c1:00.0", 500)):
            with self.subTest(name=name):
                self.check_energy(sensors[name], watts, SECONDS, tolerance=0.01)
                self.assertEqual(sensors[name]["lost_intervals"], 0)
                self.assertEqual(sensors[name]["unusable_samples"], 0)
                self.check_readings(name, watts)
                total += sensors[name]["energy_j"]["value"]
        self.assertEqual(self.readings().get("rocm:0000:c9:00.0"), [])
        self.assertAlmostEqual(report["energy_j"]["value"], total, places=6)

    def check_readings(self, name, watts):
        """Each is a value of its interval, or of the at most 50 ms before it that the file's
        writer may have been late."""
        for lo, hi, raw, _ in self.readings()[name]:
            taken_ns = raw * COUNT_J / watts * rig.NS_PER_S
            self.assertLessEqual(taken_ns, hi + 2000)
            self.assertGreaterEqual(taken_ns, lo - 50 * rig.NS_PER_MS)


if __name__ == "__main__":
    runs.main()
