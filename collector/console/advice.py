"""What is wrong with a unit, how bad it is, and what a technician should bring to it.

Limits: a Raspberry Pi slows down at 80 °C (its documentation: soft limit 60 °C, throttling at 80 °C); under-voltage is
reported below 4.63 V; a card with less than 500 MB free is days from refusing to write; an outbox that holds an hour of
observations says that the way to the centre, not the camera, is the trouble. Pure: rows in, findings out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collector.console.judging import USABLE
from collector.console.picture_of_now import CameraNow, CityNow
from collector.store.reading import UnitStatus
from contract import CameraCondition, Health

HOT_C, TOO_HOT_C = 70.0, 80.0
BATTERY_LOW_PERCENT = 30.0
WORN_PERCENT = 80
HELD_MANY = 20
FRESH_S = 3600.0
"""A restart that nobody asked for is news for so long."""
DISK_LOW_MB, DISK_FULL_MB = 2000.0, 500.0
OUTBOX_DEEP = 60
SKEW_S = 5.0


class Severity(StrEnum):
    """The first is the worst."""

    ALARM = "alarm"
    WARNING = "warning"
    FINE = "fine"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: keys `finding.<key>` and `bring.<bring>` of the catalogue say it and what helps."""

    key: str
    severity: Severity
    bring: str = ""
    value: float | None = None
    camera: str = ""
    reasons: tuple[str, ...] = ()
    """Why a count is degraded: keys `quality_reason.<reason>` of the catalogue."""


def examine(unit: UnitStatus, now: datetime, cameras: Iterable[CameraNow] = ()) -> tuple[Finding, ...]:
    """Everything wrong with a unit, the worst first; empty when it is well. `cameras`: those it counts with.

    A unit that is offline is judged by that alone: what it said of its heat before it fell silent is past, but power
    and heat just before the end are named, for they say what to bring.
    """
    found = [*_presence(unit, now)]
    if unit.health is not None:
        found += _power_and_heat(unit.health)
        if unit.online:
            found += [*_place(unit.health), *_storage(unit.health), *_cameras(unit.health)]
    if unit.online:
        found += _stream(unit)
        found += [
            Finding("degraded", Severity.WARNING, camera=one.camera.id, reasons=one.reasons)
            for one in cameras
            if one.grade == "degraded"
        ]
    return tuple(sorted(found, key=lambda finding: finding.severity.rank))


def examine_all(city: CityNow) -> dict[str, tuple[Finding, ...]]:
    """What is wrong with each unit of the city."""
    cameras = [camera for junction in city.junctions for camera in junction.cameras]
    return {
        unit.unit: examine(unit, city.time, [one for one in cameras if one.camera.unit == unit.unit])
        for unit in city.units
    }


def worst(findings: Sequence[Finding]) -> Severity:
    """The worst severity among them."""
    return min((finding.severity for finding in findings), key=lambda one: one.rank, default=Severity.FINE)


def _presence(unit: UnitStatus, now: datetime) -> Iterator[Finding]:
    if unit.state.status == "offline":
        if unit.state.reason == "stopped":
            yield Finding("stopped", Severity.WARNING, "ask_first")
        else:
            yield Finding("connection_lost", Severity.ALARM, "power_and_network")
    elif unit.silent:
        quiet = (now - unit.last_seen).total_seconds()
        yield Finding("silent", Severity.ALARM, "power_and_network", quiet // 60 * 60)


def _power_and_heat(health: Health) -> Iterator[Finding]:
    if health.under_voltage:
        yield Finding("under_voltage", Severity.ALARM, "power_supply")
    battery = health.battery_percent
    if health.supply == "battery":
        yield Finding("on_battery", Severity.ALARM, "power_and_network", battery)
    elif battery is not None and battery < BATTERY_LOW_PERCENT:
        yield Finding("battery_low", Severity.WARNING, "battery", battery)
    if health.temperature_c is not None:
        if health.temperature_c >= TOO_HOT_C:
            yield Finding("too_hot", Severity.ALARM, "cooling", health.temperature_c)
        elif health.temperature_c >= HOT_C:
            yield Finding("hot", Severity.WARNING, "cooling", health.temperature_c)
    if health.throttled and not health.under_voltage:
        yield Finding("throttled", Severity.WARNING, "cooling")


_RESTART_BRING = {"power": "power_supply", "watchdog": "card", "crash": "card"}


def _place(health: Health) -> Iterator[Finding]:
    """The box, and why it started anew."""
    if health.tilted:
        yield Finding("tilted", Severity.ALARM, "ladder_aim")
    if health.door_open:
        yield Finding("door_open", Severity.WARNING, "key")
    if health.restart in _RESTART_BRING and health.uptime_s < FRESH_S:
        yield Finding(f"restart_{health.restart}", Severity.WARNING, _RESTART_BRING[health.restart])


def _storage(health: Health) -> Iterator[Finding]:
    if health.disk_free_mb < DISK_FULL_MB:
        yield Finding("disk_full", Severity.ALARM, "card", health.disk_free_mb)
    elif health.disk_free_mb < DISK_LOW_MB:
        yield Finding("disk_low", Severity.WARNING, "card", health.disk_free_mb)
    if health.worn_percent is not None and health.worn_percent >= WORN_PERCENT:
        yield Finding("worn", Severity.WARNING, "card", health.worn_percent)
    if (health.pictures_held or 0) >= HELD_MANY:
        yield Finding("pictures_held", Severity.WARNING, "", health.pictures_held)
    if health.outbox_dropped:
        yield Finding("dropped", Severity.ALARM, "card", health.outbox_dropped)
    if health.outbox_depth >= OUTBOX_DEEP:
        yield Finding("outbox_deep", Severity.WARNING, "network", health.outbox_depth)


_CAMERA_BRING = {
    CameraCondition.LOST: "camera_network",
    CameraCondition.BLACK: "camera_power",
    CameraCondition.FROZEN: "camera_restart",
    CameraCondition.COVERED: "ladder_cloth",
    CameraCondition.DEFOCUSED: "ladder_focus",
    CameraCondition.MOVED: "ladder_aim",
}


def _cameras(health: Health) -> Iterator[Finding]:
    for camera in health.cameras:
        if camera.condition not in USABLE:
            bring = _CAMERA_BRING[camera.condition]
            yield Finding(f"camera_{camera.condition}", Severity.ALARM, bring, camera=camera.camera)


def _stream(unit: UnitStatus) -> Iterator[Finding]:
    if unit.missing:
        yield Finding("missing", Severity.WARNING, "", unit.missing)
    skew = unit.skew_s
    if skew is not None and abs(skew) > SKEW_S:
        yield Finding("clock", Severity.WARNING, "clock", skew)
