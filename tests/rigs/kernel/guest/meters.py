"""Runs in the guest: loads the drivers of power meters, lets Joulepath read them while
drive_meters.py tells them what the power is."""

import mmap
import os
import pathlib
import subprocess
import sys
import time

from guest import WORK, as_nobody, load_modules, run, write_result

BUSES = pathlib.Path("/sys/bus/i2c/devices")
DEVICE_TIMEOUT_S = 30


def stub_bus():
    for name in BUSES.glob("i2c-*/name"):
        if name.read_text().startswith("SMBus stub"):
            return name.parent
    raise RuntimeError("i2c-stub made no bus")


def wait_for(path):
    end = time.monotonic() + DEVICE_TIMEOUT_S
    while not path.exists():
        if time.monotonic() > end:
            raise RuntimeError(f"{path} did not come")
        time.sleep(0.2)


def start_driving(bus):
    """Before all others, whatever the job does: it is not to be late."""
    command = [sys.executable, "-B", str(WORK / "drive_meters.py"), f"/dev/{bus.name}"]
    driver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    os.sched_setscheduler(driver.pid, os.SCHED_FIFO, os.sched_param(1))
    if not driver.stdout.readline():
        raise RuntimeError("the meters could not be driven, see the console")
    return driver


def tell_unknown(plan):
    """ACPI 6.5, section 10.4.1: a meter that does not know says so with all bits set."""
    with open("/dev/mem", "r+b") as memory:
        page = mmap.mmap(memory.fileno(), mmap.PAGESIZE, offset=plan["firmware_word"])
    page[:4] = b"\xff" * 4


def record_job(plan, options, trace):
    """With twice as many repeats (the job's last argument) until it is long enough: how fast an
    emulated CPU is, the host decides."""
    job = plan["job"]
    while True:
        trace.unlink(missing_ok=True)
        done = run(plan["joulepath"], "run", *options, "--output", trace, "--", *job,
                   env=dict(os.environ, **plan["mpi_environment"]))
        if done["code"] != 0 or done["end_ns"] - done["begin_ns"] >= plan["least_job_s"] * 10**9:
            return done
        job = [*job[:-1], str(2 * int(job[-1]))]


def measure(plan):
    load_modules(plan)
    if plan["bmc"]:
        wait_for(pathlib.Path("/dev/ipmi0"))
    bus = stub_bus()
    driver = start_driving(bus)
    (bus / "new_device").write_text(f"{plan['chip']['name']} {plan['chip']['address']:#x}")
    joulepath = plan["joulepath"]
    result = {"sensors": {"root": run(joulepath, "sensors", "--json"),
                          "nobody": run(joulepath, "sensors", "--json", preexec_fn=as_nobody)}}
    for name, options in plan["jobs"].items():
        result[name] = record_job(plan, options, WORK / f"{name}.h5")
    driver.terminate()
    if driver.wait(DEVICE_TIMEOUT_S) != 0:
        raise RuntimeError("what drives the meters failed, see the console")
    tell_unknown(plan)
    result["unknown"] = run(joulepath, "run", "--sensors", "hwmon", "--output",
                            WORK / "unknown.h5", "--", "sleep", "2")
    return result


write_result(measure)
