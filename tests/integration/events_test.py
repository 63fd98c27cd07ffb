#!/usr/bin/env python3
"""Event mode on real programs: every call an event, causes of waits whose lengths are known,
messages as arrows, filters. Usage: events_test.py [Openmpi|Mpich|Options]"""

import collections
import json
import pathlib
import sys

import joulepath_runs as runs

EXPECTED = json.loads((runs.PROGRAM_SOURCES / "expected.json").read_text())
MESSAGES = 1 + 1 + 2 + 1 + 4 * 100 + 2  # of tests/programs/events.c
# (rank, function, cause, for whom, at least s): the other side slept so long.
KNOWN_WAITS = [
    (1, "MPI_Recv", "late sender", 0, 0.080), (2, "MPI_Wait", "late sender", 3, 0.120),
    (3, "MPI_Waitall", "late sender", 0, 0.160), (0, "MPI_Bcast", "collective", 1, 0.100),
    (2, "MPI_Bcast", "collective", 1, 0.100), (3, "MPI_Bcast", "collective", 1, 0.100),
    (0, "MPI_Ssend", "late receiver", 2, 0.060)]
POLLS = -5  # as a peer
# What the sleeper and the one that waits may leave their barrier apart where cores are few.
LEFT_APART_S = 0.040


class Trace:
    """The events of a trace."""

    def __init__(self, path):
        h5py = runs.need_module("h5py")
        with h5py.File(path) as file:
            self.attributes = dict(file["nodes/0"].attrs)
            names = [name.decode() for name in file["functions/name"][:]]
            node = file["nodes/0"]
            self.events = {name: node["events"][name][:] for name in node["events"]}
            functions = node["cells/function"][:]
            self.functions = [names[functions[cell]] for cell in self.events["cell"]]
            # Polls in a row that found nothing are one event, which tells how many.
            self.calls = [int(count) if peer == POLLS else 1 for peer, count in zip(
                self.events["peer"], self.events["bytes"])]
            self.items = node["event_items/event"].shape[0]
            self.bytes_on_disk = sum(
                node[table][name].id.get_storage_size()
                for table in ("events", "event_items") for name in node[table])

    def counts(self):
        counts = collections.Counter()
        for function, calls in zip(self.functions, self.calls):
            counts[function] += calls
        counts.pop("(compute)", None)  # changes of phases
        return counts


def messages_of(timeline):
    """[(sender, begin us), (receiver, end us)] of each arrow."""
    starts = {row["id"]: row for row in timeline if row["ph"] == "s"}
    ends = {row["id"]: row for row in timeline if row["ph"] == "f"}
    assert starts.keys() == ends.keys()
    return [(starts[number], ends[number]) for number in starts]


