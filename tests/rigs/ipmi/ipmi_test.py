#!/usr/bin/env python3
"""The ipmi backend against OpenIPMI's simulated BMC, through FreeIPMI's real library and
the IPMI 2.0 LAN protocol on loopback. The power that the BMC tells changes in steps that
the test sets and writes down; every reading in the trace has to be one of them, at its
time. Also a BMC without DCMI, one that does not measure, a wrong password, no privilege,
and one that goes away in the middle of a run and comes back."""

import contextlib
import json
import pathlib
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "integration"))

import joulepath_runs as runs  # noqa: E402

PLUGIN = runs.BUILD / "tests/rigs/ipmi/dcmi_plugin.so"
NS_PER_S = 10**9
SENSOR = "ipmi:dcmi-power"
ACTIVE = 0x40
USER, PASSWORD = "watcher", "not-the-vendor's-1"

LAN = """name "bmc"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 {port}
    priv_limit admin
    allowed_auths_admin md5
    guid a123456789abcdefa123456789abcdef
  endlan
  user 1 false "" "" user 10 md5
  user 2 true "{user}" "{password}" admin 10 md5
{plugin}
"""
COMMANDS = """mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
mc_enable 0x20
"""


def free_port():
    """A UDP port that nobody has now. (Another may take it; then ipmi_sim says so.)"""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Ipmi(runs.Case):
    def setUp(self):
        super().setUp()
        runs.need("ipmi_sim")
        if not PLUGIN.exists():
            raise runs.unittest.SkipTest(f"{PLUGIN} was not built: libopenipmi-dev is missing")
        listed = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True)
        if "libfreeipmi.so.17" not in listed.stdout:
            raise runs.unittest.SkipTest("libfreeipmi.so.17 is not installed")
        self.port = free_port()
        self.answers = self.folder / "answers"
        self.password = self.folder / "password"
        self.password.write_text(PASSWORD + "\n")
        self.password.chmod(0o600)

    def start_bmc(self, dcmi=True):
        plugin = f'  loadlib "{PLUGIN}" "{self.answers}"' if dcmi else ""
        (self.folder / "lan.conf").write_text(LAN.format(port=self.port, user=USER,
                                                         password=PASSWORD, plugin=plugin))
        (self.folder / "bmc.emu").write_text(COMMANDS)
        (self.folder / "state").mkdir(exist_ok=True)
        bmc = self.start(["ipmi_sim", "-n", "-c", self.folder / "lan.conf", "-f",
                          self.folder / "bmc.emu", "-s", self.folder / "state"])
        runs.wait_until("ipmi_sim listens", lambda: self.listens() or bmc.poll() is not None)
        self.assertIsNone(bmc.poll(), "ipmi_sim ended at once")
        return bmc

    def listens(self):
        udp = pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]
        return any(int(line.split()[1].split(":")[1], 16) == self.port for line in udp)

    def stop(self, bmc):
        runs.kill_session(bmc.pid)
        bmc.wait(timeout=runs.TIMEOUT_S)

    def tell(self, current, average=None, lowest=None, highest=None, period_ms=1000, code=0,
             state=ACTIVE):
        """What the BMC answers from now on; takes effect at once and whole."""
        average = current if average is None else average
        new = self.folder / "answers.new"
        new.write_text(f"{code:x} {current} {lowest or average} {highest or average} {average} "
                       f"{period_ms} {state:x}\n")
        new.rename(self.answers)

    def lan(self, **changes):
        kept = {"JOULEPATH_IPMI_HOST": f"127.0.0.1:{self.port}", "JOULEPATH_IPMI_USER": USER,
                "JOULEPATH_IPMI_PASSWORD_FILE": str(self.password),
                # ipmi_sim lets only administrators use what it does not know itself.
                "JOULEPATH_IPMI_PRIVILEGE": "admin"}
        kept.update(changes)
        return kept

    def listed(self, **changes):
        outcome = self.run_program([runs.JOULEPATH, "sensors", "--json"], env=self.lan(**changes))
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        return json.loads(outcome.out)

    def sensor(self, listed):
        return next((row for row in listed["sensors"] if row["id"] == SENSOR), None)

    def assert_unreadable(self, *words, **changes):
        sensor = self.sensor(self.listed(**changes))
        self.assertEqual((sensor["readable"], sensor["chosen"], sensor["provenance"]),
                         (False, False, "absent"))
        for word in words:
            self.assertIn(word, sensor["reason"])


class Listed(Ipmi):
    """What `joulepath sensors --json` says of one BMC and another."""

    def test_the_nodes_power(self):
        self.tell(250)
        self.start_bmc()
        listed = self.listed()
        sensor = self.sensor(listed)
        self.assertEqual((sensor["domain"], sensor["unit"], sensor["provenance"]),
                         ("node", "W", "averaged"))
        self.assertTrue(sensor["readable"])
        self.assertEqual(sensor["update_period_s"], 1)
        self.assertNotIn(PASSWORD, json.dumps(listed))

    def test_a_bmc_without_dcmi(self):
        self.start_bmc(dcmi=False)
        listed = self.listed()
        self.assertIsNone(self.sensor(listed))
        notes = [row["note"] for row in listed["notes"] if row["backend"] == "ipmi"]
        self.assertEqual(len(notes), 1, notes)
        self.assertIn("completion code 0xC1 (invalid command)", notes[0])

    def test_what_keeps_it_from_being_read(self):
        self.tell(250, state=0)
        self.start_bmc()
        self.assert_unreadable("power measurement is not active")
        self.tell(250)
        self.assert_unreadable("0xD4 (insufficient privilege level)",
                               JOULEPATH_IPMI_PRIVILEGE="user")
        self.assert_unreadable("Permission denied", JOULEPATH_IPMI_USER="nobody")
        self.password.write_text("wrong\n")
        self.assert_unreadable("password", "Permission denied")
        self.password.chmod(0o644)
        self.assert_unreadable("may be used by other users")

    def test_nobody_there(self):
        before = time.monotonic()
        self.assert_unreadable("timeout", "(errno 110)")
        self.assertLess(time.monotonic() - before, 10)


