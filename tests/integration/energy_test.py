#!/usr/bin/env python3
"""Energy of a run on a machine whose counters advance at a known power: within 0.5 % of
the truth, conserved to the last microjoule, and a wrap in the middle changes nothing."""

import json
import shutil
import sys

import h5py
import joulepath_runs as runs

MACHINE = runs.SOURCE / "tests/nodes/server-2s"
MOVER = runs.SOURCE / "tests/integration/moving_powercap.py"
SECONDS = 10
WATTS = {"package-0": 50, "package-1": 30.5, "intel-rapl:1:0": 4, "intel-rapl:0:0": 2.25}
TOLERANCE = 0.005
NS_PER_S = 10**9


class KnownPower(runs.Case):
    def move(self, *options):
        """Copies the machine and sets its counters going; its folder."""
        machine = self.folder / "machine"
        shutil.copytree(MACHINE, machine, symlinks=True)
        mover = self.start([sys.executable, MOVER, machine / "sys", "--watts",
                            *(f"{zone}={watts}" for zone, watts in WATTS.items()), *options])
        runs.wait_until("moving counters", (machine / "sys/truth.json").exists)
        return machine, mover

    def truth(self, machine, mover):
        mover.terminate()
        self.assertEqual(self.finish(mover).code, 0)
        truth = json.loads((machine / "sys/truth.json").read_text())
        self.assertTrue(truth["complete"])
        return truth

    def samples(self):
        """Per sensor id: (t_lo, t_hi, raw) of all its readings, from the trace itself."""
        with h5py.File(self.trace, "r") as trace:
            node = trace["nodes/0"]
            names = [name.decode() for name in node["sensors/id"][:]]
            columns = [node["samples"][key][:].tolist() for key in ("sensor", "t_lo", "t_hi",
                                                                    "raw")]
        found = {name: [] for name in names}
        for sensor, *reading in zip(*columns):
            found[names[sensor]].append(reading)
        return found

    def record_busy(self, machine, seconds=SECONDS):
        command = runs.mpi_command("openmpi", 2, runs.program("openmpi", "busy"), seconds)
        outcome = self.record(command, "--sysfs-root", machine / "sys", "--sensors", "powercap")
        self.assertEqual(outcome.code, 0, outcome.err)
        return self.report()

    def check(self, truth, report):
        samples = self.samples()
        zones = {zone["entry"]: zone for zone in truth["zones"]}
        for sensor in report["sensors"]:
            with self.subTest(sensor=sensor["id"]):
                zone = next(zone for entry, zone in zones.items()
                            if sensor["id"].endswith(":" + entry) or sensor["id"] == entry)
                self.check_sensor(zone, sensor, samples[sensor["id"]], truth)
        self.assertEqual(len(report["sensors"]), len(WATTS))

    def stale_ns(self, truth, readings):
        """By how much the first and the last reading may be older than the counter's period."""
        return sum(to - since for lo, hi, _ in (readings[0], readings[-1])
                   for since, to in truth["late"] if since <= hi and lo <= to)

    def check_sensor(self, zone, sensor, readings, truth):
        self.assertEqual(sensor["provenance"], "measured")
        self.assertEqual(sensor["lost_intervals"], 0)
        self.assertEqual(sensor["samples"], len(readings))
        (first_lo, first_hi, first), (last_lo, last_hi, last) = readings[0], readings[-1]
        window_ns = (last_lo + last_hi) // 2 - (first_lo + first_hi) // 2
        self.assertGreater(window_ns, SECONDS * NS_PER_S)
        true_j = zone["power_uw"] * window_ns / NS_PER_S / 1e6
        self.assertAlmostEqual(sensor["energy_j"]["value"], true_j, delta=TOLERANCE * true_j)
        stale_j = zone["power_uw"] * self.stale_ns(truth, readings) / NS_PER_S / 1e6
        self.assertLessEqual(sensor["energy_j"]["lo"], true_j + stale_j)
        self.assertGreaterEqual(sensor["energy_j"]["hi"], true_j - stale_j)

        # Integers: what the counter says, and who took it.
        kept = sensor["conservation"]
        steps = [(b - a) % zone["modulus_uj"] for (_, _, a), (_, _, b) in zip(readings,
                                                                             readings[1:])]
        self.assertEqual((kept["raw_first"], kept["raw_last"]), (first, last))
        self.assertEqual(kept["raw_difference"], sum(steps))
        # Unwrapped from the truth: without it, a lost modulus would pass.
        ran_uj = zone["power_uw"] * (last_hi - truth["t0_ns"]) // NS_PER_S
        turns = (zone["start_uj"] + ran_uj) // zone["modulus_uj"]
        self.assertEqual(kept["raw_difference"], turns * zone["modulus_uj"] + last - first)
        self.assertEqual(kept["raw_attributed"] + kept["raw_idle"] + kept["raw_unattributed"],
                         kept["raw_difference"])
        self.assertAlmostEqual(sensor["energy_j"]["value"], kept["raw_difference"] / 1e6, places=9)

    def check_idle_sockets(self, report):
        """A socket on which no rank may run is idle, wholly; the others are not."""
        used = {socket for rank in report["ranks"] for socket in rank["sockets"]}
        for sensor in report["sensors"]:
            kept = sensor["conservation"]
            if sensor["socket"] in used:
                self.assertGreater(kept["raw_attributed"], 0.9 * kept["raw_difference"])
                continue
            self.assertEqual((kept["raw_idle"], kept["raw_attributed"]),
                             (kept["raw_difference"], 0))

    def check_total(self, report):
        counted = [sensor["energy_j"]["value"] for sensor in report["sensors"]]
        self.assertAlmostEqual(report["energy_j"]["value"], sum(counted), places=6)
        takers = sum(rank["energy_j"]["value"] for rank in report["ranks"])
        takers += report["idle_j"]["value"] + report["unattributed_j"]["value"]
        self.assertAlmostEqual(takers, report["energy_j"]["value"], places=5)
        self.assertFalse(report["estimated"])

    def whole(self, *options):
        runs.need("mpirun.openmpi")
        machine, mover = self.move(*options)
        report = self.record_busy(machine)
        truth = self.truth(machine, mover)
        self.check(truth, report)
        self.check_idle_sockets(report)
        self.check_total(report)
        return truth

    def test_ten_seconds(self):
        truth = self.whole("--start", "1000000")
        for zone in truth["zones"]:
            self.assertLess(zone["start_uj"] + zone["energy_uj"], zone["modulus_uj"], "no wrap")

    def test_wrap_in_the_middle(self):
        # 5 s of its power below the top: it wraps while the program runs.
        ranges = {zone: 262_143_328_850 for zone in WATTS}
        starts = [f"{zone}={ranges[zone] - int(5e6 * watts)}" for zone, watts in WATTS.items()]
        truth = self.whole("--max-range", *(f"{zone}={top}" for zone, top in ranges.items()),
                           "--start", *starts)
        for zone in truth["zones"]:
            self.assertEqual((zone["start_uj"] + zone["energy_uj"]) // zone["modulus_uj"], 1)

    def test_meter(self):
        """What a program is told while it runs: the truth lies in the bounds, each time."""
        machine, mover = self.move("--start", "1000000")
        outcome = self.record([sys.executable, "-c", METERED], "--sysfs-root", machine / "sys",
                              "--sensors", "powercap", env={
                                  "PYTHONPATH": runs.SOURCE / "pmpi/python",
                                  "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual(outcome.code, 0, outcome.err)
        self.truth(machine, mover)
        watts = {"NODE": sum(WATTS.values()), "OWN": None,
                 "socket 0": WATTS["package-0"] + WATTS["intel-rapl:1:0"]}
        told = [json.loads(line) for line in outcome.out.splitlines()]
        self.assertEqual(len(told), 3 * len(watts))
        for one in told:
            with self.subTest(scope=one["scope"]):
                self.assertEqual(one["provenance"], "measured", one)
                self.assertLessEqual(0, one["lo"])
                self.assertLessEqual(one["lo"], one["value"])
                self.assertLessEqual(one["value"], one["hi"])
                # The only process: its share is at most the node's, and not nothing.
                power = watts[one["scope"]]
                if power is None:
                    self.assertGreater(one["value"], 0)
                    power = sum(WATTS.values())
                else:
                    self.assertGreaterEqual(one["hi"], power * one["least_s"], one)
                    self.assertLess(one["hi"] - one["lo"], one["value"], "bounds say nothing")
                self.assertLessEqual(one["lo"], power * one["most_s"], one)


# Measures three times for each scope; the interval's length is known from outside too.
METERED = """
import json, time
import joulepath
scopes = {"NODE": joulepath.NODE, "OWN": joulepath.OWN, "socket 0": joulepath.socket(0)}
for scope, number in list(scopes.items()) * 3:
    meter = joulepath.Meter(number)
    before = time.monotonic()
    meter.start()
    began = time.monotonic()
    while time.monotonic() < began + 0.7:
        pass
    ends = time.monotonic()
    energy = meter.stop()
    after = time.monotonic()
    print(json.dumps({"scope": scope, "value": energy.value, "lo": energy.lo, "hi": energy.hi,
                      "provenance": energy.provenance, "reason": energy.reason,
                      "least_s": ends - began, "most_s": after - before}))
"""


if __name__ == "__main__":
    runs.main()
