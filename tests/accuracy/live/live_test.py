#!/usr/bin/env python3
"""A real MPI program, the real recorder, and a counter that counts a power which the program
itself sets: the truth of every phase is known from the program's own log. Nothing here
depends on how fast the machine is: bounds must hold on a slow one too.
Usage: live_test.py [Followed|Default|Long|Languages]"""

import pathlib
import shutil
import statistics
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/integration"))
import joulepath_runs as runs  # noqa: E402
from power_truth import PowerLog  # noqa: E402

PROGRAMS = runs.BUILD / "tests/accuracy/live"
MACHINE = SOURCE / "tests/nodes/server-2s"
SENSOR = "powercap:intel-rapl:0"
MODULUS_UJ = 262_143_328_850 + 61
# About half of what the run takes: the counter wraps in its middle.
START_UJ = MODULUS_UJ - 900_000_000


def one_socket(folder):
    """The machine with nothing but package-0: (its sysfs, the file of its counter)."""
    machine = folder / "machine"
    shutil.copytree(MACHINE, machine, symlinks=True)
    zones = machine / "sys/devices/virtual/powercap/intel-rapl"
    for path in (zones / "intel-rapl:1", zones / "intel-rapl:0/intel-rapl:0:0"):
        shutil.rmtree(path)
    (zones / "intel-rapl:0/name").write_text("package-0\n")
    for link in (machine / "sys/class/powercap").iterdir():
        if not link.exists():
            link.unlink()
    return machine / "sys", zones / "intel-rapl:0/energy_uj"


class Live(runs.Case):
    recorder_cpu = ()
    seconds_a_length = 2.4

    def setUp(self):
        runs.need("mpirun.openmpi")
        self.h5py = runs.need_module("h5py")
        super().setUp()

    def record_live(self):
        """Records the program beside its counter: its phases by number, name and times."""
        # As little disk behind the counter as in sysfs: on one, each reading after a write
        # also writes the time of the access.
        memory = tempfile.TemporaryDirectory(dir="/dev/shm")
        self.addCleanup(memory.cleanup)
        sysfs, counter = one_socket(pathlib.Path(memory.name))
        log, updates = self.folder / "power", self.folder / "updates"
        log.write_bytes(bytes(PowerLog.BYTES))
        counter.write_text(f"{START_UJ:<20}\n")
        first = counter.read_bytes()
        socket = self.start([PROGRAMS / "simulated_socket", log, counter, str(START_UJ),
                             str(MODULUS_UJ), updates])
        runs.wait_until("the counter runs", lambda: counter.read_bytes() != first)
        command = runs.mpi_command("openmpi", 1, PROGRAMS / "openmpi/square_wave", log,
                                   self.seconds_a_length, options=("--bind-to", "core"))
        outcome = self.record(command, "--sysfs-root", sysfs, "--sensors", "powercap",
                              *self.recorder_cpu, timeout=60 + 5 * self.seconds_a_length)
        self.assertEqual(outcome.code, 0, outcome.err)
        socket.terminate()
        self.assertEqual(self.finish(socket).code, 0)
        self.power = PowerLog(log.read_bytes(), updates.read_text())
        phases = [line.split(" ", 2) for line in outcome.out.splitlines()]
        return [(int(index), name, int(times)) for index, times, name in phases]

    def readings(self):
        """(t_lo, t_hi, raw, edge) of the counter, as the recorder read it."""
        with self.h5py.File(self.trace, "r") as trace:
            node = trace["nodes/0"]
            self.assertEqual([name.decode() for name in node["sensors/id"][:]], [SENSOR])
            return list(zip(*(node["samples"][key][:].tolist()
                              for key in ("t_lo", "t_hi", "raw", "edge"))))

    def check_total(self, sensor, readings):
        """The counter's total to the unit, and every unit taken by somebody."""
        raws = [raw for _, _, raw, _ in readings]
        wraps = sum(after < before for before, after in zip(raws, raws[1:]))
        self.assertEqual(wraps, 1, "the counter was to wrap once while it was read")
        self.assertEqual((sensor["samples"], sensor["lost_intervals"]), (len(readings), 0))
        window = [self.power.moment_of(raw) for raw in (raws[0], raws[-1])]
        true_uj = self.power.uj_until(window[1]) - self.power.uj_until(window[0])
        kept = sensor["conservation"]
        self.assertEqual((kept["raw_first"], kept["raw_last"]), (raws[0], raws[-1]))
        self.assertEqual(kept["raw_difference"], true_uj)
        self.assertEqual(kept["raw_attributed"] + kept["raw_idle"] + kept["raw_unattributed"],
                         kept["raw_difference"])
        return window

    def check_phases(self, phases, told, window):
        """Every phase as often as it was, with bounds that hold the truth."""
        self.assertEqual(len(phases), 8)
        self.assertEqual({name: told[name]["instances"] for _, name, _ in phases},
                         {name: times for _, name, times in phases})
        for index, name, _ in phases:
            least, most = self.power.phase_j(index, *window)
            energy = told[name]["energy_j"]
            with self.subTest(phase=name):
                self.assertIn(energy["provenance"], ("fitted", "attributed"))
                self.assertLessEqual(energy["lo"], most)
                self.assertGreaterEqual(energy["hi"], least)

    def show(self, phases, report, readings, window):
        told = {row["name"]: row for row in report["phases"]}
        print(f"\n{'phase':<12}{'truth J':>10}{'told J':>10}{'lo':>10}{'hi':>10}{'error %':>9}"
              f"{'bounds %':>9}{'truth +-%':>10}  holds")
        for index, name, _ in phases:
            least, most = self.power.phase_j(index, *window)
            truth, energy = (least + most) / 2, told[name]["energy_j"]
            half = (energy["hi"] - energy["lo"]) / 2
            holds = energy["lo"] <= most and energy["hi"] >= least
            print(f"{name:<12}{truth:>10.3f}{energy['value']:>10.3f}{energy['lo']:>10.3f}"
                  f"{energy['hi']:>10.3f}{100 * (energy['value'] / truth - 1):>9.2f}"
                  f"{100 * half / truth:>9.2f}{50 * (most - least) / truth:>10.3f}"
                  f"  {'yes' if holds else 'NO'}")
        widths_us = [(t_hi - t_lo) / 1e3 for t_lo, t_hi, _, edge in readings if edge == 1]
        median = f"{statistics.median(widths_us):.1f} us" if widths_us else "none"
        print(f"{len(readings)} readings, {len(widths_us)} at an edge "
              f"({100 * len(widths_us) / len(readings):.0f} %), median width {median}")
        late_us = sorted(self.power.delay_of(raw) / 1e3 for _, _, raw, _ in readings)
        print(f"counter's own delay, us: median {statistics.median(late_us):.1f}, "
              f"p99 {late_us[len(late_us) * 99 // 100]:.1f}, max {late_us[-1]:.1f}")
        for fit in report["fits"]:
            print("fit:", {key: fit[key] for key in fit if key not in ("phase_power", "node")})
        print("notes:", [(note["what"], note["count"]) for note in report["health"]["notes"]])
        sys.stdout.flush()

    def whole(self):
        phases = self.record_live()
        report, readings = self.report(), self.readings()
        (sensor,) = report["sensors"]
        window = self.check_total(sensor, readings)
        self.show(phases, report, readings, window)
        self.check_phases(phases, {row["name"]: row for row in report["phases"]}, window)


