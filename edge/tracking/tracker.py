"""A tracker for mixed traffic at few and uneven pictures per second.

After ByteTrack (Zhang 2022): sure boxes are linked first, then unsure ones to the tracks that are left, which carries a
vehicle through a moment of poor sight; only a sure box begins a track. Different from it: noise in lengths of the
vehicle and seconds (`motion`), surprise instead of overlap (`association`), and a first velocity learned from those
who went before (`flow`). Persons and vehicles never share a track, but for those who move as no walker does: a rider
whom the detector takes for a person. All tracks are columns of arrays, so that 40 cost hardly more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from contract import VehicleClass
from edge.detection.detections import CLASSES, Detections, Floats, same
from edge.tracking.association import Bools, Rows, assign, gain
from edge.tracking.flow import Flow
from edge.tracking.motion import Array, Motion

_PERSON = CLASSES.index(VehicleClass.PERSON)
_MOTORCYCLE, _BICYCLE = CLASSES.index(VehicleClass.MOTORCYCLE), CLASSES.index(VehicleClass.BICYCLE)
_RIDES = 2.0
"""Lengths per second at which nobody walks: what a detector calls a person then is a rider and the machine."""
_LEARNED = 3
"""Sightings after which a track's velocity is worth telling others."""


@dataclass(slots=True)
class Track:
    """One vehicle, as it was seen in one picture.

    `box` (4,) x0 y0 x1 y1 in pixels; `velocity` (2,) of its centre in pixels per second.
    """

    id: int
    box: Floats
    time_s: float
    first_s: float
    velocity: Floats = field(default_factory=lambda: np.zeros(2, np.float32))
    hits: int = 1
    vehicle: VehicleClass = VehicleClass.CAR
    """The class that the boxes voted for, each with the weight of its score and its size."""

    @property
    def foot(self) -> tuple[float, float]:
        """Bottom centre of the box, in pixels: where the vehicle stands on the road."""
        left, _, right, bottom = self.box.tolist()
        return (left + right) / 2, bottom


@dataclass(slots=True)
class _Known:
    """What is known of n tracks besides their motion: one row a track in every array."""

    id: NDArray[np.int64]
    person: Bools
    box: Array
    seen_s: Array
    first_s: Array
    hits: NDArray[np.int64]
    votes: Array


