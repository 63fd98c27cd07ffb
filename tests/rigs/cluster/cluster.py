"""Nodes on one machine: each has its own host name, network, /dev/shm, sensor tree and, by a
time name space, its own CLOCK_MONOTONIC; a bridge joins them. The machine's own network is
not touched, and all of it is gone when the processes that hold the name spaces are.

They share the CPUs, the boot id, /tmp and the UTC clock.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "integration"))
import joulepath_runs as runs  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
MOVER = runs.SOURCE / "tests/integration/moving_powercap.py"
NETWORK = "10.77.0."
# Open MPI over the bridge; ranks that wait give the CPU to those that compute.
MPI_OPTIONS = ("--bind-to", "none", "-mca", "pml", "ob1", "-mca", "btl", "tcp,vader,self", "-mca",
               "btl_tcp_if_include", "eth0", "-mca", "oob_tcp_if_include", "eth0", "-mca",
               "mpi_yield_when_idle", "1", "-mca", "plm_rsh_agent", str(HERE / "agent.sh"))


def must(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=runs.TIMEOUT_S)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(done.args)}: {done.stderr.strip()}")


def need_name_spaces():
    """SkipTest, with the reason, where nodes cannot be made."""
    runs.need("unshare", "nsenter", "ip", "setpriv", "mpirun.openmpi")
    if os.geteuid() != 0:
        raise runs.unittest.SkipTest("name spaces for nodes need root")
    probe = subprocess.run(["unshare", *NEW_NAME_SPACES, "ip", "link", "add", "br0", "type",
                            "bridge"], capture_output=True, text=True, timeout=runs.TIMEOUT_S)
    if probe.returncode != 0:
        raise runs.unittest.SkipTest("this system makes no name spaces or bridges: " +
                                     probe.stderr.strip())


# Ends with the test, also where that is killed.
WITH_US = ["setpriv", "--pdeathsig", "KILL"]
NEW_NAME_SPACES = ("--net", "--uts", "--mount", "--ipc", "--time", "--propagation", "private",
                   "--fork", "--kill-child")


class Holder:
    """A process that keeps name spaces alive; `later_s` is added to its monotonic clock."""

    def __init__(self, name, later_s=0):
        self.name = name
        self.process = subprocess.Popen(
            [*WITH_US, "unshare", *NEW_NAME_SPACES, "--monotonic", str(later_s), "sh", "-c",
             "echo $$; exec sleep infinity"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True, start_new_session=True)
        self.pid = int(self.process.stdout.readline())
        self.run("hostname", name)
        self.run("ip", "link", "set", "lo", "up")

    def inside(self, *command, folder="/"):
        """The command, on this node."""
        return ["nsenter", "--target", str(self.pid), "--net", "--uts", "--mount", "--ipc",
                "--time", f"--wdns={folder}", "--", *map(str, command)]

    def run(self, *command):
        must(*self.inside(*command))

    def pids(self):
        """All its processes, but for those that hold it."""
        mine = os.readlink(f"/proc/{self.pid}/ns/uts")
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit() or int(entry.name) in (self.pid, self.process.pid):
                continue
            try:
                if os.readlink(f"/proc/{entry.name}/ns/uts") == mine:
                    yield int(entry.name)
            except OSError:
                continue  # it has just ended

    def kill(self):
        """Everything on the node at once, as when its power fails."""
        for pid in list(self.pids()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def end(self):
        self.kill()
        runs.kill_session(self.process.pid)
        self.process.stdout.close()
        self.process.wait(timeout=runs.TIMEOUT_S)


class Cluster:
    """Nodes "node0", "node1" ..., whose one package each uses the given power.

    On each, `sysfs` is its own sensor tree and `local` a file system of its own. A node of None
    watts is a container on the node before it, whose sensors it sees.
    """

    def __init__(self, folder, watts, later_s=None):
        self.folder = folder
        self.sysfs = folder / "sysfs"
        self.local = folder / "local"
        self.watts = dict(zip((f"node{n}" for n in range(len(watts))), watts))
        self.nodes = {}
        self.movers = {}
        for path in (self.sysfs, self.local, folder / "pids"):
            path.mkdir()
        self.switch = Holder("switch")
        try:
            self.switch.run("ip", "link", "add", "br0", "type", "bridge")
            self.switch.run("ip", "link", "set", "br0", "up")
            (folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(
                f"{NETWORK}{number} {name}\n" for number, name in enumerate(self.watts, 1)))
            for number, name in enumerate(self.watts, 1):
                self._add(number, name, later_s[number - 1] if later_s else 0)
        except BaseException:
            self.end()
            raise

    def _add(self, number, name, later_s):
        node = self.nodes[name] = Holder(name, later_s)
        (self.folder / "pids" / name).write_text(str(node.pid))
        self.switch.run("ip", "link", "add", f"port{number}", "type", "veth", "peer", "name",
                        "eth0", "netns", node.pid)
        self.switch.run("ip", "link", "set", f"port{number}", "master", "br0", "up")
        node.run("ip", "link", "set", "eth0", "up")
        node.run("ip", "address", "add", f"{NETWORK}{number}/24", "dev", "eth0")
        node.run("mount", "--bind", self.folder / "hosts", "/etc/hosts")
        node.run("mount", "-t", "tmpfs", "local", self.local)
        node.run("mount", "-t", "tmpfs", "-o", "size=1g", "shm", "/dev/shm")
        if self.watts[name] is None:
            node.run("mount", "--bind", self.folder / f"sysfs-node{number - 2}", self.sysfs)
            return
        tree = self.folder / f"sysfs-{name}"
        zone = tree / "class/powercap/intel-rapl:0"
        zone.mkdir(parents=True)
        (zone / "name").write_text("package-0\n")
        (zone / "max_energy_range_uj").write_text("262143328850\n")
        (zone / "energy_uj").write_text("1000000\n")
        node.run("mount", "--bind", tree, self.sysfs)
        self.movers[name] = subprocess.Popen(
            WITH_US + node.inside(sys.executable, MOVER, self.sysfs, "--period-ms", "5",
                                  "--watts", f"package-0={self.watts[name]}"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
        runs.wait_until(f"moving counters on {name}", (tree / "truth.json").exists)

    def truth(self, name):
        """What the counter of a node did: moving_powercap.py tells of it."""
        return json.loads((self.folder / f"sysfs-{name}" / "truth.json").read_text())["zones"][0]

    def mpirun(self, ranks_each, *program, options=()):
        """The launcher, on the first node; the ranks of a node are neighbours."""
        hosts = self.folder / "hostfile"
        hosts.write_text("".join(f"{name} slots={ranks_each}\n" for name in self.nodes))
        return ["mpirun.openmpi", "--hostfile", hosts, *MPI_OPTIONS, *options, "-np",
                str(ranks_each * len(self.nodes)), *map(str, program)]

    def on_first(self, command, folder):
        return self.nodes["node0"].inside(*command, folder=folder)

    def environment(self):
        return {"CLUSTER_NODES": self.folder / "pids", "JOULEPATH_SHM_DIR": None,
                "PRTE_MCA_plm_ssh_agent": HERE / "agent.sh"}

    def recorders(self):
        """By node: process ids of its recorders."""
        found = {name: [] for name in self.nodes}
        for name, node in self.nodes.items():
            for pid in node.pids():
                try:
                    program = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
                except OSError:
                    continue
                if program.endswith(b"joulepath-recorder"):
                    found[name].append(pid)
        return found

    def end(self):
        for node in (*self.nodes.values(), self.switch):
            node.end()
        for mover in self.movers.values():
            mover.wait(timeout=runs.TIMEOUT_S)
        shutil.rmtree(self.folder, ignore_errors=True)


class Case(runs.Case):
    """A test with a cluster (self.cluster) of its own."""

    watts = (100, 200, 300, 400)
    later_s = None

    def setUp(self):
        need_name_spaces()
        folder = pathlib.Path(tempfile.mkdtemp(prefix="joulepath-cluster-")).resolve()
        self.cluster = Cluster(folder, self.watts, self.later_s)
        self.addCleanup(self.cluster.end)  # last of all
        super().setUp()

    def environment(self, **changes):
        return super().environment(**{**self.cluster.environment(), **changes})

    def recorders(self):
        return [pid for pids in self.cluster.recorders().values() for pid in pids]

    def sessions(self):
        left = []
        for node in self.cluster.nodes.values():
            found = subprocess.run(node.inside("find", "/dev/shm", "-mindepth", "2", "-maxdepth",
                                               "2", "-path", "*/joulepath-*/*"),
                                   capture_output=True, text=True, timeout=runs.TIMEOUT_S)
            left += found.stdout.split()
        return left

    def run_on_first(self, command, **rest):
        return self.run_program(self.cluster.on_first(command, self.folder), **rest)

    def record_command(self, command, *options, trace=None):
        return [runs.JOULEPATH, "run", "-q", "-o", trace or self.trace, "--sysfs-root",
                self.cluster.sysfs, "--sensors", "powercap", *options, "--", *command]

    def record_on_first(self, command, *options, trace=None, **rest):
        """`joulepath run` on the first node, of a program on all."""
        return self.run_on_first(self.record_command(command, *options, trace=trace), **rest)
