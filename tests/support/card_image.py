"""A Raspberry Pi image in small: FAT and ext4 partitions with the files that matter, made without mounting."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from provisioning.fleet import System

SECTOR = 512
_MIB = 1024 * 1024
BOOT_MIB, ROOT_MIB = 16, 24
CMDLINE = "console=serial0,115200 console=tty1 root=PARTUUID=1 rootfstype=ext4 fsck.repair=yes rootwait quiet\n"
PATH = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "MTOOLS_SKIP_CHECK": "1"}


def make_image(path: Path, system: System, boot_mib: int = BOOT_MIB) -> Path:
    """An image with the partition table, the kernel's command line and the name of `system`."""
    root = path.with_suffix(".root")
    (root / "etc").mkdir(parents=True)
    (root / "usr/lib").mkdir(parents=True)
    (root / "etc/hostname").write_text("raspberrypi\n")
    codename = "trixie" if system is System.TRIXIE else "bookworm"
    (root / "usr/lib/os-release").write_text(f'NAME="Debian GNU/Linux"\nVERSION_CODENAME={codename}\n')
    return lay_image(path, system, root, boot_mib, ROOT_MIB)


def lay_image(path: Path, system: System, root: Path, boot_mib: int, root_mib: int) -> Path:
    """An image whose root file system is the folder `root`, with its owners and modes."""
    path.touch()
    os.truncate(path, (1 + boot_mib + root_mib + 1) * _MIB)
    table = (
        f"label: dos\nstart=1MiB, size={boot_mib}MiB, type=c\nstart={1 + boot_mib}MiB, size={root_mib}MiB, type=83\n"
    )
    _run("sfdisk", "--quiet", str(path), stdin=table)
    fat, ext = path.with_suffix(".fat"), path.with_suffix(".ext")
    _blank(fat, boot_mib)
    _run("mkfs.vfat", "-n", "bootfs", str(fat))
    cmdline = path.with_suffix(".cmdline")
    cmdline.write_text(CMDLINE)
    _run("mcopy", "-i", str(fat), str(cmdline), "::/cmdline.txt")
    if system is System.TRIXIE:
        _run("mcopy", "-i", str(fat), "/dev/null", "::/user-data")
    _blank(ext, root_mib)
    _run("mke2fs", "-q", "-t", "ext4", "-d", str(root), str(ext))
    with path.open("r+b") as image:
        for part, start in ((fat, 1), (ext, 1 + boot_mib)):
            image.seek(start * _MIB)
            with part.open("rb") as content:
                shutil.copyfileobj(content, image)
            part.unlink()
    return path


def _blank(path: Path, mib: int) -> None:
    path.touch()
    os.truncate(path, mib * _MIB)


def _run(*command: str, stdin: str = "") -> None:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, env=PATH)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}{done.stdout}"
