"""Power meters of the real kernel under Joulepath: the ACPI power meter, a chip on an I2C bus,
the BMC behind /dev/ipmi0 and its energy meter, while the power of all goes up and down as
guest/power_wave.py says."""

import contextlib
import dataclasses
import json
import subprocess
import sys

import bmc
import h5py
from boot import BUILD, DRAM, HERE, MILLIWATTS, PACKAGE, Boot, simulated_rapl, solver
from debian_kernel import need_program
from truth import NS, Power, Trace

sys.path.append(str(HERE / "guest"))
import power_wave  # noqa: E402

METER_MODULES = ("acpi_power_meter", "i2c_dev", "ltc4215")
BMC_MODULES = ("ipmi_si", "ipmi_devintf", "ibmaem")
# Readings half a second apart: an emulated CPU may stand still for some hundred ms, on a busy
# host for seconds, and what was used between readings of power more than four periods apart
# is not known.
PERIOD_NS = NS // 2
PERIOD_OPTIONS = ["--period", "500ms"]
REPEATS = 10
# A job has to be so long, of which so much is seen, or an end's second is too much of it.
LEAST_JOB_S = 24
LEAST_NS = 16 * NS
FIRMWARE_WORD = 0x3E000000  # as in power_meter.asl
CHIP_ADDRESS = 0x44
# LTC4215 data sheet: 151 uV a count over the 4 mOhm, and 200 counts of 4.82 mV behind the
# divider by 12.5, that the driver takes for granted.
ADIN_COUNTS = 200
WATTS_A_COUNT = 151e-6 / 4e-3 * ADIN_COUNTS * 4.82e-3 * 12.5
SHARE = 0.125
# How long after it was told a value is still handed out by the driver: sampling_time of the
# SSDT, HZ / 10 in ltc4215.c. They are counted in jiffies, which stand still while the host
# does not run the CPU that counts them.
CACHED_NS = 600_000_000
ACPI = "hwmon:power_meter-ACPI000D:00:power1"
DCMI = "ipmi:dcmi-power"
AEM = "hwmon:aem1-aem.0:energy1"


@dataclasses.dataclass
class Meter:
    teller: str  # in told.json
    raw_of_one: float  # raw value of what was told as 1
    averaging_ns: int = 0
    update_ns: int = 0  # as the backend states it
    share: float = 1.0  # of the node's power
    rounding: float = 0.0  # by the driver


def known_stretches(readings, meter):
    """[(begin, end)] of which energy follows from the readings: up to a gap, and from the
    reading after it on. What an average before a gap says is centred before its reading."""
    longest_ns = 4 * max(PERIOD_NS, meter.update_ns)
    lag_ns = max(meter.averaging_ns - meter.update_ns, 0) // 2
    stretches = []
    before = before_raw = begin = news = None
    for t_lo, t_hi, raw in readings:
        now = (t_lo + t_hi) // 2
        if before is None or now - before > longest_ns:
            if before is not None:
                stretches.append((begin, max(begin, news - lag_ns)))
            begin = news = now
        elif raw != before_raw or 2 * (now - news) >= 3 * meter.update_ns:
            news = now  # else it is the same update, read again
        before, before_raw = now, raw
    return [*stretches, (begin, before)]


