"""A recording in the place of a camera: played in real time, again from the start when it ends.

For a demonstration with the user's own clip and for trying out a unit at the depot.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from edge.frame import Frame, Source

PAUSE_S = 0.04
"""Between the last picture and the first one of the next round."""


class Playback:
    """A `Source` that never ends. `reopen` opens the recording; it is tried at once, so that a bad one is refused."""

    def __init__(self, reopen: Callable[[], Source]) -> None:
        self._reopen = reopen
        self._source = reopen()
        self._closed = threading.Event()

    def frames(self) -> Iterator[Frame]:
        """Frames at the pace of their own clock; those that a slow reader is too late for are passed over."""
        begun = time.monotonic()
        round_s = last_s = 0.0
        index = 0
        while not self._closed.is_set():
            for frame in self._source.frames():
                time_s = round_s + frame.time_s
                ahead_s = begun + time_s - time.monotonic()
                if self._closed.wait(max(0.0, ahead_s)):
                    break
                if ahead_s > -PAUSE_S or frame.index == 0:
                    yield Frame(frame.image, index, time_s, datetime.now(UTC))
                    index += 1
                last_s = time_s
            self._source.close()
            round_s = last_s + PAUSE_S
            if not self._closed.is_set():
                self._source = self._reopen()

    def close(self) -> None:
        """End `frames()`, also while it waits."""
        self._closed.set()
