#!/usr/bin/env python3
"""Marks of collectives in a trace: the same ordinals on every rank, those and only those of
calls on MPI_COMM_WORLD in which nobody can leave early, on both MPIs and without event mode."""

import collections

import joulepath_runs as runs

RANKS = 4
KEPT = 64


def kept_of(calls):
    """The ordinals that a rank keeps of so many calls."""
    stride = 1
    while (calls - 1) // stride >= KEPT:
        stride *= 2
    return {*range(1, calls + 1, stride), calls}


class Marks:
    mpi = ""

    def marks(self, *program, ranks=RANKS, options=(), code=0):
        """{rank: {ordinal: (begin, end)}} of the ranks that have some, and what was printed."""
        self.trace.unlink(missing_ok=True)
        outcome = self.record(runs.mpi_command(self.mpi, ranks, *program), *options)
        if code is not None:
            self.assertEqual(outcome.code, code, outcome.err)
        found = collections.defaultdict(dict)
        with runs.need_module("h5py").File(self.trace, "r") as trace:
            node = trace["nodes/0"]
            of_rank = node["processes/rank"][:].tolist()
            columns = [node["marks"][name][:].tolist()
                       for name in ("process", "ordinal", "t_begin", "t_end")]
            for process, ordinal, begin, end in zip(*columns):
                self.assertNotIn(ordinal, found[process], "twice")
                found[process][ordinal] = (begin, end)
        for process, marks in found.items():
            self.assertIn(of_rank[process], range(ranks))
            for begin, end in marks.values():
                self.assertLess(begin, end)
        ranks_found = [of_rank[process] for process in found]
        self.assertEqual(sorted(set(ranks_found)), sorted(ranks_found))
        return {of_rank[process]: marks for process, marks in found.items()}, outcome

    def check_passages(self, found):
        """One node, one clock: nobody leaves before the last has come."""
        for ordinal in set.intersection(*(set(marks) for marks in found.values())):
            came = max(marks[ordinal][0] for marks in found.values())
            left = min(marks[ordinal][1] for marks in found.values())
            self.assertLess(came, left, ordinal)

    def test_which_calls(self):
        for options in ((), ("--events",)):
            with self.subTest(options=options):
                found, outcome = self.marks(runs.program(self.mpi, "marks"), 3, options=options)
                surely = {int(word) for word in outcome.out.split()}
                self.assertEqual(len(surely), 7)
                self.assertEqual({rank: set(marks) for rank, marks in found.items()},
                                 {rank: surely | {10, 11, 12} for rank in range(RANKS)})
                self.check_passages(found)

    def test_many_calls(self):
        """9 calls, of which one moves nothing and one fails, and 1500 barriers."""
        found, _ = self.marks(runs.program(self.mpi, "marks"), 1500)
        want = kept_of(1509)
        self.assertEqual(sorted(found), list(range(RANKS)))
        for rank, marks in found.items():
            self.assertLessEqual(want, set(marks), rank)
            self.assertEqual(max(marks), 1509)
            # A recorder that looked in between saw what was kept then.
            self.assertLess(len(marks), KEPT * 6)
        self.check_passages(found)

    def test_killed(self):
        found, _ = self.marks(runs.program(self.mpi, "marks"), 3, "k", code=None)
        self.assertEqual(set(found[1]), {1, 2, 4, 5, 6, 7, 8, 10, 11, 12})

    def test_fortran(self):
        """10 times MPI_Allreduce, MPI_Allgather in place, MPI_Barrier."""
        for name in ("usempi", "usef08"):
            with self.subTest(program=name):
                found, _ = self.marks(runs.program(self.mpi, name))
                self.assertEqual({rank: set(marks) for rank, marks in found.items()},
                                 {rank: set(range(1, 13)) for rank in range(RANKS)})
                self.check_passages(found)

    def test_spawned(self):
        """Two worlds: the marks are the first one's."""
        found, outcome = self.marks(runs.program(self.mpi, "spawn"), ranks=1, code=None)
        if outcome.code != 0:
            self.assertEqual(self.mpi, "mpich", outcome.err)  # Debian's 4.0.2 spawns nothing
        self.assertEqual({rank: set(marks) for rank, marks in found.items()}, {0: {1}})


class Openmpi(Marks, runs.Case):
    mpi = "openmpi"


class Mpich(Marks, runs.Case):
    mpi = "mpich"


if __name__ == "__main__":
    runs.main()
