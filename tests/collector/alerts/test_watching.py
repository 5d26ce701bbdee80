"""What the store's knowledge says is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from collector.alerts.alert import Alert
from collector.alerts.settings import AlertKind, Limits
from collector.alerts.watching import Look, look, store_down
from collector.store.influx import InfluxStore
from collector.store.preparing import prepare
from collector.store.sqlite import SqliteStore
from collector.store.writing import Received, StoreDownError
from contract import (
    CameraCondition,
    CameraHealth,
    Health,
    IncidentEvent,
    IncidentKind,
    Kind,
    Message,
    ParkingEvent,
    State,
    VehicleClass,
)
from tests.support.influx import Influx
from tests.support.traffic import DAWN, MINUTE, boot, observation, topic

NOW = DAWN + 10 * MINUTE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store.sqlite", lambda: NOW)
    made.write(
        [
            heard(
                1,
                State(boot_id=boot(1), time=DAWN, status="online", reason="started", started=DAWN, software="1"),
                Kind.STATE,
            )
        ]
    )
    yield made
    made.close()


def heard(number: int, message: Message, kind: Kind) -> Received:
    return Received(topic(number, kind), message, NOW)


def health(**told: object) -> Health:
    fine = {
        "boot_id": boot(1),
        "time": NOW,
        "uptime_s": 600.0,
        "temperature_c": 55.0,
        "throttled": False,
        "under_voltage": False,
        "disk_free_mb": 9000.0,
        "memory_mb": 300.0,
        "outbox_depth": 0,
        "cameras": (CameraHealth(camera="cam-001", condition=CameraCondition.NIGHT, fps=10.0),),
    }
    return Health.model_validate(fine | told)


def found(store: SqliteStore) -> list[tuple[str, dict[str, str]]]:
    return [(finding.key, finding.values) for finding in look(store, NOW, Limits()).findings]


UNIT = {"unit": "edge-001"}
WRONG: list[tuple[dict[str, object], list[tuple[str, dict[str, str]]]]] = [
    ({}, []),
    ({"under_voltage": True}, [("under_voltage:bandung/edge-001", UNIT)]),
    ({"under_voltage": None, "temperature_c": None}, []),
    ({"temperature_c": 79.9}, []),
    ({"temperature_c": 80.0}, [("hot:bandung/edge-001", UNIT | {"celsius": "80"})]),
    ({"disk_free_mb": 499.6}, [("disk:bandung/edge-001", UNIT | {"megabytes": "500"})]),
    ({"disk_free_mb": 500.0}, []),
]


@pytest.mark.parametrize(("told", "wrong"), WRONG)
def test_health_says_what_is_wrong(
    store: SqliteStore, told: dict[str, object], wrong: list[tuple[str, dict[str, str]]]
) -> None:
    store.write([heard(1, health(**told), Kind.HEALTH)])
    assert found(store) == wrong


@pytest.mark.parametrize("condition", ["lost", "black", "frozen", "covered", "defocused", "moved"])
def test_a_camera_that_cannot_be_counted_from_is_wrong(store: SqliteStore, condition: str) -> None:
    store.write([heard(1, health(cameras=[{"camera": "cam-001", "condition": condition, "fps": 0}]), Kind.HEALTH)])
    assert found(store) == [("camera:bandung/edge-001/cam-001", UNIT | {"camera": "cam-001", "condition": condition})]


def test_of_a_unit_that_is_away_only_that_is_known(store: SqliteStore) -> None:
    store.write([heard(1, health(under_voltage=True), Kind.HEALTH)])
    gone = State(boot_id=boot(1), time=NOW, status="offline", reason="connection_lost", started=DAWN, software="1")
    store.write([heard(1, gone, Kind.STATE)])
    seen = look(store, NOW, Limits())
    assert [finding.key for finding in seen.findings] == ["unit_down:bandung/edge-001"]
    for kind, unsure in ((AlertKind.UNDER_VOLTAGE, True), (AlertKind.UNIT_DOWN, False)):
        one = seen.findings[0].model_copy(update={"kind": kind})
        assert seen.unsure(Alert(finding=one, since=NOW)) is unsure
        elsewhere = one.model_copy(update={"unit": "bandung/edge-002"})
        assert not seen.unsure(Alert(finding=elsewhere, since=NOW))


def test_cases_are_told_until_they_are_closed_or_judged(store: SqliteStore) -> None:
    parked = ParkingEvent(
        boot_id=boot(1),
        seq=1,
        time=NOW,
        case="p-1",
        phase="opened",
        camera="cam-001",
        opened=NOW,
        zone="z",
        vehicle=VehicleClass.CAR,
    )
    wrong_way = IncidentEvent(
        boot_id=boot(1),
        seq=2,
        time=NOW,
        case="i-1",
        phase="opened",
        camera="cam-001",
        opened=NOW,
        incident=IncidentKind.WRONG_WAY,
    )
    store.write([heard(1, parked, Kind.EVENT), heard(1, wrong_way, Kind.EVENT)])
    later = NOW + MINUTE
    keys = sorted(finding.key for finding in look(store, later, Limits()).findings)
    assert keys == ["incident:bandung/edge-001/i-1", "parking:bandung/edge-001/p-1"]
    store.judge("edge-001", "i-1", "rejected", reason="bayangan", by="sari", time=NOW)
    store.write([heard(1, parked.model_copy(update={"phase": "closed", "closed": NOW, "seq": 3}), Kind.EVENT)])
    assert look(store, later, Limits()).findings == []


def test_a_hole_is_news_for_an_hour(store: SqliteStore) -> None:
    store.write([heard(1, observation(1, seq), Kind.OBSERVATION) for seq in (0, 1, 4, 6)])
    assert found(store) == [("gap:bandung/edge-001", UNIT | {"missing": "3"})]
    later = NOW + timedelta(minutes=61)
    assert [one.kind for one in look(store, later, Limits()).findings] == []


def test_without_the_store_nothing_is_over() -> None:
    down = store_down(StoreDownError("InfluxDB does not answer"))
    assert (down.key, down.values["error"]) == ("store:centre", "InfluxDB does not answer")
    other = Alert(finding=down.model_copy(update={"kind": AlertKind.DISK}), since=NOW)
    assert Look([down], away=None).unsure(other)


def test_while_influxdb_is_down_no_unit_is_called_silent(tmp_path: Path) -> None:
    """Nothing is written meanwhile, so that everybody would seem to be."""
    with Influx(tmp_path / "influx") as server:
        prepare(server.login)
        later = NOW + timedelta(hours=1)
        with closing(InfluxStore(server.login, tmp_path / "ledger.sqlite", lambda: later)) as store:
            store.write([heard(1, observation(1, 0), Kind.OBSERVATION)])
            assert [one.kind for one in look(store, later, Limits()).findings] == [AlertKind.UNIT_DOWN]
            server.kill()
            with pytest.raises(StoreDownError):
                look(store, later, Limits())
