#!/usr/bin/env python3
"""The instructions of docs/slurm.md for administrators, followed word for word on a Slurm that knows
nothing of Joulepath: the commands and lines are taken out of the document as they stand there.

What is built is this build: configuring and building a release takes minutes, and is done only with
TEST_RELEASE_BUILD=1. apt-get only simulates. There is no systemd here, so that what its unit file
starts is started as it says."""

import os
import pathlib
import re
import shlex
import sys

from cluster import NODES, USERS, runs
from slurm_case import SlurmCase, program

DOCUMENT = runs.SOURCE / "docs/slurm.md"
PREFIX = pathlib.Path("/opt/joulepath")  # in the rig's own /opt
SENSORS = ("class/powercap/intel-rapl:0/energy_uj", "cray/pm_counters/energy",
           "cray/pm_counters/power")
# What systemd does for Type=notify: it waits for READY=1, and later for the end.
NOTIFY = """
import os, socket, subprocess, sys
os.makedirs('/run/joulepath', 0o755, exist_ok=True)  # RuntimeDirectory=
ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ready.bind('/run/notify')
os.chmod('/run/notify', 0o777)  # as systemd's
ready.settimeout(20)
daemon = subprocess.Popen(sys.argv[1:], env={'NOTIFY_SOCKET': '/run/notify'}, stdout=sys.stderr)
print(ready.recv(100), flush=True)
os.unlink('/run/notify')
sys.exit(daemon.wait())
"""


def blocks_for_administrators():
    """(commands that install, lines for Slurm, commands for the daemon, its configuration)"""
    part = DOCUMENT.read_text().split("\n## For administrators\n")[1].split("\n## ")[0]
    return re.findall(r"^```\n(.*?)^```$", part, re.DOTALL | re.MULTILINE), part


def lines_by_file(block):
    """{"plugstack.conf": lines} of a block in which "# NAME" stands before a file's lines."""
    pieces = re.split(r"^# ([\w./]+\.conf).*\n", block, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2]))


