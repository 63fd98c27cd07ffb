#!/usr/bin/env python3
"""The real kernel's RAPL drivers under Joulepath: Debian's kernel in QEMU, over registers
that our module simulates. powercap, perf and the registers themselves, read in one window,
agree with each other, with perf stat, likwid-powermeter and turbostat, and with the truth,
within 1 %. The power meters are in meter_rig.py.

usage: kernel_rig.py Intel|Amd|IntelMeters|AmdMeters
TEST_BUILD_DIR and TEST_RIG_DIR are in the environment.
Exit code 77: something it needs, or a part of it, is not here, as it says.
"""

import json
import os
import re
import sys
import unittest

import h5py
from boot import CORES, DRAM, MILLIWATTS, PACKAGE, PSYS, Boot, simulated_rapl, solver
from debian_kernel import Missing
from meter_rig import AmdMeters, IntelMeters
from truth import NS, Power, Trace

SKIPPED = 77
RAPL = ("perf", "msr", "powercap")
SQUARE_MILLIWATTS = (30000, 10000, 4000, 40000)
# The counters wrap so long after they were told to: by then the recorder has long begun, and
# the tools, each of which takes TOOL_SECONDS or more, have not ended.
WRAP_MS = 8000
TOOL_SECONDS = 8
# likwid reads one register after the other, and then the clock: in an emulated CPU it is up to
# 100 ms from the first to the last, so only a long measurement is good to 1 %.
LIKWID_SECONDS = 25


class Rapl(Boot):
    """Over the registers of modules/joulesim_msr.c."""

    programs = (*Boot.programs, ("perf", "linux-perf"), ("likwid-powermeter", "likwid"),
                ("turbostat", "linux-cpupower"))
    guest_files = ("guest/measure.py",)
    must_work = ("tools", "job")
    simulation = ()
    extra_modules = ()
    slow_seconds = 0

    @classmethod
    def plan(cls, kernel):
        modules = simulated_rapl(kernel, cls.simulation)
        modules += [[str(kernel.modules / name), *options] for name, *options in cls.extra_modules]
        events = ",".join(f"power/{event}/" for event in cls.perf_events)
        return {
            **super().plan(kernel), "modules": modules, "wrap_ms": WRAP_MS,
            "square_mw": SQUARE_MILLIWATTS, "tools": cls.tools(events),
            "slow_seconds": cls.slow_seconds, "job": solver(3)}

    perf_events = ("energy-pkg",)

    @classmethod
    def tools(cls, events):
        return {"perf": ["perf", "stat", "-a", "--per-socket", "-x", ";", "-e", events, "--",
                         "sleep", str(TOOL_SECONDS)]}

    def check_trace(self, name, powers, square):
        """Every sensor of a trace against the truth of its own window; each wraps that can."""
        trace = Trace(self.work / name)
        for sensor, (domain, package) in powers.items():
            with self.subTest(trace=name, sensor=sensor):
                begin, end, joules, wraps = trace.window(sensor)
                self.assertGreater(end - begin, NS)
                power = Power(MILLIWATTS[domain], SQUARE_MILLIWATTS[domain] if square else 0,
                              package)
                self.close(joules, power.joules(begin, end), f"{name} {sensor}")
                # A job's length is not known beforehand, that of the tools is.
                if trace.modulus[sensor] != 0 and not square:
                    self.assertEqual(wraps, 1, "it was to wrap in this window")
        return trace

    def tool(self, name):
        found = json.loads((self.work / "tools.json").read_text())[name]
        self.assertEqual(found["code"], 0, found["out"] + found["err"])
        return found

    def ours_during(self, tool, sensor):
        """Mean watts of a sensor while a tool ran, by our own trace."""
        begin, end, joules, _ = Trace(self.work / "tools.h5").window(sensor, tool["begin_ns"],
                                                                      tool["end_ns"])
        return joules * NS / (end - begin)

    def check_perf_stat(self, events):
        tool = self.tool("perf")
        rows = [line.split(";") for line in tool["out"].splitlines() + tool["err"].splitlines()
                if ";power/" in line]
        found = {(row[0], row[4].strip("/").split("/")[1]): row for row in rows}
        for (package, event), sensor in events.items():
            row = found[f"S{package}", event]
            joules, run_s = float(row[2]), float(row[5]) / NS
            self.assertGreater(run_s, 0.9 * TOOL_SECONDS, row)
            self.close(joules / run_s, self.ours_during(tool, sensor), f"perf stat {event} S{package}")

    def check_watts(self, name, watts, sensor):
        self.close(watts, self.ours_during(self.tool(name), sensor), name)

    def check_report(self, counted):
        """The whole job: both ranks, all calls, and no joule twice or missing."""
        report = self.report("job.h5")
        sensors = {sensor["id"]: sensor for sensor in report["sensors"]}
        self.assertEqual({name for name, sensor in sensors.items() if sensor["counted"]},
                         set(counted))
        self.assertFalse(report["estimated"])
        trace = Trace(self.work / "job.h5")
        true = 0
        for name, (domain, package) in counted.items():
            self.assertEqual(sensors[name]["lost_intervals"], 0, name)
            begin, end, _, _ = trace.window(name)
            power = Power(MILLIWATTS[domain], SQUARE_MILLIWATTS[domain], package)
            true += power.joules(begin, end)
            self.check_conserved(sensors[name])
        self.check_energy(report, true)

    def check_privileges(self):
        """A user sees why not, and with the remedy has all of perf and nothing else."""
        remedied = self.result["sensors"]["paranoid_remedied"]
        for who, level in (("nobody", self.result["sensors"]["paranoid"]),
                           ("nobody_remedied", remedied)):
            sensors = self.sensors(who)
            self.assertTrue(set(self.perf_sensors) < set(sensors), who)
            for name, sensor in sensors.items():
                if sensor["source"] not in RAPL:
                    continue
                self.assertFalse(sensor["readable"], f"{name} for {who}")
                self.assertIn("errno", sensor["reason"])
                self.assertTrue(sensor["remedy"], name)
            refused = sensors["perf:energy-pkg:package-0"]
            self.assertIn(f"perf_event_paranoid is {level}, CAP_PERFMON is missing",
                          refused["reason"])
            self.assertIn("setcap cap_perfmon=ep", refused["remedy"])
            self.assertEqual("sysctl kernel.perf_event_paranoid=2" in refused["remedy"],
                             int(level) > 2)
        self.assertEqual(remedied, "2")
        # Debian's level 3 asks for more than CAP_PERFMON.
        for name, sensor in self.sensors("capable").items():
            if sensor["source"] == "perf":
                self.assertFalse(sensor["readable"], name)
                self.assertEqual(sensor["remedy"], "sysctl kernel.perf_event_paranoid=2")
        found = self.sensors("capable_remedied")
        self.assertEqual({name for name, sensor in found.items()
                          if sensor["readable"] and sensor["source"] in RAPL},
                         set(self.perf_sensors))


