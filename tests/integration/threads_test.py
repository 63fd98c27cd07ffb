#!/usr/bin/env python3
"""Threads of all kinds, bare and recorded: the same output and exit code; every thread with its
CPU time, whatever made it; and the energy of all of them adds up to the counter's.
Usage: threads_test.py [Openmpi|Mpich|Tools]"""

import re
import shutil
import subprocess
import sys

import h5py
import joulepath_runs as runs

MACHINE = runs.SOURCE / "tests/nodes/server-2s"
WRITER = runs.BUILD / "tests/integration/live_counters"
STEPS, THREADS = 25, 4


class Threads(runs.Case):
    mpi = None

    def command(self, ranks, *words):
        return runs.mpi_command(self.mpi, ranks, *words)

    def same(self, command, *options, env=None, exact=True):
        """Bare and recorded alike; the report."""
        bare = self.run_program(command, env=env)
        recorded = self.record(command, *options, env=env)
        self.assert_same_run(bare, recorded, exact)
        return self.report()

    def of_kind(self, report, kind):
        return [row for row in report["threads"] if row["kind"] == kind]

    def busy_ones(self, report, rank):
        """CPU seconds of a rank's sampled threads, rising, without the MPI library's helpers."""
        cpu = sorted(row["cpu_s"] for row in self.of_kind(report, "sampled")
                     if row["pid"] == rank["pid"])
        return [seconds for seconds in cpu if seconds > 0.1 * cpu[-1]]

    def assert_conserved(self, report):
        """To the counter's last unit, and threads make up ranks."""
        checked = 0
        for sensor in report["sensors"]:
            if (raw := sensor["conservation"]) is None or raw["raw_attributed"] is None:
                continue
            self.assertEqual(raw["raw_attributed"] + raw["raw_idle"] + raw["raw_unattributed"],
                             raw["raw_difference"], sensor["id"])
            checked += 1
        self.assertGreater(checked, 0)
        threads = sum(row["energy_j"]["value"] or 0 for row in report["threads"])
        ranks = sum(row["energy_j"]["value"] or 0 for row in report["ranks"])
        self.assertAlmostEqual(threads, ranks, delta=1e-6 * max(ranks, 1))

    def compute_of_workers(self, phase):
        """ns that threads which began no phase computed in it, and outside of it."""
        with h5py.File(self.trace, "r") as trace:
            node = trace["nodes/0"]
            thread = node["lanes/thread"][:]
            names = [name.decode() for name in trace["phases/name"][:]]
            of_cell, function = node["cells/phase"][:], node["cells/function"][:]
            lane, cell, ns = (node["activity"][name][:] for name in ("lane", "cell", "ns"))
        computing = (thread[lane] > 0) & (function[cell] == 0)
        inside = computing & (of_cell[cell] == names.index(phase))
        return int(ns[inside].sum(dtype="u8")), int(ns[computing & ~inside].sum(dtype="u8"))

    def assert_cpu_adds_up(self, report):
        for rank in report["ranks"]:
            own = sum(row["cpu_s"] or 0 for row in report["threads"] if row["pid"] == rank["pid"])
            self.assertAlmostEqual(own, rank["cpu_s"], delta=1e-6)

    def test_hybrid_gcc(self):
        """libgomp tells nothing: its workers are seen from outside, with their CPU time."""
        report = self.same(self.command(2, runs.program(self.mpi, "hybrid")),
                           env={"OMP_WAIT_POLICY": "passive"})
        self.assert_conserved(report)
        self.assert_cpu_adds_up(report)
        self.assertEqual([f for f in report["functions"] if f["name"].startswith("OpenMP")], [])
        for rank in report["ranks"]:
            workers = self.busy_ones(report, rank)
            self.assertEqual(len(workers), THREADS - 1, report["threads"])
            # Units 2, 3 and 4 of each region, and equal parts of the tasks behind them.
            self.assertGreater(workers[2], 1.2 * workers[0])
            self.assertGreater(rank["thread_imbalance"], 0.1)

    def test_hybrid_clang(self):
        """libomp tells: regions are counted, waits are waits, workers inherit the phase."""
        runs.need("clang")
        report = self.same(self.command(2, runs.program(self.mpi, "hybrid_clang")))
        self.assert_conserved(report)
        self.assert_cpu_adds_up(report)
        functions = {row["name"]: row for row in report["functions"]}
        self.assertEqual(functions["OpenMP parallel"]["calls"], 2 * (STEPS + 1))
        # Each thread, each region: the explicit barrier and the one at the end.
        self.assertGreaterEqual(functions["OpenMP barrier"]["calls"], 2 * STEPS * THREADS * 2)
        self.assertEqual(functions["OpenMP critical"]["calls"], 2 * STEPS * THREADS)
        # omp_set_lock, not the two tests, after one of which it works for long.
        self.assertEqual(functions["OpenMP lock"]["calls"], 2)
        self.assertEqual(functions["OpenMP taskwait"]["calls"], 2)
        one_unit = functions["OpenMP barrier"]["seconds"] / (2 * STEPS * (3 + 2 + 1))
        self.assertLess(functions["OpenMP lock"]["seconds"], 10 * one_unit)
        self.assertEqual(functions["MPI_Allreduce"]["calls"], 2 * STEPS)
        phases = {row["name"]: row for row in report["phases"]}
        workers = [row for row in self.of_kind(report, "told") if row["thread"] > 0]
        self.assertEqual(len(workers), 2 * (THREADS - 1))
        self.assertEqual(phases["solve"]["instances"], 2)
        inside, outside = self.compute_of_workers("solve")
        self.assertGreater(inside, 5 * outside)
        # 225 units of work a rank in it; of the 8 in tasks, done in a barrier, one at least.
        self.assertGreater(outside, inside / 225)
        classes = {row["name"]: row for row in report["classes"]}
        self.assertGreater(classes["OpenMP wait"]["seconds"], functions["OpenMP barrier"]["seconds"])
        for rank in report["ranks"]:
            self.assertGreater(rank["openmp_wait_s"], 0)
            self.assertGreater(rank["thread_imbalance"], 0.1)

    def test_threads_without_mpi(self):
        report = self.same(self.command(1, runs.program(self.mpi, "swarm"), "worker"))
        self.assert_conserved(report)
        self.assert_cpu_adds_up(report)
        seen = {row["name"]: row for row in self.of_kind(report, "sampled")}
        one, two, three = (seen[f"worker-{n}"] for n in (1, 2, 3))
        # What each did since the last look is in "others": at most 0.2 s, of a second or so.
        self.assertAlmostEqual(two["cpu_s"] / one["cpu_s"], 2, delta=0.75)
        self.assertAlmostEqual(three["cpu_s"] / one["cpu_s"], 3, delta=1)
        for row in (one, two, three):
            self.assertGreater(len(row["cores"]), 0)
            self.assertGreater(row["energy_j"]["value"], 0)
        self.assertIsNotNone(report["health"]["thread_period_s"])

    def test_short_lived_threads(self):
        """3000 that live for less than a look: unnamed, but their CPU time is there."""
        report = self.same(self.command(1, runs.program(self.mpi, "swarm"), "short"))
        self.assert_conserved(report)
        self.assert_cpu_adds_up(report)
        others = self.of_kind(report, "others")
        self.assertEqual(len(others), 1)
        self.assertGreater(others[0]["cpu_s"], 0.05)

    def test_more_threads_than_lanes(self):
        """300 threads call MPI: 255 and the first have lanes, 45 are counted."""
        report = self.same(self.command(1, runs.program(self.mpi, "swarm"), "many"))
        self.assert_conserved(report)
        counted = runs.calls_and_bytes(report)["MPI_Comm_rank"]["calls"]
        self.assertEqual(counted, 255 * 10)
        notes = {note["what"]: note["count"] for note in report["health"]["notes"]}
        self.assertEqual(notes.get("lanes_refused"), 45)

    def test_spawn(self):
        """Debian's MPICH 4.0.2 spawns nothing: then it dies alike with and without us."""
        command = self.command(1, runs.program(self.mpi, "spawn"))
        bare = self.run_program(command)
        recorded = self.record(command)
        if bare.code != 0:
            self.assertEqual(self.mpi, "mpich", bare.err)
            self.assertEqual(recorded.code, bare.code)
            self.assertIn("Error in spawn call", recorded.err)
            return
        self.assert_same_run(bare, recorded, exact=False)
        report = self.report()
        self.assertEqual(runs.calls_and_bytes(report)["MPI_Comm_spawn"]["calls"], 1)
        self.assertEqual(len(report["ranks"]), 3)
        self.assert_conserved(report)

    def test_exec(self):
        command = self.command(1, runs.program(self.mpi, "spawn"), "exec")
        bare = self.run_program(command)
        recorded = self.record(command)
        self.assertEqual(bare.code, 5, bare.err)
        self.assertIn("executed", recorded.out)
        self.assert_same_run(bare, recorded, exact=False)
        self.assert_conserved(self.report())


