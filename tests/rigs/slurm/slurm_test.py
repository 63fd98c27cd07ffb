#!/usr/bin/env python3
"""Joulepath in a real Slurm of three nodes (cluster.py), installed as docs/slurm.md says: jobs of
root and of a user, by srun and by mpirun in scripts; what happens when something breaks; and the
energy of a step against the counters' truth and against Slurm's own figure.
Usage: slurm_test.py [Launch|Names|Groups|Faults|Energy|Board]"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import h5py

from cluster import NODES, USERS, Cluster, runs

INPUTS = runs.SOURCE / "tests/integration"
sys.path.insert(0, str(INPUTS))
from real_programs_test import LJ_MELT, MPI4PY_SCRIPT  # noqa: E402

LINE = re.compile(r"joulepath: (?:step )?(\S+): (~?)([\d.]+) (J|kJ) .*, (\d) nodes?, .*; trace (\S+)")


def program(name):
    return runs.program("openmpi", name)


BOARD_CLIENT = """
import mmap, os, socket, struct, time
MAGIC = 0x5242706a
MAP = struct.pack('<IHHII', MAGIC, 1, 1, 0, 0)
fd = None
def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect('/run/joulepath/socket')
    return s
def ask(request):
    global fd
    s = connect()
    s.send(request)
    reply, fds, _, _ = socket.recv_fds(s, 100, 4)
    fd = fds[0] if fds else None
    magic, code = struct.unpack('<Ii', reply)
    assert magic == MAGIC
    return code, fd
"""

SCRIPTS = """Prolog={0}/prolog.sh
Epilog={0}/epilog.sh
TaskProlog={0}/task-prolog.sh
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
        cls.prefix = cls.cluster.rig / "opt/joulepath"
        subprocess.run(["cmake", "--install", runs.BUILD, "--prefix", cls.prefix], check=True,
                       capture_output=True, timeout=runs.TIMEOUT_S)
        cls.cluster.plugstack = f"optional {cls.prefix}/lib/joulepath/joulepath-spank.so\n"
        cls.cluster.scripts = SCRIPTS.format(cls.prefix / "libexec/joulepath/slurm")
        cls.cluster.up()

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


