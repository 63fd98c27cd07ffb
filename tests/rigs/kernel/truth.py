"""What joulesim_msr counts, by its own definition, and what a trace says it counted."""

import h5py

NS = 10**9


def on_ns(t_ns):
    """Time before `t_ns` in seconds with an odd number."""
    whole, part = divmod(t_ns, 2 * NS)
    return whole * NS + max(0, part - NS)


class Power:
    """Of package `package` (0, 1): see the head of modules/joulesim_msr.c."""

    def __init__(self, milliwatts, square_milliwatts=0, package=0):
        self.milliwatts = milliwatts * (package + 1)
        self.square_milliwatts = square_milliwatts * (package + 1)

    def joules(self, begin_ns, end_ns):
        steady = self.milliwatts * (end_ns - begin_ns)
        square = self.square_milliwatts * (on_ns(end_ns) - on_ns(begin_ns))
        return (steady + square) / NS / 1000


class Trace:
    """The readings of a trace, by sensor id."""

    def __init__(self, path):
        with h5py.File(path, "r") as trace:
            node = trace["nodes/0"]
            table = {key: node["sensors"][key][:] for key in
                     ("id", "si_per_unit", "modulus", "counted")}
            columns = [node["samples"][key][:].tolist()
                       for key in ("sensor", "t_lo", "t_hi", "raw")]
        # The last row with a key holds; rows of one sensor differ in what is measured only.
        names = [name.decode() for name in table["id"]]
        self.joules_per_unit = dict(zip(names, table["si_per_unit"].tolist()))
        self.modulus = dict(zip(names, table["modulus"].tolist()))
        self.counted = {name for name, counted in zip(names, table["counted"]) if counted}
        self.readings = {name: [] for name in names}
        for sensor, t_lo, t_hi, raw in zip(*columns):
            self.readings[names[sensor]].append(((t_lo + t_hi) // 2, raw))

    def window(self, sensor, begin_ns=0, end_ns=1 << 62):
        """(first time, last time, joules, wraps) of the readings within a time."""
        inside = [reading for reading in self.readings[sensor] if begin_ns <= reading[0] <= end_ns]
        units = wraps = 0
        for (_, before), (_, after) in zip(inside, inside[1:]):
            if after < before:
                if self.modulus[sensor] == 0:
                    raise AssertionError(f"{sensor} went backward")
                units += self.modulus[sensor]
                wraps += 1
            units += after - before
        return inside[0][0], inside[-1][0], units * self.joules_per_unit[sensor], wraps
