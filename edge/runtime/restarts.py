"""How often what failed may be started again: five times a minute, no more, and never given up for good.

A unit hangs on a mast: after the fifth failure it waits until a minute has room again, instead of staying down.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Restarts:
    """Allows `most` restarts in any `window_s` seconds of a monotonic clock."""

    most: int = 5
    window_s: float = 60.0
    _times: deque[float] = field(default_factory=deque)

    def allows(self, now_s: float) -> bool:
        """Whether one may happen now; if so, it is taken to happen."""
        while self._times and now_s - self._times[0] >= self.window_s:
            self._times.popleft()
        if len(self._times) >= self.most:
            return False
        self._times.append(now_s)
        return True