class Launch(SlurmCase):
    def test_srun_of_root(self):
        said = self.srun("-N3", "-n3", program("busy"), "1", user="root")
        step, _, nodes, trace = self.one_line(said.err)
        self.assertEqual((nodes, trace.name), (3, f"joulepath-{step}.h5"))
        self.assertEqual(self.traces("root"), [trace.name])
        self.check_trace(trace, "root", 3, NODES)
        job, number = step.split(".")
        meta = self.meta(trace)
        self.assertEqual((meta["session"], meta["slurm.job_id"], meta["slurm.step_id"],
                          meta["slurm.user"], meta["slurm.nodes"]),
                         (f"slurm-{step}", job, number, "root", "n[1-3]"))

    def test_srun_of_a_user(self):
        said = self.srun("-J", "a name", "-N2", "-n4", program("busy"), "1")
        step, _, nodes, trace = self.one_line(said.err)
        self.assertEqual(nodes, 2)
        self.check_trace(trace, "alice", 4, ("n1", "n2"))
        self.assertEqual(self.meta(trace)["slurm.job_name"], "a name")

    def test_same_output_and_code(self):
        for words, code in ((("sh", "-c", "echo out; echo err >&2; exit 3"), 3),
                            ((program("ring"), "5"), 0)):
            bare = self.srun(*words, options=("-n2", ), code=code)
            ours = self.srun(*words, options=("-n2", "--joulepath"), code=code)
            self.assertEqual(sorted(ours.out.splitlines()), sorted(bare.out.splitlines()))
            self.assertEqual([line for line in ours.err.splitlines() if "joulepath:" not in line
                              and "error" not in line],
                             [line for line in bare.err.splitlines() if "error" not in line])

    def test_mpirun_in_a_script(self):
        for user in ("root", "alice"):
            job, output, state = self.batch(f"mpirun -n 6 --map-by node {program('busy')} 1\n",
                                            "-N3", "-n6", "--joulepath", user=user)
            self.assertEqual(state, "COMPLETED", output)
            name, _, nodes, trace = self.one_line(output)
            self.assertTrue(name.startswith(f"{job}.mpirun-"), output)
            self.assertEqual(nodes, 3)
            self.assertEqual(self.traces(user), [trace.name])
            self.check_trace(trace, user, 6, NODES)

    def test_steps_and_launchers_of_a_script(self):
        job, output, state = self.batch(f"""
srun -Q --mpi=pmix -N1 -n1 --exact {program('busy')} 1 &
srun -Q --mpi=pmix -N1 -n1 --exact {program('busy')} 1 &
wait
srun -Q --joulepath=off --mpi=pmix -n1 {program('busy')} 0.1
srun -Q hostname
mpirun -n 2 {program('busy')} 0.5
mpirun -n 2 {program('busy')} 0.5
""", "-N2", "-n4", "--joulepath=period=20ms")
        self.assertEqual(state, "COMPLETED", output)
        lines = self.lines(output)
        self.assertEqual(len(lines), 4, output)
        self.assertEqual({name for name, *_ in lines[:2]}, {f"{job}.0", f"{job}.1"})
        self.assertEqual(sorted(trace.name for *_, trace in lines), self.traces())
        self.assertEqual(len([line for line in output.splitlines() if "joulepath:" in line]), 4,
                         output)
        for *_, trace in lines:
            self.assertEqual(self.meta(trace)["option.JOULEPATH_PERIOD"], "20000000ns")

    def test_salloc(self):
        said = self.cluster.run("salloc", "-Q", "-N2", "-n2", "--joulepath", "srun", "-Q",
                                "--mpi=pmix", program("busy"), "1", user="alice",
                                cwd=self.folders["alice"])
        self.assertEqual(said.code, 0, said.err)
        _, _, nodes, trace = self.one_line(said.err)
        self.assertEqual(nodes, 2)
        self.check_trace(trace, "alice", 2, ("n1", "n2"))

    def test_lammps(self):
        runs.need("lmp")
        (self.folders["alice"] / "in.melt").write_text(LJ_MELT)
        said = self.srun("-N2", "-n2", "lmp", "-in", "in.melt", "-log", "none")
        self.assertIn("Total wall time", said.out)
        report = self.check_trace(self.one_line(said.err)[-1], "alice", 2, ("n1", "n2"))
        self.assertIn("MPI_Allreduce", [row["name"] for row in report["functions"]])

    def test_mpi4py(self):
        runs.need_module("mpi4py")
        (self.folders["alice"] / "script.py").write_text(MPI4PY_SCRIPT)
        said = self.srun("-N3", "-n3", sys.executable, "script.py")
        self.assertEqual(len(said.out.splitlines()), 3)
        report = self.check_trace(self.one_line(said.err)[-1], "alice", 3, NODES)
        self.assertIn("MPI_Allreduce", [row["name"] for row in report["functions"]])

    def test_what_an_option_may_not_say(self):
        for text in ("period=1ms,sysfs-root=/x", "output=$HOME", "x" * 2000, "period="):
            said = self.cluster.run("srun", "-n1", f"--joulepath={text}", "echo", "done",
                                    user="alice", cwd=self.folders["alice"])
            self.assertEqual((said.code, said.out), (0, "done\n"))
            self.assertEqual(said.err.count("not recording"), 1, said.err)
        said = self.srun("-n1", program("busy"), "0.2", options=("--joulepath=period=7h",))
        self.assertIn("bad period", said.err)
        self.assertEqual(self.traces(), [])

    def test_output_that_the_user_names(self):
        said = self.srun("-n1", program("busy"), "0.5", options=("--joulepath=output=mine.h5",))
        self.assertEqual(self.one_line(said.err)[-1].name, "mine.h5")
        self.assertEqual(self.traces(), ["mine.h5"])


