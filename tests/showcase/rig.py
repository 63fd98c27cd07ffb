"""One recorded run of hybrid.c on the machine of chips.c: the command, what came of it, and
how the report compares with the truth."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/integration"))
import joulepath_runs as runs  # noqa: E402
import machine  # noqa: E402
from truth import BOARD_BYTES, CHIPS, PHASES, RANKS, THREADS, Truth  # noqa: E402

PROGRAMS = runs.BUILD / "tests/showcase"
ALL_CHIPS, SOCKETS = "powercap,nvml", "powercap"
GPU_OF_RANK = ("GPU-b", "GPU-a")
PCI_OF_RANK = ("0000:c1:00.0", "0000:0a:00.0")


def need_all():
    """Says what is not here by raising unittest.SkipTest."""
    runs.need("mpirun.openmpi", "taskset")
    runs.need_module("h5py")
    if len(os.sched_getaffinity(0)) < RANKS:
        raise runs.unittest.SkipTest("two sockets need two CPUs")


@dataclasses.dataclass
class Readings:
    t_lo: list
    t_hi: list
    raw: list
    edge: list


@dataclasses.dataclass
class Compared:
    """A figure of the report and its truth, in J."""

    told: float
    lo: float
    hi: float
    least: float
    most: float

    @property
    def truth(self):
        return (self.least + self.most) / 2

    @property
    def error(self):
        return self.told / self.truth - 1

    @property
    def half_width(self):
        return (self.hi - self.lo) / 2 / self.truth

    @property
    def holds(self):
        return self.lo <= self.most and self.hi >= self.least


def compared(figure, truth):
    return Compared(figure["value"], figure["lo"], figure["hi"], *truth)


@dataclasses.dataclass
class Recording:
    report: dict
    readings: dict  # by sensor
    truth: Truth

    @property
    def gpu(self):
        return CHIPS[-1] in self.readings

    def phases(self):
        rows = {row["name"]: row for row in self.report["phases"]}
        return {name: compared(rows[name]["energy_j"], self.truth.phase_j(name, self.gpu))
                for name in PHASES}

    def ranks(self):
        return {row["rank"]: compared(row["energy_j"], self.truth.rank_j(row["rank"], self.gpu))
                for row in self.report["ranks"]}

    def threads(self):
        """By rank and OpenMP thread number."""
        found = {}
        for row in self.report["threads"]:
            if row["kind"] != "told":
                continue
            thread = self.truth.ranks[row["rank"]].tids.index(row["tid"])
            truth = self.truth.thread_j(row["rank"], thread, self.gpu)
            found[row["rank"], thread] = compared(row["energy_j"], truth)
        return dict(sorted(found.items()))

    def chips(self):
        """The counters' totals between their first and last reading."""
        found = {}
        for row in self.report["sensors"]:
            raws, chip = self.readings[row["id"]].raw, self.truth.chips[row["id"]]
            joules = chip.nj_between(raws[0], raws[-1]) / 1e9
            found[row["id"]] = compared(row["energy_j"], (joules, joules))
        return {name: found[name] for name in CHIPS if name in found}

    def recorder_share(self):
        """CPU time of the recorder, of one core."""
        return self.report["health"]["recorder_cpu_s"] / self.report["duration_s"]


class Rig:
    """`folder`: where the files of one run lie; as little disk behind them as in sysfs."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.board, self.cards, self.updates, self.trace = (
            self.folder / name for name in ("board", "cards", "updates", "trace.h5"))

    def environment(self):
        return {"LD_LIBRARY_PATH": runs.BUILD / "tests/rigs/vendor/nvml",
                "FAKE_NVML_CARDS": self.cards, "OMP_WAIT_POLICY": "passive",
                "OMPI_ALLOW_RUN_AS_ROOT": 1, "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": 1}

    def command(self, seconds, sensors, *options):
        """Records a run of `seconds`."""
        self.board.write_bytes(bytes(BOARD_BYTES))
        ranks = ["mpirun.openmpi", "--oversubscribe", "--bind-to", "none"]
        for rank, cpus in enumerate(machine.cpus_of_sockets()):
            ranks += [":"] * (rank > 0)
            ranks += ["-n", 1, "-x", f"CUDA_VISIBLE_DEVICES={GPU_OF_RANK[rank]}", "taskset", "-c",
                      ",".join(map(str, cpus[:THREADS])), PROGRAMS / "openmpi/hybrid", self.board,
                      seconds]
        return [*runs.mount_name_space(), sys.executable, machine.__file__, PROGRAMS / "chips",
                self.board, self.cards, self.updates, "--", runs.JOULEPATH, "run", "-q", "-o",
                self.trace, "--sensors", sensors, *options, "--", *ranks]

    def recording(self):
        report = json.loads(subprocess.run([runs.JOULEPATH, "report", "--json", self.trace],
                                           check=True, capture_output=True, text=True).stdout)
        with runs.need_module("h5py").File(self.trace, "r") as trace:
            node = trace["nodes/0"]
            names = [name.decode() for name in node["sensors/id"][:]]
            columns = {key: node["samples"][key][:]
                       for key in ("sensor", "t_lo", "t_hi", "raw", "edge")}
            # The last row of a process holds.
            seen_until = dict(zip(node["processes/pid"][:].tolist(),
                                  node["processes/last"][:].tolist()))
        readings = {name: Readings(*(columns[key][columns["sensor"] == number].tolist()
                                     for key in ("t_lo", "t_hi", "raw", "edge")))
                    for number, name in enumerate(names)}
        truth = Truth(self.board.read_bytes(), self.updates.read_text())
        for rank in truth.ranks:
            rank.seen_until(seen_until[rank.pid])
        return Recording(report, readings, truth)
