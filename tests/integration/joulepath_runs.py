"""What the integration tests share: running programs bare and under Joulepath.

A test is a unittest.TestCase derived from Case. Each test has a folder of its own, in
which its programs run, and shared memory of its own (JOULEPATH_SHM_DIR), so that at its
end nothing of Joulepath may be left there: no session, no recorder. Every program has a
time limit, and whatever it started is killed when it is over. Tests end with main():
exit code 77, with the reason, when something they need is not installed.
"""

import dataclasses
import importlib
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
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TEST_BUILD_DIR", SOURCE / "build/dev")).resolve()
JOULEPATH = str(BUILD / "bin/joulepath")
LIBRARY = str(BUILD / "lib/libjoulepath.so")
PROGRAMS = BUILD / "tests/programs"
PROGRAM_SOURCES = SOURCE / "tests/programs"
MPIS = ("openmpi", "mpich")
SKIPPED = 77
TIMEOUT_S = 60
# Launchers under a loaded machine: how long a recorder may take to end after its ranks.
RECORDER_END_S = 20

# Exit codes of core/base/exit_code.hpp.
USAGE, NO_INPUT, BAD_INPUT, PERMISSION, IO, CONFLICT, PARTIAL, ROSE = 2, 3, 4, 5, 6, 7, 8, 9


@dataclasses.dataclass
class Outcome:
    """How a program ended; code is negative when a signal ended it."""

    code: int
    out: str
    err: str

    def own_lines(self):
        """What Joulepath itself said."""
        return [line for line in self.err.splitlines() if line.startswith("joulepath:")]

    def program_err(self):
        """Standard error as the program would have left it without us."""
        return [line for line in self.err.splitlines() if not line.startswith("joulepath:")]


def mpi_command(mpi, ranks, *program, options=()):
    """The launcher of an MPI with what a container or a small machine needs."""
    launcher = {"openmpi": ["mpirun.openmpi", "--oversubscribe"], "mpich": ["mpiexec.mpich"]}[mpi]
    return [*launcher, *options, "-n", str(ranks), *map(str, program)]


def program(mpi, name):
    path = PROGRAMS / mpi / name
    if not path.exists():
        need(f"mpicc.{mpi}", f"mpif90.{mpi}", f"mpicxx.{mpi}")
        raise AssertionError(f"{path} was not built (target test_programs)")
    return str(path)


def need(*programs):
    for name in programs:
        if shutil.which(name) is None:
            raise unittest.SkipTest(f"{name} is not installed")


def need_module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        raise unittest.SkipTest(f"{name} is not installed for {sys.executable}") from None


def as_nobody(*command):
    """The command without root's right to everything."""
    if os.geteuid() != 0:
        return list(command)
    need("setpriv")
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]


