#!/usr/bin/env python3
"""Joulepath in a real Slurm of three nodes (cluster.py), installed as docs/slurm.md says: jobs of
root and of a user, by srun and by mpirun in scripts; what happens when something breaks; and the
energy of a step against the counters' truth and against Slurm's own figure.
Usage: slurm_test.py [Launch|Names|Comment|Groups|Faults|NodeFailure|Energy]"""

import os
import re
import shutil
import sys
import time

import h5py

from cluster import NODES, USERS, runs
from slurm_case import SlurmCase, program

INPUTS = runs.SOURCE / "tests/integration"
sys.path.insert(0, str(INPUTS))
from real_programs_test import LJ_MELT, MPI4PY_SCRIPT  # noqa: E402


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

    def test_step_across_parts_of_a_heterogeneous_job(self):
        """One trace of all ranks, also where the first part is not among them."""
        job, output, _ = self.batch_across_parts("".join(
            f"srun -Q --het-group={groups} --mpi=pmix {program('busy')} 0.5\n"
            for groups in ("0,1", "1,2")),
            "-N1", "-n1", "--joulepath=sensors=cray", ":", "-N1", "-n2", ":", "-N1", "-n1")
        lines = self.lines(output)
        self.assertEqual([(step, nodes) for step, _, nodes, _ in lines],
                         [(f"{job}.0", 2), (f"{job}.1", 2)], output)
        self.assertEqual(sorted(trace.name for *_, trace in lines), self.traces())
        self.assertNotIn("incomplete", output)
        for *_, trace in lines:
            nodes = [node["node"] for node in self.report(trace)["nodes"]]
            self.assertEqual(len(set(nodes)), 2)
            self.check_trace(trace, "alice", 3, nodes)
        said = self.cluster.run(self.prefix / "bin/joulepath", "slurm", job, user="alice",
                                cwd=self.folders["alice"])
        self.assertEqual([line.split()[0] for line in said.out.splitlines()[1:4]],
                         [f"{job}.0", f"{job}.1", "all"], said.err)

    def test_what_killed_steps_of_a_part_left(self):
        """The Epilog of a part takes it away (tearDown looks)."""
        made = "mkdir -p -m 700 /dev/shm/joulepath-$(id -u)/slurm-$SLURM_JOB_ID.99 && echo made"
        _, output, _ = self.batch(f"srun -Q --het-group=1 sh -c '{made}'\n", "-N1", "-n1", ":",
                                  "-N1", "-n1")
        self.assertEqual(output, "made\n")

    def test_requeued_job(self):
        script = self.folders["alice"] / "again.sh"
        script.write_text(f"#!/bin/bash\nsrun -Q --mpi=pmix {program('busy')} 0.5\n"
                          "[ -n \"$SLURM_RESTART_COUNT\" ] || sleep 50\n")
        said = self.cluster.run("sbatch", "--parsable", "-n1", "--joulepath", "--requeue", script,
                                user="alice", cwd=self.folders["alice"])
        job = said.out.strip()
        runs.wait_until("the first trace", lambda: self.traces() == [f"joulepath-{job}.0.h5"])
        self.cluster.run("scontrol", "requeue", job)

        # A job that was requeued is due in two minutes. Not in the same second, in which slurmd
        # takes the new credential for the revoked one.
        def pending():
            return "JobState=PENDING" in self.cluster.run("scontrol", "show", "job", job).out
        runs.wait_until("the job waits", pending)
        self.cluster.run("scontrol", "update", f"JobId={job}", "StartTime=now+3")
        state = self.cluster.wait_for_job(job)
        outputs = [path.read_text() for path in self.folders["alice"].glob("slurm-*")]
        self.assertEqual(state, "COMPLETED", outputs)
        self.assertEqual(self.traces(), [f"joulepath-{job}.0.h5", f"joulepath-{job}.0.r1.h5"])


