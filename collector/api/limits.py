"""So many requests a minute for each address. The clock is passed in."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from math import ceil

_MINUTE = timedelta(minutes=1)
_MOST_ADDRESSES = 10_000


class Limiter:
    """A sliding window of one minute. Bounded: the addresses longest unheard are forgotten first."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._asked: dict[str, deque[datetime]] = {}

    def wait_s(self, address: str, now: datetime) -> int:
        """0 when the request is within the limit, else whole seconds until the next one is."""
        times = self._asked.pop(address, deque())
        self._asked[address] = times
        if len(self._asked) > _MOST_ADDRESSES:
            del self._asked[next(iter(self._asked))]
        while times and now - times[0] >= _MINUTE:
            times.popleft()
        if len(times) >= self._per_minute:
            return max(1, ceil((times[0] + _MINUTE - now).total_seconds()))
        times.append(now)
        return 0
