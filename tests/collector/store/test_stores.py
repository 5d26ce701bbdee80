"""The same questions to both stores, and the same answers: SQLite, and a real InfluxDB with a ledger beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from collector.store.influx import InfluxStore
from collector.store.preparing import prepare
from collector.store.reading import Span
from collector.store.schema import APPROACH, HEALTH, RAW, VOLUME
from collector.store.sqlite import SqliteStore
from collector.store.writing import DeadLetter, Received, StoreDownError, StoreError
from contract import CameraCondition, Health, Kind, Light, Model, ParkingEvent, UpdateReported, VehicleClass
from tests.support.influx import Influx
from tests.support.traffic import DAWN, MINUTE, boot, observation, topic

HOUR = Span(DAWN, DAWN + timedelta(hours=1))
NOW = DAWN + timedelta(hours=1)
Store = SqliteStore | InfluxStore


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influx]:
    with Influx(tmp_path_factory.mktemp("influx")) as server:
        yield server


@pytest.fixture(params=["sqlite", "influx"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store
    if request.param == "sqlite":
        made = SqliteStore(tmp_path / "store.sqlite", lambda: NOW)
    else:
        server: Influx = request.getfixturevalue("influx")
        login = server.login._replace(database=f"t{abs(hash(request.node.name))}")
        prepare(login)
        prepare(login)  # a second time changes nothing
        made = InfluxStore(login, tmp_path / "ledger.sqlite", lambda: NOW)
    yield made
    made.close()


def heard(number: int, message: Model, kind: Kind = Kind.OBSERVATION, *, minute: int = 60) -> Received:
    return Received(topic(number, kind), message, DAWN + minute * MINUTE)


def hour_of(*units: int) -> list[Received]:
    return [heard(unit, observation(unit, seq), minute=seq + 1) for unit in units for seq in range(60)]


def test_the_same_messages_twice_are_kept_once(store: Store) -> None:
    batch = hour_of(1, 2)
    store.write(batch)
    store.write(batch)
    store.write(batch[7:11])
    buckets = store.volumes(HOUR, 3600)
    assert [(x.unit, x.direction, x.vehicle, x.count, x.time) for x in buckets] == [
        (unit, direction, vehicle, count, NOW)
        for unit in ("edge-001", "edge-002")
        for direction, vehicle, count in (
            ("keluar", VehicleClass.CAR, 60),
            ("masuk", VehicleClass.MOTORCYCLE, sum(n % 50 + 1 for n in range(60))),
        )
    ]
    assert len(store.approaches(HOUR)) == len(store.quality(HOUR)) == 120
    assert [unit.missing for unit in store.units()] == [0, 0]


def test_an_interval_belongs_to_the_hour_in_which_it_began(store: Store) -> None:
    store.write([heard(1, observation(1, seq)) for seq in (14, 15, 59, 60)])
    quarters = [x for x in store.volumes(HOUR, 900) if x.direction == "keluar"]
    assert [(x.time - DAWN, x.count) for x in quarters] == [
        (timedelta(minutes=15), 1),
        (timedelta(minutes=30), 1),
        (timedelta(minutes=60), 1),
    ]


def test_rows_come_back_as_they_were_measured(store: Store) -> None:
    store.write([heard(1, observation(1, 0)), heard(2, observation(2, 0))])
    (approach,) = store.approaches(HOUR, cameras=["cam-001"])
    assert (approach.time, approach.unit, approach.camera, approach.approach) == (
        DAWN + MINUTE,
        "edge-001",
        "cam-001",
        "utara",
    )
    assert (approach.pcu, approach.occupancy, approach.queue_m, approach.speed_kmh) == (1.5, 0.25, 12.0, 23.5)
    assert approach.queue_veh is None
    (quality,) = store.quality(HOUR, cameras=["cam-002"])
    assert (quality.grade, quality.reasons, quality.fps) == ("good", (), 10.0)
    assert (quality.light, quality.condition) == (Light.UNKNOWN, CameraCondition.OK)
    assert store.approaches(HOUR, cameras=[]) == []
    assert store.volumes(HOUR, 900, cameras=["cam'; DROP DATABASE x"]) == []


def test_nothing_seen_is_a_measurement_and_blind_is_none(store: Store) -> None:
    seen = observation(1, 0)
    camera = seen.cameras[0]
    empty = camera.model_copy(update={"lines": (camera.lines[0].model_copy(update={"counts": {}}),)})
    blind = empty.model_copy(update={"quality": camera.quality.model_copy(update={"grade": "blind"})})
    store.write(
        [
            heard(1, seen.model_copy(update={"cameras": (empty,)})),
            heard(2, observation(2, 0).model_copy(update={"cameras": (blind,)})),
        ]
    )
    (point,) = store.series.points(VOLUME, HOUR)
    assert point.tags[1] == "edge-001"
    assert set(point.values) == {0}
    assert [row.grade for row in store.quality(HOUR)] == ["good", "blind"]


def test_points_keep_their_types(store: Store) -> None:
    health = Health(
        boot_id=boot(),
        time=DAWN,
        uptime_s=60,
        throttled=False,
        under_voltage=True,
        disk_free_mb=1000,
        memory_mb=200,
        outbox_depth=3,
    )
    store.write([heard(1, health, Kind.HEALTH)])
    (point,) = store.series.points(HEALTH, HOUR)
    values = {field.name: value for field, value in zip(HEALTH.fields, point.values, strict=True)}
    assert values["under_voltage"] is True
    assert values["throttled"] is False
    assert isinstance(values["uptime_s"], float)
    assert isinstance(values["outbox_depth"], int)
    assert values["temperature_c"] is None


def test_measures_fold_as_the_schema_says(store: Store) -> None:
    first, second = observation(1, 0), observation(1, 1)
    slower = second.cameras[0].approaches[0].model_copy(update={"speed_kmh": 10.5, "queue_m": 40.0})
    second = second.model_copy(
        update={"cameras": (second.cameras[0].model_copy(update={"approaches": (slower,)}),)},
    )
    store.write([heard(1, first), heard(1, second)])
    (point,) = store.series.folded(APPROACH, HOUR, 900)
    values = {field.name: value for field, value in zip(APPROACH.folded, point.values, strict=True)}
    assert (values["pcu"], values["speed_kmh"], values["queue_m"], values["interval_s"]) == (3.0, 17.0, 40.0, 120.0)
    assert values["headway_s"] is None
    store.series.put([point], RAW._replace(name="m15", step_s=900))
    (kept,) = store.series.points(APPROACH, HOUR, level=RAW._replace(name="m15", step_s=900))
    assert kept == point


def test_a_case_lives_from_opened_to_closed_in_any_order(store: Store) -> None:
    opened = ParkingEvent(
        boot_id=boot(),
        time=DAWN,
        seq=1,
        case="c1",
        phase="opened",
        camera="cam-001",
        opened=DAWN,
        zone="dilarang",
        vehicle=VehicleClass.CAR,
    )
    closed = opened.model_copy(update={"phase": "closed", "seq": 2, "time": NOW, "closed": NOW})
    store.write([heard(1, closed, Kind.EVENT)])
    store.write([heard(1, opened, Kind.EVENT)])
    (case,) = store.cases(HOUR)
    assert case.event == closed
    assert store.cases(HOUR, open_only=True) == []
    store.judge("edge-001", "c1", "accepted", reason="jelas", by="operator", time=NOW)
    store.write([heard(1, closed, Kind.EVENT)])
    (case,) = store.cases(HOUR)
    assert (case.verdict, case.verdict_reason, case.verdict_by, case.verdict_time) == (
        "accepted",
        "jelas",
        "operator",
        NOW,
    )
    with pytest.raises(StoreError, match="no case 'c2'"):
        store.judge("edge-001", "c2", "rejected", reason="", by="operator", time=NOW)


def test_a_unit_says_what_software_it_runs_and_what_is_coming(store: Store) -> None:
    told = UpdateReported(boot_id=boot(1), time=NOW, number=3, candidate=4, phase="fetching", fetched_bytes=1000)
    store.write([heard(1, told, Kind.UPDATE_REPORTED)])
    (unit,) = store.units()
    assert unit.update == told
    trial = told.model_copy(update={"phase": "trial"})
    store.write([heard(1, trial, Kind.UPDATE_REPORTED)])
    assert [one.update for one in store.units()] == [trial]


def test_dead_letters_are_kept_with_their_reason(store: Store) -> None:
    letter = DeadLetter("simpang/v1/x", b"\xff\x00", "not JSON", NOW)
    store.write([], [letter])
    store.write(hour_of(1)[:1], [letter])
    (kept,) = store.reader.letters()
    assert kept.letter == letter
    assert kept.times == 2


def test_what_influx_will_never_take_becomes_a_dead_letter(influx: Influx, tmp_path: Path) -> None:
    login = influx.login._replace(database="refusing")
    prepare(login)
    store = InfluxStore(login, tmp_path / "ledger.sqlite", lambda: NOW)
    ancient = observation(1, 2, begun=DAWN - timedelta(days=5 * 365))  # older than the raw points are kept
    store.write([heard(1, observation(1, 1)), heard(1, ancient), heard(1, observation(1, 3))])
    assert [row.time - DAWN for row in store.quality(HOUR)] == [2 * MINUTE, 4 * MINUTE]
    (kept,) = store.reader.letters()
    assert "retention" in kept.letter.reason
    assert [unit.missing for unit in store.units()] == [0]
    store.close()


def test_a_store_that_is_down_takes_nothing_and_says_so(tmp_path: Path) -> None:
    with Influx(tmp_path / "influx") as server:
        prepare(server.login)
        store = InfluxStore(server.login, tmp_path / "ledger.sqlite", lambda: NOW)
        server.kill()
        with pytest.raises(StoreDownError):
            store.write(hour_of(1))
        assert store.units() == []
        with pytest.raises(StoreDownError):
            store.quality(HOUR)
        server.start()
        store.write(hour_of(1))
        assert len(store.quality(HOUR)) == 60
        wrong = InfluxStore(server.login._replace(token="simpang:salah"), tmp_path / "other.sqlite", lambda: NOW)
        with pytest.raises(StoreDownError, match="token"):
            wrong.write(hour_of(1))
        store.close()
        wrong.close()
