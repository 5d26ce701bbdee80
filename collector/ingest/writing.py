"""The threads that bring batches to the store, for as long as it takes.

Two send the points of two batches, so that the store has work while one of them waits for its disk; a third records
what was sent, in the order in which it came, and gives it back to be acknowledged. The connection is read on; while the
store is down, the same step is tried again and again, nothing is acknowledged, and the broker, once its receive maximum
is reached, keeps the rest.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import NamedTuple, TypeVar

from collector.ingest.batch import Batch, record, send
from collector.ingest.figures import Figures
from collector.store.writing import DeadLetter, StoreError, Writer

log = logging.getLogger(__name__)

_FIRST_S, _MOST_S = 0.25, 15.0
_AT_ONCE = 2

_T = TypeVar("_T")


class _Sending(NamedTuple):
    """A batch, since when it is on its way (monotonic), and what of it the store will have refused."""

    batch: Batch
    begun_s: float
    refused: Future[Sequence[DeadLetter]]


class _StoppedError(Exception):
    """We are to end, and the store did not take it."""


class WritingThreads:
    """Take batches by `offer`, give them back through `done` once the store has them."""

    def __init__(self, store: Writer, done: Callable[[Batch], None], figures: Figures) -> None:
        self._store = store
        self._done = done
        self._figures = figures
        self._sending: queue.SimpleQueue[_Sending | None] = queue.SimpleQueue()
        self._last: Future[Sequence[DeadLetter]] | None = None
        self._stopping = threading.Event()
        self._senders = ThreadPoolExecutor(_AT_ONCE, "send")
        self._recorder = threading.Thread(target=self._record_all, name="record", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._recorder.start()

    def offer(self, batch: Batch) -> bool:
        """Hand `batch` over; False when the one before has not been begun yet, or we have ended."""
        if self._stopping.is_set():
            return False
        if self._last is not None and not self._last.running() and not self._last.done():
            return False
        step = partial(send, self._store, batch.messages)
        self._last = self._senders.submit(self._insist, len(batch), step)
        self._sending.put(_Sending(batch, time.monotonic(), self._last))
        return True

    def stop(self) -> None:
        """Write what was handed over if the store takes it at once, then end."""
        self._stopping.set()
        self._sending.put(None)
        self._recorder.join()
        self._senders.shutdown()

    def _record_all(self) -> None:
        with suppress(_StoppedError):  # then nothing that came after it is taken either
            while (sending := self._sending.get()) is not None:
                batch, begun_s, refused = sending
                letters = [*batch.letters, *refused.result()]
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