class EventCase(runs.Case):
    mpi = None

    def record_same(self, name, ranks=4, *options):
        command = runs.mpi_command(self.mpi, ranks, runs.program(self.mpi, name))
        bare = self.run_program(command)
        recorded = self.record(command, "--events", *options)
        self.assert_same_run(bare, recorded)
        return self.report()

    def test_every_call_is_an_event(self):
        for name in ("ring", "persistent", "inplace", "mpiio", "rma", "polls"):
            with self.subTest(name):
                self.trace = self.folder / f"{name}.h5"
                report = self.record_same(name)
                counts = Trace(self.trace).counts()
                self.assertEqual({key: row["calls"] for key, row in EXPECTED[name].items()},
                                 dict(counts))
                self.assertEqual(report["waits"]["dropped"], 0)
                self.assertEqual(sum(counts.values()), report["waits"]["events"])

    def test_polls_in_a_row_are_one_event(self):
        self.record_same("polls")
        trace = Trace(self.trace)
        rows = collections.Counter(trace.functions)
        for function in ("MPI_Iprobe", "MPI_Test", "MPI_Testall", "MPI_Testany", "MPI_Testsome"):
            self.assertLess(rows[function], EXPECTED["polls"][function]["calls"] / 20, function)
        output = self.folder / "timeline.json"
        self.run_program([runs.JOULEPATH, "export", "-o", output, self.trace])
        polls = [row["args"]["polls"] for row in json.loads(output.read_text())["traceEvents"]
                 if row["ph"] == "X" and "polls" in row["args"]]
        self.assertEqual(sum(polls), sum(calls for calls in trace.calls if calls > 1))

    def test_eight_threads_at_once(self):
        self.record_same("threads")
        trace = Trace(self.trace)
        self.assertEqual({key: row["calls"] for key, row in EXPECTED["threads"].items()},
                         dict(trace.counts()))
        last = {}
        for lane, begin, ns in zip(trace.events["lane"], trace.events["t_begin"],
                                   trace.events["ns"]):
            self.assertGreaterEqual(begin, last.get(lane, 0))
            last[lane] = begin + int(ns)

    def test_waits_have_their_causes(self):
        waits = self.record_same("events")["waits"]
        self.assertIsNone(waits["reason"])
        for rank, function, cause, for_rank, slept_s in KNOWN_WAITS:
            with self.subTest(function=function, rank=rank):
                found = [row for row in waits["longest"]
                         if (row["rank"], row["name"], row["cause"], row["for_rank"]) ==
                         (rank, function, cause, for_rank)]
                longest = max((row["wait_s"]["value"] for row in found), default=0)
                self.assertGreater(longest, slept_s - LEFT_APART_S, waits["longest"])
        unmatched = [row["name"] for row in waits["functions"] if row["cause"] == "not matched"]
        self.assertLessEqual(set(unmatched), {"MPI_Comm_free"})
        for row in waits["functions"] + waits["ranks"]:
            wait = row["wait_s"]
            self.assertTrue(0 <= wait["lo"] <= wait["value"] <= wait["hi"], row)

    def test_timeline(self):
        self.record_same("events")
        output = self.folder / "timeline.json"
        exported = self.run_program([runs.JOULEPATH, "export", "-o", output, self.trace])
        self.assertEqual(exported.code, 0, exported.err)
        timeline = json.loads(output.read_text())["traceEvents"]
        calls = [row for row in timeline if row["ph"] == "X" and row["cat"] == "MPI"]
        self.assertEqual(len(calls), sum(Trace(self.trace).counts().values()))
        self.assertEqual({row["pid"] for row in calls}, {0, 1, 2, 3})
        messages = messages_of(timeline)
        self.assertEqual(len(messages), MESSAGES)
        for start, end in messages:
            self.assertLess(start["ts"], end["ts"], "a message was seen before it was sent")
        arrows = collections.Counter((start["pid"], end["pid"]) for start, end in messages)
        self.assertEqual(arrows[0, 1], 101)
        self.assertEqual(arrows[3, 2], 1)
        self.assertEqual(arrows[0, 3], 1)
        self.assertEqual((arrows[0, 2], arrows[1, 3]), (2, 2))
        self.assertTrue([row for row in timeline if row["ph"] == "C" and row["args"]["W"] > 0])

    def test_phases_in_the_timeline(self):
        self.record_same("phases", 2)
        output = self.folder / "timeline.json"
        self.run_program([runs.JOULEPATH, "export", "-o", output, self.trace])
        rows = [row for row in json.loads(output.read_text())["traceEvents"]
                if row["ph"] == "X" and row["cat"] == "phase" and row["pid"] == 0]
        count = collections.Counter(row["name"] for row in rows)
        self.assertEqual(count["solve"], 10)
        solve = [row for row in rows if row["name"] == "solve"]
        for row in (row for row in rows if row["name"] == "setup"):
            self.assertLessEqual(row["ts"] + row["dur"], min(each["ts"] for each in solve))

    def test_size_on_disk(self):
        """Twelve bytes an event, of a trace that is long enough for its compression to tell."""
        self.record_same("ring_long", 2)
        trace = Trace(self.trace)
        events = len(trace.functions)
        self.assertGreater(events, 100_000)
        self.assertLessEqual(trace.bytes_on_disk / events, 12)

    def test_events_up_to_a_kill(self):
        command = runs.mpi_command(self.mpi, 4, runs.program(self.mpi, "kill_self"))
        bare = self.run_program(command)
        recorded = self.record(command, "--events")
        self.assertEqual(recorded.code, bare.code)
        self.assertGreater(self.report()["waits"]["events"], 4)


class Openmpi(EventCase):
    mpi = "openmpi"


