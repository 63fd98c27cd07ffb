#!/usr/bin/env python3
"""CPU time of the recorder for 64 busy lanes and ten energy counters: prints a table.

recorder_cost.py [--build DIR] [--seconds N] [--period P] [--runs N] [--busy]. 4 processes with 16
lanes each make 1000 calls a second in every lane; ten powercap zones lie in a temporary
tree of plain files (a read of a real register takes longer, by what the register takes).
The recorder gets the arguments that the shim gives it. Its CPU time is read from
/proc/PID/schedstat (where that is empty from stat, in 10 ms steps): of the first 1.5 s,
which hold its start, and of the --seconds after that; the share is that of one core. --busy: a
process of the idle class computes on each CPU, as ranks do; waking an idle CPU costs more.
"""

import argparse
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import mpi_runs

PROCESSES, LANES, CALLS_PER_SECOND, ZONES = 4, 16, 1000, 10
LOCK_FD = 3


def make_zones(root):
    """Five packages with a memory zone each."""
    for package in range(ZONES // 2):
        top = root / "class/powercap" / f"intel-rapl:{package}"
        for folder, name in ((top, f"package-{package}"), (top / f"{top.name}:0", "dram")):
            folder.mkdir(parents=True)
            (folder / "name").write_text(f"{name}\n")
            (folder / "energy_uj").write_text("123456789012\n")
            (folder / "max_energy_range_uj").write_text("262143328850\n")
            (folder / "enabled").write_text("1\n")
        (top.parent / f"{top.name}:0").symlink_to(f"{top.name}/{top.name}:0")


def cpu_s(pid):
    """CPU time of a process so far, in s; None when it has gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        times = Path(f"/proc/{pid}/schedstat").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # Kernels without scheduler statistics have zeros there.
    if int(times[0]) > 0:
        return int(times[0]) * 1e-9
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class BusyCpus:
    """A process that computes on each CPU, and gives way at once: of the idle class."""

    def __init__(self, wanted):
        cpus = sorted(os.sched_getaffinity(0)) if wanted else []
        self.children = [subprocess.Popen(
            [sys.executable, "-c", f"import os; os.sched_setaffinity(0, {{{cpu}}}); "
             "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"])
            for cpu in cpus]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in self.children:
            child.kill()
            child.wait()


def start_recorder(where, session, sysfs, trace, period):
    environment = {**os.environ, "JOULEPATH_SYSFS_ROOT": str(sysfs),
                   "JOULEPATH_OUTPUT": str(trace), "JOULEPATH_PERIOD": period}
    lock = os.open(session / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)

    def give_lock():
        os.dup2(lock, LOCK_FD)

    recorder = subprocess.Popen(
        [where.build / "bin/joulepath-recorder", "--session", session, "--lock-fd", str(LOCK_FD)],
        env=environment, close_fds=False, preexec_fn=give_lock)
    os.close(lock)
    return recorder


def one_run(where, number, seconds, period):
    """(CPU time of the start in s, CPU time in the steady stretch in s, its length in s)"""
    session = where.shared / f"session{number}"
    session.mkdir(mode=0o700)
    sysfs = where.folder / f"sys{number}"
    make_zones(sysfs)
    generator = subprocess.Popen([where.build / "tests/bench/lanes", session, str(PROCESSES),
                                  str(LANES), str(CALLS_PER_SECOND), str(seconds + 3)])
    recorder = start_recorder(where, session, sysfs, where.folder / f"{number}.h5", period)
    time.sleep(1.5)  # started, and all channels found
    start_s = cpu_s(recorder.pid)
    begin = time.monotonic()
    time.sleep(seconds)
    end_s, end = cpu_s(recorder.pid), time.monotonic()
    if generator.wait() != 0 or recorder.wait() != 0 or end_s is None:
        raise RuntimeError("the recorder or the generator failed")
    return start_s, end_s - start_s, end - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=mpi_runs.DEFAULT_BUILD)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--period", default="10ms")
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    with mpi_runs.setting(options.build) as where, BusyCpus(options.busy):
        print(f"{PROCESSES * LANES} lanes at {CALLS_PER_SECOND} calls/s, {ZONES} counters, period "
              f"{options.period}, CPUs {'busy' if options.busy else 'idle'}; {mpi_runs.load_note()}")
        print(f"{'first 1.5 s, ms CPU':>20} {'then, ms CPU':>13} {'in s':>6} {'% of a core':>12}")
        for number in range(options.runs):
            start, spent, length = one_run(where, number, options.seconds, options.period)
            print(f"{start * 1e3:20.1f} {spent * 1e3:13.1f} {length:6.1f} "
                  f"{100 * spent / length:12.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
