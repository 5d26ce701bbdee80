"""The embedded store: ledger and series in one SQLite file, so that a batch is one transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from collector.store.database import reading, transaction
from collector.store.ledger import Ledger
from collector.store.ledger_reading import Clock, utc_now
from collector.store.points import points_of, to_us
from collector.store.reading import Span
from collector.store.schema import LEVELS, MEASUREMENTS, RAW, Field, Fold, Kind, Level, Measurement, Point, Value
from collector.store.store import Store
from collector.store.tables import SERIES, table_name
from collector.store.writing import DeadLetter, Received

_FOLDS = {Fold.SUM: "sum", Fold.MEAN: "avg", Fold.MAX: "max"}
_SECOND_US = 1_000_000

_Row = tuple[int, tuple[str, ...], tuple[Value, ...]]


class SqliteSeries:
    """The series in the tables of a ledger's file."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.lock = threading.RLock()

    def put(self, points: Iterable[Point], level: Level = RAW) -> None:
        """Keep `points`; one with the same measurement, tags and time is replaced."""
        with self.lock, transaction(self._ledger.connection, self._ledger.path):
            self.insert(points, level)

    def insert(self, points: Iterable[Point], level: Level = RAW) -> None:
        """The same, inside the transaction that is open."""
        rows: dict[str, list[tuple[object, ...]]] = {}
        for measurement, time_us, tags, values in points:
            rows.setdefault(table_name(measurement, level), []).append((time_us, *tags, *values))
        for table, many in rows.items():
            marks = ", ".join("?" * len(many[0]))
            self._ledger.connection.executemany(f'INSERT OR REPLACE INTO "{table}" VALUES ({marks})', many)

    def points(
        self, measurement: Measurement, span: Span, *, cameras: Sequence[str] | None = None, level: Level = RAW
    ) -> Iterator[Point]:
        """Points within the span, oldest first."""
        fields = measurement.fields if level is RAW else measurement.folded
        columns = ", ".join(f'"{name}"' for name in (*measurement.tags, *(field.name for field in fields)))
        where, bound = _where(span, cameras)
        query = f'SELECT time, {columns} FROM "{table_name(measurement, level)}" WHERE {where} ORDER BY time'
        for time_us, names, values in self._ask(measurement, query, bound):
            yield Point(measurement, time_us, names, tuple(map(_typed, fields, values)))

    def folded(
        self,
        measurement: Measurement,
        span: Span,
        step_s: int,
        *,
        cameras: Sequence[str] | None = None,
        level: Level = RAW,
    ) -> Iterator[Point]:
        """Points folded into buckets of `step_s` as the schema says, oldest first."""
        tags = ", ".join(f'"{tag}"' for tag in measurement.tags)
        folds = ", ".join(f'{_FOLDS[field.fold]}("{field.name}")' for field in measurement.folded if field.fold)
        where, bound = _where(span, cameras)
        width = step_s * _SECOND_US
        query = (
            f'SELECT time / {width} * {width} AS bucket, {tags}, {folds} FROM "{table_name(measurement, level)}" '
            f"WHERE {where} GROUP BY bucket, {tags} ORDER BY bucket, {tags}"
        )
        for time_us, names, values in self._ask(measurement, query, bound):
            yield Point(measurement, time_us, names, values)

    def expire(self, now: datetime) -> None:
        """Drop the points that are older than their level keeps them."""
        connection = self._ledger.connection
        with self.lock, transaction(connection, self._ledger.path):
            for measurement, level in _kept_for_a_time():
                oldest = to_us(now) - level.days * 86_400 * _SECOND_US
                connection.execute(f'DELETE FROM "{table_name(measurement, level)}" WHERE time < ?', (oldest,))

    def _ask(self, measurement: Measurement, query: str, bound: tuple[object, ...]) -> Iterator[_Row]:
        width = 1 + len(measurement.tags)
        with reading(self._ledger.path) as connection:
            rows = connection.execute(query, bound).fetchall()
        for row in rows:
            yield row[0], row[1:width], row[width:]


class SqliteStore(Store):
    """Everything in the file at `path`."""

    def __init__(self, path: Path, clock: Clock = utc_now) -> None:
        ledger = Ledger(path, SERIES)
        self._tables = SqliteSeries(ledger)
        super().__init__(ledger, self._tables, clock)
        self._tables.lock = self._lock

    def record(self, messages: Sequence[Received], letters: Sequence[DeadLetter] = ()) -> None:
        """Keep all of it, points too, or raise `StoreDownError` and keep nothing."""
        with self._lock, transaction(self.ledger.connection, self.ledger.path):
            self._tables.insert(point for one in messages for point in points_of(one.topic, one.message))
            self.ledger.record(messages, letters)

    def expire(self, now: datetime, pictures_days: int) -> None:
        """Let go of pictures, and of points that are older than their level keeps them."""
        super().expire(now, pictures_days)
        self._tables.expire(now)


def _kept_for_a_time() -> Iterator[tuple[Measurement, Level]]:
    for level in LEVELS:
        if level.days:
            yield from ((measurement, level) for measurement in MEASUREMENTS if level is RAW or measurement.folded)


def _typed(field: Field, value: Value) -> Value:
    return bool(value) if field.kind is Kind.BOOLEAN and value is not None else value


def _where(span: Span, cameras: Sequence[str] | None) -> tuple[str, tuple[object, ...]]:
    bound: tuple[object, ...] = (to_us(span.start), to_us(span.end))
    if cameras is None:
        return "time >= ? AND time < ?", bound
    marks = ", ".join("?" * len(cameras))
    return f"time >= ? AND time < ? AND camera IN ({marks})", (*bound, *cameras)
