"""One boot of a guest for all the tests of a class: what every class of this rig does."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import unittest

from debian_kernel import RAPL_MODULES, DebianKernel, need_program
from virtual_machine import VirtualMachine

TOLERANCE = 0.01
BOOT_TIMEOUT_S = 420  # under a minute and a half on an idle machine
HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ["TEST_BUILD_DIR"])
FOLDER = pathlib.Path(os.environ["TEST_RIG_DIR"])
MPI_ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                   "OMPI_MCA_btl": "self,vader", "OMPI_MCA_pml": "ob1",
                   "OMPI_MCA_btl_vader_single_copy_mechanism": "none"}

# What modules/joulesim_msr.c counts.
PACKAGE, CORES, DRAM, PSYS = range(4)
MILLIWATTS = (50000, 20000, 8000, 90000)


def simulated_rapl(kernel, options):
    """Modules with their options: our registers, and the kernel's drivers that read them."""
    power = "mw=" + ",".join(map(str, MILLIWATTS))
    return [[str(kernel.modules / "joulesim_msr.ko"), power, *options],
            *([str(path)] for path in kernel.with_dependencies(*RAPL_MODULES))]


def solver(repeats):
    """A whole MPI job of two ranks; under software emulation about a second a repeat."""
    return ["mpirun", "-n", "2", str(BUILD / "bin/minisolve"), "-n", "96", "-t", str(repeats)]


class Boot(unittest.TestCase):
    cpu = ""
    sockets = 1
    programs = (("mpirun", "openmpi-bin"),)
    guest_files = ()  # below HERE; the first is run in the guest
    kernel_options = ""
    must_work = ()  # names of results

    @classmethod
    def setUpClass(cls):
        for program, package in cls.programs:
            need_program(program, package)
        kernel = DebianKernel(FOLDER)
        kernel.prepare()
        cls.work = FOLDER / cls.__name__.lower()
        shutil.rmtree(cls.work, ignore_errors=True)
        cls.work.mkdir()
        for name in ("guest/guest.py", *cls.guest_files):
            shutil.copy(HERE / name, cls.work)
        (cls.work / "plan.json").write_text(json.dumps(cls.plan(kernel)))
        program = pathlib.Path(cls.guest_files[0]).name
        with cls.devices() as devices:
            machine = VirtualMachine(kernel, cls.work, BUILD, cls.cpu, cls.sockets, program,
                                     cls.kernel_options, devices)
            machine.run(BOOT_TIMEOUT_S)
        result = cls.work / "result.json"
        if not result.exists():
            raise RuntimeError("the guest wrote no result:\n" + machine.console())
        cls.result = json.loads(result.read_text())
        if "failed" in cls.result:
            raise RuntimeError("in the guest: " + cls.result["failed"])
        for name in cls.must_work:
            if cls.result[name]["code"] != 0:
                raise RuntimeError(f"{name}: {json.dumps(cls.result[name], indent=1)}")

    @classmethod
    def plan(cls, kernel):
        """What the guest is to do; `result` is what it said."""
        return {"busybox": str(kernel.busybox), "joulepath": str(BUILD / "bin/joulepath"),
                "mpi_environment": MPI_ENVIRONMENT}

    @classmethod
    @contextlib.contextmanager
    def devices(cls):
        """QEMU's options for what this guest has besides, which runs until it has ended."""
        yield []

    def listed(self, who):
        outcome = self.result["sensors"][who]
        self.assertEqual(outcome["code"], 0, outcome["err"])
        return json.loads(outcome["out"])

    def sensors(self, who):
        return {sensor["id"]: sensor for sensor in self.listed(who)["sensors"]}

    def close(self, value, true, what):
        print(f"{self.__class__.__name__} {what}: {value:.3f}, truth {true:.3f}: "
              f"{100 * (value / true - 1):+.3f} %")
        self.assertAlmostEqual(value, true, delta=TOLERANCE * true, msg=what)

    def report(self, name):
        done = subprocess.run([BUILD / "bin/joulepath", "report", "--json", self.work / name],
                              stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout)

    def check_energy(self, report, true):
        """The whole job."""
        energy = report["energy_j"]
        self.close(energy["value"], true, "report of the job")
        self.assertLessEqual(energy["lo"], true)
        self.assertGreaterEqual(energy["hi"], true)
        self.check_attributed(report)

    def check_attributed(self, report):
        """Both ranks, all calls."""
        self.assertEqual(sorted(rank["rank"] for rank in report["ranks"]), [0, 1])
        for rank in report["ranks"]:
            self.assertGreater(rank["energy_j"]["value"], 0)
        self.assertIn("MPI_Allreduce", {function["name"] for function in report["functions"]})

    def check_conserved(self, sensor):
        kept = sensor["conservation"]
        self.assertEqual(kept["raw_attributed"] + kept["raw_idle"] + kept["raw_unattributed"],
                         kept["raw_difference"])
