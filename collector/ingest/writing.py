"""The thread that brings batches to the store, one at a time, for as long as it takes.

While it writes, the connection is read on; while the store is down, it tries again and again, nothing is
acknowledged, and the broker, once its receive maximum is reached, keeps the rest.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections.abc import Callable

from collector.ingest.batch import Batch, keep
from collector.ingest.figures import Figures
from collector.store.writing import StoreError, Writer

log = logging.getLogger(__name__)

_FIRST_S, _MOST_S = 0.25, 15.0


class WritingThread:
    """Takes batches by `offer`, gives them back through `done` once the store has them."""

    def __init__(self, store: Writer, done: Callable[[Batch], None], figures: Figures) -> None:
        self._store = store
        self._done = done
        self._figures = figures
        self._queue: queue.Queue[Batch | None] = queue.Queue(maxsize=2)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def offer(self, batch: Batch) -> bool:
        """Hand `batch` over; False when the one before has not been begun yet."""
        if self._queue.qsize() >= 1:
            return False
        self._queue.put(batch)
        return True

    def stop(self) -> None:
        """Write what was handed over if the store takes it at once, then end."""
        self._stopping.set()
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            if self._write(batch):
                self._done(batch)

    def _write(self, batch: Batch) -> bool:
        wait_s = _FIRST_S
        while True:
            try:
                with self._figures.writing.time():
                    keep(self._store, batch.messages, batch.letters)
            except StoreError as error:
                self._figures.store_failures.inc()
                self._figures.store_up.set(0)
                waiting = "1 message waits" if len(batch) == 1 else f"{len(batch)} messages wait"
                log.warning("%s; %s, trying again", error, waiting)
                if self._stopping.wait(random.uniform(wait_s / 2, wait_s)):
                    return False
                wait_s = min(wait_s * 2, _MOST_S)
            else:
                self._figures.store_up.set(1)
                self._figures.stored.inc(len(batch.messages))
                self._figures.dead.inc(len(batch.letters))
                self._figures.batches.inc()
                return True