class Mpich(EventCase):
    mpi = "mpich"


class Options(runs.Case):
    """Filters, and what is wrong."""

    def recorded(self, *options):
        recorded = self.record(runs.mpi_command(self.mpi, 4, runs.program(self.mpi, "ring")),
                               *options)
        self.assertEqual(recorded.code, 0, recorded.err)
        return Trace(self.trace).counts()

    def setUp(self):
        super().setUp()
        self.mpi = next((mpi for mpi in runs.MPIS if (runs.PROGRAMS / mpi / "ring").exists()), None)
        if self.mpi is None:
            runs.need("mpicc.openmpi")

    def test_functions(self):
        self.assertEqual(set(self.recorded("--events", "--event-functions",
                                           "MPI_Isend,MPI_Allreduce")),
                         {"MPI_Isend", "MPI_Allreduce"})
        waits = self.report()["waits"]
        self.assertIn("filter", waits["reason"])
        self.assertEqual(waits["events"] + waits["filtered_out"],
                         sum(row["calls"] for row in EXPECTED["ring"].values()))

    def test_all_but_one_function(self):
        counts = self.recorded("--events", "--event-functions", "!MPI_Sendrecv")
        self.assertNotIn("MPI_Sendrecv", counts)
        self.assertEqual(counts["MPI_Isend"], 200)

    def test_least_duration(self):
        self.recorded("--events", "--event-min", "20us")
        trace = Trace(self.trace)
        lengths = [ns for ns, name in zip(trace.events["ns"], trace.functions)
                   if name != "(compute)"]
        self.assertTrue(lengths)
        self.assertGreaterEqual(min(lengths), 20_000)

    def test_phases(self):
        command = runs.mpi_command(self.mpi, 2, runs.program(self.mpi, "phases"))
        recorded = self.record(command, "--events", "--event-phases", "solve")
        self.assertEqual(recorded.code, 0, recorded.err)
        h5py = runs.need_module("h5py")
        with h5py.File(self.trace) as file:
            phases = [name.decode() for name in file["phases/name"][:]]
            cells = file["nodes/0/cells"]
            of_cell = list(zip(cells["phase"][:], cells["function"][:]))
            seen = {phases[of_cell[cell][0]] for cell in file["nodes/0/events/cell"][:]
                    if of_cell[cell][1] != 0}
        self.assertTrue(seen)
        self.assertTrue(all(name == "solve" or name.startswith("solve/") for name in seen), seen)

    def test_without_event_mode_there_are_no_tables(self):
        command = runs.mpi_command(self.mpi, 2, runs.program(self.mpi, "phases"))
        self.record(command)
        h5py = runs.need_module("h5py")
        with h5py.File(self.trace) as file:
            self.assertEqual(file["nodes/0"].attrs["events"], 0)
            self.assertNotIn("events", file["nodes/0"])
        self.assertIsNone(self.report()["waits"])
        timeline = self.folder / "x.json"
        exported = self.run_program([runs.JOULEPATH, "export", "-o", timeline, self.trace])
        self.assertEqual(exported.code, 0, exported.err)
        self.assertIn("recorded without --events", exported.err)
        kinds = {event["ph"] for event in json.loads(timeline.read_text())["traceEvents"]}
        self.assertEqual(kinds, {"M", "C"}, "names, and power")

    def test_bad_settings(self):
        command = ["true"]
        self.assert_fails(self.record(command, "--events", "--event-functions", "MPI_Sned"),
                          runs.USAGE, "MPI_Sned")
        self.assert_fails(self.record(command, "--events", "--event-min", "10"), runs.USAGE,
                          "event-min")
        self.assert_fails(self.record(command, env={"JOULEPATH_EVENTS": "yes"}), runs.USAGE,
                          "JOULEPATH_EVENTS")

    def test_output_that_is_there_is_kept(self):
        self.recorded("--events")
        output = self.folder / "kept.json"
        output.write_text("mine")
        self.assert_fails(self.run_program([runs.JOULEPATH, "export", "-o", output, self.trace]),
                          runs.CONFLICT, "exists already")
        self.assertEqual(pathlib.Path(output).read_text(), "mine")


if __name__ == "__main__":
    sys.exit(runs.main())
