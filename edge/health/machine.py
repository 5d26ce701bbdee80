"""What Linux and a Raspberry Pi tell of themselves: /proc, /sys, and `vcgencmd` and `chronyc` where they are installed.

Whatever cannot be read is None: a unit on another board, or in a container, tells less and runs the same.

`vcgencmd get_throttled` (Raspberry Pi documentation, "vcgencmd"): bit 0 under-voltage now, bit 1 frequency capped, bit
2 throttled, bit 3 soft temperature limit; bits 16 and up have happened since boot. The kernel's hwmon driver clears
those every 2 seconds, so that its own alarm file is read beside them.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from edge.health.reading import number, run, text

_UNDER_VOLTAGE, _UNDER_VOLTAGE_HAPPENED = 1 << 0, 1 << 16
_SLOWED = (1 << 1) | (1 << 2) | (1 << 3)
_CHRONY_OFFSET = 4
"""Field "System time" of `chronyc -c tracking`: seconds by which our clock is off NTP time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the machine."""

    temperature_c: float | None
    throttled: bool | None
    under_voltage: bool | None
    disk_free_mb: float
    memory_mb: float
    clock_offset_s: float | None


class Machine:
    """Reads the machine below `root`; `disk` is a folder on the disk that matters."""

    def __init__(self, disk: Path, root: Path = Path("/")) -> None:
        self._disk = disk
        self._root = root

    def read(self) -> Reading:
        """Look now. Never raises; takes milliseconds, a few seconds at worst when a tool hangs."""
        flags = self._throttle_flags()
        return Reading(
            temperature_c=self._temperature_c(),
            throttled=None if flags is None else bool(flags & _SLOWED),
            under_voltage=self._under_voltage(flags),
            disk_free_mb=self._disk_free_mb(),
            memory_mb=self._memory_mb(),
            clock_offset_s=_clock_offset_s(),
        )

    def _temperature_c(self) -> float | None:
        """The hottest thermal zone that tells a believable temperature."""
        zones = (self._root / "sys/class/thermal").glob("thermal_zone*/temp")
        read = [value / 1000 for zone in zones if (value := number(zone)) is not None]
        return max((value for value in read if -40 <= value <= 150), default=None)

    def _throttle_flags(self) -> int | None:
        told = run("vcgencmd", "get_throttled")
        if told is None or "=" not in told:
            return None
        try:
            return int(told.partition("=")[2], 16)
        except ValueError:
            return None

    def _under_voltage(self, flags: int | None) -> bool | None:
        alarms = [number(path) for path in self._hwmon("rpi_volt", "in0_lcrit_alarm")]
        by_kernel = [alarm != 0 for alarm in alarms if alarm is not None]
        by_firmware = [] if flags is None else [bool(flags & (_UNDER_VOLTAGE | _UNDER_VOLTAGE_HAPPENED))]
        return any(by_kernel + by_firmware) if by_kernel or by_firmware else None

    def _hwmon(self, name: str, file: str) -> list[Path]:
        chips = (self._root / "sys/class/hwmon").glob("hwmon*")
        return [chip / file for chip in chips if text(chip / "name") == name]

    def _disk_free_mb(self) -> float:
        try:
            return round(shutil.disk_usage(self._disk).free / 1e6, 1)
        except OSError:
            return 0.0

    def _memory_mb(self) -> float:
        """Resident memory of this process."""
        fields = (text(self._root / "proc/self/statm") or "").split()
        pages = int(fields[1]) if len(fields) > 1 and fields[1].isdecimal() else 0
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _clock_offset_s() -> float | None:
    fields = (run("chronyc", "-c", "tracking") or "").split(",")
    try:
        return float(fields[_CHRONY_OFFSET])
    except (IndexError, ValueError):
        return None
