"""Turning movements: which way through the junction each vehicle took, once per vehicle.

    ╭─────────╮                   A vehicle's origin is the entry zone in which its bottom centre stood last, its
    │ entry n │───╮               destination the exit zone that it reaches afterwards and stays in to the end, or
    ╰─────────╯   │               until it comes into another one: then the movement is complete. Standing in the corner
                  ╰──▶ ╭────────╮ of an exit zone on the way (a left turner across the straight exit) does not
                       │ exit e │ complete it.
                       ╰────────╯

The exit of the arm that one came by lies beside its entry, and boxes tremble from one into the other: it counts only
for who was seen outside both in between, which is a turn round. A vehicle that is lost in the middle and found again
under another number goes on with its origin, and who is first seen beyond the stop line came by the entry behind it
(`edge.counting.reunion`). Who was under way when the camera began to look has no origin.

A movement is told when its vehicle is gone, or has stood in the exit zone for `SETTLED_S`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import hypot
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from contract import AreaZone, Polygon, VehicleClass
from edge.counting.reunion import Foot, Reunion, behind, boxes, feet, lengths
from edge.tracking.tracker import Track

SETTLED_S = 1.0
"""A vehicle that stays in an exit zone for so long has left the junction by it."""
_GONE_S = 3.0
"""A track not seen for so long is over; longer than any tracker keeps one."""
_KNOWN = 3
"""Sightings after which it is known which way a vehicle goes."""
_STEP = 1.0
"""Lengths from where it was first seen after which a vehicle's first steps tell where it came from."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One vehicle's way. `time_s` is when it reached the exit zone, `frame` the picture that completed the movement."""

    time_s: float
    frame: int
    origin: str
    destination: str
    vehicle: VehicleClass
    track: int


@dataclass(slots=True)
class _Way:
    """Where a track came from, where it seems to go, and whether that was told."""

    last: Track
    first: Foot
    """Where it was first seen."""
    began_in: str | None
    """The exit zone in which that was: it cannot be what it leaves by."""
    after: Foot | None = None
    """Where its first steps brought it."""
    origin: str | None = None
    destination: str | None = None
    reached_s: float = 0.0
    seen_s: float = 0.0
    left_arm: bool = False
    """It was seen outside all entries and exits."""
    guessed: bool = False
    """It went on under another number, or was seen late; nobody is said to have turned round on such evidence."""
    told: bool = False
    """Nothing more is to be told of it."""

    def movement(self, track: int, frame: int) -> Movement | None:
        if self.told or self.origin is None or self.destination is None:
            return None
        self.told = True
        return Movement(self.reached_s, frame, self.origin, self.destination, self.last.vehicle, track)

    def walk(self, here: _Here) -> None:
        """Note its first steps."""
        if self.after is None:
            (x0, y0), (x1, y1) = self.first, here.foot
            if hypot(x1 - x0, y1 - y0) > _STEP * here.length:
                self.after = here.foot


class _Zone(NamedTuple):
    """A polygon (n, 2) and the corners of the rectangle around it, normalised."""

    shape: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    @classmethod
    def of(cls, polygon: Polygon) -> _Zone:
        shape = np.array(polygon, np.float32)
        return cls(shape, shape.min(axis=0), shape.max(axis=0))


class _Here(NamedTuple):
    """A track in this picture."""

    track: Track
    foot: Foot
    length: float
    entry: str | None
    """The entry zone in which it stands."""
    exit: str | None


@dataclass(slots=True)
class MovementCounter:
    """Watches the entry and exit zones of one camera."""

    zones: Sequence[AreaZone]
    _entries: dict[str, _Zone] = field(init=False)
    _exits: dict[str, _Zone] = field(init=False)
    _arms: dict[str, str | None] = field(init=False)
    _ways: dict[int, _Way] = field(default_factory=dict)
    _size: tuple[int, int] = (1, 1)
    """Of the picture, in pixels."""
    _began_s: float | None = None

    def __post_init__(self) -> None:
        self._entries, self._exits = (
            {zone.id: _Zone.of(zone.polygon) for zone in self.zones if zone.kind == kind} for kind in ("entry", "exit")
        )
        self._arms = {zone.id: zone.approach for zone in self.zones}

    def step(self, tracks: Iterable[Track], width: int, height: int, time_s: float, frame: int) -> list[Movement]:
        """Movements that this picture of `width` x `height` pixels has completed."""
        if not self._entries or not self._exits:
            return []
        self._size = width, height
        self._began_s = time_s if self._began_s is None else self._began_s
        here = self._located(list(tracks))
        reunion = self._reunion([one.track for one in here], time_s)
        looked = (self._look(one, reunion, time_s, frame) for one in here)
        return [one for one in looked if one is not None] + self._forget(time_s - _GONE_S, frame)

    def _located(self, tracks: Sequence[Track]) -> list[_Here]:
        """All at once: of forty vehicles in a picture few stand in a zone, and each question costs."""
        if not tracks:
            return []
        found = boxes(tracks)
        places = feet(found)
        shares = places / self._size
        zones = _within(self._entries, shares), _within(self._exits, shares)
        return [
            _Here(track, (x, y), length, entry, exit_)
            for track, (x, y), length, entry, exit_ in zip(
                tracks, places.tolist(), lengths(found).tolist(), *zones, strict=True
            )
        ]

    def finish(self, frame: int) -> list[Movement]:
        """The recording is over: the movements of those still in view."""
        return self._forget(float("inf"), frame)

    def _look(self, here: _Here, reunion: Reunion | None, time_s: float, frame: int) -> Movement | None:
        track = here.track
        way = self._ways.get(track.id)
        if way is None:
            way = self._ways[track.id] = _Way(track, here.foot, here.exit)
        way.seen_s = time_s
        if way.told:
            return None
        way.last = track
        if here.entry is not None and way.destination is None:
            way.origin, way.left_arm = here.entry, False
            return None
        if way.origin is None:
            way = self._found_again(track, way, reunion)
            way.walk(here)
        if here.exit is None:
            way.left_arm = way.left_arm or here.entry is None
            return None
        if way.origin is None and way.after is not None and here.exit != way.began_in:
            self._trace_back(way)
        if way.origin is None or ((way.guessed or not way.left_arm) and self._is_beside(way.origin, here.exit)):
            return None
        if here.exit != way.destination:
            way.destination, way.reached_s = here.exit, time_s
        return way.movement(track.id, frame) if time_s - way.reached_s >= SETTLED_S else None

    def _is_beside(self, entry: str, exit_: str) -> bool:
        """Whether both belong to the same arm."""
        return self._arms[entry] is not None and self._arms[entry] == self._arms[exit_]

    def _reunion(self, here: Sequence[Track], time_s: float) -> Reunion | None:
        """Those who are on their way and not in this picture, beside those in it of whom nobody knows the origin."""
        newcomers = [
            track
            for track in here
            if track.hits >= _KNOWN and track.time_s - track.first_s <= _GONE_S and self._is_stranger(track.id)
        ]
        if not newcomers:
            return None
        seen = {track.id for track in here}
        lost = {
            number: way.last
            for number, way in self._ways.items()
            if not way.told
            and way.origin is not None
            and way.destination is None
            and number not in seen
            and time_s - way.seen_s <= _GONE_S
        }
        return Reunion.of(newcomers, lost, time_s)

    def _is_stranger(self, track: int) -> bool:
        way = self._ways.get(track)
        return way is None or (way.origin is None and not way.told)

    def _found_again(self, track: Track, way: _Way, reunion: Reunion | None) -> _Way:
        """The way of a vehicle that was lost on it and may be this one, taken from the old number; else its own."""
        number = reunion.take(track.id) if reunion is not None else None
        if number is None:
            return way
        old = self._ways[track.id] = self._ways.pop(number)
        old.guessed, old.last, old.seen_s = True, track, way.seen_s
        return old

    def _trace_back(self, way: _Way) -> None:
        """Find the entry zone that lies behind where a vehicle was first seen; it is asked once."""
        assert way.after is not None and self._began_s is not None
        way.guessed = True
        if way.last.first_s - self._began_s >= _GONE_S:
            (length,) = lengths(boxes([way.last])).tolist()
            entries = _within(self._entries, behind(way.first, way.after, length) / self._size)
            way.origin = next((entry for entry in entries if entry is not None), None)
        way.told = way.origin is None

    def _forget(self, before_s: float, frame: int) -> list[Movement]:
        over = [track for track, way in self._ways.items() if way.seen_s < before_s]
        told = [self._ways.pop(track).movement(track, frame) for track in over]
        return [movement for movement in told if movement is not None]


def _within(zones: dict[str, _Zone], places: NDArray[np.float64]) -> list[str | None]:
    """For each of (n, 2) places, the first zone that holds it; its edge belongs to it."""
    names: list[str | None] = [None] * len(places)
    for name, (shape, low, high) in zones.items():
        near = ((places >= low) & (places <= high)).all(axis=1)
        for number in near.nonzero()[0].tolist():
            if names[number] is None and cv2.pointPolygonTest(shape, places[number].tolist(), False) >= 0:
                names[number] = name
    return names
