#!/usr/bin/env python3
"""Every MPI test program, bare and recorded: the same output and exit code, and the exact
number of calls and bytes. Usage: programs_test.py [Openmpi|Mpich]"""

import json
import time

import joulepath_runs as runs

RANKS = 4
EXPECTED = json.loads((runs.PROGRAM_SOURCES / "expected.json").read_text())
ONLY_MPICH = {"sessions", "large_count"}  # MPI-4
ONLY_OPENMPI = {"hello.py"}               # Debian builds mpi4py for Open MPI
# mpi4py makes calls of its own (README.md of the programs).
HAS_MORE_CALLS = {"hello.py"}


class Programs(runs.Case):
    mpi = None

    def command(self, name):
        if name == "hello.py":
            runs.need("/usr/bin/python3")
            words = ["/usr/bin/python3", runs.PROGRAM_SOURCES / name]
        else:
            words = [runs.program(self.mpi, name)]
        options = []
        if name == "mpiio":
            words.append(self.folder / "mpiio.dat")
        if name == "noexit" and self.mpi == "mpich":
            options = ["-disable-auto-cleanup"]
        return runs.mpi_command(self.mpi, RANKS, *words, options=options)

    def assert_counts(self, name, report):
        counted = runs.calls_and_bytes(report)
        if name in HAS_MORE_CALLS:
            counted = {function: counted.get(function) for function in EXPECTED[name]}
        self.assertEqual(counted, EXPECTED[name])

    def assert_ranks(self, report):
        self.assertEqual([row["rank"] for row in report["ranks"]], list(range(RANKS)))

    def names(self):
        other = ONLY_MPICH if self.mpi == "openmpi" else ONLY_OPENMPI
        return [name for name in EXPECTED if name not in other]

    def both_runs(self, name, trace):
        """Bare and recorded. Where ranks leave without MPI_Finalize, MPICH's launcher now and then
        ends with 1, with us and without: it has not heard of how they ended. Then once more."""
        code = 3 if name == "noexit" else 0
        for _ in range(3 if (self.mpi, name) == ("mpich", "noexit") else 1):
            trace.unlink(missing_ok=True)
            bare = self.run_program(self.command(name))
            recorded = self.record(self.command(name), trace=trace)
            if bare.code == recorded.code == code:
                break
        self.assertEqual(bare.code, code, bare.err)
        return bare, recorded

    def all_programs(self):
        for name in self.names():
            with self.subTest(program=name):
                began = time.monotonic()
                trace = self.folder / f"{name}.h5"
                bare, recorded = self.both_runs(name, trace)
                # Launchers name the processes that left without MPI_Finalize.
                self.assert_same_run(bare, recorded, exact=name != "noexit")
                self.assertEqual(recorded.own_lines(), [f"joulepath: trace: {trace}"])
                report = self.report(trace)
                self.assert_counts(name, report)
                self.assert_ranks(report)
                self.assertTrue(report["health"]["complete"])
                print(f"  {name}: {time.monotonic() - began:.1f} s", flush=True)

    def preloaded(self, *options):
        """Without `joulepath run`: the first rank starts the recorder."""
        library = self.run_program([runs.JOULEPATH, "preload"]).out.strip()
        self.assertEqual(library, runs.LIBRARY)
        command = runs.mpi_command(self.mpi, RANKS, runs.program(self.mpi, "ring"),
                                   options=[word.format(library=library) for word in options])
        bare = self.run_program(self.command("ring"))
        self.assert_same_run(bare, self.run_program(command))
        trace = runs.wait_until("a trace in the working folder",
                                lambda: list(self.folder.glob("joulepath-*.h5")))
        runs.wait_until("the recorder has ended", lambda: not self.recorders())
        self.assertEqual(len(trace), 1)
        self.assertEqual([path.name for path in self.folder.iterdir()], [trace[0].name])
        report = self.report(trace[0])
        self.assert_counts("ring", report)
        self.assert_ranks(report)
        self.assertIn("ring", report["command"])


class Openmpi(Programs):
    mpi = "openmpi"

    def setUp(self):
        runs.need("mpirun.openmpi")
        super().setUp()

    def test_all_programs(self):
        self.all_programs()

    def test_plain_preload(self):
        self.preloaded("-x", "LD_PRELOAD={library}")


class Mpich(Programs):
    mpi = "mpich"

    def setUp(self):
        runs.need("mpiexec.mpich")
        super().setUp()

    def test_all_programs(self):
        self.all_programs()

    def test_plain_preload(self):
        self.preloaded("-genv", "LD_PRELOAD", "{library}")


if __name__ == "__main__":
    runs.main()