class Intel(Rapl):
    """A server CPU with memory in a unit of its own, and powercap's mmio repeat."""

    cpu = "Skylake-Server"
    slow_seconds = 24
    extra_modules = (("joulesim_powercap.ko", f"mw={MILLIWATTS[PACKAGE]}"),)
    perf_events = ("energy-pkg", "energy-ram")
    counted = {"perf:energy-pkg:package-0": (PACKAGE, 0), "perf:energy-ram:package-0": (DRAM, 0)}
    perf_sensors = {**counted, "perf:energy-cores:package-0": (CORES, 0)}
    msr_sensors = {"msr:pkg:package-0": (PACKAGE, 0), "msr:dram:package-0": (DRAM, 0),
                   "msr:pp0:package-0": (CORES, 0), "msr:psys:package-0": (PSYS, 0)}

    @classmethod
    def tools(cls, events):
        return {**super().tools(events),
                "likwid": ["likwid-powermeter", "-s", f"{LIKWID_SECONDS}s"],
                "turbostat": ["turbostat", "--quiet", "--num_iterations", "1", "--interval",
                              str(TOOL_SECONDS)]}

    def powercap(self):
        """Ids of zones depend on the order in which the driver found them."""
        domains = {"package": PACKAGE, "dram": DRAM, "core": CORES, "psys": PSYS}
        return {name: (domains[sensor["domain"]], 0) for name, sensor in self.sensors("root").items()
                if sensor["source"] == "powercap" and "mmio" not in name}

    def test_what_is_found(self):
        found = self.sensors("root")
        zones = self.powercap()
        self.assertEqual(sorted(domain for domain, _ in zones.values())[:1], [PACKAGE])
        self.assertIn((DRAM, 0), zones.values())
        self.assertEqual(set(found), {*self.perf_sensors, *self.msr_sensors, *zones,
                                      "powercap:intel-rapl-mmio:0"})
        self.assertTrue(all(sensor["readable"] for sensor in found.values()))
        self.assertEqual({name for name, sensor in found.items() if sensor["chosen"]},
                         set(self.counted))
        self.assertEqual(found["msr:pkg:package-0"]["excluded_by"], "perf:energy-pkg:package-0")
        self.assertEqual(found["msr:dram:package-0"]["unit"], "2^-16 J")
        notes = self.listed("root")["notes"]
        self.assertTrue(any("energy filtering of package-0" in note["note"] for note in notes))
        self.assertGreater(self.result["hits"], 1000, "the simulated registers were read")

    def test_privileges(self):
        self.check_privileges()

    def test_one_window(self):
        powers = {**self.perf_sensors, **self.msr_sensors, **self.powercap()}
        self.check_trace("tools.h5", {**powers, "powercap:intel-rapl-mmio:0": (PACKAGE, 0)}, False)
        self.check_trace("job.h5", powers, True)

    def test_perf_stat(self):
        self.check_perf_stat({(0, "energy-pkg"): "perf:energy-pkg:package-0",
                              (0, "energy-ram"): "perf:energy-ram:package-0"})

    def test_likwid(self):
        text = self.tool("likwid")["out"]
        for domain, sensor in (("PKG", "msr:pkg:package-0"), ("DRAM", "msr:dram:package-0")):
            found = re.search(rf"Domain {domain}:\nEnergy consumed: ([\d.]+) Joules\n"
                              r"Power consumed: ([\d.]+) Watt", text)
            self.assertIsNotNone(found, text)
            self.check_watts("likwid", float(found[2]), sensor)

    def test_turbostat(self):
        lines = self.tool("turbostat")["out"].split("\n")
        head = next(at for at, line in enumerate(lines) if "PkgWatt" in line)
        row = dict(zip(lines[head].split("\t"), lines[head + 1].split("\t")))
        for column, sensor in (("PkgWatt", "msr:pkg:package-0"), ("RAMWatt", "msr:dram:package-0")):
            self.check_watts("turbostat", float(row[column]), sensor)

    def test_the_job(self):
        self.check_report(self.counted)

    def test_a_period_longer_than_perf_bears(self):
        """The recorder reads perf's events in time, whatever the user asked for. Where the
        host stopped the guest for longer than they bear, that is seen and nothing guessed."""
        self.assertEqual(self.result["slow"]["code"], 0, self.result["slow"]["err"])
        with h5py.File(self.work / "slow.h5", "r") as trace:
            self.assertEqual(trace["nodes/0"].attrs["period_ns"], 5 * NS)
        sensors = {sensor["id"]: sensor for sensor in self.report("slow.h5")["sensors"]}
        trace = Trace(self.work / "slow.h5")
        for name in self.perf_sensors:
            times = [at for at, _ in trace.readings[name]]
            too_long = sum(after - before > 10 * NS for before, after in zip(times, times[1:]))
            self.assertEqual(sensors[name]["lost_intervals"], too_long, name)
        self.check_trace("slow.h5", self.perf_sensors, True)


