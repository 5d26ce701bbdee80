"""Does a standing vehicle queue? A queue is a line along the road whose members stop, stand and go together.

              flow axis ──▶
    ┌───┐  ┌───┐  ┌───┐  ┌───┐        S queues when, along the flow through S, at least two others of its queue came
    │ b │  │ S │  │ c │  │ d │        to rest or set off within the memory.
    └───┘  └───┘  └───┘  └───┘
               ┌───┐                  p stands beside the line (at the kerb), not in it: it does not queue,
               │ p │                  whatever the line does.
               └───┘

Those who stop and park one behind the other are no queue. Who set off while S stayed was not in S's queue, for a queue
follows within seconds; who set off alone, before S came, left its place at the kerb. And what cars and buses drive
past without a halt, the way that it came itself, waits for nothing: the other lane of a queue halts as this one does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import atan2, cos, hypot, sin
from typing import NamedTuple

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

_FOLLOW_S = 15.0
"""A queue follows within this time: the wave that sets it going needs a second for each vehicle."""

_SAME_PLACE = 0.5
"""Sizes within which a change is the vehicle's own, under whatever number, or that of who stood here before."""

_LIVELY, _LIVELY_S = 3, 30.0
"""So many others that stop or go in its line within so short a time are a queue, whatever passes beside it."""

_PASSED = 2
"""Vehicles on four wheels that must drive past: motorcycles drive past every queue."""
_BESIDE = 3.0
"""Sizes beside the flow axis within which one drives past: the next lane, seen at a slant."""

_FORGET_S = 10.0
_OFTEN_S = 0.2
"""Stopping and starting takes seconds: five looks a second are enough."""
_CELLS = 12
"""The flow is kept on a grid of 12 x 12 cells over the picture."""

_FOUR_WHEELS = frozenset({VehicleClass.CAR, VehicleClass.ANGKOT, VehicleClass.BUS, VehicleClass.TRUCK})

_Axis = tuple[float, float]
"""A unit vector along the flow, either way."""


class _Place(NamedTuple):
    x: float
    y: float
    size: float


@dataclass(slots=True)
class _Motion:
    """One track: where it was last known to be, and what it did there."""

    box: Box
    place: _Place
    since_s: float
    seen_s: float
    stood: bool = False
    moved: bool = False


@dataclass(frozen=True, slots=True)
class _Change:
    """A vehicle that came to rest, or set off after it had stood."""

    time_s: float
    track: int
    place: _Place
    set_off: bool


@dataclass(frozen=True, slots=True)
class _Step:
    """A stretch that a vehicle drove."""

    time_s: float
    track: int
    before: _Place
    after: _Place


