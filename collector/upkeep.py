"""What the collector does by itself, once a minute.

Say how the fleet is and what became of requests to signals, fill the coarser levels, let the old go.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from collector.signals.actions import ActionBook, points
from collector.store.ledger_reading import Clock
from collector.store.points import to_us
from collector.store.reading import Span
from collector.store.schema import FLEET, RAW, Point
from collector.store.store import Store
from collector.store.writing import StoreError

log = logging.getLogger(__name__)

_EVERY_S = 60.0
_ACTIONS_OF, _SETTLING = timedelta(days=1), timedelta(minutes=2)
_MOST_ACTIONS = 20_000


class Upkeep:
    """A thread of its own. Several collectors may do the same work: all of it can be done twice."""

    def __init__(self, store: Store, pictures_days: int, clock: Clock) -> None:
        self._store = store
        self._pictures_days = pictures_days
        self._clock = clock
        self._actions = ActionBook(store.ledger.path)
        self._told_until = clock() - _ACTIONS_OF
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round under way."""
        self._stopping.set()
        self._thread.join()

    def round(self, now: datetime) -> None:
        """Everything once. `StoreError` when the store is down; the next round makes up for it."""
        self._store.series.put(list(fleet_points(self._store, now)))
        self._tell_of_signals(now)
        self._store.roll_up(now)
        self._store.expire(now, self._pictures_days)

    def _tell_of_signals(self, now: datetime) -> None:
        """Points of the actions of which something arrived since the last round; a batch may lie a little back.

        What a broken clock dates before the oldest point that is kept, a store would refuse for ever.
        """
        heard = self._actions.arrived(Span(self._told_until - _SETTLING, now + _SETTLING), limit=_MOST_ACTIONS)
        oldest = to_us(now - timedelta(days=RAW.days - 1))
        self._store.series.put([point for point in points(heard) if point.time_us >= oldest])
        self._told_until = now

    def _run(self) -> None:
        while not self._stopping.wait(_EVERY_S):
            try:
                self.round(self._clock())
            except StoreError as error:
                log.warning("upkeep waits for the store: %s", error)


def fleet_points(store: Store, now: datetime) -> list[Point]:
    """How every unit is, at the full minute: the same point from every collector."""
    minute_us = to_us(now.replace(second=0, microsecond=0))
    return [
        Point(
            FLEET,
            minute_us,
            (unit.site, unit.unit),
            (float(unit.online), unit.missing, (now - unit.last_seen).total_seconds(), unit.skew_s),
        )
        for unit in store.units()
    ]