class Install(SlurmCase):
    @classmethod
    def install(cls):
        """A Slurm without us."""
        cls.prefix = cls.cluster.rig / PREFIX.relative_to("/")

    def setUp(self):
        super().setUp()
        for node in NODES:
            for sensor in SENSORS:
                (self.cluster.rig / "nodes" / node / "sys" / sensor).chmod(0o400)

    def root(self, command, where="head"):
        """A line of the document, as root."""
        said = self.cluster.run("bash", "-c", command, where=where, cwd=runs.SOURCE, timeout=1800)
        self.assertEqual(said.code, 0, f"{command}\n{said.out}{said.err}")
        return said

    def build_and_install(self, block):
        for line in block.splitlines():
            command = line.split(" # ")[0].strip()
            if command.startswith("apt-get "):
                self.root(command.replace("apt-get", "apt-get --simulate", 1))
            elif os.environ.get("TEST_RELEASE_BUILD") == "1":
                said = self.root(command)
                for words in re.findall(r'# "(.*)"', line):
                    self.assertIn(words, said.out)
            elif command.startswith("cmake --install "):
                self.root(command.replace("build/release", str(runs.BUILD)))

    def configure(self, block):
        files = lines_by_file(block)
        self.assertEqual(sorted(files), ["plugstack.conf", "slurm.conf"])
        for name, lines in files.items():
            with open(self.cluster.rig / "etc" / name, "a") as file:
                file.write(lines)

    def check_full_report(self):
        said = self.srun("-N3", "-n3", program("busy"), "1")
        _, _, nodes, trace = self.one_line(said.err)
        self.assertEqual(nodes, 3)
        self.assertNotIn("incomplete", said.err)
        report = self.check_trace(trace, "alice", 3, NODES)
        self.assertEqual({sensor["id"] for sensor in report["sensors"]},
                         {"board:cray:energy", "board:powercap:intel-rapl:0"})
        for node in report["nodes"]:
            watts = self.cluster.truth["nodes"][node["node"]]["package_w"]
            self.assertLessEqual(node["energy_j"]["lo"], watts * node["duration_s"])
            self.assertGreaterEqual(node["energy_j"]["hi"], watts * node["duration_s"])
        trace.unlink()

    def start_services(self):
        """As the unit file says, on each node; returns the processes that stand for systemd."""
        unit = (self.cluster.rig / "machine-etc/systemd/system/joulepathd.service").read_text()
        start, = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
        self.assertEqual(start, f"{PREFIX}/bin/joulepathd")
        services = [self.cluster.start([sys.executable, "-c", NOTIFY, *shlex.split(start)],
                                       where=node) for node in NODES]
        for service in services:
            said = service.stdout.readline()
            self.assertEqual(said, "b'READY=1'\n", said or service.stderr.read())
        return services

    def daemons(self, user):
        """Process ids of those that have become that user."""
        line = next(line for line in (self.cluster.rig / "machine-etc/passwd").read_text()
                    .splitlines() if line.startswith(user + ":"))
        uid = line.split(":")[2]
        found = []
        for pid, _, words in runs.processes():
            if words[0] == f"{PREFIX}/bin/joulepathd" and self.cluster.is_inside(pid):
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                if f"\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n" in status:
                    found.append(pid)
        return found

    def check_services(self):
        services = self.start_services()
        daemons = self.daemons("joulepath")
        self.assertEqual(len(daemons), len(NODES))
        self.check_full_report()
        self.cluster.wait_idle()
        self.assertEqual(self.daemons("joulepath"), daemons, "they stay")
        for pid in daemons:
            os.kill(pid, 15)
        for service in services:
            service.communicate(timeout=runs.TIMEOUT_S)
            self.assertEqual(service.returncode, 0)

    def check_choices(self, part):
        """What may stand behind the plug-in's path."""
        default, = re.findall(r"^- `(default=\S+)`", part, re.MULTILINE)
        directory, = re.findall(r"^- `(directory=\S+)`", part, re.MULTILINE)
        comment, = re.findall(r"^- `(comment=\S+)`", part, re.MULTILINE)
        scratch = self.cluster.rig / "scratch/alice"
        scratch.mkdir(parents=True)
        os.chown(scratch, USERS["alice"], USERS["alice"])
        plugstack = self.cluster.rig / "etc/plugstack.conf"
        plugstack.write_text(plugstack.read_text().rstrip("\n") + f" {default} {comment} " +
                             directory.replace("/scratch", str(scratch.parent)) + "\n")
        said = self.srun("-n1", program("busy"), "0.5", options=())
        step, _, _, trace = self.one_line(said.err)
        self.assertEqual((trace.parent, self.traces()), (scratch, []))
        self.assertIn("joulepath: ", self.cluster.run("squeue", "-h", "-t", "all", "-o", "%k",
                                                      "-j", step.split(".")[0]).out)
        said = self.srun("-n1", program("busy"), "0.5", options=("--joulepath=off",))
        self.assertNotIn("joulepath:", said.err)
        self.assertEqual(list(scratch.iterdir()), [trace])

    def test_word_for_word(self):
        blocks, part = blocks_for_administrators()
        build, slurm, service, daemon = blocks
        before = self.cluster.run("srun", "--joulepath", "true", user="alice")
        self.assertIn("unrecognized option", before.err)

        self.build_and_install(build)
        self.configure(slurm)
        self.assertIn("`scontrol reconfigure`", part)
        self.root("scontrol reconfigure")
        self.check_full_report()

        create, copy, enable = service.splitlines()
        self.root(create)
        self.root(copy)
        self.assertEqual(enable, "systemctl enable --now joulepathd")
        self.check_services()

        (path, text), = lines_by_file(daemon).items()
        configuration = self.cluster.rig / "machine-etc" / pathlib.Path(path).relative_to("/etc")
        configuration.parent.mkdir()
        configuration.write_text(text)
        self.root(create.replace(" joulepath", " monitoring"))  # a user whom it names
        self.check_services()

        self.check_choices(part)


if __name__ == "__main__":
    runs.main()
