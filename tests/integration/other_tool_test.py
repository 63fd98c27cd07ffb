#!/usr/bin/env python3
"""Another PMPI tool in front of the shim or behind it: both see every call."""

import json

import joulepath_runs as runs

RANKS = 4
RING = json.loads((runs.PROGRAM_SOURCES / "expected.json").read_text())["ring"]
# The tool in front asks for its rank once more, through the shim like any caller.
RING_AND_TOOL = RING | {"MPI_Comm_rank": {"calls": 2 * RANKS, "bytes": 0}}
# What rank 0 of `ring` makes of the calls that the tool counts.
SAYS = f"other tool: 0 sends, {RING['MPI_Allreduce']['calls'] // RANKS} allreduces"


class OtherTool(runs.Case):
    def in_order(self, mpi, libraries, expected):
        """Preloaded in this order."""
        preload = ["-x", f"LD_PRELOAD={':'.join(libraries)}"] if mpi == "openmpi" else [
            "-genv", "LD_PRELOAD", ":".join(libraries)]
        outcome = self.run_program(runs.mpi_command(mpi, RANKS, runs.program(mpi, "ring"),
                                                    options=preload),
                                   env={"JOULEPATH_OUTPUT": self.trace})
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertEqual(outcome.err.splitlines(), [SAYS])
        runs.wait_until("the trace", lambda: not self.recorders() and self.trace.exists())
        self.assertEqual(runs.calls_and_bytes(self.report()), expected)

    def test_front_and_behind(self):
        for mpi in runs.MPIS:
            other = runs.program(mpi, "libothertool.so")
            for place, libraries, expected in (
                    ("front", (other, runs.LIBRARY), RING_AND_TOOL),
                    ("behind", (runs.LIBRARY, other), RING)):
                with self.subTest(mpi=mpi, other_tool=place):
                    self.trace = self.folder / f"{mpi}-{place}.h5"
                    self.in_order(mpi, libraries, expected)

    def test_preload_of_the_user_is_kept(self):
        """`joulepath run` where the user's environment preloads a tool already."""
        for mpi in runs.MPIS:
            with self.subTest(mpi=mpi):
                trace = self.folder / f"{mpi}-user.h5"
                command = runs.mpi_command(mpi, RANKS, runs.program(mpi, "ring"))
                outcome = self.record(command, trace=trace, env={
                    "LD_PRELOAD": runs.program(mpi, "libothertool.so")})
                self.assertEqual(outcome.code, 0, outcome.err)
                self.assertEqual(outcome.program_err(), [SAYS])
                self.assertEqual(runs.calls_and_bytes(self.report(trace)), RING)


if __name__ == "__main__":
    runs.main()
