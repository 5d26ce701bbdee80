"""Does a standing vehicle queue? A queue is a line along the road whose members stop, stand and go together.

              flow axis ──▶
    ┌───┐  ┌───┐  ┌───┐  ┌───┐        S queues when, along the flow through S, at least two others of its queue came
    │ b │  │ S │  │ c │  │ d │        to rest or set off within the memory.
    └───┘  └───┘  └───┘  └───┘
               ┌───┐                  p stands beside the line (at the kerb), not in it: it does not queue,
               │ p │                  whatever the line does.
               └───┘

Those who stop and park one behind the other are no queue. Who set off while S stayed was not in S's queue, for a queue
follows within seconds; who set off before S came left its place at the kerb, unless others went with it, the one ahead
first. And what cars and buses drive past without a halt, the way that it came itself, waits for nothing: the other lane
of a queue halts as this one does. In a jam beside the kerb they halt as well, and overtake it one after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import takewhile
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
_BEFORE_S = 2.0
"""Who stands further back sets off this much before the one ahead at most: the wave begins at the head of the queue."""

_SAME_PLACE = 0.5
"""Sizes within which a change is the vehicle's own, under whatever number, or that of who stood here before."""

_LIVELY, _LIVELY_S = 3, 30.0
"""So many others that stop or go in its line within so short a time are a queue, whatever passes beside it."""

_PASSED = 2
"""Vehicles on four wheels that must drive past: motorcycles drive past every queue."""
_OVERTAKEN = 3
"""So many that overtake it leave no doubt, though they halt as well: a jam beside the kerb."""
_WHOLLY = 0.5
"""Sizes behind and ahead between which one overtakes: in a jam everybody creeps past a neighbour's bumper."""
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
    way: tuple[float, float] = (0.0, 0.0)
    """The first stretch of who set off, in picture heights."""


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
        if len(changed) < _CHANGES:
            return False
        brisk, overtaken = self._drove_past(here, axis, tracks, since_s)
        if overtaken >= _OVERTAKEN:
            return False
        lively = sum(self._taken_s - changed_s <= _LIVELY_S for changed_s in changed) >= _LIVELY
        return lively or brisk < _PASSED

    def _in_queue(self, here: _Place, axis: _Axis, tracks: Collection[int], since_s: float) -> list[float]:
        """When those stopped or set off who do so in the line through `here` as a queue does, each the last time.

        `since_s` somebody stands there.
        """
        last = {
            change.track: change
            for change in self._changes
            if change.track not in tracks and _in_line(here, change.place, axis)
        }
        gone = [change for change in last.values() if change.set_off and change.time_s < since_s]
        return [
            change.time_s
            for change in last.values()
            if not change.set_off
            or (change.time_s >= since_s and self._taken_s - change.time_s <= _FOLLOW_S)
            or (change.time_s < since_s and any(_in_one_wave(change, other) for other in gone))
        ]

    def _drove_past(self, here: _Place, axis: _Axis, tracks: Collection[int], since_s: float) -> tuple[int, int]:
        """How many drove past who stands at `here`, the way that it came: without a halt, and from behind it to ahead.

        None where they drove past both ways and it is not known which way it came.
        """
        halted = {change.track for change in self._changes if _is_near(_seen_from(here, change.place, axis))}
        brisk: dict[int, float] = {}
        ends: dict[int, float] = {}
        overtook: dict[int, float] = {}
        for step in takewhile(lambda step: step.time_s >= since_s, reversed(self._steps)):
            before, after = (_seen_from(here, place, axis) for place in (step.before, step.after))
            if step.track in tracks or not _is_near(after):
                continue
            way = ends.setdefault(step.track, after[0]) - before[0]
            if before[0] * after[0] <= 0 and step.track not in halted:
                brisk[step.track] = way
            if before[0] * ends[step.track] < 0 and min(abs(before[0]), abs(ends[step.track])) >= _WHOLLY:
                overtook[step.track] = way
        own = next((step for step in reversed(self._steps) if step.track in tracks), None)
        came = 0.0 if own is None else _seen_from(here, own.after, axis)[0] - _seen_from(here, own.before, axis)[0]
        return _one_way(brisk.values(), came), _one_way(overtook.values(), came)

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
                self._changes.append(_Change(time_s, one.track, old, set_off=True, way=(dx, dy)))
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


def _one_way(ways: Iterable[float], came: float) -> int:
    """How many go the way that a vehicle came; where that is not known, all if they go the same way."""
    same = [way for way in ways if way * came > 0 or not came]
    return len(same) if len({way > 0 for way in same}) == 1 else 0


def _in_one_wave(one: _Change, other: _Change) -> bool:
    """Whether two that set off did so as a queue does it, the one ahead first."""
    if one is other or abs(other.time_s - one.time_s) > _FOLLOW_S:
        return False
    ahead = (other.place.x - one.place.x) * one.way[0] + (other.place.y - one.place.y) * one.way[1] > 0
    later_s = other.time_s - one.time_s
    return (later_s if ahead else -later_s) <= _BEFORE_S


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
