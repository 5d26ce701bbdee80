"""Who moves, by steps of half a vehicle's size, and which way traffic usually goes at each place.

    ┌──────┬──────┐   The picture is a grid of cells. Each vehicle that moves on leaves its direction in the cell
    │  ↑   │  ↓   │   that it comes to, once. Where nearly all agree, and they were enough, that is the way one
    │  ↑ ↑ │ ↓  ↓ │   goes there; in the middle of a junction they do not agree, and nothing is said of it.
    └──────┴──────┘

Nothing is drawn or configured: the road's use is the rule, so that a direction changed by the police is learned too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract import TRAFFIC
from edge.parking.seen import Box, Seen

STEP = 0.5
"""Sizes of the box from which somebody has moved; the trembling of a detector stays below."""
_LEAP = 3.0
"""A step of so many sizes between two pictures is a number that went to somebody else, not a way."""
_STEADY = 0.8
"""Cosine between two steps in a row."""
_FORGET_S = 3.0

_CELLS = 16
_ENOUGH = 8.0
"""Vehicles that must have passed a cell before it says which way one goes."""
_AGREED = 0.85
"""Length of their mean direction, 1 when all go the same way: most within 30 degrees."""
_REMEMBERED = 60.0
"""Vehicles that a cell remembers; what is new counts more after that."""


class Place(NamedTuple):
    """The foot of a box, and the box's size, in picture heights."""

    x: float
    y: float
    size: float

    @classmethod
    def of(cls, box: Box, aspect: float) -> Place:
        """`aspect` is width / height of the picture."""
        x, y = box.foot
        return cls(x * aspect, y, max((box.area * aspect) ** 0.5, 1e-3))


Direction = tuple[float, float]
"""Unit vector; x to the right, y down."""


@dataclass(frozen=True, slots=True)
class Move:
    """One step of one track, from `start` at `since_s` to `end`, in the direction `way`."""

    seen: Seen
    start: Place
    end: Place
    way: Direction
    since_s: float
    steady: bool = False
    """It goes on in the direction of the step before: no tremble, and no number that went to a neighbour."""

    @property
    def sizes(self) -> float:
        """Its length in sizes of the box, at most what one step may be."""
        return min(hypot(self.end.x - self.start.x, self.end.y - self.start.y) / self.end.size, _LEAP)


@dataclass(slots=True)
class _Anchor:
    place: Place
    since_s: float
    seen_s: float
    way: Direction = (0.0, 0.0)


class Moves:
    """Follows the tracks of one camera and tells their steps."""

    def __init__(self, aspect: float) -> None:
        self._aspect = aspect
        self._anchors: dict[int, _Anchor] = {}

    def step(self, seen: Iterable[Seen], time_s: float) -> list[Move]:
        """Who has moved on since its last step."""
        moves = []
        for one in seen:
            here = Place.of(one.box, self._aspect)
            anchor = self._anchors.setdefault(one.track, _Anchor(here, time_s, time_s))
            anchor.seen_s = time_s
            dx, dy = here.x - anchor.place.x, here.y - anchor.place.y
            away = hypot(dx, dy)
            if away < STEP * here.size:
                continue
            way = dx / away, dy / away
            steady = way[0] * anchor.way[0] + way[1] * anchor.way[1] > _STEADY
            if away < _LEAP * here.size:
                moves.append(Move(one, anchor.place, here, way, anchor.since_s, steady))
            anchor.place, anchor.since_s, anchor.way = here, time_s, way
        self._anchors = {key: kept for key, kept in self._anchors.items() if time_s - kept.seen_s < _FORGET_S}
        return moves

    def stood_s(self, track: int, time_s: float) -> float:
        """Since how many seconds a track has not moved; 0 of one that is not known."""
        anchor = self._anchors.get(track)
        return 0.0 if anchor is None else time_s - anchor.since_s


class Directions:
    """Which way traffic goes on one carriageway, learned from its steps."""

    def __init__(self, aspect: float) -> None:
        self._aspect = aspect
        self._sum = np.zeros((_CELLS, _CELLS, 2))
        self._number = np.zeros((_CELLS, _CELLS))
        self._last = np.zeros((_CELLS, _CELLS), np.int64)

    def learn(self, moves: Iterable[Move]) -> None:
        """Take these steps into the cells that they lead to, each vehicle once in a cell."""
        for move in moves:
            cell = self.cell(move.end)
            if not move.steady or move.seen.vehicle not in TRAFFIC or self._last[cell] == move.seen.track:
                continue
            self._last[cell] = move.seen.track
            kept = min(1.0, _REMEMBERED / (self._number[cell] + 1))
            self._sum[cell] = kept * (self._sum[cell] + move.way)
            self._number[cell] = kept * (self._number[cell] + 1)

    def usual(self, place: Place) -> Direction | None:
        """The way that nearly all go at `place`; None where that is not known."""
        cell = self.cell(place)
        return _agreed(self._sum[cell], float(self._number[cell]))

    def around(self, place: Place) -> Direction | None:
        """The way of a place, or of its neighbourhood where nobody passes any more because somebody stands there."""
        row, column = self.cell(place)
        near = slice(max(row - 1, 0), row + 2), slice(max(column - 1, 0), column + 2)
        return self.usual(place) or _agreed(self._sum[near].sum(axis=(0, 1)), float(self._number[near].sum()))

    def cell(self, place: Place) -> tuple[int, int]:
        """Row and column of a place."""
        row, column = int(place.y * _CELLS), int(place.x / self._aspect * _CELLS)
        return min(max(row, 0), _CELLS - 1), min(max(column, 0), _CELLS - 1)


def _agreed(ways: NDArray[np.float64], number: float) -> Direction | None:
    x, y = ways.tolist()
    length = hypot(x, y)
    if number < _ENOUGH or length < _AGREED * number:
        return None
    return x / length, y / length
