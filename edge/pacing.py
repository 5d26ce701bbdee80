"""Which pictures are looked at, so that about so many a second are, and evenly."""

from __future__ import annotations

from dataclasses import dataclass

_EARLY = 0.25
"""A picture may come this part of a period before its time: cameras are not punctual."""


@dataclass(slots=True)
class Pacer:
    """Keeps a pace of `fps` on the stream's clock; a picture that does not come in time is not made up for."""

    fps: float
    _due_s: float = float("-inf")

    def takes(self, time_s: float) -> bool:
        """Whether the picture of `time_s` is to be looked at. Times that do not rise are never taken twice."""
        period_s = 1 / self.fps
        if time_s < self._due_s - _EARLY * period_s:
            return False
        self._due_s = max(self._due_s + period_s, time_s + period_s / 2)
        return True