class Queues:
    """The stop-and-go of one camera. `aspect` is width / height of the picture."""

    def __init__(self, aspect: float) -> None:
        self._aspect = aspect
        self._motions: dict[int, _Motion] = {}
        self._changes: deque[_Change] = deque()
        self._steps: deque[_Step] = deque()
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
        for old in (self._changes, self._steps):
            while old and time_s - old[0].time_s > MEMORY_S:
                old.popleft()

    def queueing(self, box: Box, tracks: Collection[int], since_s: float) -> bool:
        """Whether the vehicle that stands in `box` since `since_s`, known as `tracks`, stands in a queue."""
        here = self._place(box)
        axis = self._axis(here)
        if axis is None:
            return False
        changed = self._in_queue(here, axis, tracks, since_s)
        if sum(self._taken_s - changed_s <= _LIVELY_S for changed_s in changed) >= _LIVELY:
            return True
        return len(changed) >= _CHANGES and not self._passed(here, axis, tracks, since_s)

    def _in_queue(self, here: _Place, axis: _Axis, tracks: Collection[int], since_s: float) -> list[float]:
        """When those stopped or set off who do so in the line through `here` as a queue does, each the last time.

        `since_s` somebody stands there.
        """
        last = {
            change.track: change
            for change in self._changes
            if change.track not in tracks and _in_line(here, change.place, axis)
        }
        gone = [change.time_s for change in last.values() if change.set_off and change.time_s < since_s]
        return [
            change.time_s
            for change in last.values()
            if not change.set_off
            or (change.time_s >= since_s and self._taken_s - change.time_s <= _FOLLOW_S)
            or (change.time_s < since_s and sum(abs(other - change.time_s) <= _FOLLOW_S for other in gone) >= _CHANGES)
        ]

    def _passed(self, here: _Place, axis: _Axis, tracks: Collection[int], since_s: float) -> bool:
        """Whether traffic drives past a vehicle that stands at `here`, the way that it came itself, without a halt."""
        halted = {change.track for change in self._changes if _is_near(_seen_from(here, change.place, axis))}
        ahead: dict[int, float] = {}
        came = 0.0
        for step in self._steps:
            before, after = (_seen_from(here, place, axis) for place in (step.before, step.after))
            if step.track in tracks:
                came = after[0] - before[0]
            elif step.time_s >= since_s and before[0] * after[0] <= 0 and _is_near(after) and step.track not in halted:
                ahead[step.track] = after[0] - before[0]
        ways = [way for way in ahead.values() if way * came > 0] if came else list(ahead.values())
        return len(ways) >= _PASSED and (all(way > 0 for way in ways) or all(way < 0 for way in ways))

    def _move(self, one: Seen, time_s: float) -> None:
        motion, new = self._motions.get(one.track), self._place(one.box)
        if motion is None:
            self._motions[one.track] = _Motion(one.box, new, time_s, time_s)
            return
        motion.seen_s = time_s
        old = motion.place
        dx, dy = new.x - old.x, new.y - old.y
        if hypot(dx, dy) > _MOVED * old.size and overlap(motion.box, one.box) < 0.6:
            self._note_flow(new, dx, dy)
            if one.vehicle in _FOUR_WHEELS:
                self._steps.append(_Step(time_s, one.track, old, new))
            if motion.stood:
                self._changes.append(_Change(time_s, one.track, old, set_off=True))
            motion.box, motion.place = one.box, new
            motion.since_s, motion.stood, motion.moved = time_s, False, True
        elif not motion.stood and time_s - motion.since_s >= _STILL_S:
            motion.stood = True
            if motion.moved:
                self._changes.append(_Change(time_s, one.track, new, set_off=False))

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

    def _axis(self, place: _Place) -> _Axis | None:
        """Unit vector along the flow around `place`; None where nothing has moved yet."""
        row, column = self._cell(place)
        around = self._flow[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].sum(axis=(0, 1))
        if np.hypot(*around) < 1.0:
            return None
        angle = np.arctan2(around[1], around[0]) / 2
        return float(np.cos(angle)), float(np.sin(angle))


def _in_line(here: _Place, there: _Place, axis: _Axis) -> bool:
    """Whether `there` lies along `axis` from `here`, within reach, and is another place."""
    along, across = _seen_from(here, there, axis)
    larger = max(1.0, there.size / here.size)
    elsewhere = max(abs(along), abs(across)) > _SAME_PLACE
    return elsewhere and abs(across) <= _ACROSS * larger and abs(along) <= _REACH * larger


def _is_near(seen: tuple[float, float]) -> bool:
    """Whether a place lies in the line or beside it, within reach."""
    return abs(seen[0]) <= _REACH and abs(seen[1]) <= _BESIDE


def _seen_from(here: _Place, there: _Place, axis: _Axis) -> tuple[float, float]:
    """How far `there` is along `axis` from `here`, and beside it, in sizes of what stands `here`."""
    dx, dy = there.x - here.x, there.y - here.y
    return (dx * axis[0] + dy * axis[1]) / here.size, (dx * axis[1] - dy * axis[0]) / here.size
