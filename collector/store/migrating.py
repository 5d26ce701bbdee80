"""From one store to another: all points of all levels, and every row of the ledger. Repeatable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from collector.store.database import connect, transaction
from collector.store.reading import Span
from collector.store.schema import LEVELS, MEASUREMENTS, RAW, Level, Measurement, Point
from collector.store.store import Store
from contract.base import EARLIEST

_BATCH = 5000
_LEDGER = (
    "unit",
    "software",
    "boot",
    "outbox",
    "hole",
    "occurrence",
    "picture",
    "signal_request",
    "signal_reply",
    "letter",
    "dirty",
    "tally",
)


class Migrated(NamedTuple):
    """How much was copied."""

    points: int
    rows: int


def migrate(old: Store, new: Store, progress: Callable[[int], None], *, since: datetime = EARLIEST) -> Migrated:
    """Copy points from `since` on and the whole ledger; `progress` is told the points copied so far.

    `StoreError` when either store fails.
    """
    done = 0
    now = datetime.now(UTC)
    for level in LEVELS:
        for measurement in MEASUREMENTS:
            if level is RAW or measurement.folded:
                points = _points(old, measurement, level, now, since)
                while batch := list(islice(points, _BATCH)):
                    new.series.put(batch, level)
                    done += len(batch)
                    progress(done)
    return Migrated(done, _copy_ledger(old, new))


def _points(old: Store, measurement: Measurement, level: Level, now: datetime, since: datetime) -> Iterator[Point]:
    """All points still kept, a day at a time, which bounds an answer of InfluxDB."""
    start = max(since, now - timedelta(days=level.days)) if level.days else since
    width = timedelta(days=1 if level is RAW else 30)
    while start < now + width:
        yield from old.series.points(measurement, Span(start, start + width), level=level)
        start += width


def _copy_ledger(old: Store, new: Store) -> int:
    copied = 0
    with closing(connect(old.ledger.path)) as source, transaction(new.ledger.connection, new.ledger.path):
        for table in _LEDGER:
            rows = source.execute(f"SELECT * FROM {table}")
            while many := rows.fetchmany(500):
                marks = ", ".join("?" * len(many[0]))
                new.ledger.connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", many)
                copied += len(many)
    return copied
