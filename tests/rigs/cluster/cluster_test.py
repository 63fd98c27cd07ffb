#!/usr/bin/env python3
"""Runs over several nodes, which cluster.py makes on this machine: the energy of each node
against its truth, ranks on their nodes, one recorder a node, and a node that dies."""

import collections
import json
import os
import pathlib
import re
import subprocess
import threading

import cluster
import events_test
import real_programs_test
from cluster import runs

TOLERANCE = 0.005
NS_PER_S = 10**9
LJ_MELT = real_programs_test.LJ_MELT.replace("run 100", "run 400")


class Census(threading.Thread):
    """Counts the recorders of each node, as often as /proc can be read, until stopped."""

    def __init__(self, nodes):
        super().__init__()
        self.nodes = nodes
        self.seen = collections.defaultdict(set)
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.1):
            for name, pids in self.nodes.recorders().items():
                self.seen[name].update(pids)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def by_node(self):
        return {name: len(pids) for name, pids in self.seen.items()}


class ClusterCase(cluster.Case):
    def ranks_by_node(self, report):
        found = collections.defaultdict(list)
        for row in report["ranks"]:
            found[row["node"]].append(row["rank"])
        return {name: sorted(ranks) for name, ranks in found.items()}

    def check_energy(self, report, nodes):
        """Each node's joules, from its counter's first reading to the last."""
        energies = {node["node"]: node["energy_j"]["value"] for node in report["nodes"]}
        self.assertEqual(sorted(energies), sorted(nodes))
        with runs.need_module("h5py").File(self.trace, "r") as trace:
            for node in trace["nodes"].values():
                name = node.attrs["hostname"]
                name = name.decode() if isinstance(name, bytes) else name
                samples = node["samples"]
                window_ns = (int(samples["t_lo"][-1]) + int(samples["t_hi"][-1]) -
                             int(samples["t_lo"][0]) - int(samples["t_hi"][0])) // 2
                self.assertGreater(window_ns, NS_PER_S)
                true_j = self.cluster.truth(name)["power_uw"] * window_ns / NS_PER_S / 1e6
                self.assertAlmostEqual(energies[name], true_j, delta=TOLERANCE * true_j, msg=name)
        self.assertAlmostEqual(report["energy_j"]["value"], sum(energies.values()), places=6)


class Energy(ClusterCase):
    """LAMMPS on nodes of 100, 200, 300 and 400 W, each with a clock of its own."""

    later_s = (0, 5000, 100, 70000)

    def test_lammps(self):
        runs.need("lmp")
        (self.folder / "in.melt").write_text(LJ_MELT)
        command = self.cluster.mpirun(4, "lmp", "-in", self.folder / "in.melt", "-log", "none")
        with Census(self.cluster) as census:
            outcome = self.record_on_first(command, timeout=120)
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertIn("Loop time", outcome.out)
        self.assertEqual(census.by_node(), {name: 1 for name in self.cluster.nodes})
        report = self.report()
        self.assertEqual(self.ranks_by_node(report), {
            f"node{n}": list(range(4 * n, 4 * n + 4)) for n in range(4)})
        self.check_energy(report, list(self.cluster.nodes))


class ManyRanks(ClusterCase):
    def test_32_ranks_a_node(self):
        command = self.cluster.mpirun(32, runs.program("openmpi", "busy"), 2,
                                      options=["--map-by", "node"])
        with Census(self.cluster) as census:
            outcome = self.record_on_first(command, timeout=180)
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertEqual(census.by_node(), {name: 1 for name in self.cluster.nodes})
        report = self.report()
        self.assertEqual(self.ranks_by_node(report), {
            f"node{n}": list(range(n, 128, 4)) for n in range(4)})
        self.check_energy(report, list(self.cluster.nodes))


