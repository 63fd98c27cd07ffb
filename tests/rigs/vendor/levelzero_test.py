#!/usr/bin/env python3
"""Intel GPUs that are not there: a driver of our own under the distribution's real Level
Zero loader. What it cannot show is how real cards and Intel's driver behave."""

import ctypes.util
import unittest

import vendor_rig as rig
from vendor_rig import runs

SECONDS = 4
CARD = "levelzero:0000:4d:00.0"


class LevelZero(rig.Case):
    backend = "levelzero"

    def setUp(self):
        super().setUp()
        self.driver = rig.BUILD / "levelzero/libfake_ze_driver.so"
        if not self.driver.exists():
            raise unittest.SkipTest("no headers of Level Zero when it was built (libze-dev)")
        if ctypes.util.find_library("ze_loader") is None:
            raise unittest.SkipTest("no loader of Level Zero (libze1)")
        self.cards = self.folder / "cards"

    def write(self, *cards):
        fresh = self.folder / "cards.new"
        fresh.write_text("".join(card + "\n" for card in cards))
        fresh.rename(self.cards)

    def vendor_env(self):
        return {"ZE_ENABLE_ALT_DRIVERS": self.driver, "FAKE_ZE_CARDS": self.cards,
                "ZES_ENABLE_SYSMAN": None, "ZE_AFFINITY_MASK": None}


class Found(LevelZero):
    def test_cards_by_bus_and_tiles_in_their_card(self):
        self.write("bus=0x9a", "bus=0x4d tiles=2")
        found, notes = self.sensors()
        self.assertEqual(list(found), [CARD, CARD + "/tile0", CARD + "/tile1",
                                       "levelzero:0000:9a:00.0"])
        self.assertEqual(notes, [])
        self.assertEqual(
            {key: found[CARD][key] for key in ("domain", "device", "pci", "unit", "provenance",
                                               "readable")},
            {"domain": "gpu", "device": "Made-up GPU", "pci": "0000:4d:00.0", "unit": "uJ",
             "provenance": "measured", "readable": True})
        for tile in (CARD + "/tile0", CARD + "/tile1"):
            self.assertEqual(found[tile]["contained_in"], CARD)

    def test_refused(self):
        self.write("code=0x70010000")
        found, _ = self.sensors()
        self.assertFalse(found[CARD]["readable"])
        self.assertIn("insufficient permissions", found[CARD]["reason"])
        self.assertIn("render", found[CARD]["remedy"])

    def test_no_card(self):
        self.write()
        found, notes = self.sensors()
        self.assertEqual(found, {})
        self.assertEqual(notes, ["no driver shows a GPU"])


class Recorded(LevelZero):
    def check_readings(self, name, milliwatts, first_oldest_ms, oldest_ms):
        """Each is a value that the counter had in its interval, or `oldest_ms` before; of
        the first fifty, from which the device's clock is learnt, `first_oldest_ms`."""
        readings = self.readings()[name]
        for at, (lo, hi, raw, _) in enumerate(readings):
            taken_ns = raw * 1000 / milliwatts * 1000
            age_ms = first_oldest_ms if at < 50 else oldest_ms
            self.assertLessEqual(taken_ns, hi + 2000)
            self.assertGreaterEqual(taken_ns, lo - age_ms * rig.NS_PER_MS - 2000)
        return readings

    def test_energy_of_a_run(self):
        self.write("mw=300000 tiles=2", "bus=0x9a mw=75500")
        report = self.recorded(SECONDS)
        sensors = {sensor["id"]: sensor for sensor in report["sensors"]}
        for name, watts in ((CARD, 300), (CARD + "/tile0", 120), (CARD + "/tile1", 120),
                            ("levelzero:0000:9a:00.0", 75.5)):
            with self.subTest(name=name):
                self.check_readings(name, int(watts * 1000), 0, 0)
                self.check_energy(sensors[name], watts, SECONDS, tolerance=0.005)
                self.assertEqual(sensors[name]["lost_intervals"], 0)
                self.assertEqual(sensors[name]["unusable_samples"], 0)
        # The tiles' joules are in their card's.
        cards = sensors[CARD]["energy_j"]["value"]
        cards += sensors["levelzero:0000:9a:00.0"]["energy_j"]["value"]
        self.assertAlmostEqual(report["energy_j"]["value"], cards, places=6)

    def test_values_that_are_old_when_they_are_handed_out(self):
        # Taken every 50 ms, asked for every 20: by its stamp each is placed to 20 ms or so.
        self.write("mw=300000 every_ms=50")
        report = self.recorded(SECONDS)
        readings = self.check_readings(CARD, 300_000, 51, 25)
        self.assertLess(len(readings), SECONDS * 30, "values were handed over twice")
        self.check_energy(report["sensors"][0], 300, SECONDS - 0.2, tolerance=0.01,
                          stale_s=0.051)


if __name__ == "__main__":
    runs.main()