class Comment(SlurmCase):
    """The total in the job's comment, where it is asked for."""

    TOTAL = re.compile(r"joulepath: (~?)([\d.]+) (J|kJ) \[.*\] \w+, (\d) steps?$")

    def comments(self, job):
        """By the job's name: of an array's tasks and a heterogeneous job's parts as well."""
        said = self.cluster.run("squeue", "-h", "-t", "all", "-j", job, "-o", "%i %k")
        return dict(line.split(" ", 1) for line in said.out.splitlines())

    def check(self, comment, joules, steps):
        found = self.TOTAL.search(comment)
        self.assertTrue(found, comment)
        self.assertEqual(int(found[4]), steps)
        self.assertAlmostEqual(float(found[2]) * (1000 if found[3] == "kJ" else 1), sum(joules),
                               delta=0.005 * sum(joules))

    def test_of_one_step(self):
        """On all nodes, as Slurm takes none of a job that is over."""
        said = self.srun("-N3", "-n6", "--comment=mine: 1; 'x' | $y", program("busy"), "1",
                         options=("--joulepath=comment,sensors=cray",))
        step, joules, *_ = self.one_line(said.err)
        job = step.split(".")[0]
        comment, = self.comments(job).values()
        self.assertTrue(comment.startswith("mine: 1; 'x' | $y; joulepath: "), comment)
        self.check(comment, [joules], 1)

    def test_of_a_script(self):
        """All steps and launchers, once, at its end, wherever the traces are."""
        (self.folders["alice"] / "there").mkdir()
        os.chown(self.folders["alice"] / "there", USERS["alice"], USERS["alice"])
        job, output, _ = self.batch(
            f"srun -Q --mpi=pmix {program('busy')} 0.5\n" * 2 +
            f"squeue -h -j $SLURM_JOB_ID -o 'before: %k'\nmpirun -n 2 {program('busy')} 0.5\n",
            "-N2", "-n2", "--joulepath=comment,output=there/,sensors=cray")
        lines = self.lines(output)
        self.assertEqual(len(lines), 3, output)
        self.assertEqual({trace.parent.name for *_, trace in lines}, {"there"})
        self.assertIn("before: (null)\n", output)
        self.check(self.comments(job)[str(job)], [joules for _, joules, *_ in lines], 3)

    def test_of_parts_and_tasks(self):
        job, output, _ = self.batch_across_parts(
            f"srun -Q --het-group=0,1 --mpi=pmix {program('busy')} 0.5\n",
            "-N1", "-n1", "--joulepath=comment", ":", "-N1", "-n1")
        comments = self.comments(job)
        self.check(comments[f"{job}+0"], [self.one_line(output)[1]], 1)
        self.assertEqual(comments[f"{job}+1"], "(null)")
        job, _, _ = self.batch(f"srun -Q --mpi=pmix {program('busy')} 0.5\n", "--array=1-2", "-n1",
                               "--joulepath=comment", "--output=out-%a")
        for task in (1, 2):
            text = (self.folders["alice"] / f"out-{task}").read_text()
            self.check(self.comments(job)[f"{job}_{task}"], [self.one_line(text)[1]], 1)

    def test_where_slurms_programs_are_missing(self):
        said = self.cluster.run(
            "salloc", "-Q", "-n1", "bash", "-c", f"PATH=/nowhere {shutil.which('srun')} -Q "
            f"--joulepath=comment --mpi=pmix {program('busy')} 0.3", user="alice",
            cwd=self.folders["alice"])
        self.assertEqual(said.code, 0, said.err)
        self.assertIn("squeue: not found in PATH; the job's comment is not set", said.err)
        self.one_line(said.err)

    def test_not_asked_for(self):
        said = self.srun("-n1", program("busy"), "0.3")
        job = self.one_line(said.err)[0].split(".")[0]
        self.assertEqual(self.comments(job), {job: "(null)"})


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
        # Nobody waits for the recorder without the plug-in.
        runs.wait_until("a trace by TaskProlog", lambda: len(self.traces()) == 1 and
                        self.traces()[0].endswith(".h5"))


