"""The frame clock: seconds since the source opened, from the stream's own timestamps where they are sane.

Cameras send presentation timestamps that jump at a key frame, restart at zero, stand still or run in a wrong time
base. Each of those must neither turn the clock back nor let it run away from the time that really passed.
"""

from __future__ import annotations

TOLERANCE_S = 5.0
"""How far the stream's clock may be from ours: a server's burst at the start and a slow network are within it."""


class StreamClock:
    """Turns presentation timestamps into a clock that never falls."""

    def __init__(self, start_s: float) -> None:
        """`start_s`: our monotonic clock when the source opened."""
        self._start_s = start_s
        self._last_s = 0.0
        self._offset_s: float | None = None

    def tick(self, pts_s: float | None, now_s: float) -> float:
        """Time of a frame in seconds since the start.

        `pts_s` is the stream's timestamp (any origin), None where it has none; `now_s` our monotonic clock when the
        frame came. A timestamp that falls, stands still or strays is given up for our own clock, which then becomes
        the stream's new origin.
        """
        passed_s = now_s - self._start_s
        time_s = passed_s
        if pts_s is not None:
            if self._offset_s is None:
                self._offset_s = max(passed_s, self._last_s) - pts_s
            by_stream_s = pts_s + self._offset_s
            forward = by_stream_s > self._last_s or self._last_s == 0.0
            if forward and abs(by_stream_s - passed_s) <= TOLERANCE_S:
                time_s = by_stream_s
            else:
                self._offset_s = max(passed_s, self._last_s) - pts_s
        self._last_s = max(self._last_s, time_s)
        return self._last_s

    def reconnected(self) -> None:
        """The stream began anew: its timestamps have another origin."""
        self._offset_s = None
