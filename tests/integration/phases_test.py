#!/usr/bin/env python3
"""Programs that name their phases, bare and recorded: the same output, and each phase begun
exactly as often as the program did. Usage: phases_test.py [Openmpi|Mpich|WithoutMpi]"""

import sys

import joulepath_runs as runs

RANKS = 2
LONG = "0123456789012345678901234567890123456789012345678901234567"  # the cut falls into an "ä"
PHASES_DROPPED = 12  # HealthKind in core/record/rows.hpp


def deep(depth):
    return "/".join("d" * depth)


# What one rank begins; ranks add up.
EXPECTED = {
    "phases": {"setup": 1, "solve": 10, "solve/exchange": 10, "exchange": 3,
               "exchange/Exchange": 3, "after the callback": 2, "teardown": 1},
    "phases_scope": {"loop": 1, "loop/step": 12},
    "phases_f": {"solve": 7, "solve/reduce": 7},
    "phases_threads": {
        "shared": 8 * 200, "left open": 8,
        **{f"shared/step {n}": 8 * 20 for n in range(10)},
        **{f"shared/step {n}/thread {t}": 20 for n in range(10) for t in range(8)}},
    # 255 names: the long one, 64 deep ones, and the first 190 of 300.
    "phases_many": {LONG: 1, "d": 2, **{deep(n): 1 for n in range(2, 65)},
                    **{f"phase {n:03}": 2 for n in range(190)}},
}
# Two ends too many at first and one at last, 6 begins too deep, 110 names too many, twice.
DROPPED = {"phases_many": 2 + 1 + 6 + 2 * 110}
PYTHON = {"outer": 5, "outer/inner": 25, "raises": 1}


class Trace:
    """The parts of a trace that tell of phases."""

    def __init__(self, path):
        h5py = runs.need_module("h5py")
        with h5py.File(path) as file:
            names = dict(zip(file["phases/phase"][:].tolist(),
                             [name.decode() for name in file["phases/name"][:]]))
            node = file["nodes"][next(iter(file["nodes"]))]
            cells, activity, health = ({name: table[name][:] for name in table} for table in
                                       (node["cells"], node["activity"], node["health"]))
            states = {name: node["processes"][name][:] for name in node["processes"]}
            functions = dict(zip(file["functions/function"][:].tolist(),
                                 [name.decode() for name in file["functions/name"][:]]))
        self.begun, self.ns, self.wait_by_function = {}, {}, {}
        self.wait_ns, self.compute_wait_ns, self.mpi_ns = 0, 0, 0
        for cell, phase, function in zip(cells["cell"], cells["phase"], cells["function"]):
            rows = activity["cell"] == cell
            self.ns[names[phase]] = (self.ns.get(names[phase], 0) +
                                     int(activity["ns"][rows].sum(dtype="u8")))
            wait = int(activity["wait"][rows].sum(dtype="u8"))
            if function == 0:
                self.compute_wait_ns += wait
                if calls := int(activity["calls"][rows].sum(dtype="u8")):
                    self.begun[names[phase]] = calls
            else:
                self.wait_ns += wait
                self.mpi_ns += int(activity["ns"][rows].sum(dtype="u8"))
                if wait:
                    self.wait_by_function[functions[function]] = (
                        self.wait_by_function.get(functions[function], 0) + wait)
        self.dropped = int(health["value"][health["kind"] == PHASES_DROPPED].sum())
        self.last_state = states["state"][-1].decode()


class Phases(runs.Case):
    mpi = None

    def record_same(self, command, env=None, name="t"):
        """Bare and recorded with the same output; the trace of the latter."""
        bare = self.run_program(command, env=env)
        self.assertEqual(bare.code, 0, bare.err)
        path = self.folder / f"{name}.h5"
        recorded = self.record(command, trace=path, env=env)
        self.assert_same_run(bare, recorded)
        return Trace(path)

    def command(self, *words):
        return runs.mpi_command(self.mpi, RANKS, *words)

    def assert_begun(self, trace, expected, ranks=RANKS):
        self.assertEqual(trace.begun, {name: ranks * count for name, count in expected.items()})