class NodeFailure(SlurmCase):
    """A node loses its power while a job runs, and comes back."""

    def energies(self, report):
        """{node: (its energy, the truth of its recorded time)}"""
        nodes = self.cluster.truth["nodes"]
        return {node["node"]: (node["energy_j"], nodes[node["node"]]["node_w"] * node["duration_s"])
                for node in report["nodes"]}

    def cut_power(self, node, job):
        parts = self.folders["alice"] / f"joulepath-{job}.0.h5.parts"
        files = [parts / f"node-{name}.h5" for name in NODES]
        runs.wait_until("all files", lambda: all(file.exists() for file in files))
        time.sleep(2)  # of energy that is known
        self.cluster.power_off(node)
        self.addCleanup(lambda: node in self.cluster.pids or self.cluster.power_on(node))
        self.cluster.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=power")

    def come_back(self, node):
        self.assertEqual(self.cluster.left_behind(), [], "on the others")
        self.cluster.power_on(node)
        self.cluster.wait_idle()
        said = self.srun("-N3", "-n3", program("busy"), "0.5",
                         options=("--joulepath=output=next.h5",))
        self.assertEqual(self.one_line(said.err)[2], 3)

    def check_table(self, job, trace):
        """Whatever lies there, each joule counts once."""
        said = self.cluster.run(self.prefix / "bin/joulepath", "slurm", job, user="alice",
                                cwd=self.folders["alice"])
        step, total = said.out.splitlines()[1:3]
        self.assertEqual((step.split()[0], step.split()[1], total.split()[0]),
                         (f"{job}.0", "3", "all"), said.out + said.err)
        joules = [float(line.split()[line.split().index("J") - 1]) for line in (step, total)]
        energy = self.report(trace)["energy_j"]
        for figure in joules:
            self.assertAlmostEqual(figure, energy["value"], delta=0.005 * energy["value"])

    def test_of_a_step(self):
        process = self.cluster.start(["srun", "-Q", "--mpi=pmix", "-N3", "-n3",
                                      "--joulepath=sensors=cray,comment", program("busy"), "50"],
                                     user="alice", cwd=self.folders["alice"])
        job, = runs.wait_until(
            "the job", lambda: self.cluster.run("squeue", "-h", "-o", "%A").out.split())
        self.cut_power("n2", job)
        _, err = process.communicate(timeout=runs.TIMEOUT_S)
        self.assertEqual(process.returncode, 128 + 15, err)
        self.assertIn("Node failure on n2", err)
        step, _, nodes, trace = self.one_line(err)
        self.assertEqual((step, nodes, trace.name), (f"{job}.0", 3, f"joulepath-{step}.h5"))
        self.assertIn("incomplete", err)
        self.assertIn("cut short", err)
        self.assertEqual(self.traces(), [trace.name, trace.name + ".parts"])
        report = self.report(trace)
        for energy, truth in self.energies(report).values():
            self.assertGreater(truth, 0)
            self.assertLessEqual(energy["lo"], truth)
            self.assertGreaterEqual(energy["hi"], truth)
        missing = report["energy_j"]["missing"]
        self.assertEqual([text.split(":")[0] for text in missing], ["n2"], missing)
        self.check_table(job, trace)
        self.come_back("n2")

    def test_of_the_scripts_node(self):
        """Nobody is left who could say a line or join the nodes' files: they are there."""
        script = self.folders["alice"] / "job.sh"
        script.write_text(f"#!/bin/bash\nsrun -Q --mpi=pmix {program('busy')} 50\n")
        said = self.cluster.run("sbatch", "--parsable", "-N3", "-n3", "--no-requeue",
                                "--joulepath=sensors=cray", script, user="alice",
                                cwd=self.folders["alice"])
        job = said.out.strip()
        self.cut_power("n1", job)
        runs.wait_until("the others' end", lambda: not self.cluster.left_behind())
        parts = self.folders["alice"] / f"joulepath-{job}.0.h5.parts"
        self.assertEqual(self.traces(), [parts.name])
        self.assertEqual(set(self.energies(self.report(parts))), set(NODES))
        self.check_table(job, parts)
        self.come_back("n1")


