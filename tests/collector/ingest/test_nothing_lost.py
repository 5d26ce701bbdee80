"""Real Mosquitto, real stores, real kills: every message is in the store once, whoever dies in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

from collector.store.influx import InfluxStore
from collector.store.preparing import prepare
from collector.store.reading import Span
from collector.store.sqlite import SqliteStore
from contract import Model, Topic
from tests.support.collecting import Collecting, Reporter, wait_until
from tests.support.influx import Influx
from tests.support.mosquitto import Mosquitto
from tests.support.traffic import DAWN, observation, topic

DAY = Span(DAWN, DAWN + timedelta(days=1))
UNITS = 4
SQLITE = 'kind = "sqlite"\npath = "s.sqlite"\n'
QUEUE = "max_queued_messages 0\nautosave_on_changes false\nautosave_interval 60\nlog_type none\nlog_type information\n"
"""Mosquitto's own limit is 1000 messages for a client that is away; above it, it drops what it has acknowledged.
Saving at every change is for the test that kills it."""


def reports(first: int, last: int) -> list[tuple[Topic, Model]]:
    return [(topic(unit), observation(unit, seq)) for seq in range(first, last) for unit in range(UNITS)]


def config(folder: Path, broker: Mosquitto, store: str, *, name: str = "collector", more: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(
        f'site = "bandung.toml"\n[broker]\nport = {broker.port}\nclient_id = "{name}"\nreceive_maximum = 200\n{more}'
        f"[batches]\nmessages = 50\nseconds = 0.05\n[store]\n{store}"
    )
    return path


def seen(store: SqliteStore | InfluxStore) -> list[tuple[str, int]]:
    """Every interval in the store: (unit, minute)."""
    return sorted((row.unit, (row.time - DAWN) // timedelta(minutes=1) - 1) for row in store.quality(DAY))


def more_than(store: SqliteStore | InfluxStore, number: int) -> bool:
    return len(store.quality(DAY)) > number


def expected(minutes: Sequence[int]) -> list[tuple[str, int]]:
    return sorted((topic(unit).unit, minute) for unit in range(UNITS) for minute in minutes)


def test_a_collector_killed_in_mid_stream_loses_nothing(tmp_path: Path) -> None:
    with (
        Mosquitto(tmp_path / "broker", QUEUE) as broker,
        closing(SqliteStore(tmp_path / "s.sqlite")) as store,
        Reporter(broker.host, broker.port) as reporter,
    ):
        collector = Collecting(config(tmp_path, broker, SQLITE))
        collector.start()
        sent = []
        for turn in range(3):
            sent += reporter.publish(reports(turn * 200, turn * 200 + 200))
            wait_until(partial(more_than, store, turn * 800 + 50), "the middle of the stream")
            collector.kill()
            collector.start()
        reporter.wait_for(sent)
        wait_until(lambda: len(store.quality(DAY)) >= 600 * UNITS, "everything")
        collector.stop()
        assert seen(store) == expected(range(600))
        assert [unit.missing for unit in store.units()] == [0] * UNITS


def test_a_database_that_dies_and_returns_gets_everything(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker", QUEUE) as broker, Influx(tmp_path / "influx") as influx:
        prepare(influx.login)
        (tmp_path / "token").write_text(influx.login.token)
        where = f'kind = "influxdb"\nurl = "{influx.login.url}"\ntoken_file = "token"\nledger = "l.sqlite"\n'
        with (
            Collecting(config(tmp_path, broker, where)) as collector,
            closing(InfluxStore(influx.login, tmp_path / "l.sqlite")) as store,
            Reporter(broker.host, broker.port) as reporter,
        ):
            sent = reporter.publish(reports(0, 200))
            wait_until(lambda: len(store.quality(DAY)) > 50, "the middle of the stream")
            influx.kill()
            sent += reporter.publish(reports(200, 400))
            reporter.wait_for(sent)
            collector.wait_for_log("trying again")
            influx.start()
            wait_until(lambda: len(store.quality(DAY)) >= 400 * UNITS, "everything")
            assert seen(store) == expected(range(400))
            assert [unit.missing for unit in store.units()] == [0] * UNITS


def test_what_a_killed_broker_took_with_it_is_reported_and_nothing_else(tmp_path: Path) -> None:
    with (
        Mosquitto(tmp_path / "broker", QUEUE) as broker,
        closing(SqliteStore(tmp_path / "s.sqlite")) as store,
        Collecting(config(tmp_path, broker, SQLITE)) as collector,
        Reporter(broker.host, broker.port) as reporter,
    ):
        sent = reporter.publish(reports(0, 300))
        wait_until(lambda: len(store.quality(DAY)) > 100, "the middle of the stream")
        broker.kill()
        broker.start()
        sent += reporter.publish(reports(300, 400))
        reporter.wait_for(sent)
        collector.wait_for_log("is gone")
        wait_until(lambda: {(topic(n).unit, 399) for n in range(UNITS)} <= set(seen(store)), "the last")
        # Mosquitto acknowledges before its database is on the disk: a kill may cost what it had not passed on yet.
        wait_until(
            lambda: len(seen(store)) + sum(gap.missing for gap in store.reader.gaps()) == 400 * UNITS,
            "every message in the store or in a gap",
        )
        stored = seen(store)
        lost = {(gap.unit, seq) for gap in store.reader.gaps() for seq in range(gap.first, gap.last + 1)}
        assert len(stored) == len(set(stored))
        assert sorted([*stored, *lost]) == expected(range(400))


def test_two_collectors_share_the_load_and_one_is_killed(tmp_path: Path) -> None:
    with (
        Mosquitto(tmp_path / "broker", QUEUE) as broker,
        closing(SqliteStore(tmp_path / "s.sqlite")) as store,
        Reporter(broker.host, broker.port) as reporter,
    ):
        names = ("collector-a", "collector-b")
        pair = [Collecting(config(tmp_path, broker, SQLITE, name=name, more='share = "centre"\n')) for name in names]
        for one in pair:
            one.start()
        sent = reporter.publish(reports(0, 300))
        wait_until(lambda: len(store.quality(DAY)) > 100, "the middle of the stream")
        pair[0].kill()
        sent += reporter.publish(reports(300, 500))
        reporter.wait_for(sent)
        pair[0].start()  # its session holds what it had not acknowledged
        wait_until(lambda: len(store.quality(DAY)) >= 500 * UNITS, "everything")
        for one in pair:
            one.stop()
        assert seen(store) == expected(range(500))
        assert [unit.missing for unit in store.units()] == [0] * UNITS


def test_poisoned_messages_do_not_stop_the_others(tmp_path: Path) -> None:
    poison = [b"", b"[" * 5000, b'{"seq": 1e400}', "\u202e{}".encode()]
    with (
        Mosquitto(tmp_path / "broker", QUEUE) as broker,
        closing(SqliteStore(tmp_path / "s.sqlite")) as store,
        Collecting(config(tmp_path, broker, SQLITE)),
        Reporter(broker.host, broker.port) as reporter,
    ):
        sent = reporter.publish(reports(0, 1))
        sent += [reporter.publish_raw(str(topic(1)), payload) for payload in poison]
        sent += reporter.publish(reports(1, 2))
        reporter.wait_for(sent)
        wait_until(lambda: len(store.quality(DAY)) == 2 * UNITS, "the good ones")
        wait_until(lambda: len(store.reader.letters()) == len(poison), "the dead letters")
        assert {kept.letter.payload for kept in store.reader.letters()} == set(poison)
