"""Debian's own kernel for a guest, from its packages, without installing any: downloaded
and unpacked below a folder of ours, with our modules built against its headers and an
initramfs that starts guest/init. What was prepared once is used again."""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
# What the guest needs to take the host's root folder as its own; dependencies are added.
BOOT_MODULES = ("virtio_pci", "9pnet_virtio", "9p")
# The kernel's drivers of RAPL.
RAPL_MODULES = ("intel_rapl_msr", "rapl", "msr")


class Missing(Exception):
    """Something the rig needs is not here: it is skipped, with this text."""


def need_program(name, package):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if found is None:
        raise Missing(f"{name} is not installed (package {package})")
    return found


def run(*command, **options):
    """Its output; the whole of it in the exception if it fails."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done.stdout


class DebianKernel:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.root = self.folder / "root"  # of the unpacked packages
        self.modules = self.folder / "modules"
        self.initramfs = self.folder / "initramfs.cpio"
        self.version = None  # "6.1.0-56-amd64"

    @property
    def image(self):
        return self.root / f"boot/vmlinuz-{self.version}"

    @property
    def busybox(self):
        return self.root / "bin/busybox"

    def prepare(self):
        """Raises Missing where packages are not to be had, RuntimeError where a step fails."""
        need_program("apt-get", "apt")
        need_program("make", "make")
        need_program("gcc-12", "gcc-12")
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the boots may be tested side by side
            self.version = self.find_version()
            self.unpack()
            self.build_modules()
            self.make_initramfs()

    def find_version(self):
        """The kernel that Debian's own meta package names; not the cloud flavour, which has
        no 9p."""
        try:
            text = run("apt-cache", "depends", "linux-image-amd64")
        except RuntimeError as error:
            raise Missing(f"no package linux-image-amd64: not Debian, or no package lists "
                          f"({error})") from error
        found = re.search(r"Depends: linux-image-([0-9][^ \n]*-amd64)", text)
        if found is None:
            raise Missing("linux-image-amd64 names no kernel")
        return found[1]

    def unpack(self):
        done = self.folder / f"unpacked-{self.version}"
        if done.exists():
            return
        common = self.version.replace("-amd64", "-common")
        kbuild = "linux-kbuild-" + ".".join(self.version.split(".")[:2])
        packages = [f"linux-image-{self.version}", f"linux-headers-{self.version}",
                    f"linux-headers-{common}", kbuild, "busybox-static"]
        archives = self.folder / "packages"
        for old in (archives, self.root):
            shutil.rmtree(old, ignore_errors=True)
        archives.mkdir()
        try:
            run("apt-get", "download", *packages, cwd=archives)
        except RuntimeError as error:
            raise Missing(f"cannot download the kernel's packages: {error}") from error
        for archive in archives.glob("*.deb"):
            run("dpkg", "-x", archive, self.root)
        shutil.rmtree(archives)
        # The headers name the place where they would be installed.
        makefile = self.root / f"usr/src/linux-headers-{self.version}/Makefile"
        makefile.write_text(makefile.read_text().replace("/usr/src/", f"{self.root}/usr/src/"))
        done.touch()

    def build_modules(self):
        self.modules.mkdir(exist_ok=True)
        for source in (HERE / "modules").iterdir():
            target = self.modules / source.name
            if not target.exists() or target.read_bytes() != source.read_bytes():
                shutil.copyfile(source, target)
        environment = {key: value for key, value in os.environ.items()
                       if key not in ("MAKEFLAGS", "MAKELEVEL", "CC", "CFLAGS")}
        run("make", "-C", self.root / f"usr/src/linux-headers-{self.version}",
            f"M={self.modules}", "modules", env=environment)

    def with_dependencies(self, *names):
        """Paths of these modules, each after those it depends on."""
        folder = self.root / f"lib/modules/{self.version}"
        by_name = {path.stem.replace("-", "_"): path for path in folder.rglob("*.ko")}
        order = []

        def add(name):
            path = by_name[name.replace("-", "_")]
            if path in order:
                return
            # .modinfo holds "key=value" strings that end with a zero.
            found = re.search(rb"\0depends=([^\0]*)\0", path.read_bytes())
            for other in filter(None, found[1].decode().split(",") if found else []):
                add(other)
            order.append(path)

        for name in names:
            add(name)
        return order

    def make_initramfs(self):
        tree = self.folder / "initramfs"
        shutil.rmtree(tree, ignore_errors=True)
        for name in ("bin", "modules", "proc", "sys", "dev", "host"):
            (tree / name).mkdir(parents=True)
        shutil.copy(self.busybox, tree / "bin/busybox")
        shutil.copy(HERE / "guest/init", tree / "init")
        (tree / "init").chmod(0o755)
        order = self.with_dependencies(*BOOT_MODULES)
        for module in order:
            shutil.copy(module, tree / "modules")
        (tree / "modules/order").write_text("".join(module.name + "\n" for module in order))
        names = "".join(f"{path.relative_to(tree)}\n" for path in sorted(tree.rglob("*")))
        packed = subprocess.run([str(self.busybox), "cpio", "-o", "-H", "newc"], cwd=tree,
                                input=names.encode(), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, check=True)
        self.initramfs.write_bytes(packed.stdout)
