"""What is wrong with a unit, and what to bring: a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collector.console.advice import Severity, examine, worst
from collector.console.picture_of_now import CameraNow
from collector.store.reading import UnitStatus
from contract import Camera, CameraCondition, CameraHealth, Health, State

NOW = datetime(2026, 3, 12, 10, 42, tzinfo=UTC)
BOOT = "0" * 32
STATE = State(boot_id=BOOT, time=NOW, status="online", reason="started", started=NOW, software="0.1.0")
HEALTH = Health(
    boot_id=BOOT,
    time=NOW,
    uptime_s=9000,
    temperature_c=55,
    throttled=False,
    under_voltage=False,
    disk_free_mb=9000,
    memory_mb=300,
    outbox_depth=0,
    cameras=(CameraHealth(camera="dago-1", condition=CameraCondition.NIGHT, fps=12),),
)
WELL = UnitStatus(site="bandung", unit="edge-dago", state=STATE, last_seen=NOW, health=HEALTH, skew_s=0.2)


def health(**changes: object) -> UnitStatus:
    """A unit that is well but for this of its health."""
    return WELL.model_copy(update={"health": HEALTH.model_copy(update=changes)})


def state(**changes: object) -> UnitStatus:
    """A unit that is well but for this of its state."""
    return WELL.model_copy(update={"state": STATE.model_copy(update=changes)})


def camera(condition: CameraCondition) -> UnitStatus:
    """A unit that is well but for its camera."""
    return health(cameras=(CameraHealth(camera="dago-1", condition=condition, fps=0),))


ALARM, WARNING = Severity.ALARM, Severity.WARNING


@pytest.mark.parametrize(
    ("unit", "key", "severity", "bring"),
    [
        (state(status="offline", reason="connection_lost"), "connection_lost", ALARM, "power_and_network"),
        (state(status="offline", reason="stopped"), "stopped", WARNING, "ask_first"),
        (
            WELL.model_copy(update={"silent": True, "last_seen": NOW - timedelta(minutes=9)}),
            "silent",
            ALARM,
            "power_and_network",
        ),
        (health(under_voltage=True, throttled=True), "under_voltage", ALARM, "power_supply"),
        (health(supply="battery", battery_percent=60), "on_battery", ALARM, "power_and_network"),
        (health(supply="mains", battery_percent=29), "battery_low", WARNING, "battery"),
        (health(tilted=True), "tilted", ALARM, "ladder_aim"),
        (health(door_open=True), "door_open", WARNING, "key"),
        (health(restart="power", uptime_s=600), "restart_power", WARNING, "power_supply"),
        (health(restart="watchdog", uptime_s=600), "restart_watchdog", WARNING, "card"),
        (health(restart="crash", uptime_s=600), "restart_crash", WARNING, "card"),
        (health(worn_percent=80), "worn", WARNING, "card"),
        (health(pictures_held=20), "pictures_held", WARNING, ""),
        (health(temperature_c=79.9), "hot", WARNING, "cooling"),
        (health(temperature_c=80), "too_hot", ALARM, "cooling"),
        (health(throttled=True), "throttled", WARNING, "cooling"),
        (health(disk_free_mb=1999), "disk_low", WARNING, "card"),
        (health(disk_free_mb=499), "disk_full", ALARM, "card"),
        (health(outbox_dropped=3), "dropped", ALARM, "card"),
        (health(outbox_depth=60), "outbox_deep", WARNING, "network"),
        (camera(CameraCondition.LOST), "camera_lost", ALARM, "camera_network"),
        (camera(CameraCondition.COVERED), "camera_covered", ALARM, "ladder_cloth"),
        (camera(CameraCondition.MOVED), "camera_moved", ALARM, "ladder_aim"),
        (WELL.model_copy(update={"missing": 4}), "missing", WARNING, ""),
        (WELL.model_copy(update={"skew_s": -5.1}), "clock", WARNING, "clock"),
    ],
)
def test_one_trouble_is_one_finding(unit: UnitStatus, key: str, severity: Severity, bring: str) -> None:
    (found,) = examine(unit, NOW)
    assert (found.key, found.severity, found.bring) == (key, severity, bring)


def test_a_unit_that_is_well_has_none() -> None:
    assert examine(WELL, NOW) == ()
    assert examine(health(restart="power", uptime_s=4000), NOW) == (), "an old power cut is no news"
    assert examine(health(supply="mains", battery_percent=97, restart="orderly", door_open=False), NOW) == ()
    assert worst(()) is Severity.FINE


def test_what_is_past_is_not_told_of_a_unit_that_is_away() -> None:
    # Its disk and cameras may have been mended since; weak power before the end says what to bring.
    gone = STATE.model_copy(update={"status": "offline", "reason": "connection_lost"})
    sick = HEALTH.model_copy(update={"disk_free_mb": 10, "outbox_depth": 900, "under_voltage": True})
    found = examine(WELL.model_copy(update={"state": gone, "health": sick, "skew_s": 60.0}), NOW)
    assert {one.key for one in found} == {"connection_lost", "under_voltage"}


def test_the_worst_comes_first() -> None:
    found = examine(health(temperature_c=72, disk_free_mb=10, outbox_depth=100), NOW)
    assert [one.severity for one in found] == [ALARM, WARNING, WARNING]


def test_a_unit_that_counts_with_trouble_is_not_called_fine() -> None:
    lens = Camera(id="dago-1", name="Dago", unit="edge-dago")
    counting = CameraNow(lens, CameraCondition.OK, "degraded", ("low_fps",))
    (found,) = examine(WELL, NOW, [counting])
    assert (found.key, found.severity, found.camera, found.reasons) == ("degraded", WARNING, "dago-1", ("low_fps",))
    assert examine(WELL, NOW, [replace(counting, grade="good", reasons=())]) == ()