class NodeDies(ClusterCase):
    def test_in_the_middle(self):
        self.dies("whole")

    def test_in_the_middle_of_a_master(self):
        self.dies("master")
        with runs.need_module("h5py").File(self.trace, "r") as trace:
            links = [node.get("ticks", getlink=True) for node in trace["nodes"].values()]
        linked = [link.filename for link in links if hasattr(link, "filename")]
        self.assertEqual(linked, [f"t.h5.parts/node-node{n}.h5" for n in range(3)])

    def dies(self, form):
        """Its power fails: launcher's daemon, ranks, recorder and all."""
        command = self.cluster.mpirun(4, runs.program("openmpi", "busy"), 60)
        parts = self.folder / "t.h5.parts"
        run = self.start(self.cluster.on_first(
            self.record_command(command, "--gather", form), self.folder))
        runs.wait_until("all nodes are recorded", lambda: len(list(parts.glob("node-*.h5"))) == 4)
        # Some seconds of what is to be found: as many flushes of the file of the last.
        victim = parts / "node-node3.h5"
        for _ in range(4):
            size = victim.stat().st_size
            runs.wait_until("rows are written", lambda at=size: victim.stat().st_size > at)
        self.cluster.nodes["node3"].kill()
        self.cluster.nodes["node3"].run("find", "/dev/shm", "-mindepth", "1", "-delete")
        outcome = self.finish(run, timeout=120)
        self.assertNotEqual(outcome.code, 0)
        self.assertIn("not ended in order: node-node3.h5", outcome.err)
        report = self.report()
        self.assertEqual(self.ranks_by_node(report), {
            f"node{n}": list(range(4 * n, 4 * n + 4)) for n in range(4)})
        self.check_energy(report, list(self.cluster.nodes))
        complete = {node["node"]: node["complete"] for node in report["nodes"]}
        self.assertEqual(complete, {"node0": True, "node1": True, "node2": True, "node3": False})
        self.assertEqual(len(report["partial"]), 1, report["partial"])
        self.assertIn("node3", report["partial"][0])
        self.assertEqual(report["energy_j"]["missing"], report["partial"])


