#!/usr/bin/env python3
"""Real programs as Debian has them: LAMMPS, HPCC and mpi4py, all built for Open MPI.
Debian has none of them for MPICH. Usage: real_programs_test.py [Lammps|Hpcc|Mpi4py]"""

import re

import joulepath_runs as runs

LJ_MELT = """
units lj
atom_style atomic
lattice fcc 0.8442
region box block 0 16 0 16 0 16
create_box 1 box
create_atoms 1 box
mass 1 1.0
velocity all create 3.0 87287 loop geom
pair_style lj/cut 2.5
pair_coeff 1 1 1.0 1.0 2.5
neighbor 0.3 bin
neigh_modify every 20 delay 0 check no
fix 1 all nve
thermo 20
run 100
"""

# HPCC's input by lines (its README): one small problem on a grid of 1 x 2 processes.
HPCC_INPUT = """HPLinpack benchmark input file
Innovative Computing Laboratory, University of Tennessee
HPL.out      output file name (if any)
8            device out (6=stdout,7=stderr,file)
1            # of problems sizes (N)
200          Ns
1            # of NBs
40           NBs
0            PMAP process mapping (0=Row-,1=Column-major)
1            # of process grids (P x Q)
1            Ps
2            Qs
16.0         threshold
1            # of panel fact
2            PFACTs (0=left, 1=Crout, 2=Right)
1            # of recursive stopping criterium
4            NBMINs (>= 1)
1            # of panels in recursion
2            NDIVs
1            # of recursive panel fact.
1            RFACTs (0=left, 1=Crout, 2=Right)
1            # of broadcast
1            BCASTs (0=1rg,1=1rM,2=2rg,3=2rM,4=Lng,5=LnM)
1            # of lookahead depth
1            DEPTHs (>=0)
2            SWAP (0=bin-exch,1=long,2=mix)
64           swapping threshold
0            L1 in (0=transposed,1=no-transposed) form
0            U  in (0=transposed,1=no-transposed) form
1            Equilibration (0=no,1=yes)
8            memory alignment in double (> 0)
##### This line (no. 32) is ignored (it serves as a separator). ######
0            Number of additional problem sizes for PTRANS
1200         values of N
0            number of additional blocking sizes for PTRANS
40           values of NB
"""

MPI4PY_SCRIPT = """
from array import array
from mpi4py import MPI
comm = MPI.COMM_WORLD
rank, size = comm.Get_rank(), comm.Get_size()
total, got = array("d", [0.0] * 100), array("i", [0] * 1000)
for step in range(50):
    comm.Allreduce(array("d", [rank + step] * 100), total)
    received = comm.Irecv(got, source=(rank - 1) % size, tag=step)
    sent = comm.Isend(array("i", [rank] * 1000), dest=(rank + 1) % size, tag=step)
    MPI.Request.Waitall([received, sent])
texts = comm.gather(f"{rank}: {total[99]} {got[999]}")
if rank == 0:
    print("\\n".join(texts))
"""


class RealProgram(runs.Case):
    def setUp(self):
        runs.need("mpirun.openmpi")
        super().setUp()

    def functions(self, ranks):
        """The MPI functions of the trace, after what every run must show."""
        report = self.report()
        self.assertTrue(report["health"]["complete"])
        self.assertEqual(report["mpi"][:8], "Open MPI")
        self.assertEqual([row["rank"] for row in report["ranks"]], list(range(ranks)))
        self.assertGreater(report["energy_j"]["value"], 0)
        for row in report["functions"]:
            self.assertGreater(row["calls"], 0, row["name"])
        return {row["name"]: row for row in report["functions"]}


class Lammps(RealProgram):
    def thermo(self, outcome):
        """The table of physics in the output; the rest is times."""
        table = re.search(r"^ *Step +Temp.*?(?=^Loop time)", outcome.out, re.M | re.S)
        self.assertIsNotNone(table, outcome.out + outcome.err)
        return [line.split() for line in table.group(0).splitlines()]

    def test_lj_melt(self):
        runs.need("lmp")
        (self.folder / "in.melt").write_text(LJ_MELT)
        command = runs.mpi_command("openmpi", 2, "lmp", "-in", "in.melt", "-log", "none")
        bare, recorded = self.run_program(command), self.record(command)
        self.assertEqual((bare.code, recorded.code), (0, 0), bare.err + recorded.err)
        self.assertEqual(recorded.program_err(), bare.program_err())
        self.assertGreater(len(self.thermo(bare)), 5)
        self.assertEqual(self.thermo(recorded), self.thermo(bare))
        functions = self.functions(ranks=2)
        for name in ("MPI_Init", "MPI_Allreduce", "MPI_Finalize"):
            self.assertIn(name, functions)
        sent = [functions[name]["bytes"] for name in ("MPI_Send", "MPI_Sendrecv")
                if name in functions]
        self.assertGreater(sum(sent), 100_000, "ghost atoms cross the boundary")


class Hpcc(RealProgram):
    def test_small(self):
        runs.need("hpcc")
        (self.folder / "hpccinf.txt").write_text(HPCC_INPUT)
        recorded = self.record(runs.mpi_command("openmpi", 2, "hpcc"))
        self.assertEqual((recorded.code, recorded.out), (0, ""), recorded.err)
        result = (self.folder / "hpccoutf.txt").read_text()
        self.assertIn("\nSuccess=1\n", result)
        self.assertIn("End of HPC Challenge tests", result)
        functions = self.functions(ranks=2)
        for name in ("MPI_Send", "MPI_Recv", "MPI_Allreduce", "MPI_Bcast", "MPI_Barrier"):
            self.assertIn(name, functions)


class Mpi4py(RealProgram):
    def setUp(self):
        runs.need("/usr/bin/python3")
        super().setUp()
        probe = self.run_program(["/usr/bin/python3", "-c", "import mpi4py"])
        if probe.code != 0:
            self.skipTest("mpi4py is not installed for /usr/bin/python3")

    def test_script(self):
        script = self.folder / "script.py"
        script.write_text(MPI4PY_SCRIPT)
        command = runs.mpi_command("openmpi", 2, "/usr/bin/python3", script)
        bare = self.run_program(command)
        self.assertEqual(bare.code, 0, bare.err)
        self.assert_same_run(bare, self.record(command))
        functions = self.functions(ranks=2)
        ours = {name: (functions[name]["calls"], functions[name]["bytes"])
                for name in ("MPI_Allreduce", "MPI_Isend", "MPI_Irecv")}
        self.assertEqual(ours, {"MPI_Allreduce": (100, 80_000), "MPI_Isend": (100, 400_000),
                                "MPI_Irecv": (100, 400_000)})


if __name__ == "__main__":
    runs.main()
