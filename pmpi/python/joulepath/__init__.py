"""Joulepath's region API: names the phases of a Python program, and measures joules.

    import joulepath

    with joulepath.phase("solve"):
        ...

    @joulepath.phase("assemble")
    def assemble(): ...

    with joulepath.Meter() as meter:
        ...
    print(meter.energy)          # joules with bounds, or why not

Everything is without effect, and no error, where the program is not recorded: run it under
`joulepath run -- python3 program.py` (or mpirun). It needs nothing but the standard library,
and works with and without MPI. Phases belong to the thread that begins them.
"""

from joulepath._meter import NODE, OWN, Energy, Meter, energy, socket
from joulepath._phase import phase

__all__ = ["NODE", "OWN", "Energy", "Meter", "energy", "phase", "socket"]