class Names(SlurmCase):
    def test_tasks_of_an_array(self):
        job, _, _ = self.batch(f"srun -Q --mpi=pmix {program('busy')} 0.5\n", "--array=1-3", "-n1",
                               "--joulepath", "--output=out-%a")
        found = [self.meta(self.folders["alice"] / name) for name in self.traces()]
        self.assertEqual({meta["slurm.array_task_id"] for meta in found}, {"1", "2", "3"})
        self.assertEqual({meta["slurm.array_job_id"] for meta in found}, {str(job)})

    def test_heterogeneous_job(self):
        _, output, _ = self.batch(
            f"srun -Q --het-group=0 --mpi=pmix {program('busy')} 0.5\n"
            f"srun -Q --het-group=1 --mpi=pmix {program('busy')} 0.5\n",
            "-n1", "--joulepath", ":", "-n1", "--joulepath")
        lines = self.lines(output)
        self.assertEqual(len({trace for *_, trace in lines}), 2, output)
        self.assertEqual(sorted(trace.name for *_, trace in lines), self.traces())

    def test_requeued_job(self):
        script = self.folders["alice"] / "again.sh"
        script.write_text(f"#!/bin/bash\nsrun -Q --mpi=pmix {program('busy')} 0.5\n"
                          "[ -n \"$SLURM_RESTART_COUNT\" ] || sleep 50\n")
        said = self.cluster.run("sbatch", "--parsable", "-n1", "--joulepath", "--requeue", script,
                                user="alice", cwd=self.folders["alice"])
        job = said.out.strip()
        runs.wait_until("the first trace", lambda: self.traces() == [f"joulepath-{job}.0.h5"])
        self.cluster.run("scontrol", "requeue", job)
        # A job that was requeued is due in two minutes.
        def pending():
            return "JobState=PENDING" in self.cluster.run("scontrol", "show", "job", job).out
        runs.wait_until("the job waits", pending)
        self.cluster.run("scontrol", "update", f"JobId={job}", "StartTime=now")
        self.assertEqual(self.cluster.wait_for_job(job), "COMPLETED")
        self.assertEqual(self.traces(), [f"joulepath-{job}.0.h5", f"joulepath-{job}.0.r1.h5"])


class Groups(SlurmCase):
    """With control groups Slurm kills all that a step has left as soon as its tasks have ended:
    the recorder has to be ready by then."""

    control_groups = True

    def check_whole(self, text, ranks):
        self.assertNotIn("cut short", text)
        self.check_trace(self.one_line(text)[-1], "alice", ranks, ("n1", "n2"))

    def test_step(self):
        for _ in range(3):
            said = self.srun("-N2", "-n4", program("busy"), "0.5")
            self.check_whole(said.err, 4)

    def test_mpirun_in_a_script(self):
        _, output, _ = self.batch(f"mpirun -n 4 --map-by node {program('busy')} 0.5\n", "-N2",
                                  "-n4", "--joulepath")
        self.check_whole(output, 4)


class Faults(SlurmCase):
    def sessions(self):
        return [line for line in self.cluster.left_behind() if "/slurm-" in line]

    def recorders(self):
        return [pid for pid, _, words in runs.processes()
                if words[0].endswith("joulepath-recorder") and self.cluster.is_inside(pid)]

    def test_task_crash(self):
        said = self.cluster.run("srun", "-Q", "--mpi=pmix", "-N3", "-n3", "--joulepath",
                                program("segv"), user="alice", cwd=self.folders["alice"])
        self.assertNotEqual(said.code, 0)
        _, _, nodes, trace = self.one_line(said.err)
        self.assertTrue(any(row["died"] for row in self.report(trace)["ranks"]))

    def test_scancel(self):
        process = self.cluster.start(["srun", "-Q", "-J", "long", "--mpi=pmix", "-N3", "-n3",
                                      "--joulepath", program("busy"), "50"], user="alice",
                                     cwd=self.folders["alice"])
        runs.wait_until("three recorders", lambda: len(self.recorders()) == 3)
        self.cluster.run("scancel", "-n", "long", user="alice")
        _, err = process.communicate(timeout=runs.TIMEOUT_S)
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(self.one_line(err)[2], 3, err)

    def test_recorder_killed(self):
        process = self.cluster.start(["srun", "-Q", "--mpi=pmix", "-N2", "-n2", "--joulepath",
                                      program("busy"), "3"], user="alice",
                                     cwd=self.folders["alice"])
        pid = runs.wait_until("a recorder", lambda: next(iter(self.recorders()), None))
        runs.wait_until("two recorders", lambda: len(self.recorders()) == 2)
        runs.wait_until("both files", lambda: len(list(self.folders["alice"].glob("*/*.h5"))) == 2)
        time.sleep(1)  # so that there is something to lose
        os.kill(pid, 9)
        out, err = process.communicate(timeout=runs.TIMEOUT_S)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn("busy steps", out)
        self.assertIn("cut short", err)

    def test_folder_that_the_user_may_not_write(self):
        said = self.cluster.run("srun", "-Q", "--mpi=pmix", "-n1", "--joulepath", program("busy"),
                                "0.5", user="alice", cwd="/")
        self.assertEqual(said.code, 0, said.err)
        self.assertIn("Permission denied", said.err)

    def test_disk_full(self):
        folder = self.folders["alice"]
        for where in ("head", *NODES):
            self.cluster.run("mount", "-t", "tmpfs", "-o", f"size=64k,uid={USERS['alice']}",
                             "full", folder, where=where)
        said = self.srun("-n1", program("busy"), "0.5")
        self.assertIn("busy steps", said.out)
        self.assertIn("No space left on device", said.err)

    def test_programs_missing(self):
        hidden = self.prefix / "hidden"
        os.rename(self.prefix / "bin", hidden)
        try:
            said = self.srun("-n1", program("busy"), "0.2")
            self.assertIn("busy steps", said.out)
            os.rename(self.prefix / "lib/libjoulepath.so", self.prefix / "library")
            said = self.srun("-n1", program("busy"), "0.2")
            self.assertIn("busy steps", said.out)
            self.cluster.wait_idle()
        finally:
            os.rename(hidden, self.prefix / "bin")
            if (self.prefix / "library").exists():
                os.rename(self.prefix / "library", self.prefix / "lib/libjoulepath.so")
        # What could not be taken away then is by the next step.
        self.srun("-n1", program("busy"), "0.2")

    def test_without_the_option(self):
        said = self.srun("-n1", program("busy"), "0.2", options=())
        self.assertNotIn("joulepath:", said.err)
        said = self.srun("-n1", program("busy"), "0.5", options=("--export=ALL,SLURM_JOULEPATH=1",))
        self.assertEqual(len(self.traces()), 1, "TaskProlog")


