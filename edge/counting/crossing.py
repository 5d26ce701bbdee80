"""Crossings of a line, once per vehicle.

    right of the walk a -> b        A vehicle is where the bottom centre of its box is. It has crossed when the path
         ●  was here                between two sightings cuts the line and it stood clear of the line both before
    a ───┼──────────────▶ b         and after: a box that trembles on the line, or a queue that stops on it, crosses
         ▼  is here                 nothing. A track crosses a line once, whatever it does later.

Clear is a tenth of the vehicle's own length, since boxes tremble in proportion to their size. Two tracks that pass the
same place in the same direction within `HEADWAY_S` are two boxes of one vehicle: no two follow each other so closely.
But over a line that runs up the picture rather than across it, width is length, and those that ride side by side do: as
far as both are in the picture, their boxes tell.

The instant is interpolated between the two sightings, so that it does not depend on the frame rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from contract import Line, VehicleClass
from edge.detection.detections import same
from edge.tracking.tracker import Track

CLEAR_LENGTHS = 0.1
"""Distance from the line, in lengths of the vehicle, from which it stands clear of it; and at least ..."""
CLEAR_PICTURE = 0.004
"""... this part of the picture's height."""
HEADWAY_S = 0.3
"""No two vehicles pass one place within this time; the densest motorcycles follow each other by half a second."""
_MEMORY_S = 30.0
"""A track not seen for so long is forgotten; far longer than any tracker keeps one."""
_PASSED_S = 5.0
"""A passage older than this has no double any more, at however few pictures a second."""


class _Stand(NamedTuple):
    """Where a vehicle stands, in pixels: beside the line (positive on the right-hand side) and along it."""

    beside: float
    along: float
    width: float
    clear: float
    """How far beside the line it must be to stand clear of it."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One vehicle over one line. `time_s` is interpolated stream time, `frame` the picture that showed it."""

    time_s: float
    frame: int
    line: str
    direction: str
    vehicle: VehicleClass
    track: int


@dataclass(slots=True)
class _Memory:
    """Where and when a track last stood clear of the line, and whether it has crossed."""

    clear: _Stand
    clear_s: float
    seen_s: float
    crossed: bool = False


@dataclass(frozen=True, slots=True)
class _Passage:
    """A counted vehicle: when, in which direction, and which stretch of the line it took."""

    time_s: float
    rightwards: bool
    along: float
    width: float
    track: int

    def same_vehicle(self, other: _Passage) -> bool:
        return (
            self.rightwards is other.rightwards
            and abs(self.time_s - other.time_s) < HEADWAY_S
            and abs(self.along - other.along) < (self.width + other.width) / 4
        )


@dataclass(slots=True)
class LineCounter:
    """Watches one line."""

    line: Line
    _memories: dict[int, _Memory] = field(default_factory=dict)
    _passages: list[_Passage] = field(default_factory=list)

    def step(self, tracks: Sequence[Track], width: int, height: int, time_s: float, frame: int) -> list[Crossing]:
        """Crossings that the tracks seen in this picture of `width` x `height` pixels have just completed."""
        self._forget(time_s)
        (ax, ay), (bx, by) = ((x * width, y * height) for x, y in (self.line.a, self.line.b))
        length = float(((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5)
        steep = abs(by - ay) > abs(bx - ax)
        found = []
        watched = [track for track in tracks if not self._is_through(track.id, time_s)]
        stands = _stands(watched, (ax, ay), ((bx - ax) / length, (by - ay) / length), CLEAR_PICTURE * height)
        for track, stand in zip(watched, stands, strict=True):
            passage = self._look(track.id, stand, time_s)
            if passage is not None and 0 <= passage.along <= length and self._counts(passage, tracks if steep else ()):
                direction = self.line.right if passage.rightwards else self.line.left
                found.append(Crossing(passage.time_s, frame, self.line.id, direction, track.vehicle, track.id))
        return found

    def _is_through(self, track: int, time_s: float) -> bool:
        """Whether a track has crossed already: nothing more is to be asked of it."""
        memory = self._memories.get(track)
        if memory is None or not memory.crossed:
            return False
        memory.seen_s = time_s
        return True

    def _look(self, track: int, here: _Stand, time_s: float) -> _Passage | None:
        """The passage over the line, of whatever length, that a track has just completed."""
        memory = self._memories.get(track)
        if memory is None:
            if abs(here.beside) >= here.clear:
                self._memories[track] = _Memory(here, time_s, time_s)
            return None
        memory.seen_s = time_s
        if abs(here.beside) < here.clear:
            return None
        passage = None
        there = memory.clear
        if (there.beside < 0) is not (here.beside < 0):
            share = there.beside / (there.beside - here.beside)
            moment = memory.clear_s + share * (time_s - memory.clear_s)
            passage = _Passage(
                moment, here.beside > 0, there.along + share * (here.along - there.along), here.width, track
            )
        memory.clear, memory.clear_s = here, time_s
        return passage

    def _counts(self, passage: _Passage, tracks: Sequence[Track]) -> bool:
        """Whether a passage within the line's ends is a vehicle's first; it is its last in any case.

        `tracks`: those whose boxes may tell it from another passage.
        """
        self._memories[passage.track].crossed = True
        if any(passage.same_vehicle(other) and not _apart(passage, other, tracks) for other in self._passages):
            return False
        self._passages.append(passage)
        return True

    def _forget(self, time_s: float) -> None:
        over = [track for track, memory in self._memories.items() if time_s - memory.seen_s > _MEMORY_S]
        for track in over:
            del self._memories[track]
        if self._passages and time_s - self._passages[0].time_s > _PASSED_S:
            self._passages = [one for one in self._passages if time_s - one.time_s <= _PASSED_S]


def _apart(one: _Passage, other: _Passage, tracks: Sequence[Track]) -> bool:
    """Whether this picture shows two vehicles where two tracks passed the same place."""
    boxes = {track.id: track.box for track in tracks if track.id in (one.track, other.track)}
    return len(boxes) == 2 and not same(boxes[one.track][None], boxes[other.track][None])[0, 0]


def _stands(
    tracks: Sequence[Track], start: tuple[float, float], along: tuple[float, float], least_clear: float
) -> list[_Stand]:
    """Where each of `tracks` stands, beside a line from `start` in the direction of the unit vector `along`.

    All at once: a crowded picture has forty tracks, and each line asks for all of them.
    """
    if not tracks:
        return []
    x0, y0, x1, y1 = np.array([track.box for track in tracks], np.float64).T
    x, y, (ux, uy) = (x0 + x1) / 2 - start[0], y1 - start[1], along
    clear = np.maximum(CLEAR_LENGTHS * np.sqrt((x1 - x0) * (y1 - y0)), least_clear)
    columns = (ux * y - uy * x, ux * x + uy * y, x1 - x0, clear)
    return [_Stand(*row) for row in np.stack(columns, axis=1).tolist()]
