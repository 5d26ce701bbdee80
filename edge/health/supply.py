"""Where the power comes from: a battery or UPS, as the kernel or Network UPS Tools tell it.

A fuel gauge on I2C is a matter of the kernel's own drivers (MAX17048 and its kin: `dtoverlay=i2c-sensor,max17040` in
config.txt), and so is a UPS that speaks to the kernel by USB; both are shown in /sys/class/power_supply (Linux,
Documentation/ABI/testing/sysfs-class-power). A UPS that only NUT understands is asked by its `upsc`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.health.reading import run, text

Source = Literal["mains", "battery"]


@dataclass(frozen=True, slots=True)
class Supply:
    """What feeds the unit, and how full the battery is; None: nothing here tells."""

    source: Source | None = None
    battery_percent: float | None = None


def supply_of(told: Iterable[Mapping[str, str]]) -> Supply:
    """From the attributes of every power supply that the kernel shows."""
    told = list(told)
    batteries = [one for one in told if one.get("type") in {"Battery", "UPS"}]
    # Present, or not said to be absent.
    batteries = [one for one in batteries if one.get("present", "1") != "0"]
    full = [percent for one in batteries if (percent := _percent(one.get("capacity"))) is not None]
    lines = [one.get("online") for one in told if one.get("type") in {"Mains", "USB"}]
    states = {one.get("status") for one in batteries}
    source: Source | None = None
    if "Discharging" in states or (batteries and lines and all(line == "0" for line in lines)):
        source = "battery"
    elif states & {"Charging", "Full", "Not charging"} or (batteries and "1" in lines):
        source = "mains"
    return Supply(source, min(full, default=None))


def supply_of_ups(told: str) -> Supply:
    """From what `upsc` prints: `ups.status: OB DISCHRG` (on battery) or `OL` (on line), `battery.charge: 87`."""
    pairs = (line.partition(":") for line in told.splitlines())
    values = {key.strip(): value.strip() for key, _, value in pairs}
    flags = values.get("ups.status", "").split()
    source: Source | None = "battery" if "OB" in flags else "mains" if "OL" in flags else None
    return Supply(source, _percent(values.get("battery.charge")))


def read_supply(root: Path = Path("/")) -> Supply:
    """Look now. Never raises."""
    names = ("type", "present", "capacity", "status", "online")
    supplies = (root / "sys/class/power_supply").glob("*")
    told = [{name: value for name in names if (value := text(one / name)) is not None} for one in supplies]
    found = supply_of(told)
    if found != Supply():
        return found
    listed = (run("upsc", "-l") or "").split()
    return supply_of_ups(run("upsc", listed[0]) or "") if listed else found


def _percent(told: str | None) -> float | None:
    try:
        value = float(told) if told is not None else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value <= 100 else None
