#!/usr/bin/env python3
"""Preloaded into what is no MPI program, the shim does nothing; and it brings in nothing
but the C library and shows nothing but MPI's names."""

import os
import pathlib
import re
import subprocess

import joulepath_runs as runs

# The loader and the parts of the C library; no C++ library, MPI or HDF5.
C_LIBRARY = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1"}


class Inert(runs.Case):
    def assert_inert(self, command, files=None):
        """The same with and without; nothing of ours comes to be, not even for a moment."""
        bare = self.run_program(command)
        made = self.contents()
        for name in made:
            (self.folder / name).unlink()
        preloaded = self.run_program(command, env={"LD_PRELOAD": runs.LIBRARY})
        self.assertEqual(preloaded, bare)
        self.assertEqual(self.contents(), made)
        self.assertEqual(files if files is not None else made, made)
        self.assertEqual(list(self.shm.iterdir()), [])
        self.assertEqual(self.recorders(), [])
        return preloaded

    def contents(self):
        return {path.name: path.read_text() for path in self.folder.iterdir()}

    def test_shell_with_pipe(self):
        outcome = self.assert_inert(["bash", "-c", "echo hi | tee f"], {"f": "hi\n"})
        self.assertEqual(outcome, runs.Outcome(0, "hi\n", ""))

    def test_exit_codes(self):
        self.assertEqual(self.assert_inert(["bash", "-c", "echo no >&2; exit 3"]).code, 3)
        self.assertEqual(self.assert_inert(["bash", "-c", "kill -9 $$"]).code, -9)

    def test_python_and_ls(self):
        self.assert_inert(["/usr/bin/python3", "-c", "import subprocess, threading\n"
                           "print(subprocess.run(['echo', 'x'], capture_output=True).stdout)"])
        self.assert_inert(["ls", "-l", "/usr/bin/env"])

    def test_program_without_mpi(self):
        plain = runs.PROGRAMS / "plain"
        self.assertTrue(plain.exists())
        self.assert_inert([plain])

    def test_static_program(self):
        runs.need("gcc")
        source = self.folder.with_suffix(".c")
        binary = self.folder.with_suffix(".static")
        self.addCleanup(source.unlink)
        source.write_text('#include <stdio.h>\nint main(void) { puts("static"); return 4; }\n')
        built = subprocess.run(["gcc", "-static", "-o", binary, source], capture_output=True)
        if built.returncode != 0:
            self.skipTest("this compiler cannot link statically")
        self.addCleanup(binary.unlink)
        self.assertEqual(self.assert_inert([binary]), runs.Outcome(4, "static\n", ""))

    def test_mpi_program_when_disabled(self):
        for mpi in runs.MPIS:
            with self.subTest(mpi=mpi):
                command = runs.mpi_command(mpi, 2, runs.program(mpi, "ring"))
                bare = self.run_program(command)
                off = self.run_program(command, env={"LD_PRELOAD": runs.LIBRARY,
                                                     "JOULEPATH_DISABLE": "1"})
                self.assertEqual(off, bare)
                self.assertEqual(list(self.shm.iterdir()), [])

    def test_default_shared_memory(self):
        """Without JOULEPATH_SHM_DIR; other runs of this user may be there meanwhile."""
        place = pathlib.Path(f"/dev/shm/joulepath-{os.geteuid()}")
        before = set(place.iterdir()) if place.exists() else set()
        outcome = self.run_program(["bash", "-c", "echo hi | tee f"], env={
            "LD_PRELOAD": runs.LIBRARY, "JOULEPATH_SHM_DIR": None,
            "JOULEPATH_SESSION": "inert-test"})
        self.assertEqual(outcome, runs.Outcome(0, "hi\n", ""))
        after = set(place.iterdir()) if place.exists() else set()
        self.assertNotIn("inert-test", {path.name for path in after - before})


class Library(runs.Case):
    def tool(self, *command):
        runs.need(command[0])
        outcome = self.run_program(command)
        self.assertEqual(outcome.code, 0, outcome.err)
        return outcome.out

    def test_needs_only_the_c_library(self):
        dynamic = self.tool("readelf", "-d", runs.LIBRARY)
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
        self.assertIn("libc.so.6", needed)
        needed = {name for name in needed if not name.startswith("ld-linux")}
        self.assertLessEqual(needed, C_LIBRARY)

    def test_exports_only_mpi(self):
        defined = self.tool("nm", "-D", "--defined-only", runs.LIBRARY)
        names = {line.split()[-1].split("@")[0] for line in defined.splitlines()}
        self.assertIn("MPI_Init", names)
        # Fortran 2008's mpi_x_f08_ and the like are in lower case.
        odd = {name for name in names
               if not re.fullmatch(r"(P?MPIX?_\w+|joulepath_\w+|ompt_start_tool|InitializeInjectionNvtx2|kokkosp_\w+|roctx\w+|p?mpi_\w+|P?MPI_\w+_)", name)}
        self.assertEqual(odd, set())


if __name__ == "__main__":
    runs.main()
