"""A real Slurm of three nodes on this machine: munge, slurmctld and a slurmd for each node,
every node in name spaces of its own with energy counters of a known power (inside/).

It needs root and Debian's packages; where something is missing, `Cluster.need()` skips with the
reason. It is up in seconds; down() kills the first process of its PID name space, and with
that the kernel ends everything in it, mounts and interfaces included.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "integration"))

import joulepath_runs as runs  # noqa: E402

NODES = ("n1", "n2", "n3")
PROGRAMS = ("munged", "slurmctld", "slurmd", "srun", "sbatch", "salloc", "scancel", "squeue",
            "sinfo", "scontrol", "ip", "unshare", "nsenter", "setpriv", "mpirun.openmpi")
UP_S, COMMAND_S = 30, 60
USERS = {"root": 0, "alice": 2001, "bob": 2002}
FREEZER = pathlib.Path("/sys/fs/cgroup/freezer")
CGROUP_CONF = "CgroupPlugin=cgroup/v1\nCgroupMountpoint=/sys/fs/cgroup\n"
# A step's pmix agents: other fences of Debian's Slurm segfault in MPI_Init now and then.
MPI_CONF = "PMIxCliTmpDirBase=/dev/shm\nPMIxCollFence=ring\n"


@dataclasses.dataclass
class Outcome:
    code: int
    out: str
    err: str

    def own_lines(self):
        """What Joulepath said through Slurm."""
        return [line for line in self.err.splitlines() if "joulepath:" in line]


class JobStuck(Exception):
    """The srun of a job waits though its steps are over. Debian's Slurm does after a step across the
    parts of a heterogeneous job that end at once: both of its threads join the one that listens
    for MPI_Abort (pmixp_abort_agent_stop; later versions count them)."""


class Cluster:
    """`scripts`: lines of slurm.conf (Prolog=...); `plugstack`: the content of plugstack.conf;
    `control_groups`: what a step leaves behind is found and killed, as on real nodes."""

    def __init__(self, scripts="", plugstack="", control_groups=False):
        self.rig = pathlib.Path(tempfile.mkdtemp(prefix="joulepath-slurm-"))
        self.rig.chmod(0o755)
        self.scripts, self.plugstack = scripts, plugstack
        self.control_groups = control_groups
        self.outer = None
        self.pids = {}

    @staticmethod
    def need():
        if os.geteuid() != 0:
            raise runs.unittest.SkipTest("name spaces with Slurm's daemons need root")
        runs.need(*PROGRAMS)
        probe = subprocess.run(["unshare", "-n", "-u", "-m", "-p", "--fork", "--mount-proc",
                                "sh", "-c", "mount -t tmpfs none /mnt && ip link add x type bridge"],
                               capture_output=True, timeout=COMMAND_S)
        if probe.returncode != 0:
            raise runs.unittest.SkipTest("this system gives no name spaces: " +
                                         probe.stderr.decode(errors="replace").strip())
        plugins = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}",
                                  "slurm-wlm-hdf5-plugin"], capture_output=True, text=True)
        if plugins.stdout != "installed":
            raise runs.unittest.SkipTest("slurm-wlm-hdf5-plugin is not installed")

    @staticmethod
    def need_control_groups():
        if not os.access(FREEZER, os.W_OK):
            raise runs.unittest.SkipTest(f"{FREEZER} is not there: Slurm's plug-in for control "
                                         "groups of version 2 needs systemd")
        if list(FREEZER.glob("slurm_n*")):
            raise runs.unittest.SkipTest(f"{FREEZER}/slurm_n*: another Slurm has its groups there")

    # -- up and down

    def up(self):
        self._write_files()
        with open(self.rig / "log/head", "w") as log:
            self.outer = subprocess.Popen(
                ["unshare", "-n", "-u", "-m", "-p", "--fork", "--kill-child", "--mount-proc",
                 "--propagation", "private", "bash", self.rig / "head.sh", self.rig,
                 str(len(NODES))], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        try:
            runs.wait_until("the cluster's first process", self._find_head, UP_S)
            for node in NODES:
                runs.wait_until(f"slurmd of {node}", lambda node=node: self._find_node(node), UP_S)
            runs.wait_until("all nodes idle", self.all_idle, UP_S)
        except BaseException:
            print(self.logs(), file=sys.stderr)
            self.down()
            raise
        return self

    def down(self):
        if self.outer is not None:
            if "head" in self.pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pids["head"], signal.SIGKILL)
            self.outer.kill()
            self.outer.wait(timeout=COMMAND_S)
            self.outer = None
            if self.control_groups:
                for folder, _, _ in (entry for node in NODES for entry in os.walk(
                        FREEZER / f"slurm_{node}", topdown=False)):
                    os.rmdir(folder)
        shutil.rmtree(self.rig, ignore_errors=True)

    def power_off(self, node):
        """From one moment to the next: nothing of it says a word to anybody any more."""
        self._on_head("ip", "link", "delete", f"v{node}")
        space = os.readlink(f"/proc/{self.pids[node]}/ns/net")

        def send(number):
            found = 0
            for pid, _, _ in runs.processes():
                with contextlib.suppress(OSError):
                    if os.readlink(f"/proc/{pid}/ns/net") == space:
                        os.kill(pid, number)
                        found += 1
            return found
        send(signal.SIGSTOP)  # so that none sees another's end
        runs.wait_until(f"{node} is off", lambda: not send(signal.SIGKILL))
        del self.pids[node]

    def power_on(self, node):
        """With an empty memory, as after any boot; returns when its slurmd runs."""
        self._on_head("bash", self.rig / "boot.sh", self.rig, node)
        runs.wait_until(f"slurmd of {node}", lambda: self._find_node(node), UP_S)

    def _on_head(self, *command):
        said = self.run(*command)
        if said.code != 0:
            raise AssertionError(f"{command}: {said.err}")

    def _write_files(self):
        for folder in ("etc", "munge", "opt", "state", "spool", "log", "profile", "home"):
            (self.rig / folder).mkdir(exist_ok=True)
        for user, uid in USERS.items():
            home = self.rig / "home" / user
            home.mkdir(mode=0o755)
            os.chown(home, uid, uid)
        (self.rig / "profile").chmod(0o1777)
        key = self.rig / "munge/key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        (self.rig / "munge").chmod(0o711)
        for name in ("head.sh", "boot.sh", "node.sh", "counters.py"):
            shutil.copy(HERE / "inside" / name, self.rig / name)
        self._write_counters()
        etc = self.rig / "etc"
        conf = (HERE / "slurm.conf.in").read_text()
        for name, value in (("RIG", self.rig), ("NODES", len(NODES)), ("SCRIPTS", self.scripts)):
            conf = conf.replace(f"@{name}@", str(value))
        if self.control_groups:
            conf = conf.replace("proctrack/linuxproc", "proctrack/cgroup")
            (etc / "cgroup.conf").write_text(CGROUP_CONF)
        (etc / "slurm.conf").write_text(conf)
        (etc / "mpi.conf").write_text(MPI_CONF)
        (etc / "acct_gather.conf").write_text(f"ProfileHDF5Dir={self.rig}/profile\n")
        (etc / "plugstack.conf").write_text(self.plugstack)
        hosts = "".join(f"10.77.0.{at} {node}\n" for at, node in enumerate(NODES, 1))
        (etc / "hosts").write_text("127.0.0.1 localhost\n10.77.0.254 head\n" + hosts)
        for name, line in (("passwd", "{0}:x:{1}:{1}::{2}/home/{0}:/bin/bash\n"),
                           ("group", "{0}:x:{1}:\n")):
            ours = "".join(line.format(user, uid, self.rig) for user, uid in USERS.items() if uid)
            (etc / name).write_text(pathlib.Path("/etc", name).read_text() + ours)

    def _write_counters(self):
        """Node n1 draws 300 W, of which its package 150; n2 400 and 200; n3 500 and 250."""
        truth = {"t0_ns": time.monotonic_ns(), "nodes": {}}
        for at, node in enumerate(NODES, 1):
            sys_root = self.rig / "nodes" / node / "sys"
            package = sys_root / "class/powercap/intel-rapl:0"
            cray = sys_root / "cray/pm_counters"
            (self.rig / "nodes" / node / "mount").mkdir(parents=True)
            package.mkdir(parents=True)
            cray.mkdir(parents=True)
            (package / "name").write_text("package-0\n")
            (package / "max_energy_range_uj").write_text("262143328850\n")
            for file, text in (("energy", ""), ("power", ""), ("freshness", ""),
                               ("raw_scan_hz", "10\n"), ("generation", "1\n"),
                               ("startup", "1\n"), ("version", "1\n")):
                (cray / file).write_text(text)
            (package / "energy_uj").write_text("")
            (package / "energy_uj").chmod(0o400)
            truth["nodes"][node] = {"sys": str(sys_root), "node_w": 200 + 100 * at,
                                    "package_w": 100 + 50 * at}
        (self.rig / "counters.json").write_text(json.dumps(truth))
        self.truth = truth

    def _find_head(self):
        children = pathlib.Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children")
        pids = children.read_text().split()
        if pids:
            self.pids["head"] = int(pids[0])
        return bool(pids)

    def _find_node(self, node):
        """slurmd took the place of the node's first process, with the node's name in it."""
        wanted = ["slurmd", "-D", "-N", node, ""]
        for pid, _, words in runs.processes():
            if words == wanted and self.is_inside(pid):
                self.pids[node] = pid
                return True
        return False

    def is_inside(self, pid):
        try:
            return os.readlink(f"/proc/{pid}/ns/pid") == os.readlink(
                f"/proc/{self.pids['head']}/ns/pid")
        except OSError:
            return False

    def logs(self):
        texts = []
        for path in sorted((self.rig / "log").iterdir()):
            texts.append(f"== {path.name}\n" + path.read_text(errors="replace")[-3000:])
        return "\n".join(texts)

    # -- what a user does

    def inside(self, where, user, command, cwd=None):
        """The words that run a command on a node (or "head") as a user."""
        uid = USERS[user]
        words = ["nsenter", "-t", str(self.pids[where]), "-n", "-u", "-m", "-p",
                 f"--wd={cwd or self.home(user)}", "--"]
        if uid != 0:
            words += ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
        return [*words, *map(str, command)]

    def environment(self, user, changes):
        kept = {"PATH": os.environ["PATH"], "LC_ALL": "C", "USER": user, "LOGNAME": user,
                "HOME": str(self.home(user)), "SLURM_CONF": str(self.rig / "etc/slurm.conf"),
                "OMPI_MCA_mpi_yield_when_idle": "1", "OMPI_MCA_btl": "tcp,self",
                "OMPI_MCA_btl_tcp_if_include": "eth0", "OMPI_MCA_oob_tcp_if_include": "eth0",
                "OMPI_MCA_rmaps_base_oversubscribe": "1"}
        if user == "root":
            kept.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        kept.update(changes)
        return kept

    def home(self, user):
        return self.rig / "home" / user

    def start(self, command, user="root", where="head", env=None, cwd=None):
        return subprocess.Popen(self.inside(where, user, command, cwd), text=True,
                                errors="replace", env=self.environment(user, env or {}),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, start_new_session=True)

    def run(self, *command, user="root", where="head", env=None, cwd=None, timeout=COMMAND_S):
        process = self.start(["timeout", str(timeout), *command], user, where, env, cwd)
        out, err = process.communicate(timeout=timeout + 10)
        return Outcome(process.returncode, out, err)

    def batch(self, script, *options, user="root", env=None, cwd=None, patience=COMMAND_S):
        """Submits a script and waits for its end: (job id, output, state)."""
        cwd = pathlib.Path(cwd or self.home(user))
        path = cwd / f"job-{time.monotonic_ns()}.sh"
        path.write_text("#!/bin/bash\n" + script)
        path.chmod(0o755)
        os.chown(path, USERS[user], USERS[user])
        said = self.run("sbatch", "--parsable", "--output=slurm-%j.out", *options, path, user=user,
                        env=env, cwd=cwd)
        if said.code != 0:
            raise AssertionError(f"sbatch: {said.err}")
        job = int(said.out.split(";")[0])
        state = self.wait_for_job(job, patience)
        # Arrays and heterogeneous jobs write a file for each part.
        output = cwd / f"slurm-{job}.out"
        return job, output.read_text(errors="replace") if output.exists() else "", state

    def wait_for_job(self, job, patience=COMMAND_S):
        """The job's state, once it is over and its nodes are free again; JobStuck if its steps are
        over and srun is not."""
        def over():
            shown = self.run("scontrol", "-o", "show", "job", job)
            states = re.findall(r"JobState=(\S+)", shown.out)
            busy = {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "REQUEUED"}
            return states[0] if states and not busy & set(states) else None
        try:
            state = runs.wait_until(f"end of job {job}", over, patience)
        except AssertionError:
            steps = self.run("squeue", "-h", "-s", "-j", job, "-o", "%i").out.split()
            if not all(step.endswith((".batch", ".extern")) for step in steps):
                raise
            self.run("scancel", job)
            self.wait_idle()
            raise JobStuck(job) from None
        self.wait_idle()
        return state

    def node_states(self):
        said = self.run("sinfo", "-h", "-N", "-o", "%N %T", timeout=10)
        return dict(line.split() for line in said.out.splitlines())

    def all_idle(self):
        states = self.node_states()
        return set(states) == set(NODES) and set(states.values()) == {"idle"}

    def wait_idle(self):
        """All nodes idle, not drained: an epilogue may still run after srun has returned."""
        runs.wait_until("all nodes idle", self.all_idle, COMMAND_S)

    def left_behind(self):
        """Files of Joulepath in the nodes' shared memory and run folders, and its processes."""
        found = []
        for node in NODES:
            if node not in self.pids:  # it is off
                continue
            said = self.run("find", "/dev/shm", "/run", "-mindepth", "1", "-name", "*joulepath*",
                            where=node)
            # joulepathd's folder stays until the node boots: users cannot make it.
            found += [f"{node}:{line}" for line in said.out.splitlines()
                      if line != "/run/joulepath"]
        for pid, _, words in runs.processes():
            if pathlib.Path(words[0]).name.startswith("joulepath") and self.is_inside(pid):
                found.append(" ".join(words))
        return found
