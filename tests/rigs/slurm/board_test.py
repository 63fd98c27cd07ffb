#!/usr/bin/env python3
"""joulepathd under Slurm: users who may not read get its board and a full report, others do not;
what it may, and what happens when it is asked nonsense, killed, or badly configured."""

import os
import pathlib
import sys
import time

from cluster import NODES, runs
from slurm_case import SlurmCase, program

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

    def test_as_a_service(self):
        """What systemd's Type=notify sees, a user whom the administrator allows, and the end."""
        waiting = self.cluster.start([sys.executable, "-c", """
import os, socket, subprocess, sys
ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ready.bind('/run/notify')
os.chmod('/run/notify', 0o777)  # as systemd's
ready.settimeout(20)
daemon = subprocess.Popen([sys.argv[1], '--allow', 'bob'],
                          env={'NOTIFY_SOCKET': '/run/notify'}, stdout=subprocess.DEVNULL)
print(ready.recv(100), flush=True)
os.unlink('/run/notify')
sys.exit(daemon.wait())
""", self.prefix / "bin/joulepathd"], where="n1")
        self.assertEqual(waiting.stdout.readline(), "b'READY=1'\n")
        daemon, = self.daemons()
        self.assertEqual(self.client("bob", "print(ask(MAP)[0])").out, "0\n")
        self.assertEqual(self.client("alice", "print(ask(MAP)[0])").out, "1\n")
        # Jobs come and go; it stays.
        said = self.srun("-w", "n1", "-n1", program("busy"), "0.5", options=self.POWERCAP)
        self.assertNotIn("unknown", said.err)
        self.cluster.wait_idle()
        self.assertEqual(self.daemons(), [daemon])
        os.kill(daemon, 15)
        waiting.communicate(timeout=runs.TIMEOUT_S)
        self.assertEqual(waiting.returncode, 0)

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
