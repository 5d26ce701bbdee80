"""One vehicle on a carriageway, and what it may do next to the others: follow, and move aside."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from twin.fleet import DRIVING, Driving, Model

SIDE_GAP_M = 0.15
"""Least distance between two vehicles side by side."""


@dataclass(slots=True)
class Stay:
    """A stop at the kerb: where the front stands, and how long. `since_s` is set when it stands."""

    s: float
    seconds: float
    since_s: float | None = None


@dataclass(slots=True, eq=False)
class Vehicle:
    """`s` is where the front is along the carriageway, `d` the offset of the middle to the left, `v` in m/s."""

    id: int
    model: Model
    seed: int
    s: float
    d: float
    v: float
    wanted_v: float
    wanted_d: float
    stay: Stay | None = None
    turn: tuple[str, str] | None = None
    """The carriageways between which it is to turn, or turns."""
    before: tuple[float, float] = (0.0, 0.0)
    """(s, d) one step ago, for pictures taken between two steps."""
    braking: bool = False
    broken_until_s: float | None = None
    """It stands where it is until then."""

    @property
    def rear(self) -> float:
        return self.s - self.model.length

    @property
    def driving(self) -> Driving:
        return DRIVING[self.model.kind]

    def abreast(self, other: Vehicle, d: float, margin: float = SIDE_GAP_M) -> bool:
        """Whether, at offset `d`, this vehicle would share a strip of road with `other`."""
        return abs(d - other.d) < (self.model.width + other.model.width) / 2 + margin

    def follow(self, dt: float, gap: float, leader_v: float) -> None:
        """Move on for `dt` seconds behind a leader (or a stop line) `gap` metres ahead.

        Intelligent Driver Model; whatever it says, the vehicle never moves into the gap's last 0.2 m.
        """
        drive = self.driving
        approach = self.v * (self.v - leader_v) / (2 * math.sqrt(drive.acceleration * drive.braking))
        desired = drive.standstill_m + max(0.0, self.v * drive.headway_s + approach)
        pull = 1 - (self.v / self.wanted_v) ** 4 - (desired / max(gap, 0.1)) ** 2
        acceleration = max(drive.acceleration * pull, -8.0)
        speed = max(0.0, self.v + acceleration * dt)
        step = min((self.v + speed) / 2 * dt, max(0.0, gap - 0.2))
        self.braking = acceleration < -0.6 or speed < 0.1
        self.v = min(speed, step / dt + 0.5)
        self.s += step

    def may_stand_at(self, d: float, others: Iterable[Vehicle]) -> bool:
        """Whether moving aside to offset `d` would cut into nobody, nor under the nose of anybody who comes up."""
        for other in others:
            if other is self or not self.abreast(other, d):
                continue
            behind = 0.3 + max(0.0, other.v - self.v) * 1.2
            ahead = 0.3 + max(0.0, self.v - other.v) * 1.2
            if other.s > self.rear - behind and other.rear < self.s + ahead:
                return False
        return True

    def room_at(self, d: float, others: Iterable[Vehicle], sight_m: float) -> float:
        """Free metres ahead at offset `d`, at most `sight_m`."""
        room = sight_m
        for other in others:
            if other is not self and other.s > self.s and self.abreast(other, d):
                room = min(room, other.rear - self.s)
        return room
