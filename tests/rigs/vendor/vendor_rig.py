"""What the vendors' rigs share: what `joulepath sensors` finds, and the readings in a trace."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "integration"))

import h5py  # noqa: E402
import joulepath_runs as runs  # noqa: E402

BUILD = runs.BUILD / "tests/rigs/vendor"
NS_PER_S = 10**9
NS_PER_MS = 10**6


class Case(runs.Case):
    """A rig sets its environment in `vendor_env`, which every program here gets."""

    backend = ""
    before = ()  # words to put before a command

    def vendor_env(self):
        raise NotImplementedError

    def sensors(self):
        """(sensors of the backend by id, the backend's notes)."""
        outcome = self.run_program([*self.before, runs.JOULEPATH, "sensors", "--json"],
                                   env=self.vendor_env())
        self.assertEqual((outcome.code, outcome.err), (0, ""), outcome.err)
        said = json.loads(outcome.out)
        return ({one["id"]: one for one in said["sensors"] if one["source"] == self.backend},
                [note["note"] for note in said["notes"] if note["backend"] == self.backend])

    def recorded(self, seconds, *options, ranks=2, before_program=()):
        """The report of a real MPI program under this rig."""
        runs.need("mpirun.openmpi")
        command = runs.mpi_command("openmpi", ranks, *before_program,
                                   runs.program("openmpi", "busy"), seconds)
        outcome = self.run_program(
            [*self.before, runs.JOULEPATH, "run", "-q", "-o", self.trace, "--sensors",
             self.backend, *options, "--", *command], env=self.vendor_env())
        self.assertEqual(outcome.code, 0, outcome.err)
        return self.report()

    def readings(self):
        """Per sensor id, its readings in order: (t_lo, t_hi, raw, edge)."""
        with h5py.File(self.trace, "r") as trace:
            node = trace["nodes/0"]
            names = [name.decode() for name in node["sensors/id"][:]]
            columns = [node["samples"][key][:].tolist()
                       for key in ("sensor", "t_lo", "t_hi", "raw", "edge")]
        found = {name: [] for name in names}
        for sensor, *reading in zip(*columns):
            found[names[sensor]].append(tuple(reading))
        return found

    def check_energy(self, sensor, watts, seconds, tolerance, stale_s=0.0):
        """The report's joules against the power that the rig drew while it was read. A value
        may be up to `stale_s` older than its interval."""
        first, *_, last = self.readings()[sensor["id"]]
        window_s = ((last[0] + last[1]) - (first[0] + first[1])) / 2 / NS_PER_S
        self.assertGreater(window_s, seconds)
        true_j = watts * window_s
        energy = sensor["energy_j"]
        # Each end was read at some moment of its interval, which a busy machine widens.
        ends_s = (last[1] - last[0] + first[1] - first[0]) / 2 / NS_PER_S
        self.assertAlmostEqual(energy["value"], true_j,
                               delta=tolerance * true_j + watts * (ends_s + stale_s))
        self.assertLessEqual(energy["lo"], true_j)
        self.assertGreaterEqual(energy["hi"], true_j)
