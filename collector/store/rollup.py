"""Coarser levels from the raw points: quarters of an hour and hours, wherever points have come, however late.

Every batch marks the quarters it touched in the ledger, in the transaction that keeps it. A quarter is folded anew from
its raw points, so doing it twice changes nothing, and forgotten only if nothing touched it meanwhile.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from collector.store.database import reading, transaction
from collector.store.ledger import Ledger
from collector.store.points import from_us, to_us
from collector.store.reading import Span
from collector.store.schema import HOUR, QUARTER, ROLLED_UP, Level
from collector.store.series import Series

_SETTLED = timedelta(minutes=2)
"""After its end, before a quarter is folded for the first time: most of it has come by then."""

_AT_ONCE = 96
"""Quarters in one round: a day."""


def roll_up(series: Series, ledger: Ledger, now: datetime, lock: AbstractContextManager[object]) -> int:
    """Fold the quarters that have new points and are over, oldest first; returns how many are done.

    `lock` is held while the ledger's connection is used.
    """
    due = _due(ledger, now)
    starts = [start for start, _ in due]
    for level in (QUARTER, HOUR):
        width = level.step_s * 1_000_000
        for start in sorted({start // width * width for start in starts}):
            _fold(series, from_us(start), level)
    with lock, transaction(ledger.connection, ledger.path):
        ledger.connection.executemany("DELETE FROM dirty WHERE start=? AND version=?", due)
    return len(due)


def _due(ledger: Ledger, now: datetime) -> list[tuple[int, int]]:
    latest = to_us(now - _SETTLED - timedelta(seconds=QUARTER.step_s))
    with reading(ledger.path) as connection:
        found: list[tuple[int, int]] = connection.execute(
            "SELECT start, version FROM dirty WHERE start <= ? ORDER BY start LIMIT ?", (latest, _AT_ONCE)
        ).fetchall()
    return found


def _fold(series: Series, start: datetime, level: Level) -> None:
    span = Span(start, start + timedelta(seconds=level.step_s))
    for measurement in ROLLED_UP:
        series.put(list(series.folded(measurement, span, level.step_s)), level)
