"""One boot of a kernel in QEMU, by software alone (no KVM): the host's root folder read-only,
a work folder to write to. The guest ends by itself, or is ended after a time."""

import subprocess

from debian_kernel import need_program

CONSOLE = "console.log"


class VirtualMachine:
    def __init__(self, kernel, work, build, cpu, sockets, program, kernel_options="", devices=()):
        self.kernel = kernel
        self.work = work
        self.build = build  # put back where the guest's own /tmp would hide it
        self.cpu = cpu
        self.sockets = sockets
        self.program = program  # that the guest runs, in the work folder
        self.kernel_options = kernel_options
        self.devices = devices  # options of QEMU

    def command(self):
        share = "local,security_model=none,multidevs=remap"
        kernel_options = ("console=ttyS0 panic=-1 loglevel=4 tsc=reliable mitigations=off "
                          f"nokaslr no_timer_check rig_build={self.build} "
                          f"rig_program={self.program} {self.kernel_options}")
        return [need_program("qemu-system-x86_64", "qemu-system-x86"),
                "-accel", "tcg,thread=multi", "-M", "q35", "-m", "1024", "-cpu", self.cpu,
                "-smp", f"2,sockets={self.sockets},cores={2 // self.sockets}",
                "-nodefaults", "-display", "none", "-no-reboot",
                "-serial", f"file:{self.work / CONSOLE}",
                "-kernel", str(self.kernel.image), "-initrd", str(self.kernel.initramfs),
                "-append", kernel_options,
                "-fsdev", f"{share},id=h,path=/,readonly=on",
                "-device", "virtio-9p-pci,fsdev=h,mount_tag=host",
                "-fsdev", f"{share},id=w,path={self.work}",
                "-device", "virtio-9p-pci,fsdev=w,mount_tag=work", *self.devices]

    def run(self, timeout_s):
        """Returns when the guest has switched itself off. RuntimeError, with the end of what
        it wrote to its console, if it does not in time."""
        with subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as qemu:
            try:
                output, _ = qemu.communicate(timeout=timeout_s)
            except subprocess.TimeoutExpired:
                qemu.kill()
                output, _ = qemu.communicate()
                raise RuntimeError(f"the guest did not end in {timeout_s} s:\n"
                                   f"{self.console()}") from None
        if qemu.returncode != 0:
            raise RuntimeError(f"QEMU ended with {qemu.returncode}: {output}\n{self.console()}")

    def console(self):
        file = self.work / CONSOLE
        return file.read_text(errors="replace")[-4000:] if file.exists() else "(no console)"
