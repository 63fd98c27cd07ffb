"""Runs in the guest beside what is measured: tells the meters the power of power_wave.py until
it is told to end (SIGTERM), and then writes down what was told when.

- The word of memory that the firmware's _PMM returns: mW, averaged over the last second.
- The registers of an LTC4215 that the kernel's i2c-stub keeps: the power of now.
- The files that the simulated BMC answers with: W, averaged over the last second, and mJ used."""

import ctypes
import fcntl
import json
import mmap
import os
import signal
import sys
import threading
import time

from guest import WORK, plan_of_boot
from power_wave import NS, joules_since_zero, mean_watts, watts

TICK_S = 0.05
BMC_TICK_NS = NS // 4  # its files lie on the host
WINDOW_NS = NS
# Linux uapi/linux/i2c.h and i2c-dev.h. The driver has the address, so it is taken by force.
I2C_SLAVE_FORCE, I2C_SMBUS = 0x0706, 0x0720
I2C_SMBUS_WRITE, I2C_SMBUS_BYTE_DATA = 0, 2
# LTC4215 data sheet, table 2: of the current, and of the voltage that the driver multiplies.
SENSE, ADIN = 4, 6


class SmbusCall(ctypes.Structure):
    _fields_ = [("read_write", ctypes.c_uint8), ("command", ctypes.c_uint8),
                ("size", ctypes.c_uint32), ("data", ctypes.c_void_p)]


class Chip:
    """A share of the node's power, through a chip at constant voltage."""

    def __init__(self, plan):
        self.device = os.open(plan["chip"]["bus"], os.O_RDWR)
        fcntl.ioctl(self.device, I2C_SLAVE_FORCE, plan["chip"]["address"])
        self.watts_a_count = plan["chip"]["watts_a_count"]
        self.share = plan["chip"]["share"]
        self.write(ADIN, plan["chip"]["adin"])

    def write(self, register, value):
        data = ctypes.create_string_buffer(bytes([value]), 34)
        call = SmbusCall(I2C_SMBUS_WRITE, register, I2C_SMBUS_BYTE_DATA,
                         ctypes.cast(data, ctypes.c_void_p))
        fcntl.ioctl(self.device, I2C_SMBUS, call)

    def tell(self, now_ns):
        sense = round(watts(now_ns) * self.share / self.watts_a_count)
        self.write(SENSE, sense)
        return sense


class Firmware:
    def __init__(self, plan):
        with open("/dev/mem", "r+b") as memory:
            page = mmap.mmap(memory.fileno(), mmap.PAGESIZE, offset=plan["firmware_word"])
        self.word = ctypes.c_uint32.from_buffer(page)  # written as a whole

    def tell(self, now_ns):
        milliwatts = round(1000 * mean_watts(now_ns - WINDOW_NS, now_ns))
        self.word.value = milliwatts
        return milliwatts


class Bmc:
    """What it answers to one kind of request: a file that a plug-in of tests/rigs/ipmi reads."""

    def __init__(self, name, answer):
        self.name = name
        self.answer = answer  # of a time: the value, and the file's text
        self.told_ns = 0

    def tell(self, now_ns):
        if now_ns - self.told_ns < BMC_TICK_NS:
            return None
        self.told_ns = now_ns
        value, text = self.answer(now_ns)
        new = WORK / f"{self.name}.new"
        new.write_text(text + "\n")
        new.rename(WORK / self.name)
        return value


def dcmi_power(now_ns):
    average = round(mean_watts(now_ns - WINDOW_NS, now_ns))
    return average, (f"0 {watts(now_ns):.0f} {average - 10} {average + 10} {average} "
                     f"{WINDOW_NS // 1000000} 40")


def energy(now_ns):
    millijoules = round(1000 * joules_since_zero(now_ns))
    return millijoules, str(millijoules)


def main():
    plan = plan_of_boot()
    plan["chip"]["bus"] = sys.argv[1]
    meters = {"firmware": Firmware(plan), "chip": Chip(plan)}
    if plan["bmc"]:
        meters["dcmi"] = Bmc("dcmi", dcmi_power)
        meters["aem"] = Bmc("aem", energy)
    told = {name: [] for name in meters}
    end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    while True:
        for name, meter in meters.items():
            before_ns = time.monotonic_ns()
            value = meter.tell(before_ns)
            if value is not None:
                told[name].append((value, before_ns, time.monotonic_ns()))
        if len(told["chip"]) == 1:
            print("all were told", flush=True)
        if end.wait(TICK_S):
            break
    (WORK / "told.json").write_text(json.dumps(told))


main()
