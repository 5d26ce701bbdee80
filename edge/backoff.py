"""Waiting longer after each failure, and never all units at once.

After a power cut a whole city comes back in the same second. "Equal jitter", a uniform draw from the upper half of a
doubling cap, spreads its reconnects (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
"""

from __future__ import annotations

import random


class Backoff:
    """Delays in seconds: drawn between half and all of a cap that doubles from `first_s` up to `most_s`."""

    def __init__(self, first_s: float = 1.0, most_s: float = 60.0, *, draw: random.Random | None = None) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._cap_s = first_s
        self._draw = draw or random.Random()

    def next_s(self) -> float:
        """How long to wait before the next attempt."""
        cap_s = self._cap_s
        self._cap_s = min(cap_s * 2, self._most_s)
        return self._draw.uniform(cap_s / 2, cap_s)

    def reset(self) -> None:
        """It worked: begin anew with the shortest delay."""
        self._cap_s = self._first_s


SPREAD_S = 10.0
"""Over so long a city's units spread their first calls when the power comes back."""
_JUST_BOOTED_S = 300.0


def first_call_s(uptime_s: float, draw: random.Random | None = None) -> float:
    """How long to wait before the first call: not at all, unless the board has just started, as after a power cut."""
    return (draw or random.Random()).uniform(0, SPREAD_S) if uptime_s < _JUST_BOOTED_S else 0.0
