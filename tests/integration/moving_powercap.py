#!/usr/bin/env python3
"""Keeps the counters of a powercap tree advancing at a known power.

    moving_powercap.py ROOT --watts package-0=50 package-1=30 --seconds 10

ROOT is a copy of a machine's sysfs (tests/nodes/<machine>/sys). A zone is named by its
`name` ("package-0") or, where several share one, by its entry ("intel-rapl:0:0").
With t in CLOCK_MONOTONIC nanoseconds the energy since t0 is exactly

    E(t) = floor(power_uw * (t - t0) / 10^9)   microjoules
    energy_uj shows (start_uj + E) mod modulus_uj

and all of its terms are in ROOT/truth.json from before the first step; at the end it is
written again with the last value of each zone, the time to which that belongs, and the
steps that came late. What a reader sees is at most about --period-ms old, as with the real
register, but in `late`: [from, to] of each stretch longer than two periods in which the files
stood still. Steps come before other programs' work where the kernel lets us (real-time class).

Files are written in place (readers keep them open): one pwrite of 21 bytes, always the
same width, so that no reader can meet an empty or a shortened file. A read that falls
into the copying of those bytes (nanoseconds, about one in 10^5 reads) may still mix two
neighbouring values, as the file systems of Linux do not exclude that.

Ends after --seconds, or on SIGTERM or SIGINT; exit code 2 on a usage error. To have a
wrap in the middle, set --start shortly below --max-range rather than a small range: a
range that a package could run through in a few periods cannot be told apart.
"""

import argparse
import json
import os
import pathlib
import signal
import sys
import time

WIDTH = 20  # of a 64-bit number
NS_PER_S = 10**9


class Zone:
    """One zone that moves."""

    def __init__(self, directory, power_uw, start_uj, max_range_uj):
        self.entry = directory.name
        self.name = (directory / "name").read_text().strip()
        self.power_uw = power_uw
        range_file = directory / "max_energy_range_uj"
        if max_range_uj is not None:
            range_file.write_text(f"{max_range_uj}\n")
        self.max_range_uj = int(range_file.read_text())
        # One count of the 32-bit register beyond the largest value shown.
        counts = 2**32 - 1
        self.lsb_uj = max(1, (self.max_range_uj + counts // 2) // counts)
        self.modulus_uj = self.max_range_uj + self.lsb_uj
        path = directory / "energy_uj"
        if start_uj is None:
            start_uj = int(path.read_text())
        self.start_uj = start_uj % self.modulus_uj
        self.file = os.open(path, os.O_WRONLY)
        self.raw_uj = self.start_uj
        self._write()
        os.ftruncate(self.file, WIDTH + 1)

    def energy_uj(self, elapsed_ns):
        return self.power_uw * elapsed_ns // NS_PER_S

    def advance(self, elapsed_ns):
        self.raw_uj = (self.start_uj + self.energy_uj(elapsed_ns)) % self.modulus_uj
        self._write()

    def _write(self):
        os.pwrite(self.file, f"{self.raw_uj:<{WIDTH}}\n".encode(), 0)

    def truth(self):
        return {key: getattr(self, key) for key in (
            "entry", "name", "power_uw", "start_uj", "max_range_uj", "lsb_uj", "modulus_uj")}


def fail(text):
    print(f"moving_powercap.py: {text}", file=sys.stderr)
    sys.exit(2)


def find_zones(root):
    """Folder of each zone by its entry; links lead to the same folder."""
    zones = {}
    for path in sorted((root / "class" / "powercap").glob("**/energy_uj")):
        zones.setdefault(path.parent.name, path.parent.resolve())
    for path in sorted((root / "class" / "powercap").glob("*/energy_uj")):  # glob ** skips links
        zones.setdefault(path.parent.name, path.parent.resolve())
    return zones


def zone_called(zones, name):
    if name in zones:
        return zones[name]
    hits = [d for d in zones.values() if (d / "name").read_text().strip() == name]
    if len(hits) != 1:
        fail(f"{name}: {'no such zone' if not hits else 'several zones'}; "
             f"entries here: {' '.join(sorted(zones))}")
    return hits[0]


def pairs(items, option, convert):
    """{"": default, name: value} from ["value", "name=value"]."""
    values = {}
    for item in items:
        name, _, value = item.rpartition("=")
        try:
            values[name] = convert(value)
        except ValueError:
            fail(f"{option} {item}: not a number")
    return values


def microwatts(text):
    return round(float(text) * 1e6)


def go_first():
    """A register does not wait for a CPU."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        pass  # steps may be late then, which the truth tells


def write_truth(path, content):
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, indent=1) + "\n")
    temporary.rename(path)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--watts", nargs="+", required=True, metavar="ZONE=W")
    parser.add_argument("--start", nargs="+", default=[], metavar="[ZONE=]UJ",
                        help="first value; default: what the file holds")
    parser.add_argument("--max-range", nargs="+", default=[], metavar="[ZONE=]UJ",
                        help="rewrites max_energy_range_uj")
    parser.add_argument("--period-ms", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=None)
    return parser.parse_args(arguments)


def open_zones(options):
    found = find_zones(options.root)
    watts = pairs(options.watts, "--watts", microwatts)
    if "" in watts:
        fail("--watts needs ZONE=W")
    starts = pairs(options.start, "--start", int)
    ranges = pairs(options.max_range, "--max-range", int)
    for name in (*starts, *ranges):
        if name and name not in watts:
            fail(f"{name} has no --watts")
    return [Zone(zone_called(found, name), power, starts.get(name, starts.get("")),
                 ranges.get(name, ranges.get(""))) for name, power in watts.items()]


def main(arguments):
    options = parse(arguments)
    if options.period_ms <= 0:
        fail("--period-ms must be above 0")
    zones = open_zones(options)
    stop = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.append(True))

    go_first()
    period_ns = int(options.period_ms * 1e6)
    t0 = time.monotonic_ns()
    truth = {"clock": "CLOCK_MONOTONIC", "t0_ns": t0, "period_ns": period_ns, "complete": False,
             "zones": [zone.truth() for zone in zones]}
    truth_path = options.root / "truth.json"
    write_truth(truth_path, truth)

    last_ns = None if options.seconds is None else t0 + int(options.seconds * NS_PER_S)
    now = t0
    late = []
    while not stop and (last_ns is None or now < last_ns):
        before, now = now, time.monotonic_ns()
        for zone in zones:
            zone.advance(now - t0)
        if now - before > 2 * period_ns:
            late.append([before, time.monotonic_ns()])
        # The next full period after this moment: late steps are left out, not made up.
        next_ns = t0 + ((now - t0) // period_ns + 1) * period_ns
        time.sleep(max(0, next_ns - time.monotonic_ns()) / NS_PER_S)

    truth.update(complete=True, t_end_ns=now, late=late)
    for row, zone in zip(truth["zones"], zones):
        row.update(end_raw_uj=zone.raw_uj, energy_uj=zone.energy_uj(now - t0))
    write_truth(truth_path, truth)
    print(json.dumps(truth))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
