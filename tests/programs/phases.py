"""Phases of a Python program: "mpi" with mpi4py, else without MPI. PYTHONPATH finds joulepath."""

import sys
import threading

import joulepath


@joulepath.phase("outer")
def work():
    for _ in range(5):
        with joulepath.phase("inner"):
            pass


def main():
    comm = None
    if "mpi" in sys.argv:
        from mpi4py import MPI
        comm = MPI.COMM_WORLD
    with joulepath.Meter() as meter:
        for _ in range(4):
            work()
        if comm is not None:
            with joulepath.phase("reduce"):
                comm.allreduce(1)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    try:
        with joulepath.phase("raises"):
            raise KeyError("as it should")
    except KeyError:
        pass
    energy = meter.energy
    assert (energy.value is None) == bool(energy.reason), energy
    assert energy.value is None or 0 <= energy.lo <= energy.value <= energy.hi, energy
    if "needs-energy" in sys.argv:
        assert energy.value is not None, energy
    if comm is None or comm.rank == 0:
        print("done")


if __name__ == "__main__":
    main()
