"""Does a standing vehicle queue? A queue is a line along the road whose members have lately stopped and gone.

              flow axis ──▶
    ┌───┐  ┌───┐  ┌───┐  ┌───┐        S queues when, along the flow through S, at least two other vehicles came to
    │ b │  │ S │  │ c │  │ d │        rest or set off within the memory.
    └───┘  └───┘  └───┘  └───┘
               ┌───┐                  p stands beside the line (at the kerb), not in it: it does not queue,
               │ p │                  whatever the line does.
               └───┘

Cars in a car park stand side by side too, but nobody of them comes and goes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import atan2, cos, hypot, sin

import numpy as np

from contract.vehicles import VehicleClass
from edge.parking.seen import Box, Seen, overlap

MEMORY_S = 150.0
"""How long a stop or a start tells of a queue: the longest red of the city's plans, and the seconds to get going."""

_STILL_S = 2.0
_MOVED = 0.35
"""Displacement, in sizes of the box, from which a vehicle has moved; the trembling of a detector stays below."""

_ACROSS = 0.7
"""Sizes of the box beside the flow axis within which another stands in the same line; the next lane is 1 and more."""

_REACH = 8.0
"""Sizes along the axis that a queue is looked for."""

_CHANGES = 2
"""Vehicles that must have stopped or gone: one alone may be parking, or leaving its place."""

_FORGET_S = 10.0
_OFTEN_S = 0.2
"""Stopping and starting takes seconds: five looks a second are enough."""
_CELLS = 12
"""The flow is kept on a grid of 12 x 12 cells over the picture."""


@dataclass(slots=True)
class _Motion:
    """One track: where it was last known to be, and what it did there."""

    box: Box
    since_s: float
    seen_s: float
    stood: bool = False
    moved: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class _Change:
    """A vehicle that came to rest, or set off after it had stood."""

    time_s: float
    track: int
    place: _Place


class Queues:
    """The stop-and-go of one camera. `aspect` is width / height of the picture."""

    def __init__(self, aspect: float) -> None:
        self._aspect = aspect
        self._motions: dict[int, _Motion] = {}
        self._changes: deque[_Change] = deque()
        # Axial directions add up as doubled angles: there and back are the same line.
        self._flow = np.zeros((_CELLS, _CELLS, 2))
        self._taken_s = float("-inf")

    def step(self, seen: Iterable[Seen], time_s: float) -> None:
        """Take the vehicles of one picture; more of them a second than `_OFTEN_S` asks for would tell nothing new."""
        if time_s - self._taken_s < _OFTEN_S:
            return
        self._taken_s = time_s
        for one in seen:
            if one.vehicle is not VehicleClass.PERSON:
                self._move(one, time_s)
        self._motions = {t: m for t, m in self._motions.items() if time_s - m.seen_s < _FORGET_S}
        while self._changes and time_s - self._changes[0].time_s > MEMORY_S:
            self._changes.popleft()

    def queueing(self, box: Box, tracks: Collection[int]) -> bool:
        """Whether the vehicle that stands in `box`, known as `tracks`, stands in a queue."""
        here = self._place(box)
        axis = self._axis(here)
        if axis is None:
            return False
        others = {change.track for change in self._changes if _in_line(here, change.place, axis)}
        return len(others.difference(tracks)) >= _CHANGES

    def _move(self, one: Seen, time_s: float) -> None:
        motion = self._motions.get(one.track)
        if motion is None:
            self._motions[one.track] = _Motion(one.box, time_s, time_s)
            return
        motion.seen_s = time_s
        old, new = self._place(motion.box), self._place(one.box)
        dx, dy = new.x - old.x, new.y - old.y
        if hypot(dx, dy) > _MOVED * old.size and overlap(motion.box, one.box) < 0.6:
            self._note_flow(new, dx, dy)
            if motion.stood:
                self._changes.append(_Change(time_s, one.track, old))
            motion.box, motion.since_s, motion.stood, motion.moved = one.box, time_s, False, True
        elif not motion.stood and time_s - motion.since_s >= _STILL_S:
            motion.stood = True
            if motion.moved:
                self._changes.append(_Change(time_s, one.track, new))

    def _place(self, box: Box) -> _Place:
        """The foot of a box and its size, in picture heights."""
        x, y = box.foot
        return _Place(x * self._aspect, y, max((box.area * self._aspect) ** 0.5, 1e-3))

    def _cell(self, place: _Place) -> tuple[int, int]:
        row, column = int(place.y * _CELLS), int(place.x / self._aspect * _CELLS)
        return min(max(row, 0), _CELLS - 1), min(max(column, 0), _CELLS - 1)

    def _note_flow(self, place: _Place, dx: float, dy: float) -> None:
        angle = 2 * atan2(dy, dx)
        row, column = self._cell(place)
        self._flow[row, column] *= 0.99
        self._flow[row, column, 0] += cos(angle)
        self._flow[row, column, 1] += sin(angle)

    def _axis(self, place: _Place) -> tuple[float, float] | None:
        """Unit vector along the flow around `place`; None where nothing has moved yet."""
        row, column = self._cell(place)
        around = self._flow[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].sum(axis=(0, 1))
        if np.hypot(*around) < 1.0:
            return None
        angle = np.arctan2(around[1], around[0]) / 2
        return float(np.cos(angle)), float(np.sin(angle))


def _in_line(here: _Place, there: _Place, axis: tuple[float, float]) -> bool:
    """Whether `there` lies along `axis` from `here`, within reach."""
    dx, dy = there.x - here.x, there.y - here.y
    size = max(here.size, there.size)
    across = abs(dx * axis[1] - dy * axis[0])
    along = abs(dx * axis[0] + dy * axis[1])
    return across <= _ACROSS * size and along <= _REACH * size
