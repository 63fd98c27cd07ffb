#!/usr/bin/env python3
"""Runs over several nodes, which cluster.py makes on this machine: the energy of each node
against its truth, ranks on their nodes, one recorder a node, and a node that dies."""

import collections
import threading

import cluster
from cluster import runs


TOLERANCE = 0.005
NS_PER_S = 10**9
LJ_MELT = """
units lj
atom_style atomic
lattice fcc 0.8442
region box block 0 16 0 16 0 16
create_box 1 box
create_atoms 1 box
mass 1 1.0
velocity all create 3.0 87287 loop geom
pair_style lj/cut 2.5
pair_coeff 1 1 1.0 1.0 2.5
neighbor 0.3 bin
neigh_modify every 20 delay 0 check no
fix 1 all nve
thermo 50
run 400
"""


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


if __name__ == "__main__":
    runs.main()