class Energy(SlurmCase):
    def slurms_joules(self, job):
        shown = self.cluster.run("scontrol", "-o", "show", "job", job).out
        found = re.search(r"energy=([\d.]+)([KM]?)", shown)
        self.assertTrue(found, shown)
        return float(found[1]) * {"": 1, "K": 1000, "M": 10**6}[found[2]]

    def profiled_joules(self, step):
        """Out of what acct_gather_profile/hdf5 wrote of each node: whole watts, at whole seconds."""
        files = list((self.cluster.rig / "profile/alice").glob(f"{step.replace('.', '_')}_*.h5"))
        self.assertEqual(len(files), len(NODES))
        joules = 0
        for path in files:
            with h5py.File(path, "r") as file:
                (node,), = [list(file.values())]
                rows = node["Energy"][:]
            for row, following in zip(rows, rows[1:]):
                joules += int(row["Power"]) * (int(following["EpochTime"]) - int(row["EpochTime"]))
        return joules

    def run_beside(self, seconds, *options):
        """(step, our joules, the truth in our window, that window, srun's own time)"""
        watts = sum(node["node_w"] for node in self.cluster.truth["nodes"].values())
        began = time.monotonic()
        said = self.srun("-N3", "-n3", program("busy"), str(seconds),
                         options=("--joulepath=sensors=cray", *options))
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
        return step, energy["value"], truth, truth / watts, whole_s

    def test_against_truth_and_slurm(self):
        """The counters' watts times our window; Slurm's figure of the step is larger by the time
        between its launch and MPI_Init, and that after the last rank."""
        print(f"\n{'program':>8} {'window':>8} {'truth':>8} {'ours':>8} {'Slurm':>8} {'whole':>7}")
        for seconds in (2, 4, 8):
            step, ours, truth, window_s, whole_s = self.run_beside(seconds)
            slurm = self.slurms_joules(step.split(".")[0])
            print(f"{seconds:>6} s {window_s:>6.2f} s {truth:>6.0f} J {ours:>6.0f} J "
                  f"{slurm:>6.0f} J {whole_s:>5.1f} s")
            watts = truth / window_s
            self.assertGreater(slurm, ours - watts * 0.3)
            self.assertLess(slurm, watts * (whole_s + 1))  # Slurm reads each second

    def test_against_slurms_profile(self):
        """It is the step's time in whole seconds, from launch to end, times the power."""
        # Debian's plug-in gives up on a node that finds another making this folder.
        folder = self.cluster.rig / "profile/alice"
        folder.mkdir(mode=0o700)
        os.chown(folder, USERS["alice"], USERS["alice"])
        print(f"\n{'program':>8} {'window':>8} {'truth':>8} {'ours':>8} {'profile':>8} {'Slurm':>8} "
              f"{'whole':>7}")
        for seconds in (2, 5):
            step, ours, truth, window_s, whole_s = self.run_beside(seconds, "--profile=energy")
            profile = self.profiled_joules(step)
            slurm = self.slurms_joules(step.split(".")[0])
            print(f"{seconds:>6} s {window_s:>6.2f} s {truth:>6.0f} J {ours:>6.0f} J "
                  f"{profile:>6} J {slurm:>6.0f} J {whole_s:>5.1f} s")
            watts = truth / window_s
            self.assertGreaterEqual(profile, truth - watts)
            self.assertLess(profile, watts * (whole_s + 1))

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
        self.assertIn("sacct, which says: Slurm accounting storage is disabled", said.out)
        none = self.cluster.run(self.prefix / "bin/joulepath", "slurm", "99999", user="alice")
        self.assertEqual(none.code, 3, none.err)
        self.assertIn("no trace of job 99999", none.err)


if __name__ == "__main__":
    runs.main()