class Energy(SlurmCase):
    def slurms_joules(self, job):
        shown = self.cluster.run("scontrol", "-o", "show", "job", job).out
        found = re.search(r"energy=([\d.]+)([KM]?)", shown)
        self.assertTrue(found, shown)
        return float(found[1]) * {"": 1, "K": 1000, "M": 10**6}[found[2]]

    def test_against_truth_and_slurm(self):
        """The counters' watts times our window; Slurm's figure of the step is larger by the time
        between its launch and MPI_Init, and that after the last rank."""
        watts = sum(node["node_w"] for node in self.cluster.truth["nodes"].values())
        print(f"\n{'program':>8} {'window':>8} {'truth':>8} {'ours':>8} {'Slurm':>8} {'whole':>7}")
        for seconds in (2, 4, 8):
            began = time.monotonic()
            said = self.srun("-N3", "-n3", program("busy"), str(seconds),
                             options=("--joulepath=sensors=cray",))
            whole_s = time.monotonic() - began
            step, _, _, trace = self.one_line(said.err)
            self.cluster.wait_idle()
            report = self.report(trace)
            energy = report["energy_j"]
            truth = sum(self.cluster.truth["nodes"][node["node"]]["node_w"]
                        * node["duration_s"] for node in report["nodes"])
            self.assertLessEqual(energy["lo"], truth)
            self.assertGreaterEqual(energy["hi"], truth)
            # A counter of 10 Hz is up to a tenth of a second old at either end.
            self.assertAlmostEqual(energy["value"], truth, delta=watts * 0.2)
            slurm = self.slurms_joules(step.split(".")[0])
            print(f"{seconds:>6} s {truth / watts:>6.2f} s {truth:>6.0f} J "
                  f"{energy['value']:>6.0f} J {slurm:>6.0f} J {whole_s:>5.1f} s")
            self.assertGreater(slurm, energy["value"] - watts * 0.3)
            self.assertLess(slurm, watts * (whole_s + 1))  # Slurm reads each second

    def test_table_of_a_job(self):
        job, output, _ = self.batch(f"srun -Q --mpi=pmix {program('busy')} 1\n" * 2, "-N2", "-n2",
                                    "--joulepath=sensors=cray")
        said = self.cluster.run(self.prefix / "bin/joulepath", "slurm", job, user="alice",
                                cwd=self.folders["alice"])
        self.assertEqual((said.code, said.err), (0, ""))
        rows = [line.split() for line in said.out.splitlines()]
        self.assertEqual([row[0] for row in rows[1:4]], [f"{job}.0", f"{job}.1", "all"])
        joules = [float(row[row.index("J") - 1]) for row in rows[1:4]]
        self.assertAlmostEqual(joules[0] + joules[1], joules[2], delta=1)
        self.assertEqual(sorted(line[1] for line in self.lines(output)), sorted(joules[:2]))
        self.assertIn(f"{self.slurms_joules(job):.0f}", rows[3])
        self.assertIn("from the step's launch to its end", said.out)
        none = self.cluster.run(self.prefix / "bin/joulepath", "slurm", "99999", user="alice")
        self.assertEqual(none.code, 3, none.err)
        self.assertIn("no trace of job 99999", none.err)


