#!/usr/bin/env python3
"""`joulepath sensors --capture`: what is captured reads like the machine it came from, also
what was refused there, and nothing in it tells whose machine that was."""

import json
import os
import shutil

import joulepath_runs as runs

NODES = runs.SOURCE / "tests/nodes"
SECRETS = {
    "proc/sys/kernel/hostname": "planted-host.cluster.example",
    "sys/class/dmi/id/product_serial": "SN-PLANTED-77",
    "sys/class/dmi/id/board_asset_tag": "Tag4711",
    "sys/class/net/eth0/address": "00:1b:21:aa:bb:cc",
    "sys/devices/pci0/0000:81:00.0/power1_serial_number": "meterserial9",
}
UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def copy_of(source, target):
    shutil.copytree(source, target, symlinks=True)
    for folder, _, _ in os.walk(target.parent):
        os.chmod(folder, 0o755)  # also for nobody
    return target


class Capture(runs.Case):
    def roots(self, machine):
        return [word for name in ("sys", "proc", "dev")
                for word in (f"--{'sysfs' if name == 'sys' else name}-root", machine / name)]

    def sensors(self, machine, prefix=lambda *command: list(command)):
        """What `joulepath sensors --json` says of a machine, without where that is."""
        outcome = self.run_program(prefix(runs.JOULEPATH, "sensors", "--json", "--no-measure",
                                          *map(str, self.roots(machine))))
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        return json.loads(outcome.out.replace(str(machine), "MACHINE"))

    def capture(self, machine, name="captured", prefix=lambda *command: list(command)):
        folder = self.folder / "captures" / name
        folder.parent.mkdir(exist_ok=True)
        folder.parent.chmod(0o777)
        outcome = self.run_program(prefix(runs.JOULEPATH, "sensors", "--capture", str(folder),
                                          *map(str, self.roots(machine))))
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        return folder

    def test_every_machine_reads_the_same(self):
        machines = [path for path in sorted(NODES.iterdir()) if (path / "sys").is_dir()]
        self.assertGreater(len(machines), 3)
        for machine in machines:
            with self.subTest(machine.name):
                captured = self.capture(machine, machine.name)
                said = self.sensors(machine)
                self.assertTrue(said["sensors"], "nothing to compare")
                self.assertEqual(self.sensors(captured), said)
                links = {str(path.relative_to(machine)): os.readlink(path)
                         for path in (machine / "sys/class").rglob("*") if path.is_symlink()}
                for path, target in links.items():
                    if "power" in path:
                        self.assertEqual(os.readlink(captured / path), target)
                for counter in captured.rglob("energy_uj"):
                    original = machine / counter.relative_to(captured)
                    self.assertEqual(counter.read_text(), original.read_text())

    def test_what_was_refused_is_refused_again(self):
        """Git carries no mode 0: refused.txt says which files to take the rights from."""
        self.folder.chmod(0o755)
        machine = copy_of(NODES / "server-2s", self.folder / "machine")
        refused = sorted(machine.rglob("energy_uj"))[0]
        refused.chmod(0)
        captured = self.capture(machine, prefix=runs.as_nobody)
        lines = (captured / "refused.txt").read_text().splitlines()
        self.assertEqual(len(lines), 1)
        path, number, *reason = lines[0].split()
        self.assertEqual((number, " ".join(reason)), ("13", "Permission denied"))
        self.assertEqual((captured / path).resolve(),
                         (captured / refused.relative_to(machine)).resolve())
        self.assertEqual((captured / path).read_text(), "")
        (captured / path).chmod(0)
        said = self.sensors(machine, runs.as_nobody)
        self.assertEqual([row["readable"] for row in said["sensors"]].count(False), 1)
        self.assertEqual(self.sensors(captured, runs.as_nobody), said)

    def planted(self):
        machine = copy_of(NODES / "server-2s", self.folder / "machine")
        for path, text in SECRETS.items():
            write(machine / path, text + "\n")
        chip = machine / "sys/devices/pci0/0000:81:00.0/hwmon/hwmon3"
        write(chip / "name", "amdgpu\n")
        write(chip / "power1_average", "56000000\n")
        write(chip / "power1_label",
              f"Planted-Host psu sn-planted-77 {UUID} 00:1B:21:AA:BB:CC meterserial9, PPT\n")
        (chip / "device").symlink_to("../../../0000:81:00.0")
        write(chip / "serial_number", "SN-PLANTED-77\n")
        (machine / "sys/class/hwmon").mkdir(parents=True)
        (machine / "sys/class/hwmon/hwmon3").symlink_to(
            "../../devices/pci0/0000:81:00.0/hwmon/hwmon3")
        usb = machine / "sys/devices/usb-SN-PLANTED-77/hwmon/hwmon4"
        write(usb / "name", "meter\n")
        (machine / "sys/class/hwmon/hwmon4").symlink_to(
            "../../devices/usb-SN-PLANTED-77/hwmon/hwmon4")
        with (machine / "proc/cpuinfo").open("a") as file:
            file.write("Serial : SN-PLANTED-77\nmodel name : CPU of Planted-Host\n")
        return machine

    def test_no_name_and_no_serial_number_survives(self):
        captured = self.capture(self.planted())
        words = ["planted", "sn-planted-77", "tag4711", "00:1b:21", "meterserial9", UUID[:8]]
        files = 0
        for path in captured.rglob("*"):
            said = [str(path.relative_to(captured))]
            if path.is_symlink():
                said.append(os.readlink(path))
            elif path.is_file():
                files += 1
                said.append(path.read_text())
            for text in said:
                for word in words:
                    self.assertNotIn(word, text.lower(), path)
        self.assertGreater(files, 10)
        label = captured / "sys/class/hwmon/hwmon3/power1_label"
        self.assertIn("PPT", label.read_text(), "the rest stays")
        self.assertEqual((captured / "sys/class/hwmon/hwmon3/power1_average").read_text(),
                         "56000000\n")
        self.assertTrue((captured / "sys/class/hwmon/hwmon4/name").exists(), "by the new name")
        self.assertFalse(list(captured.rglob("serial_number")))

    def test_only_a_new_folder_is_written(self):
        taken = self.folder / "taken"
        write(taken / "mine", "x")
        outcome = self.run_program([runs.JOULEPATH, "sensors", "--capture", taken])
        self.assert_fails(outcome, runs.CONFLICT, "taken", "not empty")
        self.assertEqual([path.name for path in taken.iterdir()], ["mine"])


if __name__ == "__main__":
    runs.main()
