"""How far the card is worn: what an eMMC says of itself, and for a silent SD card what was written to it.

An eMMC tells its life in tenths (JESD84-B51, DEVICE_LIFE_TIME_EST). The kernel counts the sectors of 512 bytes that
were written since the board started (Documentation/admin-guide/iostats); they are added up over all starts.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from contract import Model
from edge.health.reading import disk_of, text

_TENTH = 10
SECTOR_GB = 512 / 1e9
_WRITTEN = 6
"""Field of `stat`: sectors written."""


class Written(Model):
    """What has been written to the card, over all starts that Simpang saw."""

    boot: str
    since_boot_gb: float = Field(ge=0)
    total_gb: float = Field(ge=0)


def written(before: Written | None, boot: str, since_boot_gb: float) -> Written:
    """The sum, now that the kernel counts `since_boot_gb` since the start `boot`."""
    if before is None:
        return Written(boot=boot, since_boot_gb=since_boot_gb, total_gb=since_boot_gb)
    same = before.boot == boot and since_boot_gb >= before.since_boot_gb
    more = since_boot_gb - before.since_boot_gb if same else since_boot_gb
    return Written(boot=boot, since_boot_gb=since_boot_gb, total_gb=round(before.total_gb + more, 6))


def read_written_gb(data: Path, root: Path = Path("/")) -> float | None:
    """Written since the board started, to the disk that holds `data`; None when the kernel does not tell."""
    try:
        fields = (text(disk_of(data, root) / "stat") or "").split()
        return round(int(fields[_WRITTEN]) * SECTOR_GB, 6)
    except (OSError, IndexError, ValueError):
        return None


def worn_percent(root: Path = Path("/")) -> int | None:
    """The worst of the eMMC's two estimates, types A and B: 0x01 is up to 10 %, 0x0A up to 100 %, 0x0B more."""
    found = []
    for file in (root / "sys/block").glob("mmcblk*/device/life_time"):
        for word in (text(file) or "").split():
            try:
                found.append(int(word, 16) * _TENTH)
            except ValueError:
                continue
    return max((one for one in found if one), default=None)
