"""The two threads that bring batches to the store, one after the other, for as long as it takes.

The first sends the points of a batch; the second records the batch before meanwhile, and gives it back to be
acknowledged. Batches stay in the order in which they came. The connection is read on; while the store is down, the
same step is tried again and again, nothing is acknowledged, and the broker, once its receive maximum is reached,
keeps the rest.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple, TypeVar

from collector.ingest.batch import Batch, record, send
from collector.ingest.figures import Figures
from collector.store.writing import DeadLetter, StoreError, Writer

log = logging.getLogger(__name__)

_FIRST_S, _MOST_S = 0.25, 15.0

_T = TypeVar("_T")


class _Sent(NamedTuple):
    """A batch whose points are in the store, what of it was refused, and when its sending began (monotonic)."""

    batch: Batch
    refused: Sequence[DeadLetter]
    begun_s: float


class _StoppedError(Exception):
    """We are to end, and the store did not take it."""


class WritingThreads:
    """Take batches by `offer`, give them back through `done` once the store has them."""

    def __init__(self, store: Writer, done: Callable[[Batch], None], figures: Figures) -> None:
        self._store = store
        self._done = done
        self._figures = figures
        self._offered: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._sent: queue.SimpleQueue[_Sent | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._send_all, name="send", daemon=True),
            threading.Thread(target=self._record_all, name="record", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def offer(self, batch: Batch) -> bool:
        """Hand `batch` over; False when the one before has not been begun yet."""
        if not self._offered.empty():
            return False
        self._offered.put(batch)
        return True

    def stop(self) -> None:
        """Write what was handed over if the store takes it at once, then end."""
        self._stopping.set()
        self._offered.put(None)
        for thread in self._threads:
            thread.join()

    def _send_all(self) -> None:
        with suppress(_StoppedError):  # then nothing that came after it is taken either
            while (batch := self._offered.get()) is not None:
                begun_s = time.monotonic()
                refused = self._insist(len(batch), partial(send, self._store, batch.messages))
                self._sent.put(_Sent(batch, refused, begun_s))
        self._sent.put(None)

    def _record_all(self) -> None:
        with suppress(_StoppedError):
            while (sent := self._sent.get()) is not None:
                batch, refused, begun_s = sent
                letters = [*batch.letters, *refused]
                self._insist(len(batch), partial(record, self._store, batch.messages, letters))
                self._count(batch, len(letters), time.monotonic() - begun_s)
                self._done(batch)

    def _insist(self, number: int, step: Callable[[], _T]) -> _T:
        """Take `step` with a batch of `number` messages until the store is there for it."""
        wait_s = _FIRST_S
        while True:
            try:
                return step()
            except StoreError as error:
                self._figures.store_failures.inc()
                self._figures.store_up.set(0)
                waiting = "1 message waits" if number == 1 else f"{number} messages wait"
                log.warning("%s; %s, trying again", error, waiting)
                if self._stopping.wait(random.uniform(wait_s / 2, wait_s)):
                    raise _StoppedError from error
                wait_s = min(wait_s * 2, _MOST_S)

    def _count(self, batch: Batch, letters: int, took_s: float) -> None:
        self._figures.writing.observe(took_s)
        self._figures.store_up.set(1)
        self._figures.stored.inc(len(batch.messages))
        self._figures.dead.inc(letters)
        self._figures.batches.inc()