class UnderAnMpi:
    """What both MPIs have; with Phases beside it."""

    launcher = None

    def setUp(self):
        runs.need(self.launcher)
        super().setUp()

    def test_programs(self):
        for name, expected in EXPECTED.items():
            with self.subTest(program=name):
                trace = self.record_same(self.command(runs.program(self.mpi, name)), name=name)
                self.assert_begun(trace, expected)
                self.assertEqual(trace.dropped, RANKS * DROPPED.get(name, 0))
                self.assertEqual(trace.compute_wait_ns, 0)

    def test_waits(self):
        """Rank 1 comes 50 ms late to 20 of 40 barriers: rank 0 waits for about a second."""
        trace = self.record_same(self.command(runs.program(self.mpi, "late_rank")), name="late")
        wait_s = trace.wait_ns / 1e9
        # Barriers in which nobody is late cost little; a loaded machine adds, never takes.
        self.assertGreater(wait_s, 20 * 0.05 * 0.95)
        self.assertLess(trace.wait_ns, trace.mpi_ns)
        self.assertEqual(trace.compute_wait_ns, 0)
        self.assertEqual(trace.wait_by_function.get("MPI_Comm_rank", 0), 0)
        self.assertEqual(set(trace.wait_by_function) - {"MPI_Barrier"}, set())

    def test_pcontrol(self):
        command = self.command(runs.program(self.mpi, "pcontrol"))
        # Levels 0 and 1: paused once; what begins meanwhile is not seen.
        trace = self.record_same(command, name="pause")
        self.assert_begun(trace, {"(paused)": 1, "around": 1, "seen again": 1})
        self.assertGreater(trace.ns["(paused)"], 0)
        self.assertEqual(trace.dropped, 0)
        # Labels: only those that can be read; levels 0 and 2 mean nothing.
        trace = self.record_same(command, env={"JOULEPATH_PCONTROL": "ipm"}, name="ipm")
        self.assert_begun(trace, {"labelled": 4, "around": 1, "around/unseen": 1, "seen again": 1})
        self.assertEqual(trace.dropped, 0)


class Openmpi(UnderAnMpi, Phases):
    mpi = "openmpi"
    launcher = "mpirun.openmpi"

    def test_python(self):
        """Debian builds mpi4py for Open MPI."""
        runs.need("/usr/bin/python3")
        command = self.command("/usr/bin/python3", runs.PROGRAM_SOURCES / "phases.py", "mpi")
        trace = self.record_same(command, env=python_environment())
        self.assert_begun(trace, {**PYTHON, "reduce": 1})


class Mpich(UnderAnMpi, Phases):
    mpi = "mpich"
    launcher = "mpiexec.mpich"


def python_environment():
    return {"PYTHONPATH": str(runs.SOURCE / "pmpi/python"), "PYTHONDONTWRITEBYTECODE": "1"}


class WithoutMpi(Phases):
    def python(self, *arguments):
        return [sys.executable, runs.PROGRAM_SOURCES / "phases.py", *arguments]

    def test_python(self):
        trace = self.record_same(self.python(), env=python_environment())
        self.assert_begun(trace, PYTHON, ranks=1)
        self.assertEqual(trace.last_state, "finalized")  # it ended by itself

    def test_energy(self):
        """Under a recorder there is an answer, if only an estimate."""
        recorded = self.record(self.python("needs-energy"), env=python_environment())
        self.assertEqual((recorded.code, recorded.out), (0, "done\n"), recorded.err)

    def test_children(self):
        """A forked child is not recorded; a program it turns into is, by its own calls."""
        code = ("import joulepath, os, subprocess, sys\n"
                "with joulepath.phase('parent'):\n"
                "    pid = os.fork()\n"
                "    if pid == 0:\n"
                "        with joulepath.phase('child'): pass\n"
                "        os._exit(0)\n"
                "    os.waitpid(pid, 0)\n"
                "    subprocess.run([sys.executable, '-c', 'import joulepath\\n"
                "with joulepath.phase(\"program\"): pass'], check=True)\n")
        trace = self.record_same([sys.executable, "-c", code], env=python_environment())
        self.assert_begun(trace, {"parent": 1, "program": 1}, ranks=1)

    def test_plain_preload(self):
        """Without `joulepath run` the process starts its recorder, which makes a trace."""
        env = {**python_environment(), "LD_PRELOAD": runs.LIBRARY}
        outcome = self.run_program(self.python("needs-energy"), env=env)
        self.assertEqual((outcome.code, outcome.out, outcome.err), (0, "done\n", ""))
        traces = runs.wait_until("a trace", lambda: list(self.folder.glob("joulepath-*.h5")))
        self.assert_begun(Trace(traces[0]), PYTHON, ranks=1)

    def test_importing_alone_is_inert(self):
        env = {**python_environment(), "LD_PRELOAD": runs.LIBRARY}
        outcome = self.run_program([sys.executable, "-c", "import joulepath; print('x')"], env=env)
        self.assertEqual((outcome.code, outcome.out, outcome.err), (0, "x\n", ""))
        self.assertEqual(list(self.shm.iterdir()), [])

    def test_bad_setting(self):
        outcome = self.record(["true"], "--pcontrol", "sometimes")
        self.assert_fails(outcome, runs.USAGE, "pcontrol", "sometimes", "pause or ipm")


if __name__ == "__main__":
    runs.main()
