"""A junction as geometry in metres: carriageways with lanes and stop lines, and the camera that looks at them.

Offsets across a carriageway are metres to the left of travel from the middle of its lanes. Traffic keeps left, so the
kerb is on the left too, and beyond the lanes lies the kerb strip, where stopping is forbidden.

           kerb strip   d = half_width ... half_width + kerb_m
    ─────────────────── d = half_width
      lane 0  ───▶
    - - - - - - - - - - d = 0
      lane 1  ───▶
    ─────────────────── d = -half_width
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from twin.camera import Pinhole

Metres = tuple[float, float]


@dataclass(frozen=True)
class Carriageway:
    """The lanes of one direction, straight from `start` on, and who drives there."""

    id: str
    approach: str
    start: Metres
    heading_deg: float
    """Direction of travel, anticlockwise from the x axis."""
    length: float
    lanes: int
    lane_m: float
    group: str
    """The signal group that lets it go."""
    flow_vph: float
    """Vehicles per hour over all lanes."""
    speed: float
    """Speed of free flow in m/s."""
    stop_s: float
    """Distance of the stop line from `start`."""
    clear_s: float
    """Distance from which on a vehicle's rear has left the conflict area."""
    box_m: float = 0.0
    """Depth of the waiting box for motorcycles (RHK, ruang henti khusus) before the stop line."""
    kerb_m: float = 0.0
    """Width of the kerb strip."""
    parking: tuple[float, float] | None = None
    """From where to where along the carriageway some stop in the kerb strip."""
    stopping: float = 1.0
    """How many times as many as elsewhere stop there."""
    arms: tuple[str, str] | None = None
    """The arms of the junction that it comes from and goes to, where movements are told by arms."""

    @property
    def half_width(self) -> float:
        return self.lanes * self.lane_m / 2

    @cached_property
    def direction(self) -> Metres:
        """Unit vector of travel."""
        angle = math.radians(self.heading_deg)
        return math.cos(angle), math.sin(angle)

    def place(self, s: float, d: float) -> Metres:
        """World point at distance `s` along and offset `d` to the left."""
        (x, y), (ux, uy) = self.start, self.direction
        return x + s * ux - d * uy, y + s * uy + d * ux

    def strip(self, s0: float, s1: float, d0: float, d1: float) -> tuple[Metres, ...]:
        """Corners, in order around, of the rectangle between two distances and two offsets."""
        return self.place(s0, d0), self.place(s1, d0), self.place(s1, d1), self.place(s0, d1)

    def lane_middle(self, lane: int) -> float:
        """Offset of a lane's middle; lane 0 is at the kerb."""
        return self.half_width - (lane + 0.5) * self.lane_m

    @property
    def kerb_middle(self) -> float:
        """Offset of the middle of the kerb strip."""
        return self.half_width + self.kerb_m / 2


@dataclass(frozen=True)
class CountingLine:
    """A counting line on the road from `a` to `b`, with the names of its two directions."""

    id: str
    approach: str
    a: Metres
    b: Metres
    right: str
    left: str


@dataclass(frozen=True)
class Turning:
    """This share of those who come on `origin` turn into `destination`; both are ids of carriageways."""

    origin: str
    destination: str
    share: float


@dataclass(frozen=True)
class Scene:
    """One junction seen by one camera."""

    id: str
    title: str
    camera: Pinhole
    carriageways: tuple[Carriageway, ...]
    lines: tuple[CountingLine, ...]
    plan: tuple[tuple[str, float], ...]
    """Signal groups in order with their green times in seconds."""
    depth_m: float = 150.0
    """How far away the road goes on in the picture."""
    median_m: float = 0.0
    """Width of the planted median around x = 0; without one there is a double line."""
    grace_s: float = 20.0
    """How long one may stand in the no-parking zone: short, so that a demo shows a case."""
    turning: tuple[Turning, ...] = ()
    """Who turns; the others go straight on."""

    @property
    def main(self) -> tuple[Carriageway, Carriageway]:
        """The carriageways towards and away from the camera."""
        towards = next(one for one in self.carriageways if one.id == "masuk")
        away = next(one for one in self.carriageways if one.id == "keluar")
        return towards, away

    @property
    def crossing(self) -> tuple[Carriageway, ...]:
        """The carriageways of the cross street, if the picture shows one."""
        return tuple(one for one in self.carriageways if one not in self.main)

    def mouths(self, way: Carriageway) -> tuple[tuple[float, float], ...]:
        """Spans along `way` where its edges are open: its conflict area, and where another road crosses it."""
        found = [(way.stop_s, way.clear_s)] if way.stop_s < way.clear_s else []
        (x0, y0), (ux, uy) = way.start, way.direction
        for other in self.carriageways:
            if abs(ux * other.direction[1] - uy * other.direction[0]) < 0.5:
                continue
            strip = other.strip(0, other.length, -other.half_width, other.half_width + other.kerb_m)
            along = [(x - x0) * ux + (y - y0) * uy for x, y in strip]
            if max(along) > 0 and min(along) < way.length:
                found.append((min(along), max(along)))
        return tuple(found)

    def stop_line_y(self) -> float:
        """World y of the stop line of the traffic that comes towards the camera."""
        towards, _ = self.main
        return towards.place(towards.stop_s, 0)[1]
