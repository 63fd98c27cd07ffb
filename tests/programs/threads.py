"""mpi4py and Python's own threads: 4 that hash outside of the interpreter's lock."""
import hashlib
import threading

from mpi4py import MPI

BLOCK = bytes(1 << 22)


def work(rounds):
    for _ in range(rounds):
        hashlib.sha256(BLOCK)


threads = [threading.Thread(target=work, args=(120 * (n + 1),)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
total = MPI.COMM_WORLD.allreduce(MPI.COMM_WORLD.rank + 1)
if MPI.COMM_WORLD.rank == 0:
    print("python threads", total)
