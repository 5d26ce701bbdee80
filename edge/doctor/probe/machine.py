"""The board and its disk, from /proc, /sys and the firmware."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Literal

from edge.config import ContactsConfig
from edge.doctor.probe.outbox import noted
from edge.doctor.readings import BoxReading, DiskReading, MachineReading
from edge.health import Machine
from edge.health.contacts import Contacts, Reader, read_pin
from edge.health.reading import disk_of, number
from edge.health.restart import Start, read_signs
from edge.health.supply import read_supply
from edge.health.surroundings import START, WRITTEN
from edge.health.wear import SECTOR_GB, Written, read_written_gb, worn_percent, written


def probe_machine(data: Path, root: Path = Path("/")) -> MachineReading:
    """Power and heat."""
    seen, start = Machine(data, root).read(), noted(data, START, Start)
    cause = start.cause if start is not None else None
    return MachineReading(seen.temperature_c, seen.throttled, seen.under_voltage, read_supply(root), cause)


def probe_box(contacts: ContactsConfig, reader: Reader = read_pin) -> BoxReading:
    """The switches, looked at twice as the unit does."""
    looks = Contacts(reader)
    looks.look(contacts)
    door, tilt = looks.look(contacts)
    fitted: list[Literal["door", "tilt"]] = ["door"] if contacts.door is not None else []
    return BoxReading((*fitted, "tilt") if contacts.tilt is not None else tuple(fitted), door, tilt)


def probe_disk(data: Path, root: Path = Path("/")) -> DiskReading:
    """The disk that holds `data`, or would: the folder is made by the unit's first run."""
    there = next((one for one in (data, *data.parents) if one.is_dir()), Path("/"))
    fault = _write_fault(there)
    return DiskReading(
        folder=str(data),
        free_mb=round(shutil.disk_usage(there).free / 1e6, 1),
        writable=not fault,
        fault=fault,
        worn_percent=worn_percent(root),
        errors=_errors(there, root),
        size_gb=_size_gb(there, root),
        written_gb=_written_gb(data, root),
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


def _size_gb(folder: Path, root: Path) -> float | None:
    sectors = number(disk_of(folder, root) / "size")
    return round(sectors * SECTOR_GB, 1) if sectors else None


def _written_gb(data: Path, root: Path) -> float | None:
    """What the unit has noted, and what came since."""
    before, boot, now_gb = noted(data, WRITTEN, Written), read_signs(root).boot, None
    if data.is_dir():
        now_gb = read_written_gb(data, root)
    if now_gb is not None:
        before = written(before, boot, now_gb)
    return before.total_gb if before is not None else None


def _errors(folder: Path, root: Path) -> int | None:
    """Errors that the ext4 file system of `folder` has met."""
    device = folder.stat().st_dev
    name = (root / "sys/dev/block" / f"{os.major(device)}:{os.minor(device)}").resolve().name
    return number(root / "sys/fs/ext4" / name / "errors_count")