class Recorded(Ipmi):
    """Readings in the trace of `joulepath run`."""

    def readings(self):
        h5py = runs.need_module("h5py")
        with h5py.File(self.trace, "r") as trace:
            node = trace["nodes/0"]
            ids = [name.decode() for name in node["sensors/id"][:]]
            columns = [node["samples"][key][:].tolist() for key in ("sensor", "t_lo", "t_hi",
                                                                    "raw")]
        return [reading[1:] for reading in zip(*columns) if ids[reading[0]] == SENSOR]

    def run_steps(self, seconds, act):
        """Records a program of that length; `act` runs beside it."""
        command = [runs.JOULEPATH, "run", "-q", "-o", self.trace, "--sensors", "ipmi", "--",
                   "sleep", str(seconds)]
        program = self.start(command, env=self.lan())
        runs.wait_until("the trace", lambda: (self.folder / "t.h5.parts").exists() or
                        self.trace.exists())
        for _, _, arguments in runs.processes():
            self.assertFalse(any(PASSWORD in word for word in arguments), arguments)
        act()
        outcome = self.finish(program)
        self.assertEqual(outcome.code, 0, outcome.err)
        readings = self.readings()
        for (_, before_hi, _), (lo, hi, _) in zip(readings, readings[1:]):
            self.assertGreater(lo, before_hi, "an exchange begins after the one before")
            self.assertGreaterEqual(hi, lo)
        return readings

    def tell_step(self, steps, current, average):
        """Tells it, and adds (average W, told not before ns, told for certain at ns)."""
        before = time.monotonic_ns()
        self.tell(current, average)
        steps.append((average, before, time.monotonic_ns()))

    def check_values(self, readings, steps):
        """Each reading is what the BMC may have told between its two times."""
        for lo, hi, raw in readings:
            ends = [certain for _, _, certain in steps[1:]] + [hi]
            told = {watts for (watts, begin, _), end in zip(steps, ends)
                    if begin <= hi and end >= lo}
            self.assertIn(raw, told, (lo, hi, steps))

    def check_energy(self, readings, steps):
        """The report's joules: the truth between first and last reading lies in the bounds."""
        first, last = readings[0][0], readings[-1][1]
        begins = [first, *(begin for _, begin, _ in steps[1:]), last]
        true_j = sum(watts * (min(end, last) - max(begin, first)) / NS_PER_S
                     for (watts, _, _), begin, end in zip(steps, begins, begins[1:]))
        row = next(row for row in self.report()["sensors"] if row["id"] == SENSOR)
        energy = row["energy_j"]
        print(f"energy: {energy['value']:.0f} J in {energy['lo']:.0f} to {energy['hi']:.0f}, "
              f"true {true_j:.0f}")
        self.assertEqual(row["provenance"], "averaged")
        self.assertLessEqual(energy["lo"], true_j)
        self.assertGreaterEqual(energy["hi"], true_j)

    def test_steps(self):
        steps = []
        self.tell_step(steps, 200, 210)
        self.start_bmc()

        def act():
            for current, average in ((300, 310), (1400, 1410), (90, 95)):
                time.sleep(3)
                self.tell_step(steps, current, average)

        readings = self.run_steps(13, act)
        self.check_values(readings, steps)
        self.assertEqual({raw for _, _, raw in readings}, {watts for watts, _, _ in steps})
        self.check_energy(readings, steps)
        # Once a second, with an exchange of milliseconds in between.
        span = (readings[-1][0] - readings[0][0]) / NS_PER_S
        self.assertGreater(span, 10)
        self.assertAlmostEqual(len(readings) - 1, span, delta=2)

    def test_the_power_of_now_where_the_average_is_over_days(self):
        self.tell(215, average=176, lowest=162, highest=276, period_ms=1131466000)
        self.start_bmc()
        readings = self.run_steps(4, lambda: None)
        self.assertEqual({raw for _, _, raw in readings}, {215})

    def test_it_goes_away_and_comes_back(self):
        self.tell(200)
        bmc = self.start_bmc()
        gone = []

        def act():
            time.sleep(3)
            self.stop(bmc)
            gone.append(time.monotonic_ns())
            time.sleep(6)
            gone.append(time.monotonic_ns())
            self.tell(400)
            self.start_bmc()

        readings = self.run_steps(24, act)
        before = [raw for _, hi, raw in readings if hi < gone[0]]
        within = [reading for reading in readings if reading[0] > gone[0] and reading[1] < gone[1]]
        after = [raw for lo, _, raw in readings if lo > gone[1]]
        self.assertGreaterEqual(len(before), 2)
        self.assertEqual(within, [], "nobody was there to say so")
        self.assertGreaterEqual(len(after), 3)
        self.assertEqual((set(before), set(after)), ({200}, {400}))

    def test_the_end_does_not_wait_for_a_dead_bmc(self):
        self.tell(200)
        bmc = self.start_bmc()

        def act():
            time.sleep(2)
            self.stop(bmc)

        begin = time.monotonic()
        self.run_steps(4, act)
        self.assertLess(time.monotonic() - begin, 4 + 10)


if __name__ == "__main__":
    runs.main()
