"""What the programs that run in the guest have in common. They run there as root, with the
host's programs, write what was said to the work folder, and judge nothing."""

import json
import os
import pathlib
import subprocess
import time
import traceback

WORK = pathlib.Path("/mnt")
NOBODY = 65534


def run(*command, **options):
    """What became of it, and when it ran (CLOCK_MONOTONIC)."""
    begin_ns = time.monotonic_ns()
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, timeout=240, **options)
    return {"command": [str(part) for part in command], "code": done.returncode,
            "out": done.stdout, "err": done.stderr, "begin_ns": begin_ns,
            "end_ns": time.monotonic_ns()}


def must(*command, **options):
    outcome = run(*command, **options)
    if outcome["code"] != 0:
        raise RuntimeError(json.dumps(outcome))
    return outcome


def plan_of_boot():
    return json.loads((WORK / "plan.json").read_text())


def load_modules(plan):
    for module, *options in plan["modules"]:
        must(plan["busybox"], "insmod", module, *options)


def as_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def write_result(measure):
    """What measure(plan) returns, or why it could not."""
    try:
        result = measure(plan_of_boot())
    except Exception:  # pylint: disable=broad-except
        result = {"failed": traceback.format_exc()}
    (WORK / "result.json").write_text(json.dumps(result))
