"""How traffic moves at each place of the picture, learned from the tracks themselves.

A vehicle seen once has no velocity yet, and at 5 pictures a second the next box near it may be the vehicle behind. What
others did at the same place tells where to look for it: the velocity of a newcomer is a guess whose mean and variance
blend "nothing is known" with what the cell has seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from edge.tracking.motion import SPEED, Array

_CELLS = 16
"""The picture is divided into 16 x 16 cells."""
_DOUBT_S = 0.4
"""Seconds of vehicles seen in a cell that weigh as much as knowing nothing."""
_MEMORY_S = 10.0
"""Seconds of vehicles that a cell remembers; what is new counts more after that."""


@dataclass(slots=True)
class Flow:
    """By cell: seconds of vehicles seen, their mean velocity and the spread around it, in lengths of the vehicle."""

    _seen: Array = field(default_factory=lambda: np.zeros((_CELLS, _CELLS)))
    _mean: Array = field(default_factory=lambda: np.zeros((_CELLS, _CELLS, 2)))
    _spread: Array = field(default_factory=lambda: np.zeros((_CELLS, _CELLS)))

    def learn(self, place: Array, velocity: Array, elapsed_s: float) -> None:
        """Vehicles moved at `velocity` (n, 2) lengths a second at `place` (n, 2), 0..1, for `elapsed_s`.

        Of several in one cell the last is taken.
        """
        cell = _cell(place)
        total = self._seen[cell] + elapsed_s
        surprise = velocity - self._mean[cell]
        self._mean[cell] += (elapsed_s / total)[:, None] * surprise
        spread = self._spread[cell] + elapsed_s / 2 * (surprise * (velocity - self._mean[cell])).sum(axis=1)
        kept = np.minimum(total, _MEMORY_S)
        self._seen[cell] = kept
        self._spread[cell] = spread * kept / total

    def expected(self, place: Array) -> tuple[Array, Array]:
        """(n, 2) places, 0..1 -> (n, 2) mean velocity and (n,) variance of one of its axes, in lengths per second."""
        cell = _cell(place)
        seen, mean = self._seen[cell], self._mean[cell]
        total = seen + _DOUBT_S
        pulled = _DOUBT_S * (SPEED**2 / 2 + seen / total * (mean**2).sum(axis=1) / 2)
        return mean * (seen / total)[:, None], (pulled + self._spread[cell]) / total


def _cell(place: Array) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.intp]], ...]:
    column, row = np.clip((place * _CELLS).astype(np.intp), 0, _CELLS - 1).T
    return row, column
