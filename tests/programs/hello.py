#!/usr/bin/env python3
"""mpi4py: a collective, a message, and objects that mpi4py pickles. Needs exactly 4 ranks.

Of its MPI calls these are our own and known, summed over 4 ranks (calls / bytes):
MPI_Allreduce 20 / 160 (1 double), MPI_Barrier 4. mpi4py makes others of its own.
"""

from array import array

from mpi4py import MPI

comm = MPI.COMM_WORLD
rank, size = comm.Get_rank(), comm.Get_size()
total = array("d", [0.0])
for step in range(5):
    comm.Allreduce([array("d", [rank + step]), MPI.DOUBLE], [total, MPI.DOUBLE], op=MPI.SUM)
text = None
if rank == 0:
    comm.send({"greeting": "hello"}, dest=1, tag=3)
elif rank == 1:
    text = comm.recv(source=0, tag=3)["greeting"]
texts = comm.gather(text, root=0)
comm.Barrier()
if rank == 0:
    print(f"size {size}, total {total[0]:.1f}, rank 1 got {texts[1]}")
