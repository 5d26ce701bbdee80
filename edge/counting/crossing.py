"""Crossings of a line, once per vehicle.

    right of the walk a -> b        A vehicle is where the bottom centre of its box is. It has crossed when the path
         ●  was here                between two sightings cuts the line and it then stands clear of the line by the
    a ───┼──────────────▶ b         margin: a box that trembles on the line, or a queue that stops on it, crosses
         ▼  is here                 nothing. A track crosses a line once, whatever it does later.

The instant is interpolated between the two sightings, so that it does not depend on the frame rate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from contract import Line, Point, VehicleClass
from contract.zones import segments_cross, side
from edge.tracking.tracker import Track

MARGIN = 0.004
"""Distance from the line, as a part of the picture, from which a vehicle stands clear of it."""
_MEMORY_S = 30.0
"""A track not seen for so long is forgotten; far longer than any tracker keeps one."""


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
    """Where a track last stood clear of the line, and whether it has crossed."""

    clear: Point
    clear_s: float
    seen_s: float
    crossed: bool = False


@dataclass(slots=True)
class LineCounter:
    """Watches one line."""

    line: Line
    margin: float = MARGIN
    _memories: dict[int, _Memory] = field(default_factory=dict)

    def step(self, tracks: Iterable[Track], width: int, height: int, time_s: float, frame: int) -> list[Crossing]:
        """Crossings that the tracks seen in this picture of `width` x `height` pixels have just completed."""
        self._memories = {key: kept for key, kept in self._memories.items() if time_s - kept.seen_s <= _MEMORY_S}
        found = []
        for track in tracks:
            x, y = track.foot
            crossing = self._look(track, (x / width, y / height), time_s, frame)
            if crossing is not None:
                found.append(crossing)
        return found

    def _look(self, track: Track, here: Point, time_s: float, frame: int) -> Crossing | None:
        offset = self._offset(here)
        memory = self._memories.get(track.id)
        if memory is None:
            if abs(offset) >= self.margin:
                self._memories[track.id] = _Memory(here, time_s, time_s)
            return None
        memory.seen_s = time_s
        if memory.crossed or abs(offset) < self.margin:
            return None
        crossing = None
        if segments_cross(memory.clear, here, self.line.a, self.line.b):
            before = self._offset(memory.clear)
            share = before / (before - offset)
            moment = memory.clear_s + share * (time_s - memory.clear_s)
            direction = self.line.right if offset > 0 else self.line.left
            crossing = Crossing(moment, frame, self.line.id, direction, track.vehicle, track.id)
            memory.crossed = True
        memory.clear, memory.clear_s = here, time_s
        return crossing

    def _offset(self, here: Point) -> float:
        """Signed distance from the line, positive on the right-hand side."""
        (ax, ay), (bx, by) = self.line.a, self.line.b
        length: float = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        return side(self.line.a, self.line.b, here) / length