class Followed(Live):
    """The recorder may use enough CPU time to follow the counter's updates."""

    recorder_cpu = ("--recorder-cpu", "20%")

    def test_phases(self):
        self.whole()


class Default(Live):
    def test_phases(self):
        self.whole()


class Long(Default):
    """Not one of ctest's: 80 s, for the table of docs/accuracy.md."""

    seconds_a_length = 20


class Languages(runs.Case):
    """One MPI program whose ranks are written in C, Fortran and Python."""

    EXPECTED = {"shared": 3 + 5 + 7, "c": 4, "c/inner": 8, "fortran": 6, "fortran/inner": 12,
                "python": 8, "python/inner": 16}

    def test_one_report(self):
        runs.need("mpirun.openmpi", "mpif90.openmpi", "/usr/bin/python3")
        python = ["/usr/bin/python3", pathlib.Path(__file__).with_name("language_python.py")]
        if self.run_program([python[0], "-c", "import mpi4py"]).code != 0:
            self.skipTest(f"mpi4py is not installed for {python[0]}")
        command = runs.mpi_command("openmpi", 1, PROGRAMS / "openmpi/language_c")
        for more in ([PROGRAMS / "openmpi/language_fortran"], python):
            command += [":", "-n", "1", *map(str, more)]
        outcome = self.record(command, env={"PYTHONPATH": SOURCE / "pmpi/python",
                                            "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual(outcome.code, 0, outcome.err)
        report = self.report()
        self.assertEqual(sorted(rank["rank"] for rank in report["ranks"]), [0, 1, 2])
        self.assertEqual({self.path_of(row): row["instances"] for row in report["phases"]
                          if row["instances"]}, self.EXPECTED)

    @staticmethod
    def path_of(row):
        return row["name"]


if __name__ == "__main__":
    runs.main()
