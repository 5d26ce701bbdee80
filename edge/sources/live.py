"""A camera that may hang, stall, vanish and return, read so that always its newest picture is at hand.

A thread of its own connects and reads; it leaves the newest picture in a slot, so that a slow reader skips pictures
instead of falling behind. The consumer watches the slot: when nothing came for `stall_s`, it leaves the thread to
itself (a read inside a driver cannot be interrupted; the thread releases its connection as soon as the read returns)
and connects anew, waiting longer after each failure.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from edge.backoff import Backoff
from edge.frame import Frame, Image, SourceError
from edge.sources.clock import StreamClock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """What a connection delivers: a picture and the stream's timestamp for it in seconds, if it has one."""

    image: Image
    pts_s: float | None


class Connection(Protocol):
    """An open camera. Used and closed by one thread."""

    def read(self) -> Picture:
        """Block until the next picture. Raises `SourceError` when there will be none."""
        ...

    def close(self) -> None:
        """Release it."""
        ...


Connect = Callable[[], Connection]
"""Opens the camera; raises `SourceError` that says what to check."""


@dataclass(frozen=True, slots=True)
class SourceChange:
    """A camera was lost or is back; `reason` is for people and never contains a password."""

    lost: bool
    reason: str


Listener = Callable[[SourceChange], None]


class LiveSource:
    """A `Source` that never ends by itself and reconnects for ever."""

    def __init__(
        self,
        name: str,
        connect: Connect,
        *,
        on_change: Listener,
        stall_s: float = 10.0,
        backoff: Backoff | None = None,
    ) -> None:
        """`name` is what logs call it; `stall_s` covers the time to connect as well."""
        self._name = name
        self._connect = connect
        self._on_change = on_change
        self._stall_s = stall_s
        self._backoff = backoff or Backoff(1.0, 30.0)
        self._closed = threading.Event()
        self._lost = False
        self._grab: _Grab | None = None

    def frames(self) -> Iterator[Frame]:
        """Newest frames for as long as the source is not closed."""
        clock = StreamClock(time.monotonic())
        index = 0
        while not self._closed.is_set():
            self._grab = grab = _Grab(self._name, self._connect)
            clock.reconnected()
            try:
                while not self._closed.is_set():
                    picture, came_s = grab.newest(self._stall_s)
                    if self._closed.is_set():
                        return
                    self._is_back()
                    yield Frame(picture.image, index, clock.tick(picture.pts_s, came_s), datetime.now(UTC))
                    index += 1
            except SourceError as error:
                self._is_lost(str(error))
            finally:
                grab.abandon()
            self._closed.wait(self._backoff.next_s())

    def close(self) -> None:
        """End `frames()`, also while it waits."""
        self._closed.set()
        if self._grab:
            self._grab.abandon()

    def _is_lost(self, reason: str) -> None:
        if self._lost or self._closed.is_set():
            return
        self._lost = True
        log.warning("%s: lost: %s", self._name, reason)
        self._on_change(SourceChange(lost=True, reason=reason))

    def _is_back(self) -> None:
        self._backoff.reset()
        if self._lost:
            self._lost = False
            log.info("%s: back", self._name)
            self._on_change(SourceChange(lost=False, reason="pictures arrive again"))


class _Grab:
    """One connection, its reading thread and its slot for the newest picture."""

    def __init__(self, name: str, connect: Connect) -> None:
        self._connect = connect
        self._slot: tuple[Picture, float] | None = None
        self._failed: str | None = None
        self._abandoned = False
        self._news = threading.Condition()
        threading.Thread(target=self._run, name=f"grab {name}", daemon=True).start()

    def newest(self, timeout_s: float) -> tuple[Picture, float]:
        """Wait for a picture not taken yet, with the monotonic time of its arrival. Raises `SourceError`."""
        with self._news:
            self._news.wait_for(lambda: self._slot or self._failed or self._abandoned, timeout_s)
            if self._slot:
                taken, self._slot = self._slot, None
                return taken
            raise SourceError(self._failed or f"no picture for {timeout_s:g} s: check cable, power and network")

    def abandon(self) -> None:
        """Nobody waits for this connection any more; the thread ends when its read returns."""
        with self._news:
            self._abandoned = True
            self._news.notify_all()

    def _run(self) -> None:
        try:
            connection = self._connect()
        except SourceError as error:
            self._fail(str(error))
            return
        try:
            while not self._abandoned:
                picture = connection.read()
                with self._news:
                    self._slot = (picture, time.monotonic())
                    self._news.notify_all()
        except SourceError as error:
            self._fail(str(error))
        finally:
            connection.close()

    def _fail(self, reason: str) -> None:
        with self._news:
            self._failed = reason
            self._news.notify_all()