class Board(SlurmCase):
    """joulepathd, started by the Prolog. powercap's counters are root's alone."""

    POWERCAP = ("--joulepath=sensors=powercap",)

    def tearDown(self):
        for user in ("alice", "bob"):
            self.cluster.run("scancel", "-n", "hold", user=user)
        super().tearDown()

    def daemons(self):
        """Those that have become nobody: neither the Prolog's own calls nor one that starts."""
        found = []
        for pid, _, words in runs.processes():
            try:
                if words[0].endswith("joulepathd") and self.cluster.is_inside(pid) and (
                        "\nUid:\t65534\t" in pathlib.Path(f"/proc/{pid}/status").read_text()):
                    found.append(pid)
            except OSError:
                pass  # it has just ended
        return found

    def client(self, user, text, where="n1", **rest):
        """A program in Python that has `ask(request)` as joulepathd's socket takes it."""
        return self.cluster.run(sys.executable, "-c", BOARD_CLIENT + text, user=user, where=where,
                                **rest)

    def hold(self, user="alice"):
        """A job on n1 that waits until it is cancelled, and has its board."""
        process = self.cluster.start(["srun", "-Q", "-w", "n1", "-J", "hold", "sleep", "100"],
                                     user=user)
        self.addCleanup(process.communicate, timeout=runs.TIMEOUT_S)
        runs.wait_until("the board", lambda: self.client(user, "print(ask(MAP)[0])").out == "0\n")

    def test_full_report_of_a_user(self):
        said = self.srun("-N3", "-n3", program("busy"), "2", options=self.POWERCAP)
        _, _, nodes, trace = self.one_line(said.err)
        report = self.check_trace(trace, "alice", 3, NODES)
        self.assertEqual({sensor["id"] for sensor in report["sensors"]},
                         {"board:powercap:intel-rapl:0"})
        for node in report["nodes"]:
            truth = self.cluster.truth["nodes"][node["node"]]["package_w"] * node["duration_s"]
            self.assertLessEqual(node["energy_j"]["lo"], truth)
            self.assertGreaterEqual(node["energy_j"]["hi"], truth)
            self.assertAlmostEqual(node["energy_j"]["value"], truth, delta=0.05 * truth)
        self.cluster.wait_idle()
        self.assertEqual(self.daemons(), [], "it ends with the last job")

    def test_without_the_daemon_it_is_unknown(self):
        binary = self.prefix / "bin/joulepathd"
        os.rename(binary, self.prefix / "away")
        try:
            said = self.srun("-n1", program("busy"), "0.5", options=self.POWERCAP)
        finally:
            os.rename(self.prefix / "away", binary)
        self.assertIn("energy unknown, because", said.err)
        reasons = [row["reason"] for row in self.report(self.one_trace())["sensors"]]
        self.assertTrue(all("Permission denied" in reason for reason in reasons), reasons)

    def test_has_no_privileges(self):
        self.hold()
        for pid in self.daemons():
            status = dict(line.split(":", 1) for line in
                          pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
            self.assertEqual(status["Uid"].split(), ["65534"] * 4)
            self.assertEqual(status["Groups"].split(), [])
            for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                self.assertEqual(int(status[kind], 16), 0, kind)
            self.assertEqual((status["NoNewPrivs"].strip(), status["Seccomp"].strip()), ("1", "2"))

    def test_who_may_map_it(self):
        self.hold()
        mapped = self.client("alice", """
print(ask(MAP)[0], fd is not None)
board = mmap.mmap(fd, 40, mmap.MAP_SHARED, mmap.PROT_READ)
print(board[:8])
for attempt in (lambda: mmap.mmap(fd, 40, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE),
                lambda: os.pwrite(fd, b"x", 0), lambda: os.ftruncate(fd, 0),
                lambda: os.open(f"/proc/self/fd/{fd}", os.O_RDWR) and
                        mmap.mmap(os.open(f"/proc/self/fd/{fd}", os.O_RDWR), 40)):
    try:
        attempt()
        print("written")
    except (OSError, ValueError) as error:
        print("refused")
""")
        self.assertEqual(mapped.out.split("\n")[:6],
                         ["0 True", "b'julpthB1'"] + ["refused"] * 4, mapped.err)
        other = self.client("bob", "print(ask(MAP)[0], fd is not None)")
        self.assertEqual(other.out, "1 False\n", other.err)  # EPERM
        admit = self.client("bob", "print(ask(struct.pack('<IHHII', MAGIC, 1, 2, 2002, 9))[0])")
        self.assertEqual(admit.out, "1\n", admit.err)
        elsewhere = self.client("alice", "print(ask(MAP)[0])", where="n2")
        self.assertNotEqual(elsewhere.code, 0, "no job there, no daemon")

    def test_malformed_requests_and_dying_clients(self):
        self.hold()
        daemon, = self.daemons()
        said = self.client("bob", """
import random
random.seed(7)
for turn in range(10000):
    kind = turn % 5
    text = random.randbytes(random.choice((0, 1, 8, 15, 16, 17, 4000)))
    if kind == 1:  # nearly right
        text = struct.pack('<IHHII', MAGIC, random.choice((0, 1, 2)), random.randrange(6),
                           random.randrange(3), random.randrange(3))
    try:
        s = connect()
        if kind == 2:  # goes at once
            s.close()
            continue
        if kind == 3:  # with descriptors
            socket.send_fds(s, [text or b'x'], [0, 1])
        else:
            s.send(text)
        if kind != 4:  # does not wait for the reply
            s.settimeout(5)
            reply = s.recv(100)
            assert not reply or struct.unpack('<Ii', reply)[1] != 0, reply
        s.close()
    except (ConnectionError, BrokenPipeError):
        pass
idle = [connect() for _ in range(100)]  # and some who say nothing
print('done')
time.sleep(0.2)
""", timeout=60)
        self.assertEqual(said.out, "done\n", said.err)
        self.assertEqual(self.daemons(), [daemon])
        self.assertEqual(self.client("alice", "print(ask(MAP)[0])").out, "0\n")

    def test_killed_while_a_job_runs(self):
        process = self.cluster.start(["srun", "-Q", "--mpi=pmix", "-w", "n1", "-n1",
                                      *self.POWERCAP, program("busy"), "6"], user="alice",
                                     cwd=self.folders["alice"])
        runs.wait_until("a node's file", lambda: list(self.folders["alice"].glob("*/*.h5")))
        daemon, = self.daemons()
        time.sleep(1)  # of energy that is known
        os.kill(daemon, 9)
        out, err = process.communicate(timeout=runs.TIMEOUT_S)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn("busy steps", out)
        _, joules, _, trace = self.one_line(err)
        report = self.report(trace)
        sensor, = report["sensors"]
        self.assertGreater(sensor["lost_s"] + report["energy_j"]["hi"], 0)
        self.assertIn("incomplete", err)
        failed = [row for row in report["health"]["notes"] if row["what"] == "read_failed"]
        self.assertTrue(any("timed out" in row["reason"] for row in failed), report["health"])
        # The next job has one again.
        said = self.srun("-n1", program("busy"), "0.5", options=self.POWERCAP)
        self.assertNotIn("unknown", said.err)

    def test_broken_configurations(self):
        folder = self.prefix.parent / "etc"
        folder.mkdir()
        for where in NODES:
            self.cluster.run("mkdir", "-p", "/run/etc", where=where)
        prolog = self.prefix / "libexec/joulepath/slurm/prolog.sh"
        text = prolog.read_text()
        (folder / "broken.conf").write_text("rate = nothing\n")
        try:
            prolog.write_text(text.replace("--admit", f"--config {folder}/broken.conf --admit"))
            said = self.srun("-n1", program("busy"), "0.3")
            self.assertIn("busy steps", said.out)
        finally:
            prolog.write_text(text)
        self.cluster.wait_idle()

    def test_two_jobs_share_one(self):
        self.hold("alice")
        self.hold("bob")
        self.assertEqual(len(self.daemons()), 1)
        for user in ("alice", "bob"):
            self.assertEqual(self.client(user, "print(ask(MAP)[0])").out, "0\n")
        self.cluster.run("scancel", "-n", "hold", user="bob")
        runs.wait_until("bob's end", lambda: self.client("bob", "print(ask(MAP)[0])").out == "1\n")
        self.assertEqual(self.client("alice", "print(ask(MAP)[0])").out, "0\n")


if __name__ == "__main__":
    runs.main()