@dataclass(slots=True)
class Tracker:
    """Feed it the boxes of each picture, in the order of time. Pure: the time is an argument."""

    sure: float = 0.25
    """Score from which a box may begin a track."""
    confirm_hits: int = 2
    """A track is a vehicle once it was seen this often ..."""
    alone_s: float = 0.25
    """... or at once in a picture that comes so long after the last: what passes close by is then seen two or three
    times in all, before the line and beyond it."""
    patience_s: float = 1.2
    """A track not seen for so long is over."""
    flow: Flow = field(default_factory=Flow)
    born: int = 0
    ended_unconfirmed: int = 0
    _time_s: float = float("-inf")
    _known: _Known = field(default_factory=lambda: _begun(Detections.none(), 0, 0.0))
    _motion: Motion = field(default_factory=lambda: Motion.begin(np.zeros((0, 4)), np.zeros((0, 2)), np.zeros(0)))

    def step(self, found: Detections, time_s: float, size: tuple[int, int] = (640, 360)) -> list[Track]:
        """Link `found`, in a picture of `size` (width, height), to the tracks.

        Returns the confirmed tracks that were seen in this picture. Raises `ValueError` when the time does not rise.
        """
        if time_s <= self._time_s:
            raise ValueError(f"pictures must come in the order of time: {time_s:.3f} s is not after the last one")
        elapsed_s = time_s - self._time_s if len(self) else 0.0
        enough = 1 if self.alone_s <= time_s - self._time_s < float("inf") else self.confirm_hits
        self._time_s = time_s
        self._motion.predict(elapsed_s)
        self._forget(time_s)
        sure = found.scores >= self.sure
        first, second = found.only(sure), found.only(~sure)
        unclaimed = self._link(np.arange(len(self)), first, time_s, elapsed_s)
        self._link(np.flatnonzero(self._known.seen_s < time_s), second, time_s, elapsed_s)
        rest = first.only(unclaimed)
        rest = rest.only(self._ride_on(rest, time_s, elapsed_s))
        self._learn(size, time_s, elapsed_s)
        self._begin(rest, size, time_s)
        return self._tracks(np.flatnonzero((self._known.seen_s == time_s) & (self._known.hits >= enough)))

    def __len__(self) -> int:
        return len(self._known.id)

    @property
    def tracks(self) -> list[Track]:
        """Every track that is not over, confirmed or not, as it was last seen."""
        return self._tracks(np.arange(len(self)))

    def _link(self, rows: Rows, found: Detections, time_s: float, elapsed_s: float) -> Bools:
        """Pair the tracks in `rows` with boxes; returns which boxes no track took."""
        free = np.ones(len(found), bool)
        if not len(rows) or not len(found):
            return free
        known = self._known
        boxes = found.boxes.astype(np.float64)
        worth = gain(self._motion, rows, boxes, known.hits[rows] > 1, elapsed_s)
        worth[known.person[rows, None] != (found.classes == _PERSON)] = 0.0
        return self._take(rows, found, worth, time_s)

    def _ride_on(self, found: Detections, time_s: float, elapsed_s: float) -> Bools:
        """As `_link`, for riders: a detector calls one a motorcycle in this picture and a person in the next."""
        free = np.ones(len(found), bool)
        known, motion = self._known, self._motion
        lost, persons = known.seen_s < time_s, found.classes == _PERSON
        if not len(found) or not (persons.any() or (lost & known.person).any()):
            return free
        rows = np.flatnonzero(lost)
        fast = (motion.velocity[rows] ** 2).sum(axis=1) >= _RIDES**2 * motion.size[rows].prod(axis=1)
        rows = rows[fast]
        rows = rows[known.person[rows] | _rides(known.votes[rows].argmax(axis=1))]
        boxes = np.flatnonzero(persons | _rides(found.classes))
        if not len(rows) or not len(boxes):
            return free
        worth = gain(motion, rows, found.boxes[boxes].astype(np.float64), known.hits[rows] > 1, elapsed_s)
        worth[known.person[rows, None] == persons[boxes]] = 0.0
        riders = np.where(persons, _MOTORCYCLE, found.classes)[boxes]
        free[boxes] = self._take(rows, Detections(found.boxes[boxes], found.scores[boxes], riders), worth, time_s)
        mounted = rows[known.seen_s[rows] == time_s]
        known.votes[mounted, _MOTORCYCLE] += known.votes[mounted, _PERSON]
        known.votes[mounted, _PERSON] = 0.0
        known.person[mounted] = False
        return free

    def _take(self, rows: Rows, found: Detections, worth: Array, time_s: float) -> Bools:
        """Give each of the tracks in `rows` the box that is worth most in sum; returns which boxes no track took."""
        free = np.ones(len(found), bool)
        known, boxes = self._known, found.boxes.astype(np.float64)
        pairs, columns = assign(worth)
        rows = rows[pairs]
        self._motion.correct(rows, boxes[columns])
        known.box[rows] = boxes[columns]
        known.seen_s[rows] = time_s
        known.hits[rows] += 1
        known.votes[rows, found.classes[columns]] += found.scores[columns] * self._motion.length[rows]
        free[columns] = False
        return free

    def _learn(self, size: tuple[int, int], time_s: float, elapsed_s: float) -> None:
        rows = np.flatnonzero((self._known.seen_s == time_s) & (self._known.hits >= _LEARNED))
        if len(rows):
            pace = self._motion.velocity[rows] / self._motion.length[rows, None]
            self.flow.learn(self._motion.centre[rows] / size, pace, elapsed_s)

    def _begin(self, found: Detections, size: tuple[int, int], time_s: float) -> None:
        """Begin a track for each box, unless it is a second box of a vehicle that was seen already."""
        seen = self._known.seen_s == time_s
        if len(found) and seen.any():
            there = self._known.box[seen].astype(np.float32)
            found = found.only(~same(found.boxes, there).any(axis=1))
        if not len(found):
            return
        boxes = found.boxes.astype(np.float64)
        pace, variance = self.flow.expected((boxes[:, :2] + boxes[:, 2:]) / 2 / size)
        begun = Motion.begin(boxes, pace, variance)
        begun.velocity *= begun.length[:, None]
        _append(self._motion, begun)
        _append(self._known, _begun(found, self.born, time_s))
        self.born += len(found)

    def _forget(self, time_s: float) -> None:
        """Drop what was not seen for too long."""
        over = time_s - self._known.seen_s > self.patience_s
        if over.any():
            self.ended_unconfirmed += int((self._known.hits[over] < self.confirm_hits).sum())
            _keep(self._motion, ~over)
            _keep(self._known, ~over)

    def _tracks(self, rows: Rows) -> list[Track]:
        known = self._known
        columns: tuple[Sequence[int], Sequence[float], Sequence[float], Sequence[int], Sequence[int]] = (
            known.id[rows].tolist(),
            known.seen_s[rows].tolist(),
            known.first_s[rows].tolist(),
            known.hits[rows].tolist(),
            known.votes[rows].argmax(axis=1).tolist(),
        )
        boxes = known.box[rows].astype(np.float32)
        velocities = self._motion.velocity[rows].astype(np.float32)
        return [
            Track(key, boxes[i], seen_s, first_s, velocities[i], hits, CLASSES[vote])
            for i, (key, seen_s, first_s, hits, vote) in enumerate(zip(*columns, strict=True))
        ]


def _rides(classes: NDArray[np.int64]) -> Bools:
    """Which of (n,) classes are two-wheelers."""
    return np.asarray((classes == _MOTORCYCLE) | (classes == _BICYCLE), bool)


def _begun(found: Detections, born: int, time_s: float) -> _Known:
    number = len(found)
    votes = np.zeros((number, len(CLASSES)))
    boxes = found.boxes.astype(np.float64)
    sides = boxes[:, 2:] - boxes[:, :2]
    votes[np.arange(number), found.classes] = found.scores * np.sqrt(sides.prod(axis=1))
    now = np.full(number, time_s)
    hits = np.ones(number, np.int64)
    return _Known(born + 1 + np.arange(number), found.classes == _PERSON, boxes, now, now.copy(), hits, votes)


def _append(table: Motion | _Known, more: Motion | _Known) -> None:
    for column in fields(table):
        both = getattr(table, column.name), getattr(more, column.name)
        setattr(table, column.name, np.concatenate(both))


def _keep(table: Motion | _Known, rows: Bools) -> None:
    for column in fields(table):
        setattr(table, column.name, getattr(table, column.name)[rows])