class Amd(Rapl):
    """Two sockets of AMD's registers, in AMD's finer unit: perf and powercap know the
    packages, the registers the cores, too."""

    cpu = "EPYC"
    sockets = 2
    simulation = ("amd=1", "unit=16")
    counted = perf_sensors = {"perf:energy-pkg:package-0": (PACKAGE, 0),
                              "perf:energy-pkg:package-1": (PACKAGE, 1)}
    msr_sensors = {"msr:pkg:package-0": (PACKAGE, 0), "msr:pkg:package-1": (PACKAGE, 1),
                   "msr:core:package-0/core-0": (CORES, 0),
                   "msr:core:package-1/core-0": (CORES, 1)}

    def powercap(self):
        domains = {"package": PACKAGE, "core": CORES}
        return {name: (domains[sensor["domain"]], sensor["socket"])
                for name, sensor in self.sensors("root").items() if sensor["source"] == "powercap"}

    def test_what_is_found(self):
        found = self.sensors("root")
        self.assertEqual(set(found), {*self.perf_sensors, *self.msr_sensors, *self.powercap()})
        self.assertIn((PACKAGE, 1), self.powercap().values())
        self.assertTrue(all(sensor["readable"] for sensor in found.values()))
        self.assertEqual({name for name, sensor in found.items() if sensor["chosen"]},
                         set(self.counted))
        self.assertEqual(found["msr:core:package-1/core-0"]["contained_in"], "msr:pkg:package-1")

    def test_privileges(self):
        self.check_privileges()

    def test_one_window(self):
        powers = {**self.perf_sensors, **self.msr_sensors, **self.powercap()}
        self.check_trace("tools.h5", powers, False)
        self.check_trace("job.h5", powers, True)

    def test_perf_stat(self):
        self.check_perf_stat({(package, "energy-pkg"): f"perf:energy-pkg:package-{package}"
                              for package in range(2)})

    def test_the_job(self):
        self.check_report(self.counted)


def main():
    if os.geteuid() != 0:
        print("skipped: it takes root to hand the host's files to a guest")
        return SKIPPED
    cases = {case.__name__: case for case in (Intel, Amd, IntelMeters, AmdMeters)}
    case = cases[sys.argv[1]]
    try:
        case.setUpClass()
    except Missing as missing:
        print(f"skipped: {missing}")
        return SKIPPED
    case.setUpClass = classmethod(lambda cls: None)  # it has run
    suite = unittest.TestLoader().loadTestsFromTestCase(case)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    for test, reason in result.skipped:
        print(f"skipped in part: {test.id()}: {reason}")
    if not result.wasSuccessful():
        return 1
    return SKIPPED if result.skipped else 0


if __name__ == "__main__":
    sys.exit(main())
