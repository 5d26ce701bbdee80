"""How traffic usually moves at each place of the picture, learned from the tracks themselves.

A vehicle seen once has no velocity yet, and at 5 pictures a second the next box near it may be the vehicle behind. What
others did at the same place tells where to look for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.detection.detections import Floats

_CELL = 1 / 16
"""Side of a cell, as a part of the picture's longer side seen so far."""
_ADAPT = 0.15
"""Weight of a new vehicle against those before it."""


@dataclass(slots=True)
class Flow:
    """Mean velocity by cell. Bounded: a picture has at most 17 x 17 cells."""

    _extent: float = 1.0
    _cells: dict[tuple[int, int], Floats] = field(default_factory=dict)

    def learn(self, place: Floats, velocity: Floats) -> None:
        """A vehicle moves at `velocity` (2,) pixels a second at `place` (2,) pixels."""
        self._reach(float(place.max()))
        key = self._key(place)
        known = self._cells.get(key)
        self._cells[key] = velocity.copy() if known is None else known + np.float32(_ADAPT) * (velocity - known)

    def expected(self, places: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """(n, 2) places -> (n, 2) usual velocities there, and (n,) whether they are known."""
        usual = [self._cells.get(self._key(place)) for place in places]
        zero = np.zeros(2, np.float32)
        velocities = np.array([zero if one is None else one for one in usual], np.float32).reshape(-1, 2)
        return velocities, np.array([one is not None for one in usual], bool)

    def _reach(self, far: float) -> None:
        """Begin anew when the picture proves larger than thought: the cells of a smaller one mean nothing."""
        if far > self._extent:
            self._extent = float(2 ** np.ceil(np.log2(far)))
            self._cells.clear()

    def _key(self, place: Floats) -> tuple[int, int]:
        x, y = (place / (self._extent * _CELL)).astype(int).tolist()
        return x, y
