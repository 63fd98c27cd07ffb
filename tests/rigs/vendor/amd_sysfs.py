#!/usr/bin/env python3
"""Runs a command on a machine with AMD GPUs that are files: for a mount name space of its own.

    unshare --mount amd_sysfs.py CARD... -- COMMAND...

A CARD is BUS:DEVICE-ID:MILLIWATTS (all hexadecimal but the last), for instance
03:740f:300000. Below an overlay on /sys each gets what ROCm SMI reads of the amdgpu
driver: a drm card, a hwmon, a node of the kfd's topology, and gpu_metrics, whose energy
moves: every 5 ms it is written anew, whole (rename). With t in nanoseconds of
CLOCK_MONOTONIC at which it is written

    energy_accumulator = floor(milliwatts * t / (15.3 uJ * 10^6))     counts of 15.3 uJ
    firmware_timestamp = t / 10                                       units of 10 ns

A card of 0 mW shows 0, as the second die of an MI250 does. Ends with the command's exit
code; 77 if nothing can be mounted here."""

import ctypes
import multiprocessing
import os
import pathlib
import struct
import subprocess
import sys
import time

SYS = pathlib.Path("/sys")
SKIPPED = 77
# gpu_metrics_v1_3 (Linux drivers/gpu/drm/amd/include/kgd_pp_interface.h): size, and the
# offsets of average_socket_power, energy_accumulator and firmware_timestamp.
SIZE, POWER, ENERGY, FIRMWARE_TIME = 120, 22, 24, 96
NODE = """cpu_cores_count {cores}
simd_count {simds}
array_count 8
simd_arrays_per_engine 1
cu_per_simd_array 16
simd_per_cu 4
io_links_count 1
vendor_id 4098
device_id {device}
location_id {location}
domain 0
drm_render_minor {minor}
hive_id 0
unique_id {unique}
num_xcc 1
"""
LINK = """type 2
version_major 0
version_minor 0
node_from {node}
node_to 0
weight 20
min_latency 0
max_latency 0
min_bandwidth 0
max_bandwidth 0
recommended_transfer_size 0
flags 1
"""


def mount(*words):
    if subprocess.run(["mount", *map(str, words)], check=False).returncode != 0:
        print(f"amd_sysfs: cannot mount {' '.join(map(str, words))}", file=sys.stderr)
        sys.exit(SKIPPED)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(text).rstrip() + "\n")


def link(path, target):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def overlay():
    layers = pathlib.Path("/mnt")  # in this name space only
    mount("-t", "tmpfs", "none", layers)
    for name in ("upper", "work"):
        (layers / name).mkdir()
    mount("-t", "overlay", "none", "-o",
          f"lowerdir=/sys,upperdir={layers}/upper,workdir={layers}/work", "/sys")


def metrics(milliwatts, now_ns):
    table = bytearray(SIZE)
    struct.pack_into("<HBB", table, 0, SIZE, 1, 3)
    struct.pack_into("<H", table, POWER, milliwatts // 1000)
    struct.pack_into("<Q", table, ENERGY, milliwatts * now_ns // 15_300_000)
    struct.pack_into("<Q", table, FIRMWARE_TIME, now_ns // 10)
    return bytes(table)


def put_metrics(device, milliwatts):
    fresh = device / "gpu_metrics.new"
    fresh.write_bytes(metrics(milliwatts, time.monotonic_ns()))
    fresh.rename(device / "gpu_metrics")


def add_card(number, bus, device_id, milliwatts):
    address = f"0000:{bus:02x}:00.0"
    device = SYS / "devices/pci0000:00" / address
    for kind, name, minor in (("card", f"card{number}", number),
                              ("render", f"renderD{128 + number}", 128 + number)):
        node = device / "drm" / name
        write(node / "dev", f"226:{minor}")
        link(node / "device", "../..")
        link(SYS / "class/drm" / name, f"../../devices/pci0000:00/{address}/drm/{name}")
    hwmon = device / f"hwmon/hwmon{number}"
    write(hwmon / "name", "amdgpu")
    write(hwmon / "power1_average", milliwatts * 1000)
    write(hwmon / "power1_cap", 500_000_000)
    for sensor, name in enumerate(("edge", "junction", "mem"), 1):
        write(hwmon / f"temp{sensor}_label", name)
        write(hwmon / f"temp{sensor}_input", 40_000)
    write(hwmon / "in0_label", "vddgfx")
    write(hwmon / "in0_input", 900)
    link(SYS / f"class/hwmon/hwmon{number}",
         f"../../devices/pci0000:00/{address}/hwmon/hwmon{number}")
    for name, text in (("vendor", "0x1002"), ("device", f"{device_id:#06x}"),
                       ("subsystem_vendor", "0x1002"), ("subsystem_device", "0x0c34"),
                       ("uevent", f"PCI_SLOT_NAME={address}"), ("vbios_version", "113-MADEUP")):
        write(device / name, text)
    topology = SYS / f"class/kfd/kfd/topology/nodes/{number + 1}"
    write(topology / "gpu_id", 1000 + number)
    write(topology / "name", "made-up")
    write(topology / "properties",
          NODE.format(cores=0, simds=440, device=device_id, location=bus << 8,
                      minor=128 + number, unique=1000 + number))
    write(topology / "io_links/0/properties", LINK.format(node=number + 1))
    put_metrics(device, milliwatts)
    return device, milliwatts


def add_machine():
    topology = SYS / "class/kfd/kfd/topology"
    write(topology / "system_properties", "version 1")
    write(topology / "generation_id", 1)
    write(topology / "nodes/0/gpu_id", 0)
    write(topology / "nodes/0/name", "")
    write(topology / "nodes/0/properties",
          NODE.format(cores=2, simds=0, device=0, location=0, minor=0, unique=0))
    (topology / "nodes/0/io_links").mkdir()
    if not (SYS / "module/amdgpu").exists():
        write(SYS / "module/amdgpu/initstate", "live")


def move(cards):
    ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG: ends with the command's parent
    while True:
        for device, milliwatts in cards:
            put_metrics(device, milliwatts)
        time.sleep(0.005)


def main(words):
    end = words.index("--")
    overlay()
    add_machine()
    cards = []
    for number, word in enumerate(words[:end]):
        bus, device_id, milliwatts = word.split(":")
        cards.append(add_card(number, int(bus, 16), int(device_id, 16), int(milliwatts)))
    mover = multiprocessing.Process(target=move, args=(cards,), daemon=True)
    mover.start()
    try:
        return subprocess.run(words[end + 1:], check=False).returncode
    finally:
        mover.kill()
        mover.join()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
