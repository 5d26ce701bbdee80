"""The board and its disk, from /proc, /sys and the firmware."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from edge.doctor.readings import DiskReading, MachineReading
from edge.health import Machine

_TENTH = 10
"""An eMMC tells its life in steps of ten per cent: 0x01 is up to 10 %, 0x0A up to 100 %, 0x0B more."""


def probe_machine(data: Path, root: Path = Path("/")) -> MachineReading:
    """Power and heat."""
    seen = Machine(data, root).read()
    return MachineReading(seen.temperature_c, seen.throttled, seen.under_voltage)


def probe_disk(data: Path, root: Path = Path("/")) -> DiskReading:
    """The disk that holds `data`, or would: the folder is made by the unit's first run."""
    there = next((one for one in (data, *data.parents) if one.is_dir()), Path("/"))
    fault = _write_fault(there)
    return DiskReading(
        folder=str(data),
        free_mb=round(shutil.disk_usage(there).free / 1e6, 1),
        writable=not fault,
        fault=fault,
        worn_percent=_worn_percent(root),
        errors=_errors(there, root),
    )


def _write_fault(folder: Path) -> str:
    """Why nothing can be written there; empty when it can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"simpang")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _worn_percent(root: Path) -> int | None:
    """The worst of the eMMC's two estimates, types A and B."""
    found = []
    for file in (root / "sys/block").glob("mmcblk*/device/life_time"):
        for word in _text(file).split():
            try:
                found.append(int(word, 16) * _TENTH)
            except ValueError:
                continue
    return max((one for one in found if one), default=None)


def _errors(folder: Path, root: Path) -> int | None:
    """Errors that the ext4 file system of `folder` has met."""
    number = folder.stat().st_dev
    device = (root / "sys/dev/block" / f"{os.major(number)}:{os.minor(number)}").resolve().name
    told = _text(root / "sys/fs/ext4" / device / "errors_count")
    return int(told) if told.isdecimal() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
