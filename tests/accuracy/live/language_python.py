"""The rank written in Python: see Languages in live_test.py."""

import joulepath
from mpi4py import MPI

for _ in range(7):
    with joulepath.phase("shared"):
        pass
for _ in range(8):
    with joulepath.phase("python"):
        for _ in range(2):
            with joulepath.phase("inner"):
                pass
MPI.COMM_WORLD.Barrier()
