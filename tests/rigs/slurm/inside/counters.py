#!/usr/bin/env python3
"""The energy counters of the rig's nodes: each a known power times CLOCK_MONOTONIC.

    counters.py TRUTH

TRUTH (JSON, made by cluster.py) names for each node its folder, the watts of its package
(powercap, uJ) and of the whole node (Cray's pm_counters, whole joules, 10 a second as there).
Both begin at t0_ns. Files are written in place with a fixed width, as readers keep them open
(tests/integration/moving_powercap.py). Runs until it is killed.
"""

import json
import os
import sys
import time

NS_PER_S = 10**9
POWERCAP_HZ, CRAY_HZ = 100, 10


class File:
    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY)

    def write(self, text):
        os.pwrite(self.file, f"{text:<40}\n".encode(), 0)


def main():
    with open(sys.argv[1]) as file:
        truth = json.load(file)
    t0 = truth["t0_ns"]
    nodes = [(node, File(node["sys"] + "/class/powercap/intel-rapl:0/energy_uj"),
              File(node["sys"] + "/cray/pm_counters/energy"),
              File(node["sys"] + "/cray/pm_counters/power"),
              File(node["sys"] + "/cray/pm_counters/freshness"))
             for node in truth["nodes"].values()]
    turn = 0
    while True:
        elapsed = time.monotonic_ns() - t0
        for node, package, energy, power, freshness in nodes:
            package.write(1_000_000 + node["package_w"] * elapsed // 1000)
            if turn % (POWERCAP_HZ // CRAY_HZ) == 0:
                stamp = time.time_ns() // 1000
                energy.write(f"{100_000 + node['node_w'] * elapsed // NS_PER_S} J {stamp} us")
                power.write(f"{node['node_w']} W {stamp} us")
                freshness.write(turn)
        turn += 1
        # The next period after this moment: late steps are left out, not made up.
        behind = (time.monotonic_ns() - t0) % (NS_PER_S // POWERCAP_HZ)
        time.sleep((NS_PER_S // POWERCAP_HZ - behind) / NS_PER_S)


main()
