"""What the rig's tests share: Joulepath installed below the rig as docs/slurm.md says, jobs, and
what they have to leave."""

import json
import os
import pathlib
import re
import subprocess
import sys

import h5py

from cluster import USERS, Cluster, JobStuck, runs

LINE = re.compile(r"joulepath: (?:step )?(\S+): (~?)([\d.]+) (J|kJ) .*, (\d) nodes?, .*; trace (\S+)")


def program(name):
    return runs.program("openmpi", name)


SCRIPTS = """Prolog={0}/prolog.sh
Epilog={0}/epilog.sh
TaskProlog={0}/task-prolog.sh
PrologFlags=Alloc
"""


class SlurmCase(runs.unittest.TestCase):
    control_groups = False

    @classmethod
    def setUpClass(cls):
        Cluster.need()
        if cls.control_groups:
            Cluster.need_control_groups()
        if not (runs.BUILD / "lib/joulepath/joulepath-spank.so").exists():
            raise runs.unittest.SkipTest("the plug-in was not built: libslurm-dev is not installed")
        cls.cluster = Cluster(control_groups=cls.control_groups)
        cls.addClassCleanup(cls.cluster.down)
        cls.install()
        cls.cluster.up()

    @classmethod
    def install(cls):
        cls.prefix = cls.cluster.rig / "opt/joulepath"
        subprocess.run(["cmake", "--install", runs.BUILD, "--prefix", cls.prefix], check=True,
                       capture_output=True, timeout=runs.TIMEOUT_S)
        cls.cluster.plugstack = f"optional {cls.prefix}/lib/joulepath/joulepath-spank.so\n"
        cls.cluster.scripts = SCRIPTS.format(cls.prefix / "libexec/joulepath/slurm")

    def setUp(self):
        self.folders = {}
        for user, uid in USERS.items():
            self.folders[user] = self.cluster.home(user) / self.id().rsplit(".", 1)[-1]
            self.folders[user].mkdir()
            os.chown(self.folders[user], uid, uid)

    def tearDown(self):
        self.cluster.wait_idle()
        self.assertEqual(self.cluster.left_behind(), [])

    def srun(self, *words, user="alice", options=("--joulepath",), code=0, **rest):
        said = self.cluster.run("srun", "-Q", "--mpi=pmix", *options, *words, user=user,
                                cwd=self.folders[user], **rest)
        self.assertEqual(said.code, code, said.err)
        return said

    def batch(self, script, *options, user="alice", **rest):
        job, output, state = self.cluster.batch(script, *options, user=user,
                                                cwd=self.folders[user], **rest)
        return job, output, state

    def batch_across_parts(self, script, *options):
        """Of a heterogeneous job whose steps span its parts; tried again where Slurm sticks."""
        tries = 3
        while True:
            try:
                return self.batch(script, *options, patience=25)
            except JobStuck as stuck:
                tries -= 1
                if tries == 0:
                    raise
                print(f"job {stuck}: srun is stuck, tried again", file=sys.stderr)
                for trace in self.folders["alice"].glob("*.h5"):
                    trace.unlink()

    def lines(self, text):
        """(step, joules, nodes, trace) of each line that Joulepath put into a job's output."""
        return [(step, float(number) * (1000 if unit == "kJ" else 1), int(nodes),
                 pathlib.Path(trace)) for step, _, number, unit, nodes, trace
                in LINE.findall(text)]

    def one_line(self, text):
        found = self.lines(text)
        self.assertEqual(len(found), 1, text)
        return found[0]

    def traces(self, user="alice"):
        return sorted(path.name for path in self.folders[user].glob("*.h5*"))

    def one_trace(self, user="alice"):
        trace, = self.traces(user)
        return self.folders[user] / trace

    def report(self, trace):
        said = subprocess.run([self.prefix / "bin/joulepath", "report", "--json", trace],
                              capture_output=True, text=True, timeout=runs.TIMEOUT_S)
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        return json.loads(said.stdout)

    def meta(self, trace):
        with h5py.File(trace, "r") as file:
            return {key.decode(): value.decode()
                    for key, value in zip(file["meta/key"][:], file["meta/value"][:])}

    def check_trace(self, trace, user, ranks, nodes):
        """Whole, the user's own, with all ranks and nodes; returns its report."""
        self.assertEqual(trace.stat().st_uid, USERS[user])
        report = self.report(trace)
        self.assertEqual([row["rank"] for row in report["ranks"]], list(range(ranks)))
        self.assertEqual(sorted(node["node"] for node in report["nodes"]), sorted(nodes))
        self.assertFalse(any(row["died"] for row in report["ranks"]))
        return report
