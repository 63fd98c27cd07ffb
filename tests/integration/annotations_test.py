#!/usr/bin/env python3
"""Annotations that a program already has become phases, with nothing changed in it: Kokkos with
the real library, NVTX and ROCTX by their interfaces. Usage: annotations_test.py [Annotations|Kokkos]"""

import sys

import joulepath_runs as runs


class Case(runs.Case):
    def program(self, name):
        path = runs.PROGRAMS / name
        if not path.exists():
            self.skipTest(f"{name} was not built: what it needs is not installed")
        return path

    def phases(self, command, *options, env=None):
        """Bare and recorded with the same output; phases by name: times begun."""
        bare = self.run_program(command, env=env)
        self.assertEqual(bare.code, 0, bare.err)
        recorded = self.record(command, *options, env=env)
        self.assert_same_run(bare, recorded)
        return {row["name"]: row["instances"] for row in self.report()["phases"]
                if row["name"] != "(outside phases)"}


class Annotations(Case):
    def test_variables_of_the_launcher(self):
        """Set where the user has not, and only then."""
        names = "$NVTX_INJECTION64_PATH,$KOKKOS_TOOLS_LIBS,$KOKKOS_PROFILE_LIBRARY"
        command = ["sh", "-c", f"echo {names}"]
        library = self.run_program([runs.JOULEPATH, "preload"]).out.strip()
        self.assertEqual(self.record(command).out, f"{library},{library},\n")
        mine = {"NVTX_INJECTION64_PATH": "/mine", "KOKKOS_TOOLS_LIBS": "mine"}
        self.assertEqual(self.record(command, trace=self.folder / "2.h5", env=mine).out,
                         "/mine,mine,\n")
        old = {"KOKKOS_PROFILE_LIBRARY": "mine"}
        self.assertEqual(self.record(command, trace=self.folder / "3.h5", env=old).out,
                         f"{library},,mine\n")
        self.assertEqual(self.record([*command, "--kokkos-tools-libs=x"],
                                     trace=self.folder / "4.h5").out, f"{library},,\n")
        self.assertEqual(self.record(command, "--annotations", "none",
                                     trace=self.folder / "5.h5").out, ",,\n")

    def test_nvtx(self):
        phases = self.phases([self.program("ranges_nvtx")])
        self.assertEqual(phases, {
            "outer": 5, "outer/w\u00efde": 5, "registered": 3, "registered/plain": 3,
            "plain/after": 3, "plain": None, "A": 2, "A/B": 2, "B": None, "B/in B": 2, "far": 1,
            "at top": 1})

    def test_nvtx_turned_off(self):
        self.assertEqual(self.phases([self.program("ranges_nvtx")], "--annotations", "none"), {})

    def test_roctx(self):
        """The library behind us counts levels and ranges as it does without us."""
        phases = self.phases([self.program("ranges_roctx")])
        self.assertEqual(phases, {"outer": 4, "outer/inner": 4, "A": 1, "A/B": 1, "B": None})

    def test_roctx_turned_off(self):
        self.assertEqual(self.phases([self.program("ranges_roctx")], "--annotations", "nvtx"), {})


class Kokkos(Case):
    def test_kokkos(self):
        """Debian's Kokkos is older than KOKKOS_TOOLS_LIBS, newer ones know that alone."""
        library = self.run_program([runs.JOULEPATH, "preload"]).out.strip()
        command = [self.program("kokkos_regions")]
        phases = self.phases(command, env={"KOKKOS_PROFILE_LIBRARY": library})
        for name, count in {"step": 6, "step/fill": 6, "step/section": 6, "step/section/sum": 6,
                            "step/Kokkos deep copy": 6}.items():
            self.assertEqual(phases.get(name), count, phases)

    def test_kokkos_turned_off(self):
        library = self.run_program([runs.JOULEPATH, "preload"]).out.strip()
        self.assertEqual(self.phases([self.program("kokkos_regions")], "--annotations",
                                     "openmp,nvtx,roctx",
                                     env={"KOKKOS_PROFILE_LIBRARY": library}), {})


if __name__ == "__main__":
    runs.main()
