"""The truth of a live run, from the log of the program that set the power (power_log.h) and
the moments at which its counter was updated (simulated_socket.c). Whole nanojoules."""

import bisect
import struct

HEADER = struct.Struct("=qq")
CHANGE = struct.Struct("=qqii")
MOST_CHANGES = 1 << 19
OUTSIDE_WATTS = 60


class PowerLog:
    BYTES = HEADER.size + MOST_CHANGES * CHANGE.size

    def __init__(self, log, updates):
        _, count = HEADER.unpack_from(log)
        assert 0 < count < MOST_CHANGES, "the log of changes is empty, or full"
        self.changes = [CHANGE.unpack_from(log, HEADER.size + at * CHANGE.size)
                        for at in range(count)]
        start, *rows = updates.splitlines()
        self._moments = {}
        for at, after, raw in (map(int, row.split()) for row in rows):
            assert raw not in self._moments, "two updates to one value"
            self._moments[raw] = (at, after)
        # Energy at each change since the counter's start, before which none is counted.
        self._times, self._watts, self._nj = [int(start)], [OUTSIDE_WATTS], [0]
        for at, _, watts, _ in self.changes:
            assert at > self._times[-1]
            self._nj.append(self._nj[-1] + self._watts[-1] * (at - self._times[-1]))
            self._times.append(at)
            self._watts.append(watts)

    def moment_of(self, raw):
        """The moment up to which the counter had counted when it showed this value."""
        return self._moments[raw][0]

    def delay_of(self, raw):
        """How long after that moment the value could be read, ns, at most."""
        at, after = self._moments[raw]
        return after - at

    def nj_until(self, moment):
        at = bisect.bisect_right(self._times, moment) - 1
        return self._nj[at] + self._watts[at] * (moment - self._times[at])

    def uj_until(self, moment):
        return self.nj_until(moment) // 1000

    def phase_j(self, phase, first, last):
        """(least, most) energy of a phase between two moments. The power changes at a moment,
        and the program says so to the recorder a little later: the phase ends in between."""
        least = most = 0
        outside = (last, last, 0, -1)
        for (at, booked, _, its_phase), (end, end_booked, _, _) in zip(
                self.changes, [*self.changes[1:], outside]):
            if its_phase != phase:
                continue
            first_at, last_at = max(at, first), min(end_booked, last)
            if first_at < last_at:
                most += self.nj_until(last_at) - self.nj_until(first_at)
            first_at, last_at = max(booked, first), min(end, last)
            if first_at < last_at:
                least += self.nj_until(last_at) - self.nj_until(first_at)
        return least / 1e9, most / 1e9
