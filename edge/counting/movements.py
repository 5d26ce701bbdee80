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

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import hypot

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
        lost = self._lost({track.id for track in here})
        for track in here:
            x, y = track.foot
            movement = self._look(track, (x / width, y / height), lost, time_s, frame)
            if movement is not None:
                found.append(movement)
        return found + self._forget(time_s - _GONE_S, frame)

    def finish(self, frame: int) -> list[Movement]:
        """The recording is over: the movements of those still in view."""
        return self._forget(float("inf"), frame)

    def _look(
        self, track: Track, foot: tuple[float, float], lost: set[int], time_s: float, frame: int
    ) -> Movement | None:
        way = self._ways.get(track.id)
        if way is not None and way.told:
            way.seen_s = time_s
            return None
        entered = _within(self._entries, foot)
        if way is None:
            way = _Way(entered, track, seen_s=time_s) if entered is not None else self._found_again(track, lost, time_s)
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

    def _lost(self, seen: set[int]) -> set[int]:
        """Tracks that are on their way and not in this picture."""
        return {
            number
            for number, way in self._ways.items()
            if not way.told and way.destination is None and number not in seen
        }

    def _found_again(self, track: Track, lost: set[int], time_s: float) -> _Way | None:
        """The way of a vehicle that was lost on it and may be this one, which is new; it is taken from the old number.

        Only who is near where the lost one would be by now, at the pace it had, and does not come towards it.
        """
        if not lost or track.hits < _KNOWN or track.time_s - track.first_s > _GONE_S:
            return None
        length = _length(track)
        best: tuple[float, int] | None = None
        for number in lost:
            way = self._ways[number]
            waited_s = time_s - way.seen_s
            if waited_s > _GONE_S or float(track.velocity @ way.last.velocity) < 0:
                continue
            (x, y), (x0, y0) = track.foot, way.last.foot
            dx, dy = (float(part) * waited_s for part in way.last.velocity)
            astray = hypot(x - x0 - dx, y - y0 - dy) / max(length, _length(way.last))
            if astray <= _ASTRAY + _ASTRAY_PER_S * waited_s and (best is None or astray < best[0]):
                best = astray, number
        if best is None:
            return None
        lost.discard(best[1])
        way = self._ways.pop(best[1])
        way.lost = True
        return way

    def _forget(self, before_s: float, frame: int) -> list[Movement]:
        over = [track for track, way in self._ways.items() if way.seen_s < before_s]
        told = [self._ways.pop(track).movement(track, frame) for track in over]
        return [movement for movement in told if movement is not None]


def _length(track: Track) -> float:
    """Root of the area of its box, in pixels."""
    x0, y0, x1, y1 = track.box.tolist()
    return float(max((x1 - x0) * (y1 - y0), 1.0) ** 0.5)


def _within(zones: dict[str, NDArray[np.float32]], foot: tuple[float, float]) -> str | None:
    """The first zone that holds a foot; its edge belongs to it."""
    return next((name for name, shape in zones.items() if cv2.pointPolygonTest(shape, foot, False) >= 0), None)
