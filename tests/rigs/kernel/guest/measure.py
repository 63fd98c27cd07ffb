"""Runs in the guest: loads the RAPL drivers, lets Joulepath and other tools measure."""

import json
import os
import pathlib
import shutil
import struct
import sys

from guest import WORK, as_nobody, load_modules, plan_of_boot, run, write_result

SIMULATION = pathlib.Path("/sys/module/joulesim_msr/parameters")
CAP_PERFMON = 38


def wrap_after(milliseconds):
    for wrap in pathlib.Path("/sys/module").glob("joulesim_*/parameters/wrap_in_ms"):
        wrap.write_text(str(milliseconds))


def with_perfmon(program, folder):
    """A copy that may use CAP_PERFMON: security.capability, as struct vfs_cap_data of
    linux/capability.h has it, version 2 with the effective bit."""
    copy = folder / pathlib.Path(program).name
    shutil.copy(program, copy)
    copy.chmod(0o755)
    os.setxattr(copy, "security.capability",
                struct.pack("<5I", 0x02000001, 0, 0, 1 << (CAP_PERFMON - 32), 0))
    return copy


def sensors(plan):
    """What each user is told, before and after the level that the remedy sets."""
    program = plan["joulepath"]
    folder = pathlib.Path("/tmp/capable")
    folder.mkdir()
    capable = with_perfmon(program, folder)
    level = pathlib.Path("/proc/sys/kernel/perf_event_paranoid")
    found = {"root": run(program, "sensors", "--json")}
    for when in ("", "_remedied"):
        found["paranoid" + when] = level.read_text().strip()
        found["nobody" + when] = run(program, "sensors", "--json", preexec_fn=as_nobody)
        found["capable" + when] = run(capable, "sensors", "--json", preexec_fn=as_nobody)
        level.write_text("2")
    return found


def tools(plan):
    """Each in its own time; called in a run that Joulepath records."""
    found = {name: run(*command) for name, command in plan["tools"].items()}
    (WORK / "tools.json").write_text(json.dumps(found))


def measure(plan):
    load_modules(plan)
    result = {"sensors": sensors(plan)}
    joulepath = plan["joulepath"]
    wrap_after(plan["wrap_ms"])
    result["tools"] = run(joulepath, "run", "--output", WORK / "tools.h5", "--",
                          sys.executable, "-B", __file__, "tools")
    (SIMULATION / "square_mw").write_text(",".join(map(str, plan["square_mw"])))
    wrap_after(plan["wrap_ms"])
    environment = dict(os.environ, **plan["mpi_environment"])
    result["job"] = run(joulepath, "run", "--output", WORK / "job.h5", "--", *plan["job"],
                        env=environment)
    if plan["slow_seconds"]:
        wrap_after(plan["wrap_ms"])
        result["slow"] = run(joulepath, "run", "--period", "10s", "--output", WORK / "slow.h5",
                             "--", "sleep", plan["slow_seconds"])
    result["hits"] = int((SIMULATION / "hits").read_text())
    return result


if sys.argv[1:] == ["tools"]:
    tools(plan_of_boot())
else:
    write_result(measure)
