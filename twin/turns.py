"""Ways round the corner: from a lane of one carriageway into a lane of another, on a curve, and who is on it.

   │ │ origin         A turning vehicle leaves its carriageway at `leave_s`, drives on a parabola whose corner is
   │ ╰───▶            where both lanes meet, and joins the other carriageway at `join_s`, whole: until its rear is
   ╰──────            off the curve it belongs to the turn. Each approach has a green of its own (as most junctions
destination           of Bandung), so that turns cross nobody.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin.fleet import DRIVING
from twin.pose import Pose
from twin.scene import Carriageway, Scene
from twin.vehicle import Vehicle

SPEED = 6.5
"""m/s round the corner; heavy vehicles take it slower than that by their own share."""
_EASE = 0.35
"""m/s that a vehicle may still be faster for each metre before the corner."""
_RADIUS_M = {"left": 5.5, "right": 9.0}


@dataclass(frozen=True)
class Turn:
    """The curve between two carriageways. `u` is metres along it, negative before it."""

    origin: Carriageway
    destination: Carriageway

    @property
    def side(self) -> str:
        """`left` or `right`, as one turns."""
        (ux, uy), (vx, vy) = self.origin.direction, self.destination.direction
        return "left" if ux * vy - uy * vx > 0 else "right"

    @property
    def leave_d(self) -> float:
        """The lane one turns from: at the kerb to the left, beside the median to the right."""
        return _lane(self.origin, self.side)

    @property
    def join_d(self) -> float:
        """The lane one turns into."""
        return _lane(self.destination, self.side)

    @cached_property
    def _corner(self) -> tuple[float, float]:
        """Where both lanes meet: distances along the origin and along the destination."""
        x0, y0 = self.origin.place(0, self.leave_d)
        x1, y1 = self.destination.place(0, self.join_d)
        (ux, uy), (vx, vy) = self.origin.direction, self.destination.direction
        along = np.linalg.solve(np.array([[ux, -vx], [uy, -vy]]), np.array([x1 - x0, y1 - y0]))
        return float(along[0]), float(along[1])

    @property
    def leave_s(self) -> float:
        """Where along the origin the curve begins."""
        return self._corner[0] - _RADIUS_M[self.side]

    @property
    def join_s(self) -> float:
        """Where along the destination it ends."""
        return self._corner[1] + _RADIUS_M[self.side]

    @cached_property
    def _curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n,) metres along the curve and (n, 2) places."""
        ends = [
            self.origin.place(self.leave_s, self.leave_d),
            self.origin.place(self._corner[0], self.leave_d),
            self.destination.place(self.join_s, self.join_d),
        ]
        a, b, c = (np.array(end) for end in ends)
        share = np.linspace(0, 1, 41)[:, None]
        points = (1 - share) ** 2 * a + 2 * share * (1 - share) * b + share**2 * c
        steps = np.hypot(*np.diff(points, axis=0).T)
        return np.concatenate([[0.0], np.cumsum(steps)]), points

    @cached_property
    def length(self) -> float:
        """Metres from one carriageway to the other."""
        return float(self._curve[0][-1])

    def place(self, u: float, d: float) -> tuple[float, float, float]:
        """World x, y and heading at `u` along the curve and `d` to the left of it."""
        if u <= 0:
            return *self.origin.place(self.leave_s + u, self.leave_d + d), math.radians(self.origin.heading_deg)
        if u >= self.length:
            return (
                *self.destination.place(self.join_s + u - self.length, self.join_d + d),
                math.radians(self.destination.heading_deg),
            )
        along, points = self._curve
        step = min(int(np.searchsorted(along, u, side="right")) - 1, len(along) - 2)
        (x0, y0), (x1, y1) = points[step], points[step + 1]
        share = (u - along[step]) / (along[step + 1] - along[step])
        yaw = math.atan2(y1 - y0, x1 - x0)
        x, y = x0 + share * (x1 - x0) - d * math.sin(yaw), y0 + share * (y1 - y0) + d * math.cos(yaw)
        return float(x), float(y), yaw


@dataclass
class OnTurn:
    """Those who are on one turn, foremost first; their `s` is metres along the curve, their `d` beside it."""

    turn: Turn
    vehicles: list[Vehicle] = field(default_factory=list)

    def take(self, one: Vehicle) -> None:
        """It leaves its carriageway for the curve."""
        leave_s, leave_d = self.turn.leave_s, self.turn.leave_d
        one.s, one.d = one.s - leave_s, one.d - leave_d
        one.before = one.before[0] - leave_s, one.before[1] - leave_d
        self.vehicles.append(one)

    def step(self, dt: float, beyond: list[Vehicle]) -> None:
        """Let `dt` pass; whoever has left the curve whole is appended to `beyond`, the destination's vehicles."""
        self.vehicles.sort(key=lambda one: -one.s)
        for place, one in enumerate(self.vehicles):
            one.before = (one.s, one.d)
            one.d -= math.copysign(min(abs(one.d), 0.3 * dt), one.d)
            one.follow(dt, *self._ahead(one, self.vehicles[:place], beyond))
        for one in [one for one in self.vehicles if one.rear >= self.turn.length]:
            self._hand_over(one, beyond)

    def _ahead(self, one: Vehicle, before: Sequence[Vehicle], beyond: Sequence[Vehicle]) -> tuple[float, float]:
        gap, leader_v = 1e4, one.v
        for other in before:
            if other.rear - one.s < gap and one.abreast(other, one.d, 0.05):
                gap, leader_v = other.rear - one.s, other.v
        for other in beyond:
            u, d = other.rear - self.turn.join_s + self.turn.length, other.d - self.turn.join_d
            wide = (one.model.width + other.model.width) / 2 + 0.05
            if one.s < u + other.model.length and u - one.s < gap and abs(one.d - d) < wide:
                gap, leader_v = u - one.s, other.v
        return gap, leader_v

    def _hand_over(self, one: Vehicle, beyond: list[Vehicle]) -> None:
        self.vehicles.remove(one)
        turn, way = self.turn, self.turn.destination
        one.s, one.d = turn.join_s + one.s - turn.length, turn.join_d + one.d
        one.before = turn.join_s + one.before[0] - turn.length, turn.join_d + one.before[1]
        one.turn, one.wanted_d = None, one.d
        one.wanted_v = way.speed * DRIVING[one.model.kind].speed_share
        beyond.append(one)

    def pose(self, one: Vehicle, share: float) -> Pose:
        """Where it is, `share` of a step after the last one."""
        (s0, d0) = one.before
        s, d = s0 + share * (one.s - s0), d0 + share * (one.d - d0)
        x, y, yaw = self.turn.place(s - one.model.length / 2, d)
        way = self.turn.destination.id
        return Pose(one.id, one.model, one.seed, x, y, yaw, one.v, one.braking, way)


def turns_of(scene: Scene) -> dict[tuple[str, str], Turn]:
    """The turns of a scene by the ids of their carriageways."""
    ways = {way.id: way for way in scene.carriageways}
    return {(one.origin, one.destination): Turn(ways[one.origin], ways[one.destination]) for one in scene.turning}


def eased(distance_m: float) -> float:
    """How fast one may be so far before a corner."""
    return SPEED + _EASE * max(0.0, distance_m)


def _lane(way: Carriageway, side: str) -> float:
    return way.lane_middle(0 if side == "left" else way.lanes - 1)
