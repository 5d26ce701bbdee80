"""A whole store: writer, reader and judge over a ledger and series. SQLite and InfluxDB differ in the series only."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta

from collector.store.ledger import Ledger
from collector.store.ledger_reading import Clock, LedgerReader
from collector.store.rollup import roll_up
from collector.store.series import Series, SeriesReader
from collector.store.writing import DeadLetter, Received, Verdict


class Store(SeriesReader, ABC):
    """Any thread may read; writers take turns at the ledger."""

    def __init__(self, ledger: Ledger, series: Series, clock: Clock) -> None:
        self.ledger = ledger
        self.series = series
        self.reader = LedgerReader(ledger.path, clock)
        super().__init__(self.reader, series, clock)
        self._lock = threading.RLock()

    def write(self, messages: Sequence[Received], letters: Sequence[DeadLetter] = ()) -> None:
        """Both steps. `StoreDownError`: not now, and nothing that a second writing doubles."""
        self.record(messages, [*letters, *self.send(messages)])

    def prepared(self, received: Received) -> Received:
        """What can be made of one message by itself, before its batch is whole."""
        return received

    def send(self, _messages: Sequence[Received], /) -> Sequence[DeadLetter]:
        """Keep the points of a batch, unless `record` does; returns what the store will never take."""
        return []

    @abstractmethod
    def record(self, messages: Sequence[Received], letters: Sequence[DeadLetter] = ()) -> None:
        """Keep the rest of a batch that was sent, each message once."""

    def judge(self, unit: str, case: str, verdict: Verdict, *, reason: str, by: str, time: datetime) -> None:
        """Keep what an operator said of a case; the last verdict holds. `StoreError` when there is no such case."""
        with self._lock:
            self.ledger.judge(unit, case, verdict, reason=reason, by=by, time=time)

    def forget_letters(self, digests: Sequence[str]) -> None:
        """Dead letters that were replayed are dead no more."""
        with self._lock:
            self.ledger.forget_letters(digests)

    def roll_up(self, now: datetime) -> int:
        """Fill the coarser levels; returns how many quarters of an hour were folded."""
        return roll_up(self.series, self.ledger, now, self._lock)

    def expire(self, now: datetime, pictures_days: int) -> None:
        """Let go of pictures, and of what the series keep for a time only."""
        with self._lock:
            self.ledger.expire_pictures(now - timedelta(days=pictures_days))

    def close(self) -> None:
        """Let go of the ledger's file."""
        self.ledger.close()
