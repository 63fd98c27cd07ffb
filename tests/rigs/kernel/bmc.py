"""OpenIPMI's ipmi_sim as the management controller of a guest: QEMU's KCS interface hands it
the requests on loopback. With the DCMI and the energy meter of tests/rigs/ipmi, which answer
what files say."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

CONFIGURATION = """name "bmc"
set_working_mc 0x20
  serial 15 127.0.0.1 {port} codec VM
  loadlib "{plugins}/dcmi_plugin.so" "{work}/dcmi"
  loadlib "{plugins}/aem_plugin.so" "{work}/aem"
"""
COMMANDS = """mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
mc_enable 0x20
"""
LIBRARY = "libfreeipmi.so.17"
START_S = 20


def plugins(build):
    return pathlib.Path(build) / "tests/rigs/ipmi"


def why_not(build):
    """What is missing for a BMC and for reading it; empty: nothing."""
    if shutil.which("ipmi_sim") is None:
        return "ipmi_sim is not installed (package openipmi)"
    if not (plugins(build) / "dcmi_plugin.so").exists():
        return f"{plugins(build)} has no plug-ins: libopenipmi-dev is missing"
    if not (plugins(build) / "aem_plugin.so").exists():
        return "this version of OpenIPMI lets no plug-in have the energy meter's commands"
    known = subprocess.run(["/sbin/ldconfig", "-p"], stdout=subprocess.PIPE, text=True, check=True)
    return "" if LIBRARY in known.stdout else f"{LIBRARY} is not installed (package libfreeipmi17)"


def free_port():
    """One that nobody has now. (Another may take it; then ipmi_sim says so.)"""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    ports = [line.split()[1] for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()]
    return f"0100007F:{port:04X}" in ports


@contextlib.contextmanager
def running(build, work):
    """Runs it until the end of the block; gives QEMU's options for it. Its answers are those
    of the files `work`/dcmi and `work`/aem."""
    port = free_port()
    (work / "lan.conf").write_text(CONFIGURATION.format(port=port, plugins=plugins(build),
                                                        work=work))
    (work / "bmc.emu").write_text(COMMANDS)
    (work / "state").mkdir()
    with open(work / "bmc.log", "w", encoding="utf-8") as log, \
         subprocess.Popen(["ipmi_sim", "-n", "-c", work / "lan.conf", "-f", work / "bmc.emu",
                           "-s", work / "state"], stdin=subprocess.DEVNULL, stdout=log,
                          stderr=log, cwd=work, env={**os.environ, "HOME": str(work)}) as bmc:
        try:
            end = time.monotonic() + START_S
            while not listens(port):
                if bmc.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("ipmi_sim does not listen:\n" +
                                       (work / "bmc.log").read_text())
                time.sleep(0.05)
            yield ["-chardev", f"socket,id=bmc,host=127.0.0.1,port={port},reconnect=1",
                   "-device", "ipmi-bmc-extern,id=bmc0,chardev=bmc",
                   "-device", "isa-ipmi-kcs,bmc=bmc0"]
        finally:
            bmc.terminate()
