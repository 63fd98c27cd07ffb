"""Where every joule of a run went, from what the program booked (board.h) and what the chips
counted (chips.c). Energies in nJ inside, integers: power in W times ns; J outside.

A thread's truth is the dynamic energy it booked and an equal part, with the other threads of
its rank, of what the rank's chips draw besides: the static power of its socket, and its GPU.
That is a definition, that of docs/accuracy.md. Where the program cannot say exactly when a phase
began for the recorder, the truth is two numbers, the least and the most.
"""

import array
import bisect

# As in board.h and hybrid.c.
RANKS, THREADS, MOST_STAYS, MOST_KERNELS = 2, 4, 16384, 8192
PHASES = ("stencil", "pack", "exchange", "offload")
STATIC_WATTS, GPU_IDLE_WATTS = 40, 35
WORK_WATTS = {"stencil": 120, "pack": 60}
OF_THREAD = len(PHASES) + 2 + 3 * MOST_STAYS
FACTS = 9  # of a rank, before its kernels
OF_RANK = FACTS + 3 * MOST_KERNELS + THREADS * OF_THREAD
BOARD_BYTES = 8 * RANKS * OF_RANK
# Chips as chips.c numbers them.
CHIPS = ("powercap:intel-rapl:1", "powercap:intel-rapl:0", "nvml:GPU-a", "nvml:GPU-b")
NAMES = ("socket 0", "socket 1", "GPU a", "GPU b")
RANK_OF_CHIP = (0, 1, 1, 0)
NJ_PER_UNIT = (1000, 1000, 1_000_000, 1_000_000)
NJ_PER_J = 1e9


class Chip:
    """What a chip had used at each of its updates, and what it showed then."""

    def __init__(self, rows):
        self.at, self.after, self.raw, self.nj = [], [], [], []
        for at, after, raw, nj in rows:
            if self.raw and self.raw[-1] == raw:
                continue  # nothing new was shown
            for column, value in ((self.at, at), (self.after, after), (self.raw, raw),
                                  (self.nj, nj)):
                column.append(value)
        self._by_raw = {raw: index for index, raw in enumerate(self.raw)}
        assert len(self._by_raw) == len(self.raw), "a value was shown twice"

    def index_of(self, raw):
        """The update that showed this value: each has its own."""
        return self._by_raw[raw]

    def nj_between(self, first_raw, last_raw):
        return self.nj[self.index_of(last_raw)] - self.nj[self.index_of(first_raw)]

    def watts(self, first_ns, last_ns):
        """Mean power between the updates next to these moments: (first, last, W)."""
        first = max(bisect.bisect_right(self.at, first_ns) - 1, 0)
        last = max(bisect.bisect_right(self.at, last_ns) - 1, first + 1)
        length = self.at[last] - self.at[first]
        return self.at[first], self.at[last], (self.nj[last] - self.nj[first]) / length


