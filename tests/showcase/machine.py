#!/usr/bin/env python3
"""Runs a command on a machine with two sockets and two GPUs that are a program: for a mount
name space of its own.

    unshare --mount machine.py CHIPS BOARD CARDS UPDATES -- COMMAND...

Below an overlay on /sys lie the two packages of tests/nodes/server-2s, without their DRAM, and
the CPUs we may use are the first half of socket 0 and the second half of socket 1. CHIPS
(chips.c) moves their counters, and those of the GPUs in CARDS, from before the command until
after it. Ends with the command's exit code; 77 if nothing can be mounted here."""

import os
import pathlib
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/rigs/vendor"))
from amd_sysfs import overlay  # noqa: E402

SYS = pathlib.Path("/sys")
FIXTURE = SOURCE / "tests/nodes/server-2s/sys"
# In the fixture the number of a zone says nothing of the socket.
PACKAGES = ("intel-rapl:1", "intel-rapl:0")
MODULUS_UJ = 262_143_328_850 + 61


def cpus_of_sockets():
    """The CPUs we may use, by socket."""
    cpus = sorted(os.sched_getaffinity(0))
    return cpus[:len(cpus) // 2], cpus[len(cpus) // 2:]


def replace(path, text):
    """sysfs files cannot be copied up and written: a new one takes the place."""
    path.unlink(missing_ok=True)
    path.write_text(f"{text}\n")


def mask_of(cpus):
    """As the kernel writes it: words of 32 bits, the highest first."""
    bits = f"{sum(1 << cpu for cpu in cpus):x}"
    bits = bits.zfill(-(-len(bits) // 8) * 8)
    return ",".join(bits[at:at + 8] for at in range(0, len(bits), 8))


def add_sockets():
    for folder in ("devices/virtual/powercap", "class/powercap"):
        if (SYS / folder).exists():
            shutil.rmtree(SYS / folder)
        shutil.copytree(FIXTURE / folder, SYS / folder, symlinks=True)
    zones = SYS / "devices/virtual/powercap/intel-rapl"
    for zone in PACKAGES:
        shutil.rmtree(zones / zone / f"{zone}:0")
    for entry in (SYS / "class/powercap").iterdir():
        if not entry.exists():
            entry.unlink()
    for socket, cpus in enumerate(cpus_of_sockets()):
        for cpu in cpus:
            topology = SYS / f"devices/system/cpu/cpu{cpu}/topology"
            replace(topology / "physical_package_id", str(socket))
            for name in ("package_cpus", "core_siblings", "die_cpus"):
                replace(topology / name, mask_of(cpus))
                replace(topology / f"{name}_list", ",".join(map(str, cpus)))
    return [zones / zone / "energy_uj" for zone in PACKAGES]


def main(words):
    end = words.index("--")
    chips, board, cards, updates = words[:end]
    overlay()
    counters = add_sockets()
    with subprocess.Popen([chips, board, *counters, str(MODULUS_UJ), cards, updates],
                          stdout=subprocess.PIPE, text=True) as machine:
        if machine.stdout.readline() != "ready\n":
            return 1
        code = subprocess.run(words[end + 1:], check=False).returncode
        machine.terminate()
    return code if machine.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
