"""Turning movements: which way through the junction each vehicle took, once per vehicle.

    ╭─────────╮                   A vehicle's origin is the entry zone in which its bottom centre stood last, its
    │ entry n │───╮               destination the exit zone that it reaches afterwards and stays in to the end, or
    ╰─────────╯   │               until it comes into another one: then the movement is complete. Standing in the corner
                  ╰──▶ ╭────────╮ of an exit zone on the way (a left turner across the straight exit) does not
                       │ exit e │ complete it; who was never seen to enter has no movement.
                       ╰────────╯

The exit of the arm that one came by lies beside its entry, and boxes tremble from one into the other: it counts only
for who was seen outside both in between, which is a turn round. A vehicle that is lost behind a bus in the middle and
found again under another number goes on with its origin.

A movement is told when its vehicle is gone, or has stood in the exit zone for `SETTLED_S`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from contract import AreaZone, VehicleClass
from edge.tracking.tracker import Track

SETTLED_S = 1.0
"""A vehicle that stays in an exit zone for so long has left the junction by it."""
_GONE_S = 3.0
"""A track not seen for so long is over; longer than any tracker keeps one."""
_KNOWN = 3
"""Sightings after which it is known which way a vehicle goes."""
_ASTRAY, _ASTRAY_PER_S = 0.6, 1.0
"""Lengths by which a vehicle that is found again may be off the place where it was expected, and more each second."""


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

    origin: str
    last: Track
    destination: str | None = None
    reached_s: float = 0.0
    seen_s: float = 0.0
    left_arm: bool = False
    """It was seen outside all entries and exits."""
    lost: bool = False
    """It went on under another number; nobody is said to have turned round on such evidence."""
    told: bool = False

    def movement(self, track: int, frame: int) -> Movement | None:
        if self.told or self.destination is None:
            return None
        self.told = True
        return Movement(self.reached_s, frame, self.origin, self.destination, self.last.vehicle, track)


@dataclass(slots=True)
class _Reunion:
    """Which of this picture's new tracks may be which of the tracks that were lost on their way.

    All at once: in a crowd there are many of both. Only who is near where the lost one would be by now, at the pace it
    had, and does not come towards it.
    """

    newcomers: dict[int, int]
    """Number of a new track -> its row."""
    lost: list[int]
    astray: NDArray[np.float64]
    """(newcomers, lost) lengths off the place where it was expected; infinite where it cannot be the one."""

    @classmethod
    def of(cls, newcomers: Sequence[Track], ways: Mapping[int, _Way], time_s: float) -> _Reunion | None:
        """None where nobody is new, or nobody is lost."""
        if not newcomers or not ways:
            return None
        waited_s = time_s - np.array([way.seen_s for way in ways.values()], np.float64)
        lost = [way.last for way in ways.values()]
        boxes, paces = _boxes(lost), _paces(lost)
        new_boxes, new_paces = _boxes(newcomers), _paces(newcomers)
        off = _feet(new_boxes)[:, None] - (_feet(boxes) + paces * waited_s[:, None])[None]
        astray = np.hypot(off[..., 0], off[..., 1]) / np.maximum(_lengths(new_boxes)[:, None], _lengths(boxes)[None])
        near = (new_paces @ paces.T >= 0) & (astray <= _ASTRAY + _ASTRAY_PER_S * waited_s)
        rows = {track.id: row for row, track in enumerate(newcomers)}
        return cls(rows, list(ways), np.where(near, astray, np.inf))

    def take(self, track: int) -> int | None:
        """The number under which a new track was known, if under any; it is given away once."""
        row = self.newcomers.get(track)
        if row is None:
            return None
        best = int(self.astray[row].argmin())
        if not np.isfinite(self.astray[row, best]):
            return None
        self.astray[:, best] = np.inf
        return self.lost[best]


@dataclass(slots=True)
class MovementCounter:
    """Watches the entry and exit zones of one camera."""

    zones: Sequence[AreaZone]
    _entries: dict[str, NDArray[np.float32]] = field(init=False)
    _exits: dict[str, NDArray[np.float32]] = field(init=False)
    _arms: dict[str, str | None] = field(init=False)
    _ways: dict[int, _Way] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._entries, self._exits = (
            {zone.id: np.array(zone.polygon, np.float32) for zone in self.zones if zone.kind == kind}
            for kind in ("entry", "exit")
        )
        self._arms = {zone.id: zone.approach for zone in self.zones}

    def step(self, tracks: Iterable[Track], width: int, height: int, time_s: float, frame: int) -> list[Movement]:
        """Movements that this picture of `width` x `height` pixels has completed."""
        if not self._entries or not self._exits:
            return []
        found = []
        here = list(tracks)
        if here:
            reunion = self._reunion(here, time_s)
            feet = (_feet(_boxes(here)) / (width, height)).tolist()
            for track, (x, y) in zip(here, feet, strict=True):
                movement = self._look(track, (x, y), reunion, time_s, frame)
                if movement is not None:
                    found.append(movement)
        return found + self._forget(time_s - _GONE_S, frame)

    def finish(self, frame: int) -> list[Movement]:
        """The recording is over: the movements of those still in view."""
        return self._forget(float("inf"), frame)

    def _look(
        self, track: Track, foot: tuple[float, float], reunion: _Reunion | None, time_s: float, frame: int
    ) -> Movement | None:
        way = self._ways.get(track.id)
        if way is not None and way.told:
            way.seen_s = time_s
            return None
        entered = _within(self._entries, foot)
        if way is None:
            way = _Way(entered, track, seen_s=time_s) if entered is not None else self._found_again(track, reunion)
            if way is None:
                return None
            self._ways[track.id] = way
        way.seen_s, way.last = time_s, track
        if entered is not None and way.destination is None:
            way.origin, way.left_arm = entered, False
            return None
        left_by = _within(self._exits, foot)
        if left_by is None:
            way.left_arm = way.left_arm or entered is None
            return None
        if (way.lost or not way.left_arm) and self._is_beside(way.origin, left_by):
            return None
        if left_by != way.destination:
            way.destination, way.reached_s = left_by, time_s
        return way.movement(track.id, frame) if time_s - way.reached_s >= SETTLED_S else None

    def _is_beside(self, entry: str, exit_: str) -> bool:
        """Whether both belong to the same arm."""
        return self._arms[entry] is not None and self._arms[entry] == self._arms[exit_]

    def _reunion(self, here: Sequence[Track], time_s: float) -> _Reunion | None:
        """Those who are on their way and not in this picture, beside those who are new in it."""
        newcomers = [
            track
            for track in here
            if track.id not in self._ways and track.hits >= _KNOWN and track.time_s - track.first_s <= _GONE_S
        ]
        if not newcomers:
            return None
        seen = {track.id for track in here}
        ways = {
            number: way
            for number, way in self._ways.items()
            if not way.told and way.destination is None and number not in seen and time_s - way.seen_s <= _GONE_S
        }
        return _Reunion.of(newcomers, ways, time_s)

    def _found_again(self, track: Track, reunion: _Reunion | None) -> _Way | None:
        """The way of a vehicle that was lost on it and may be this one; it is taken from the old number."""
        number = reunion.take(track.id) if reunion is not None else None
        if number is None:
            return None
        way = self._ways.pop(number)
        way.lost = True
        return way

    def _forget(self, before_s: float, frame: int) -> list[Movement]:
        over = [track for track, way in self._ways.items() if way.seen_s < before_s]
        told = [self._ways.pop(track).movement(track, frame) for track in over]
        return [movement for movement in told if movement is not None]


def _boxes(tracks: Sequence[Track]) -> NDArray[np.float64]:
    """(n, 4) boxes of tracks."""
    return np.array([one.box for one in tracks], np.float64)


def _paces(tracks: Sequence[Track]) -> NDArray[np.float64]:
    """(n, 2) velocities of tracks."""
    return np.array([one.velocity for one in tracks], np.float64)


def _feet(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4) boxes -> (n, 2) bottom centres."""
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])


def _lengths(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Roots of the areas of (n, 4) boxes, in pixels."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return np.asarray(np.sqrt(np.maximum(sides[:, 0] * sides[:, 1], 1.0)), np.float64)


def _within(zones: dict[str, NDArray[np.float32]], foot: tuple[float, float]) -> str | None:
    """The first zone that holds a foot; its edge belongs to it."""
    for name, shape in zones.items():
        if cv2.pointPolygonTest(shape, foot, False) >= 0:
            return name
    return None
