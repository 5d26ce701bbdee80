"""Quarters and hours are the sum of what came, whenever it came; and a store can move into another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.store.influx import InfluxStore
from collector.store.migrating import migrate
from collector.store.preparing import prepare
from collector.store.reading import Span
from collector.store.schema import FLEET, HOUR, MEASUREMENTS, QUARTER, RAW, VOLUME, Level
from collector.store.sqlite import SqliteStore
from collector.store.store import Store
from collector.store.writing import DeadLetter, Received
from collector.upkeep import Upkeep
from tests.support.influx import Influx
from tests.support.traffic import DAWN, MINUTE, observation, topic

TWO_HOURS = Span(DAWN, DAWN + timedelta(hours=2))
LATER = DAWN + timedelta(hours=2, minutes=3)


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influx]:
    with Influx(tmp_path_factory.mktemp("influx")) as server:
        yield server


@pytest.fixture(params=["sqlite", "influx"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store
    if request.param == "sqlite":
        made = SqliteStore(tmp_path / "store.sqlite")
    else:
        server: Influx = request.getfixturevalue("influx")
        login = server.login._replace(database=f"t{abs(hash(request.node.name))}")
        prepare(login)
        made = InfluxStore(login, tmp_path / "ledger.sqlite")
    yield made
    made.close()


def minutes(*numbers: int) -> list[Received]:
    return [Received(topic(1), observation(1, one), DAWN + one * MINUTE) for one in numbers]


def cars(store: Store, level: Level) -> list[tuple[timedelta, object]]:
    place = [field.name for field in VOLUME.folded].index("car")
    points = store.series.points(VOLUME, TWO_HOURS, level=level)
    return [
        (timedelta(microseconds=point.time_us) - (DAWN - datetime(1970, 1, 1, tzinfo=UTC)), point.values[place])
        for point in points
        if "keluar" in point.tags
    ]


def test_what_comes_late_is_in_the_coarser_levels_too(store: Store) -> None:
    store.write(minutes(*range(20), *range(40, 75)))
    assert store.roll_up(DAWN + timedelta(minutes=61)) == 3  # 00:45 is over, but not yet settled
    assert store.roll_up(LATER) == 2
    assert store.roll_up(LATER) == 0
    quarter, hour = timedelta(minutes=15), timedelta(hours=1)
    assert cars(store, QUARTER) == [(0 * hour, 15), (quarter, 5), (2 * quarter, 5), (3 * quarter, 15), (hour, 15)]
    assert cars(store, HOUR) == [(0 * hour, 40), (hour, 15)]
    store.write(minutes(*range(20, 40)))  # the unit was cut off, and delivers
    assert store.roll_up(LATER) == 2
    assert cars(store, HOUR) == [(0 * hour, 60), (hour, 15)]


def test_upkeep_says_how_the_fleet_is(store: Store) -> None:
    store.write(minutes(0, 1, 4))
    now = datetime.now(UTC)
    Upkeep(store, 30, lambda: now).round(now)
    (point,) = store.series.points(FLEET, Span(now - MINUTE, now + MINUTE))
    values = {field.name: value for field, value in zip(FLEET.fields, point.values, strict=True)}
    assert point.tags == ("bandung", "edge-001")
    assert (values["online"], values["missing"]) == (0.0, 2)


def test_old_points_and_pictures_go(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "s.sqlite")) as store:
        store.write(minutes(*range(75)))
        store.roll_up(LATER)
        store.expire(DAWN + timedelta(days=RAW.days, minutes=30), 30)
        assert len(list(store.series.points(VOLUME, TWO_HOURS))) == 2 * 45
        store.expire(DAWN + timedelta(days=QUARTER.days, hours=3), 30)
        assert cars(store, QUARTER) == []
        assert [number for _, number in cars(store, HOUR)] == [60, 15]
        long_after = SqliteStore(tmp_path / "s.sqlite", lambda: DAWN + timedelta(days=3000))
        assert sum(row.count for row in long_after.volumes(TWO_HOURS, 3600) if row.direction == "keluar") == 75
        long_after.close()


@pytest.mark.parametrize("back", [False, True])
def test_a_store_moves_into_another(influx: Influx, tmp_path: Path, back: bool) -> None:
    login = influx.login._replace(database=f"moved{back:d}")
    prepare(login)
    pair: tuple[Store, Store] = (
        SqliteStore(tmp_path / "s.sqlite"),
        InfluxStore(login, tmp_path / "ledger.sqlite"),
    )
    old, new = reversed(pair) if back else pair
    old.write(minutes(0, 1, 5), [DeadLetter("x", b"y", "z", DAWN)])
    old.roll_up(LATER)
    told: list[int] = []
    done = migrate(old, new, told.append)
    assert migrate(old, new, told.append) == done
    assert told[-1] == done.points > 0
    for measurement in MEASUREMENTS:
        for level in (RAW, QUARTER, HOUR) if measurement.folded else (RAW,):
            ours, theirs = (set(one.series.points(measurement, TWO_HOURS, level=level)) for one in (old, new))
            assert ours == theirs
    assert [unit.missing for unit in new.units()] == [3]
    assert new.reader.letters() == old.reader.letters()
    for one in pair:
        one.close()
