"""What the benchmark scripts share: launching a program under each installed MPI, bare or
with a library preloaded, and waiting until a recorder has gone so that it does not weigh
on the next run. Standard library only; measures nothing itself."""

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

MPIS = ("openmpi", "mpich")
DEFAULT_BUILD = Path(__file__).resolve().parents[2] / "build" / "dev"
TIMEOUT_S = 120
RECORDER_END_S = 20


class Setting:
    """Where the programs lie and where traces and channels of this run may be."""

    def __init__(self, build, folder, shared):
        self.build = Path(build).resolve()
        self.folder = Path(folder)
        self.shared = Path(shared)
        self.runs = 0

    def program(self, mpi, name):
        return self.build / "tests" / "bench" / mpi / name

    def library(self, name):
        if name.startswith("joulepath"):
            return self.build / "lib" / "libjoulepath.so"
        return self.build / "tests" / "bench" / f"lib{name}.so"

    def mpis(self, name):
        """The MPIs that `name` was built for and that have a launcher."""
        return [m for m in MPIS if self.program(m, name).exists() and shutil.which(f"mpirun.{m}")]


@contextmanager
def setting(build):
    """Temporary folders for one script; /dev/shm as in real runs."""
    with tempfile.TemporaryDirectory() as folder:
        with tempfile.TemporaryDirectory(dir="/dev/shm") as shared:
            yield Setting(build, folder, shared)


def command(mpi, ranks, variables, program):
    launch = [f"mpirun.{mpi}", "-n", str(ranks)]
    if mpi == "openmpi":
        launch.append("--oversubscribe")
        for name, value in variables.items():
            launch += ["-x", f"{name}={value}"]
    else:
        for name, value in variables.items():
            launch += ["-genv", name, value]
    return launch + [str(part) for part in program]


def launcher_environment():
    environment = dict(os.environ)
    if os.geteuid() == 0:
        environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
        environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    # Containers forbid Open MPI's single-copy path, and it would say so in every output.
    environment["OMPI_MCA_btl_vader_single_copy_mechanism"] = "none"
    return environment


def run(where, mpi, ranks, library, program):
    """Runs `program` (a list) with `library` ("bare", or a name for Setting.library);
    returns what it printed and its wall time in seconds. "joulepath-events" is joulepath in
    event mode. A run under joulepath counts
    only if its trace came about; the wait for that is not in the wall time."""
    variables = {}
    trace = None
    if library != "bare":
        variables["LD_PRELOAD"] = str(where.library(library))
    if library == "joulepath-events":
        variables["JOULEPATH_EVENTS"] = "on"
    if library.startswith("joulepath"):
        where.runs += 1
        trace = where.folder / f"{where.runs}.h5"
        variables["JOULEPATH_OUTPUT"] = str(trace)
        variables["JOULEPATH_SHM_DIR"] = str(where.shared)
    begin = time.monotonic()
    done = subprocess.run(command(mpi, ranks, variables, program), env=launcher_environment(),
                          cwd=where.folder, capture_output=True, text=True, timeout=TIMEOUT_S)
    wall_s = time.monotonic() - begin
    if done.returncode != 0:
        raise RuntimeError(f"{program[0]} under {mpi} ended with {done.returncode}: {done.stderr}")
    if trace is not None:
        deadline = time.monotonic() + RECORDER_END_S
        while not trace.exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"no trace came about: {done.stderr}")
            time.sleep(0.02)
        trace.unlink()
    return done.stdout, wall_s


def load_note():
    """The machine's load belongs to every figure."""
    one_minute = os.getloadavg()[0]
    return f"load average {one_minute:.1f} on {os.cpu_count()} CPUs"