def mount_name_space():
    """What to put before a command that mounts something for itself only."""
    need("unshare")
    words = ["unshare", "--mount"] if os.geteuid() == 0 else [
        "unshare", "--map-root-user", "--mount"]
    probe = subprocess.run([*words, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True,
                           timeout=TIMEOUT_S)
    if probe.returncode != 0:
        raise unittest.SkipTest("this system lets us mount nothing: " +
                                probe.stderr.decode(errors="replace").strip())
    return words


def without_numbers(lines):
    """Lines in order of the alphabet, process ids and addresses taken out."""
    return sorted(re.sub(r"0x[0-9a-f]+|\d+", "#", line) for line in lines)


def processes():
    """(pid, session id, arguments) of every process."""
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            stat = pathlib.Path(entry.path, "stat").read_text()
            arguments = pathlib.Path(entry.path, "cmdline").read_bytes()
        except OSError:
            continue  # it has just ended
        fields = stat[stat.rindex(")") + 2:].split()
        if fields[0] != "Z":
            yield int(entry.name), int(fields[3]), arguments.decode(errors="replace").split("\0")


def kill_session(session):
    """Ends every process of a session of the system (setsid), which we started; gently
    first, so that a launcher can take its own files away."""
    for number, patience_s in ((signal.SIGTERM, 5), (signal.SIGKILL, 0)):
        deadline = time.monotonic() + patience_s
        while left := [pid for pid, its_session, _ in processes() if its_session == session]:
            for pid in left:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            if time.monotonic() >= deadline:
                break
            number = 0 if number == signal.SIGTERM else number  # once is enough
            time.sleep(0.05)


def wait_until(what, condition, seconds=TIMEOUT_S):
    """The first true value of condition(), polled; an AssertionError after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not after {seconds} s: {what}")
        time.sleep(0.02)


class Case(unittest.TestCase):
    """A test with a folder (self.folder) and shared memory of its own."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="joulepath-test-")).resolve()
        shm = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.shm = pathlib.Path(tempfile.mkdtemp(prefix="joulepath-test-", dir=shm))
        self.trace = self.folder / "t.h5"
        self.addCleanup(self._leave)

    def _leave(self):
        try:
            wait_until("the recorder has ended", lambda: not self.recorders(), RECORDER_END_S)
            self.assertEqual(self.sessions(), [], "sessions left in shared memory")
        finally:
            for pid in self.recorders():
                os.kill(pid, signal.SIGKILL)
            shutil.rmtree(self.shm, ignore_errors=True)
            shutil.rmtree(self.folder, ignore_errors=True)

    def sessions(self):
        return [str(path) for path in self.shm.glob("joulepath-*/*")]

    def recorders(self):
        """Process ids of the recorders of this test."""
        return [pid for pid, _, arguments in processes()
                if arguments[0].endswith("joulepath-recorder") and
                any(word.startswith(str(self.shm)) for word in arguments)]

    def environment(self, **changes):
        """Ours, without settings of Joulepath from outside; a change to None removes."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("JOULEPATH_") and name != "LD_PRELOAD"}
        kept.update(JOULEPATH_SHM_DIR=str(self.shm), XDG_CONFIG_HOME=str(self.folder),
                    # What else runs on this machine is no part of a test's made-up node.
                    JOULEPATH_EXCLUSIVE="on",
                    OMPI_MCA_btl_vader_single_copy_mechanism="none",
                    TMPDIR=str(tempfile.gettempdir()), LC_ALL="C")
        if os.geteuid() == 0:
            kept.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        kept.update(changes)
        return {name: str(value) for name, value in kept.items() if value is not None}

    def start(self, command, env=None, **options):
        """A running program in a session of its own, killed at the end of the test."""
        options = {"cwd": self.folder, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, **options}
        process = subprocess.Popen([str(word) for word in command], text=True, errors="replace",
                                   env=self.environment(**(env or {})), start_new_session=True,
                                   **options)
        self.addCleanup(self._reap, process)
        return process

    @staticmethod
    def _reap(process):
        kill_session(process.pid)
        process.wait(timeout=TIMEOUT_S)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()

    def finish(self, process, timeout=TIMEOUT_S):
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            kill_session(process.pid)
            out, err = process.communicate(timeout=timeout)
            self.fail(f"still running after {timeout} s: {process.args}\n{out}\n{err}")
        finally:
            kill_session(process.pid)
        return Outcome(process.returncode, out, err)

    def run_program(self, command, env=None, timeout=TIMEOUT_S, **options):
        return self.finish(self.start(command, env, **options), timeout)

    def record(self, command, *options, trace=None, **rest):
        """`joulepath run -q -o TRACE OPTIONS -- COMMAND`."""
        return self.run_program([JOULEPATH, "run", "-q", "-o", trace or self.trace, *options, "--",
                                 *command], **rest)

    def report(self, trace=None):
        """The trace's report as Python has JSON."""
        outcome = self.run_program([JOULEPATH, "report", "--json", trace or self.trace])
        self.assertEqual((outcome.code, outcome.err), (0, ""), "joulepath report")
        return json.loads(outcome.out)

    def assert_same_run(self, bare, recorded, exact=True):
        """Output and exit code as without us; inexact where the launcher prints pids."""
        self.assertEqual(recorded.code, bare.code, recorded.err)
        self.assertEqual(sorted(recorded.out.splitlines()), sorted(bare.out.splitlines()))
        cleaned = sorted if exact else without_numbers
        self.assertEqual(cleaned(recorded.program_err()), cleaned(bare.program_err()))

    def assert_fails(self, outcome, code, *words):
        """Exit code, and one line that names what is wrong."""
        self.assertEqual(outcome.code, code, outcome.err)
        lines = outcome.err.splitlines()
        self.assertEqual(len(lines), 1, outcome.err)
        self.assertTrue(lines[0].startswith("joulepath: "), lines[0])
        for word in words:
            self.assertIn(word, lines[0])


def calls_and_bytes(report):
    return {row["name"]: {"calls": row["calls"], "bytes": row["bytes"]}
            for row in report["functions"]}


def main():
    """Runs the tests named on the command line, or all of the file."""
    ran = unittest.main(exit=False, verbosity=2).result
    for test, reason in ran.skipped:
        print(f"skipped: {test}: {reason}")
    if not ran.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if ran.skipped else 0)