class Meters(Boot):
    guest_files = ("guest/meters.py", "guest/drive_meters.py", "guest/power_wave.py")
    kernel_options = f"memmap=4K${FIRMWARE_WORD:#x}"
    must_work = ("combined", "alone", "unknown")
    simulation = ()
    counted = {}  # of RAPL: id -> domain, package

    @classmethod
    def setUpClass(cls):
        cls.no_bmc = bmc.why_not(BUILD)
        cls.iasl = need_program("iasl", "acpica-tools")
        super().setUpClass()
        cls.told = json.loads((cls.work / "told.json").read_text())

    @classmethod
    def plan(cls, kernel):
        names = METER_MODULES if cls.no_bmc else METER_MODULES + BMC_MODULES
        [stub] = kernel.with_dependencies("i2c_stub")
        modules = simulated_rapl(kernel, cls.simulation)
        modules += [[str(stub), f"chip_addr={CHIP_ADDRESS:#x}"]]
        modules += [[str(path)] for path in kernel.with_dependencies(*names)]
        return {
            **super().plan(kernel), "modules": modules, "bmc": not cls.no_bmc,
            "firmware_word": FIRMWARE_WORD,
            "chip": {"name": "ltc4215", "address": CHIP_ADDRESS, "adin": ADIN_COUNTS,
                     "watts_a_count": WATTS_A_COUNT, "share": SHARE},
            "job": solver(REPEATS), "least_job_s": LEAST_JOB_S,
            "jobs": {"combined": PERIOD_OPTIONS,
                     "alone": [*PERIOD_OPTIONS, "--sensors", "hwmon,ipmi"]}}

    @classmethod
    @contextlib.contextmanager
    def devices(cls):
        table = cls.work / "power_meter.aml"
        subprocess.run([cls.iasl, "-p", table, HERE / "power_meter.asl"], check=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        options = ["-acpitable", f"file={table}"]
        if cls.no_bmc:
            yield options
            return
        with bmc.running(BUILD, cls.work) as bmc_options:
            yield options + bmc_options

    def meters(self):
        """By the sensor's id."""
        chip = next(name for name in self.sensors("root") if name.startswith("hwmon:ltc4215-"))
        found = {ACPI: Meter("firmware", raw_of_one=1000, averaging_ns=NS),
                 chip: Meter("chip", raw_of_one=1e6 * WATTS_A_COUNT, share=SHARE, rounding=1e-3)}
        if not self.no_bmc:
            found[DCMI] = Meter("dcmi", raw_of_one=1, averaging_ns=NS, update_ns=NS)
            found[AEM] = Meter("aem", raw_of_one=1000)
        return found

    def test_what_is_found(self):
        found = self.sensors("root")
        for name, domain, unit, source in ((ACPI, "node", "uW", "hwmon"),
                                           (DCMI, "node", "W", "ipmi")):
            if name == DCMI and self.no_bmc:
                continue
            sensor = found[name]
            self.assertTrue(sensor["readable"], sensor)
            self.assertEqual((sensor["domain"], sensor["unit"], sensor["source"],
                              sensor["provenance"]), (domain, unit, source, "averaged"))
        if not self.no_bmc:
            aem = {name: sensor["unit"] for name, sensor in found.items() if "aem1" in name}
            self.assertEqual(aem, {AEM: "uJ"}, "its power is not read: that takes a second")
        for name in self.meters():
            self.assertFalse(found[name]["chosen"], name)
        self.assertEqual({name for name, sensor in found.items() if sensor["chosen"]},
                         set(self.counted))

    def test_readings(self):
        """Each is what its meter had been told, as far back as the driver may hand it out."""
        for trace in ("combined", "alone"):
            readings = self.readings(trace)
            for name, meter in self.meters().items():
                with self.subTest(trace=trace, sensor=name):
                    self.check_readings(readings[name], self.told[meter.teller], meter)

    def readings(self, trace):
        """[(t_lo, t_hi, raw)] of each sensor that is there."""
        with h5py.File(self.work / f"{trace}.h5", "r") as file:
            node = file["nodes/0"]
            names = [name.decode() for name in node["sensors/id"][:]]
            columns = [node["samples"][key][:].tolist() for key in ("sensor", "t_lo", "t_hi",
                                                                    "raw")]
        found = {name: [] for name in names}
        for sensor, *reading in zip(*columns):
            found[names[sensor]].append(reading)
        return found

    def check_readings(self, readings, told, meter):
        self.assertGreater(len({raw for _, _, raw in readings}), 2)
        ends = [certain for _, _, certain in told[1:]] + [1 << 62]
        for t_lo, t_hi, raw in readings:
            possible = [value * meter.raw_of_one for (value, begin, _), end in zip(told, ends)
                        if begin <= t_hi and end >= t_lo - CACHED_NS]
            self.assertTrue(any(abs(raw - value) <= meter.rounding * value for value in possible),
                            (t_lo, t_hi, raw, possible))

    def check_meter(self, trace, sensor):
        """Energy of a meter: the truth of the time of which it is known, which is all but
        where the guest stood still; and its bounds, which have to include that, too."""
        name = sensor["id"]
        meter = self.meters()[name]
        known = known_stretches(self.readings(trace)[name], meter)
        begin, end = known[0][0], known[-1][1]
        self.assertGreater(end - begin, LEAST_NS)
        self.assertEqual(sensor["lost_intervals"], len(known) - 1)
        lost_ns = end - begin - sum(to - since for since, to in known)
        self.assertAlmostEqual(sensor["lost_s"], lost_ns / NS, delta=0.01)
        true = meter.share * sum(power_wave.joules(*stretch) for stretch in known)
        whole = meter.share * power_wave.joules(begin, end)
        energy = sensor["energy_j"]
        self.close(energy["value"], true, f"{trace} {name} {end - begin} ns, {lost_ns} lost")
        self.assertLessEqual(energy["lo"], whole)
        self.assertGreaterEqual(energy["hi"], whole)

    def check_counter(self, trace, sensor):
        """Energy of a counter: the truth between the times at which it was told what the first
        and the last reading are."""
        name = sensor["id"]
        meter = self.meters()[name]
        told = {value * meter.raw_of_one: at for value, at, _ in self.told[meter.teller]}
        readings = self.readings(trace)[name]
        begin, end = (told[raw] for _, _, raw in (readings[0], readings[-1]))
        self.assertGreater(end - begin, LEAST_NS)
        self.assertEqual(sensor["lost_intervals"], 0)
        self.close(sensor["energy_j"]["value"], power_wave.joules(begin, end), f"{trace} {name}")

    def check_meters(self, trace, report):
        sensors = {sensor["id"]: sensor for sensor in report["sensors"]}
        for name in self.meters():
            with self.subTest(trace=trace, sensor=name):
                check = self.check_counter if name == AEM else self.check_meter
                check(trace, sensors[name])

    def test_a_job_with_all_sensors(self):
        """RAPL counts; the meters are read beside it and add nothing."""
        report = self.report("combined.h5")
        self.check_meters("combined", report)
        self.assertEqual({sensor["id"] for sensor in report["sensors"] if sensor["counted"]},
                         set(self.counted))
        trace = Trace(self.work / "combined.h5")
        true = 0
        for name, (domain, package) in self.counted.items():
            begin, end, _, _ = trace.window(name)
            true += Power(MILLIWATTS[domain], 0, package).joules(begin, end)
        self.check_energy(report, true)

    def test_a_job_by_the_meters_alone(self):
        report = self.report("alone.h5")
        self.check_meters("alone", report)
        [counted] = [sensor for sensor in report["sensors"] if sensor["counted"]]
        self.assertIn(counted["id"], (ACPI, DCMI))
        self.check_conserved(counted)
        self.assertEqual(report["energy_j"]["value"], counted["energy_j"]["value"])
        self.check_attributed(report)

    def test_firmware_that_does_not_know(self):
        """All bits set are no power, though the driver hands them out as 4 MW."""
        report = self.report("unknown.h5")
        [sensor] = [sensor for sensor in report["sensors"] if sensor["id"] == ACPI]
        self.assertIsNone(sensor["energy_j"]["value"], sensor)
        self.assertEqual(self.readings("unknown")[ACPI], [])
        self.assertIsNone(report["energy_j"]["value"], report["energy_j"])

    def test_the_bmc_is_closed_to_users(self):
        if self.no_bmc:
            self.skipTest(self.no_bmc)
        sensor = self.sensors("nobody")[DCMI]
        self.assertFalse(sensor["readable"])
        self.assertIn("/dev/ipmi0: Permission denied", sensor["reason"])
        self.assertIn("ipmi-host", sensor["remedy"])
        self.assertTrue(self.sensors("nobody")[ACPI]["readable"])


class IntelMeters(Meters):
    cpu = "Skylake-Server"
    counted = {"perf:energy-pkg:package-0": (PACKAGE, 0), "perf:energy-ram:package-0": (DRAM, 0)}


class AmdMeters(Meters):
    cpu = "EPYC"
    sockets = 2
    simulation = ("amd=1", "unit=16")
    counted = {f"perf:energy-pkg:package-{package}": (PACKAGE, package) for package in (0, 1)}