class Openmpi(Threads):
    mpi = "openmpi"

    def setUp(self):
        runs.need("mpirun.openmpi")
        super().setUp()

    def test_python_threads(self):
        runs.need("/usr/bin/python3")
        report = self.same(self.command(2, "/usr/bin/python3", runs.PROGRAM_SOURCES / "threads.py"))
        self.assert_conserved(report)
        self.assert_cpu_adds_up(report)
        for rank in report["ranks"]:
            busy = self.busy_ones(report, rank)
            self.assertEqual(len(busy), 4, report["threads"])
            # One to four parts of work; what each did last is in "others".
            self.assertGreater(busy[3], 2 * busy[0])

    def test_conserved_beside_live_counters(self):
        """Counters that move, under a hybrid program: to the unit."""
        machine = self.folder / "machine"
        shutil.copytree(MACHINE, machine, symlinks=True)
        powercap = machine / "sys/devices/virtual/powercap/intel-rapl"
        files = [powercap / zone / "energy_uj"
                 for zone in ("intel-rapl:1", "intel-rapl:0", "intel-rapl:1/intel-rapl:1:0")]
        first = files[0].read_bytes()
        writer = self.start([WRITER, self.folder / "log", "20", "1000", "20", *files])
        runs.wait_until("live counters", lambda: files[0].read_bytes() != first)
        outcome = self.record(self.command(2, runs.program(self.mpi, "hybrid")), "--sysfs-root",
                              machine / "sys", "--sensors", "powercap",
                              env={"OMP_WAIT_POLICY": "passive"})
        self.assertEqual(outcome.code, 0, outcome.err)
        runs.kill_session(writer.pid)
        report = self.report()
        self.assert_conserved(report)
        self.assert_cpu_adds_up(report)
        sampled = sum(row["energy_j"]["value"] for row in self.of_kind(report, "sampled"))
        self.assertGreater(sampled, 0)


