#!/usr/bin/env python3
"""Real control groups over made-up GPUs' device files.

DeviceGroup: a control group of version 2 whose device program (BPF_PROG_TYPE_CGROUP_DEVICE, as
systemd and Slurm load one) refuses device files by number and allows all others.

As a program, for a mount name space of its own, a command with more device files in /dev:

    unshare --mount device_groups.py NAME:MAJOR:MINOR[:PCI]... -- COMMAND...

Each is /dev/NAME with mode 0666; with PCI /proc/driver/nvidia/gpus tells its number. No driver
answers behind them. Control groups of version 2 are below /mnt/groups, whatever hides them in
/sys. Ends with the command's exit code; 77 if nothing can be mounted here."""

import ctypes
import os
import pathlib
import stat
import struct
import subprocess
import sys
import uuid

SKIPPED = 77
SYS_BPF = {"x86_64": 321, "aarch64": 280}
# linux/bpf.h
PROG_LOAD, PROG_ATTACH = 5, 8
TYPE_CGROUP_DEVICE, ATTACH_CGROUP_DEVICE, ALLOW_MULTI = 15, 6, 2


GROUPS = pathlib.Path("/mnt/groups")


class CannotMake(Exception):
    """No such group here, and why."""


def bpf(command, attributes):
    number = SYS_BPF.get(os.uname().machine)
    if number is None:
        raise CannotMake(f"the number of bpf(2) on {os.uname().machine} is not known here")
    libc = ctypes.CDLL(None, use_errno=True)
    room = ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128)
    result = libc.syscall(number, command, room, 128)
    if result < 0:
        raise CannotMake(f"bpf(2) of control groups: {os.strerror(ctypes.get_errno())}")
    return result


def instruction(code, destination=0, source=0, offset=0, constant=0):
    return struct.pack("<BBhi", code, source << 4 | destination, offset, constant)


def refusing(devices):
    """Of struct bpf_cgroup_dev_ctx (access_type, major, minor) the program asks the numbers."""
    load, jump_if_not, set_constant, leave = 0x61, 0x55, 0xb7, 0x95
    code = instruction(load, 2, 1, 4) + instruction(load, 3, 1, 8)
    for major, minor in devices:
        code += instruction(jump_if_not, 2, offset=3, constant=major)
        code += instruction(jump_if_not, 3, offset=2, constant=minor)
        code += instruction(set_constant, 0, constant=0) + instruction(leave)
    return code + instruction(set_constant, 0, constant=1) + instruction(leave)


class DeviceGroup:
    def __init__(self, *refused):
        """`refused`: (major, minor) numbers."""
        mounts = [line.split() for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
        roots = [words[1] for words in mounts if words[2] == "cgroup2"]
        if not roots:
            raise CannotMake("control groups of version 2 are not mounted")
        self.folder = pathlib.Path(roots[0]) / f"joulepath-test-{uuid.uuid4().hex}"
        # For the rank, in the name space: joins, and becomes what follows.
        self.entry = ("sh", "-c", f'echo $$ > {GROUPS / self.folder.name}/cgroup.procs && '
                                  'exec "$@"', "sh")
        try:
            self.folder.mkdir()
        except OSError as error:
            raise CannotMake(f"cannot make a control group: {error}") from None
        try:
            self.limit(refused)
        except CannotMake:
            self.remove()
            raise

    def limit(self, refused):
        code = ctypes.create_string_buffer(refusing(refused))
        licence = ctypes.create_string_buffer(b"BSD")
        count = (len(code) - 1) // 8
        program = bpf(PROG_LOAD, struct.pack("<IIQQ", TYPE_CGROUP_DEVICE, count,
                                             ctypes.addressof(code), ctypes.addressof(licence)))
        group = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            bpf(PROG_ATTACH, struct.pack("<IIII", group, program, ATTACH_CGROUP_DEVICE,
                                         ALLOW_MULTI))
        finally:
            os.close(group)
            os.close(program)

    def remove(self):
        """When no process is in it any more."""
        self.folder.rmdir()


def mount(*words):
    if subprocess.run(["mount", *map(str, words)], check=False).returncode != 0:
        print(f"device_groups: cannot mount {' '.join(map(str, words))}", file=sys.stderr)
        sys.exit(SKIPPED)


def mount_all():
    layers = pathlib.Path("/mnt/dev-layers")
    mount("-t", "tmpfs", "none", "/mnt")
    for name in ("upper", "work", "shm", "pts"):
        (layers / name).mkdir(parents=True)
    GROUPS.mkdir()
    mount("-t", "cgroup2", "none", GROUPS)
    held = [name for name in ("shm", "pts") if os.path.ismount(f"/dev/{name}")]
    for name in held:
        mount("--bind", f"/dev/{name}", layers / name)
    mount("-t", "overlay", "none", "-o",
          f"lowerdir=/dev,upperdir={layers}/upper,workdir={layers}/work", "/dev")
    for name in held:
        mount("--bind", layers / name, f"/dev/{name}")
    mount("-t", "tmpfs", "none", "/proc/driver")


def main(words):
    end = words.index("--")
    mount_all()
    for word in words[:end]:
        name, major, minor, pci = (word.split(":", 3) + [""])[:4]
        path = pathlib.Path("/dev", name)
        path.parent.mkdir(exist_ok=True)
        os.mknod(path, stat.S_IFCHR, os.makedev(int(major), int(minor)))
        path.chmod(0o666)
        if pci:
            told = pathlib.Path("/proc/driver/nvidia/gpus", pci, "information")
            told.parent.mkdir(parents=True)
            told.write_text(f"Model: \t\t made up\nDevice Minor: \t {minor}\n")
    return subprocess.run(words[end + 1:], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
