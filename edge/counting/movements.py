"""Turning movements: which way through the junction each vehicle took, once per vehicle.

    ╭─────────╮                   A vehicle's origin is the entry zone in which its bottom centre stood last, its
    │ entry n │───╮               destination the exit zone that it reaches afterwards and stays in to the end, or
    ╰─────────╯   │               until it comes into another one: then the movement is complete. Standing in the corner
                  ╰──▶ ╭────────╮ of an exit zone on the way (a left turner across the straight exit) does not
                       │ exit e │ complete it; who was never seen to enter has no movement.
                       ╰────────╯

A movement is told when its vehicle is gone, or has stood in the exit zone for `SETTLED_S`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    destination: str | None = None
    reached_s: float = 0.0
    seen_s: float = 0.0
    vehicle: VehicleClass = VehicleClass.CAR
    told: bool = False

    def movement(self, track: int, frame: int) -> Movement | None:
        if self.told or self.destination is None:
            return None
        self.told = True
        return Movement(self.reached_s, frame, self.origin, self.destination, self.vehicle, track)


@dataclass(slots=True)
class MovementCounter:
    """Watches the entry and exit zones of one camera."""

    zones: Sequence[AreaZone]
    _entries: dict[str, NDArray[np.float32]] = field(init=False)
    _exits: dict[str, NDArray[np.float32]] = field(init=False)
    _ways: dict[int, _Way] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._entries, self._exits = (
            {zone.id: np.array(zone.polygon, np.float32) for zone in self.zones if zone.kind == kind}
            for kind in ("entry", "exit")
        )

    def step(self, tracks: Iterable[Track], width: int, height: int, time_s: float, frame: int) -> list[Movement]:
        """Movements that this picture of `width` x `height` pixels has completed."""
        if not self._entries or not self._exits:
            return []
        found = []
        for track in tracks:
            x, y = track.foot
            movement = self._look(track, (x / width, y / height), time_s, frame)
            if movement is not None:
                found.append(movement)
        return found + self._forget(time_s - _GONE_S, frame)

    def finish(self, frame: int) -> list[Movement]:
        """The recording is over: the movements of those still in view."""
        return self._forget(float("inf"), frame)

    def _look(self, track: Track, foot: tuple[float, float], time_s: float, frame: int) -> Movement | None:
        way = self._ways.get(track.id)
        if way is not None and way.told:
            way.seen_s = time_s
            return None
        entered = _within(self._entries, foot)
        if way is None:
            if entered is not None:
                self._ways[track.id] = _Way(entered, seen_s=time_s)
            return None
        way.seen_s, way.vehicle = time_s, track.vehicle
        if entered is not None and way.destination is None:
            way.origin = entered
            return None
        left_by = _within(self._exits, foot)
        if left_by is None:
            return None
        if left_by != way.destination:
            way.destination, way.reached_s = left_by, time_s
        return way.movement(track.id, frame) if time_s - way.reached_s >= SETTLED_S else None

    def _forget(self, before_s: float, frame: int) -> list[Movement]:
        over = [track for track, way in self._ways.items() if way.seen_s < before_s]
        told = [self._ways.pop(track).movement(track, frame) for track in over]
        return [movement for movement in told if movement is not None]


def _within(zones: dict[str, NDArray[np.float32]], foot: tuple[float, float]) -> str | None:
    """The first zone that holds a foot; its edge belongs to it."""
    return next((name for name, shape in zones.items() if cv2.pointPolygonTest(shape, foot, False) >= 0), None)