class Mpich(Threads):
    mpi = "mpich"

    def setUp(self):
        runs.need("mpiexec.mpich")
        super().setUp()


TOOL = """
#include <stdio.h>
#include <stddef.h>
typedef struct { int (*initialize)(void*, int, void*); void (*finalize)(void*); size_t data; } tool;
static int initialize(void* lookup, int device, void* data) {
  puts("another tool"); (void)lookup; (void)device; (void)data; return 1; }
static void finalize(void* data) { (void)data; }
static tool result = {initialize, finalize, 0};
tool* ompt_start_tool(unsigned version, const char* runtime) {
  (void)version; (void)runtime; return &result; }
"""


class Tools(runs.Case):
    """Another OMPT tool is used as without us, wherever it stands."""

    def setUp(self):
        runs.need("gcc", "clang", "mpirun.openmpi")
        super().setUp()
        self.tool = self.folder / "libtool.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", self.tool], check=True,
                       input=TOOL, text=True)
        self.program = runs.program("openmpi", "hybrid_clang")

    def openmp_functions(self):
        return [row["name"] for row in self.report()["functions"]
                if row["name"].startswith("OpenMP")]

    def check(self, **env):
        command = runs.mpi_command("openmpi", 1, self.program,
                                   options=[word for name, value in env.items()
                                            for word in ("-x", f"{name}={value}")])
        bare = self.run_program(command)
        self.assertEqual(bare.out.count("another tool"), 1, bare.out)
        library = self.run_program([runs.JOULEPATH, "preload"]).out.strip()
        if "LD_PRELOAD" in env:
            command = [re.sub(r"^LD_PRELOAD=", f"LD_PRELOAD={library}:", word)
                       if isinstance(word, str) else word for word in command]
            outcome = self.run_program(command)
            self.assert_same_run(bare, outcome)
            trace = runs.wait_until("a trace", lambda: list(self.folder.glob("joulepath-*.h5")))
            runs.wait_until("the recorder has ended", lambda: not self.recorders())
            trace[0].rename(self.trace)
        else:
            self.assert_same_run(bare, self.record(command))
        self.assertEqual(self.openmp_functions(), [])

    def test_named_to_the_runtime(self):
        self.check(OMP_TOOL_LIBRARIES=self.tool)

    def test_preloaded_behind_us(self):
        self.check(LD_PRELOAD=self.tool)

    def test_turned_off(self):
        command = runs.mpi_command("openmpi", 1, self.program)
        self.assert_same_run(self.run_program(command),
                             self.record(command, "--annotations", "nvtx,kokkos"))
        self.assertEqual(self.openmp_functions(), [])


if __name__ == "__main__":
    runs.main()