class Gathering(ClusterCase):
    """The trace at the end, without the user doing anything where nodes share the folder."""

    SECONDS = 2

    def preloaded(self, output, **more):
        """mpirun alone, as with -x LD_PRELOAD."""
        variables = {**more, "LD_PRELOAD": runs.LIBRARY, "JOULEPATH_OUTPUT": output,
                     "JOULEPATH_SYSFS_ROOT": self.cluster.sysfs, "JOULEPATH_SENSORS": "powercap"}
        options = [word for name, value in variables.items() for word in ("-x", f"{name}={value}")]
        return self.run_on_first(self.cluster.mpirun(4, runs.program("openmpi", "busy"),
                                                     self.SECONDS, options=options))

    def test_preload_on_a_shared_folder(self):
        outcome = self.preloaded(self.trace)
        self.assertEqual((outcome.code, outcome.own_lines()), (0, []), outcome.err)
        runs.wait_until("the recorders have ended", lambda: not self.recorders())
        self.assertEqual([path.name for path in self.folder.glob("t.*")], ["t.h5"])
        report = self.report()
        self.assertEqual(sorted(row["rank"] for row in report["ranks"]), list(range(16)))
        self.assertEqual(report["partial"], [])
        self.check_energy(report, list(self.cluster.nodes))

    def check_master(self):
        """What is beside the trace belongs to it; one file is made of both."""
        parts = self.folder / "t.h5.parts"
        self.assertEqual(sorted(path.name for path in parts.glob("*.h5")),
                         [f"node-{name}.h5" for name in self.cluster.nodes])
        report = self.report()
        self.assertEqual(report["partial"], [])
        self.check_energy(report, list(self.cluster.nodes))
        self.assertEqual(report["clocks"]["from"], "marks")
        whole = self.folder / "whole.h5"
        for inputs in (parts, self.trace):
            gathered = self.run_program([runs.JOULEPATH, "gather", inputs, "-o", whole])
            self.assertEqual((gathered.code, gathered.err), (0, ""))
            self.assertEqual(self.report(whole), report)
            whole.unlink()
        made = self.run_program([runs.JOULEPATH, "gather", self.trace])
        self.assertEqual((made.code, made.err), (0, ""))
        self.assertEqual([path.name for path in self.folder.glob("t.*")], ["t.h5"])
        self.assertEqual(self.report(), report)

    def test_preload_master_on_a_shared_folder(self):
        outcome = self.preloaded(self.trace, JOULEPATH_GATHER="master")
        self.assertEqual((outcome.code, outcome.own_lines()), (0, []), outcome.err)
        runs.wait_until("the recorders have ended", lambda: not self.recorders())
        self.check_master()

    def test_run_master_on_a_shared_folder(self):
        outcome = self.record_on_first(
            self.cluster.mpirun(4, runs.program("openmpi", "busy"), self.SECONDS),
            "--gather", "master")
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertIn("t.h5.parts; joulepath gather", outcome.err)
        self.check_master()

    def test_two_jobs_at_once(self):
        """A recorder for each job on each node, and a trace of each."""
        traces = [self.folder / "a.h5", self.folder / "b.h5"]
        command = self.cluster.mpirun(2, runs.program("openmpi", "busy"), self.SECONDS)
        with Census(self.cluster) as census:
            jobs = [self.start(self.cluster.on_first(self.record_command(command, trace=trace),
                                                     self.folder)) for trace in traces]
            outcomes = [self.finish(job) for job in jobs]
        for outcome, self.trace in zip(outcomes, traces):
            self.assertEqual(outcome.code, 0, outcome.err)
            report = self.report(self.trace)
            self.assertEqual(self.ranks_by_node(report), {
                f"node{n}": [2 * n, 2 * n + 1] for n in range(4)})
            self.check_energy(report, list(self.cluster.nodes))
        self.assertEqual(census.by_node(), {name: 2 for name in self.cluster.nodes})

    def collect(self):
        """What a user does with the files of folders that no other node sees."""
        together = self.folder / "together"
        together.mkdir()
        for name, node in self.cluster.nodes.items():
            found = subprocess.run(node.inside("sh", "-c", f"ls {self.cluster.local}/*"),
                                   capture_output=True, text=True, timeout=runs.TIMEOUT_S)
            with self.subTest(node=name):
                self.assertIn(f"node-{name}.h5", found.stdout)
            cluster.must(*node.inside("sh", "-c",
                                      f"cp {self.cluster.local}/t.h5.parts/node-*.h5 {together}"))
        return together

    def test_preload_on_folders_of_their_own(self):
        """Each node has a trace of its own ranks, whole or a master."""
        for form in ("whole", "master"):
            local = self.cluster.local / f"{form}.h5"
            outcome = self.preloaded(local, JOULEPATH_GATHER=form)
            self.assertEqual((outcome.code, outcome.own_lines()), (0, []), outcome.err)
            runs.wait_until("the recorders have ended", lambda: not self.recorders(), 60)
            for number, node in enumerate(self.cluster.nodes.values()):
                shown = subprocess.run(node.inside(runs.JOULEPATH, "report", "--json", local),
                                       capture_output=True, text=True, timeout=runs.TIMEOUT_S)
                self.assertEqual(shown.returncode, 0, shown.stderr)
                report = json.loads(shown.stdout)
                self.assertEqual([row["rank"] for row in report["ranks"]],
                                 list(range(4 * number, 4 * number + 4)))
                self.assertIn("were not recorded", " ".join(report["partial"]))

    def test_folders_of_their_own(self):
        local = self.cluster.local / "t.h5"
        outcome = self.record_on_first(
            self.cluster.mpirun(4, runs.program("openmpi", "busy"), self.SECONDS), trace=local)
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertIn("not recorded here: ranks 4-15 of 16", outcome.err)
        self.assertIn("joulepath gather", outcome.err)
        runs.wait_until("the recorders have ended", lambda: not self.recorders())
        note = subprocess.run(
            self.cluster.nodes["node2"].inside("cat", f"{local}.parts/HOW-TO-GATHER.txt"),
            capture_output=True, text=True, timeout=runs.TIMEOUT_S)
        self.assertIn("4 of the 16 ranks", note.stdout)

        together = self.collect()
        gathered = self.run_program([runs.JOULEPATH, "gather", together, "-o", self.trace])
        self.assertEqual((gathered.code, gathered.err), (0, ""))
        report = self.report()
        self.assertEqual(report["partial"], [])
        self.check_energy(report, list(self.cluster.nodes))

        # What reaches the gather twice counts once; what is missing or broken is said.
        copy = self.folder / "copy.h5"
        copy.write_bytes((together / "node-node1.h5").read_bytes())
        self.partly([together, copy], "was gathered already", report["energy_j"]["value"])
        cut = together / "node-node3.h5"
        cut.write_bytes(cut.read_bytes()[:cut.stat().st_size // 2])
        rest = sum(node["energy_j"]["value"] for node in report["nodes"]
                   if node["node"] != "node3")
        self.partly([together], "node-node3.h5", rest, "ranks 12-15 of 16")
        cut.unlink()
        self.partly([together], "ranks 12-15 of 16", rest)

    def partly(self, inputs, what, energy_j, also=""):
        trace = self.folder / f"partly-{len(list(self.folder.glob('partly-*')))}.h5"
        gathered = self.run_program([runs.JOULEPATH, "gather", *inputs, "-o", trace])
        self.assertEqual(gathered.code, runs.PARTIAL, gathered.err)
        self.assertIn(what, gathered.err)
        self.assertIn(also, gathered.err)
        report = self.report(trace)
        self.assertAlmostEqual(report["energy_j"]["value"], energy_j, places=6)
        self.assertTrue(report["partial"])
        self.assertIn(what, " ".join(report["partial"]))


class SharedNode(ClusterCase):
    """Two jobs at once on one node, and what else this machine does beside them."""

    watts = (100,)
    SECONDS = 5

    def environment(self, **changes):
        return super().environment(**{"JOULEPATH_EXCLUSIVE": None, **changes})

    @staticmethod
    def machine_busy_s():
        """CPU time used on this machine since it booted."""
        busy_s = 0
        for line in pathlib.Path("/proc/stat").read_text().splitlines():
            if re.match(r"cpu\d", line):
                user, nice, system, _, _, irq, softirq, *_ = map(int, line.split()[1:])
                busy_s += (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
        return busy_s

    def check_shares(self, report):
        """What is whose adds up to the counter's last unit, and follows the CPU time."""
        shared = report["nodes"][0]["shared"]
        part = shared["others_cpu_s"] / (shared["others_cpu_s"] + shared["job_cpu_s"])
        (sensor,) = report["sensors"]
        raw = sensor["conservation"]
        self.assertEqual(raw["raw_attributed"] + raw["raw_idle"] + raw["raw_unattributed"],
                         raw["raw_difference"])
        (others,) = [row["energy_j"] for row in report["taken_by_no_rank"]
                     if "other programs" in row["reason"]]
        total_j = report["energy_j"]["value"]
        # Before the first look at threads and after the last nothing is known of others.
        self.assertAlmostEqual(others["value"], part * total_j, delta=0.15 * total_j)
        for rank in report["ranks"]:
            self.assertLess(rank["energy_j"]["value"], (1.15 - part) * total_j)
            self.assertGreaterEqual(rank["energy_j"]["hi"], 0.9 * total_j, "it may have had all")
            self.assertEqual(rank["energy_j"]["provenance"], "attributed")
        return shared

    def test_two_jobs_on_one_node(self):
        traces = [self.folder / "a.h5", self.folder / "b.h5"]
        command = self.cluster.mpirun(1, runs.program("openmpi", "busy"), self.SECONDS)
        before_s = self.machine_busy_s()
        jobs = [self.start(self.cluster.on_first(self.record_command(command, trace=trace),
                                                 self.folder)) for trace in traces]
        for job in jobs:
            outcome = self.finish(job)
            self.assertEqual(outcome.code, 0, outcome.err)
        busy_s = self.machine_busy_s() - before_s
        reports = [self.report(trace) for trace in traces]
        cpu_s = [report["ranks"][0]["cpu_s"] for report in reports]
        for report, own_s, other_s in zip(reports, cpu_s, reversed(cpu_s)):
            shared = self.check_shares(report)
            self.assertEqual(shared["sessions"], 1)
            self.assertGreater(shared["shared_s"], 0.7 * self.SECONDS)
            # The jobs do not begin and end together, and the machine does other things too.
            self.assertGreater(shared["others_cpu_s"], 0.7 * other_s)
            self.assertLess(shared["others_cpu_s"], busy_s - 0.9 * own_s)
            # Others are known from the first look at threads to the last, and so is this.
            known = min(1.0, shared["shared_s"] / report["ranks"][0]["seconds"])
            self.assertAlmostEqual(shared["job_cpu_s"], known * own_s, delta=0.1 * own_s + 0.2)
        # Together they have no more than there was: each counter saw the same joules.
        ranks_j = sum(report["ranks"][0]["energy_j"]["value"] for report in reports)
        most_j = max(report["energy_j"]["value"] for report in reports)
        self.assertLess(ranks_j, 1.1 * most_j)
        text = self.run_program([runs.JOULEPATH, "report", traces[0]]).out
        self.assertIn("Shared with others", text)
        self.assertRegex(text.replace("\n", " "), r"node0: other programs used +\d")

    def test_of_ones_own(self):
        """With `exclusive` nobody else is looked for."""
        outcome = self.record_on_first(
            self.cluster.mpirun(1, runs.program("openmpi", "busy"), 2), "--exclusive")
        self.assertEqual(outcome.code, 0, outcome.err)
        report = self.report()
        self.assertIsNone(report["nodes"][0]["shared"])
        self.assertGreater(report["ranks"][0]["energy_j"]["value"],
                           0.8 * report["energy_j"]["value"])


class Containers(ClusterCase):
    """Two containers on one node, with names and shared memory of their own: two recorders that
    cannot know of each other, and both read the node's counter."""

    watts = (100, None, 400)

    def test_one_node_counts_once(self):
        with Census(self.cluster) as census:
            outcome = self.record_on_first(
                self.cluster.mpirun(4, runs.program("openmpi", "busy"), 2))
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertEqual(census.by_node(), {name: 1 for name in self.cluster.nodes})
        report = self.report()
        self.assertEqual(self.ranks_by_node(report), {
            f"node{n}": list(range(4 * n, 4 * n + 4)) for n in range(3)})
        counted = {sensor["node"]: sensor["counted"] for sensor in report["sensors"]}
        self.assertEqual(sorted(counted.values()), [False, True, True], counted)
        self.assertTrue(counted["node2"])
        self.assertEqual(report["partial"], [])
        self.assertNotIn("missing", report["energy_j"])
        # node0's counter ran as long as the longer of the two recordings.
        true_j = sum(watts * max(node["duration_s"] for node in report["nodes"]
                                 if node["node"] in names)
                     for watts, names in ((100, ("node0", "node1")), (400, ("node2",))))
        self.assertAlmostEqual(report["energy_j"]["value"], true_j, delta=0.02 * true_j)


class Clocks(ClusterCase):
    """Nodes whose monotonic clocks differ by hours, and whose UTC is wrong."""

    later_s = (0, 5000, 100, 70000)
    # What is added to each node's UTC after the recording: one kernel has one such clock only.
    utc_error_s = (0.0, 0.8, -0.3, 2.5)

    def falsify(self):
        with runs.need_module("h5py").File(self.trace, "r+") as trace:
            for node in trace["nodes"].values():
                name = node.attrs["hostname"]
                name = name.decode() if isinstance(name, bytes) else name
                error_ns = int(self.utc_error_s[int(name.removeprefix("node"))] * NS_PER_S)
                node.attrs.modify("start_utc_ns", node.attrs["start_utc_ns"] + error_ns)

    def test_default_mode(self):
        """The trace has the offsets of the nodes' monotonic clocks, whatever UTC says."""
        outcome = self.record_on_first(
            self.cluster.mpirun(2, runs.program("openmpi", "late_rank"), options=["--map-by",
                                                                                 "node"]))
        self.assertEqual(outcome.code, 0, outcome.err)
        self.falsify()
        report = self.report()
        self.assertIsNone(report["waits"])
        self.assertEqual(report["clocks"]["from"], "marks")
        self.check_offsets(report["clocks"])
        text = self.run_program([runs.JOULEPATH, "report", self.trace]).out
        self.assertRegex(text, r"clocks +of all 4 nodes aligned, to within ")
        with runs.need_module("h5py").File(self.trace, "r") as trace:
            for node in trace["nodes"].values():
                name = node.attrs["hostname"]
                name = name.decode() if isinstance(name, bytes) else name
                later_s = self.later_s[int(name.removeprefix("node"))]
                truth_ns = (self.later_s[0] - later_s) * NS_PER_S
                clock = {key: column[:].tolist() for key, column in node["clock"].items()}
                errors_ns = [abs(offset - truth_ns) for offset in clock["offset"]]
                print(f"{name}: {len(errors_ns)} rows, off by at most {max(errors_ns)} ns; bounds "
                      f"{max(hi - lo for lo, hi in zip(clock['lo'], clock['hi']))} ns wide")
                self.assertLess(max(errors_ns), 1_000_000)
                for lo, hi in zip(clock["lo"], clock["hi"]):
                    self.assertLessEqual(lo, truth_ns)
                    self.assertGreaterEqual(hi, truth_ns)
        self.check_power_lines()

    def check_power_lines(self):
        """Without events a timeline has the power of all nodes at the time at which it was."""
        timeline = self.folder / "power.json"
        exported = self.run_program([runs.JOULEPATH, "export", self.trace, "-o", timeline])
        self.assertEqual(exported.code, 0, exported.err)
        shown = {}
        for event in json.loads(timeline.read_text())["traceEvents"]:
            if event["ph"] == "C":
                shown.setdefault(event["pid"] - 10**9, event["ts"] / 1e6)
        with runs.need_module("h5py").File(self.trace, "r") as trace:
            for number, node in trace["nodes"].items():
                name = node.attrs["hostname"]
                name = name.decode() if isinstance(name, bytes) else name
                first_s = int(node["samples"]["t_lo"][0]) / 1e9
                shown[int(number)] -= first_s - self.later_s[int(name.removeprefix("node"))]
        self.assertEqual(len(shown), 4)
        self.assertLess(max(shown.values()) - min(shown.values()), 0.1, shown)

    def test_events_over_nodes(self):
        outcome = self.record_on_first(
            self.cluster.mpirun(1, runs.program("openmpi", "events")), "--events")
        self.assertEqual(outcome.code, 0, outcome.err)
        self.falsify()
        report = self.report()
        waits = report["waits"]
        self.assertIsNone(waits["reason"])
        self.assertEqual(report["clocks"]["from"], "events")
        self.check_offsets(report["clocks"])
        self.check_waits(waits, report["clocks"]["error_s"])
        self.check_arrows()

    def test_a_node_that_is_late(self):
        """Rank 1, alone on node1, comes 50 ms late to 20 of 40 barriers."""
        outcome = self.record_on_first(
            self.cluster.mpirun(1, runs.program("openmpi", "late_rank")), "--events")
        self.assertEqual(outcome.code, 0, outcome.err)
        self.falsify()
        report = self.report()
        late_s = 20 * 0.05
        blamed = {row["rank"]: row["wait_s"]["value"] for row in report["waits"]["ranks"]}
        self.assertGreater(blamed[1], 0.95 * 3 * late_s, blamed)
        self.assertLess(sum(blamed.values()) - blamed[1], 0.2 * blamed[1], blamed)
        waited = {row["rank"]: row["mpi_wait_s"] for row in report["ranks"]}
        for rank in (0, 2, 3):
            self.assertGreater(waited[rank], 0.95 * late_s, waited)
        self.assertLess(waited[1], 0.3 * late_s, waited)

    def check_offsets(self, clocks):
        self.assertEqual([clock["node"] for clock in clocks["nodes"]], list(self.cluster.nodes))
        self.assertLess(clocks["error_s"], 0.005, "bounds say nothing")
        for clock, error_s in zip(clocks["nodes"], self.utc_error_s):
            with self.subTest(node=clock["node"]):
                # The recorder's own reading of both clocks is not exact.
                self.assertAlmostEqual(clock["offset_s"], -error_s,
                                       delta=clock["error_s"] + 0.0005)

    def check_waits(self, waits, clock_error_s):
        for rank, function, cause, for_rank, slept_s in events_test.KNOWN_WAITS:
            with self.subTest(function=function, rank=rank):
                found = [row["wait_s"] for row in waits["longest"]
                         if (row["rank"], row["name"], row["cause"], row["for_rank"]) ==
                         (rank, function, cause, for_rank)]
                longest = max((wait["value"] for wait in found), default=0)
                self.assertGreater(longest, slept_s - events_test.LEFT_APART_S -
                                   clock_error_s, waits["longest"])

    def check_arrows(self):
        timeline = self.folder / "timeline.json"
        exported = self.run_program([runs.JOULEPATH, "export", self.trace, "-o", timeline])
        self.assertEqual((exported.code, exported.err), (0, ""))
        messages = events_test.messages_of(json.loads(timeline.read_text())["traceEvents"])
        self.assertEqual(len(messages), events_test.MESSAGES)
        for start, end in messages:
            self.assertLess(start["ts"], end["ts"], "a message was seen before it was sent")
            self.assertNotEqual(start["pid"], end["pid"], "each rank has a node of its own")


if __name__ == "__main__":
    runs.main()