class Rank:
    def __init__(self, words):
        (self.init, self.region, self.workers, self.finalize, left_main, self.pid, self.gone,
         in_mpi, kernels) = words[:FACTS]
        assert 0 < self.init < self.region < self.workers < self.finalize < left_main < self.gone
        assert in_mpi == 0
        self.kernels = [tuple(words[FACTS + 3 * at:FACTS + 3 * at + 3]) for at in range(kernels)]
        self.tids, self.nj, self.stays = [], [], []  # by thread
        for thread in range(THREADS):
            start = FACTS + 3 * MOST_KERNELS + thread * OF_THREAD
            own = words[start:start + OF_THREAD]
            self.nj.append(list(own[:len(PHASES)]))
            tid, count, *rows = own[len(PHASES):]
            self.tids.append(tid)
            self.stays.append([tuple(rows[3 * at:3 * at + 3]) for at in range(count)])

    def seen_until(self, moment):
        """A rank ends for the recorder when that is told that its process has gone: on a busy
        machine some ms after it has. What its socket draws meanwhile is the rank's or nobody's."""
        self.gone = max(self.gone, moment)

    def booked_nj(self):
        return sum(map(sum, self.nj))

    def cpu_s(self, thread):
        """CPU time of its work, without the first thread's waiting for kernels."""
        own = sum(self.nj[thread][PHASES.index(name)] / watts
                  for name, watts in WORK_WATTS.items() if thread > 0 or name == "pack")
        return own / 1e9

    def gpu_nj(self, first, last):
        nj = GPU_IDLE_WATTS * (last - first)
        for begin, end, watts in self.kernels:
            nj += watts * max(min(end, last) - max(begin, first), 0)
        return nj

    def shared_nj(self, first, last, gpu):
        """What threads share alike."""
        return STATIC_WATTS * (last - first) + (self.gpu_nj(first, last) if gpu else 0)

    def thread_j(self, thread, gpu):
        def share(workers_from, end):
            shared = self.shared_nj(workers_from, end, gpu) // THREADS
            alone = self.shared_nj(self.init, workers_from, gpu) if thread == 0 else 0
            return (sum(self.nj[thread]) + shared + alone) / NJ_PER_J
        ends = [share(*times) for times in ((self.region, self.finalize), (self.region, self.gone),
                                            (self.workers, self.finalize),
                                            (self.workers, self.gone))]
        return min(ends), max(ends)

    def rank_j(self, gpu):
        return tuple((self.booked_nj() + self.shared_nj(self.init, end, gpu)) / NJ_PER_J
                     for end in (self.finalize, self.gone))

    def phase_j(self, phase, gpu):
        least = most = 0
        for nj, stays in zip(self.nj, self.stays):
            least += nj[phase]
            most += nj[phase]
            for (which, before, after), (_, end_before, end_after) in zip(stays, stays[1:]):
                if which != phase:
                    continue
                if after < end_before:
                    least += self.shared_nj(after, end_before, gpu) // THREADS
                most += self.shared_nj(before, end_after, gpu) // THREADS
        return least / NJ_PER_J, most / NJ_PER_J

    def phase_s(self, phase):
        """(least, most) time of all threads in it."""
        least = most = 0
        for stays in self.stays:
            for (which, before, after), (_, end_before, end_after) in zip(stays, stays[1:]):
                if which == phase:
                    least += end_before - after
                    most += end_after - before
        return least / 1e9, most / 1e9

    def visits(self, thread=0):
        """(phase, begin, end) of a thread; phase -1: outside."""
        return [(which, before, end) for (which, before, _), (_, end, _) in
                zip(self.stays[thread], self.stays[thread][1:])]


class Truth:
    def __init__(self, board, updates):
        words = array.array("q", board)
        self.ranks = [Rank(words[rank * OF_RANK:(rank + 1) * OF_RANK]) for rank in range(RANKS)]
        rows = [tuple(map(int, line.split())) for line in updates.splitlines()]
        self.chips = {name: Chip(row[1:] for row in rows if row[0] == number)
                      for number, name in enumerate(CHIPS)}

    def books_nj(self, number, first, last):
        """What the books say that a chip used between two moments of its updates, both of
        them outside all phases: the same as it counted, reckoned in another way."""
        rank = self.ranks[RANK_OF_CHIP[number]]
        if number >= RANKS:
            return rank.gpu_nj(first, last)
        return STATIC_WATTS * (last - first) + rank.booked_nj()

    def phase_j(self, name, gpu=True):
        parts = [rank.phase_j(PHASES.index(name), gpu) for rank in self.ranks]
        return tuple(map(sum, zip(*parts)))

    def phase_s(self, name):
        parts = [rank.phase_s(PHASES.index(name)) for rank in self.ranks]
        return tuple(map(sum, zip(*parts)))

    def rank_j(self, rank, gpu=True):
        return self.ranks[rank].rank_j(gpu)

    def thread_j(self, rank, thread, gpu=True):
        return self.ranks[rank].thread_j(thread, gpu)
