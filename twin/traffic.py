"""Seeded traffic over a scene: arrivals, queues at red, motorcycles between the lanes, and some who park at the kerb.

Time is an argument. The simulation steps by `STEP_S` and pictures in between are interpolated, so that what happens
does not depend on how often one looks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from contract import VehicleClass
from twin.arrivals import Arrivals
from twin.pose import Pose
from twin.scene import Carriageway, Scene
from twin.signals import Aspect, Signal
from twin.staged import Breakdown, Jam, Staged
from twin.turns import OnTurn, eased, turns_of
from twin.vehicle import Vehicle

STEP_S = 0.1
WARM_UP_S = 75.0
"""Simulated before time 0, so that the first picture is of a road in use."""

_OFF_M = 1.5
"""A vehicle whose rear is so far round the corner is out of the way of those who go straight on."""

SIGHT_M = 25.0
"""How far ahead a rider looks for the strip with the most room."""

STOPPING = 3.0
"""m/s²: who can stop before the line at this deceleration does so at yellow (EN 12675 practice: 3 s at urban speed)."""


class _Flow:
    """The vehicles of one carriageway, foremost first."""

    def __init__(
        self, way: Carriageway, arrivals: Arrivals, staged: Sequence[Staged], turns: Mapping[tuple[str, str], OnTurn]
    ) -> None:
        self.way = way
        self._turns = {key: one for key, one in turns.items() if key[0] == way.id}
        self.vehicles: list[Vehicle] = []
        self._arrivals = arrivals
        self._jams = [one for one in staged if isinstance(one, Jam) and one.way == way.id]
        self._breakdowns = [one for one in staged if isinstance(one, Breakdown) and one.way == way.id]
        self._ticks = 0

    @property
    def in_conflict_area(self) -> bool:
        return any(one.s > self.way.stop_s and one.rear < self.way.clear_s for one in self.vehicles)

    def step(self, now_s: float, aspect: Aspect) -> None:
        """Let `STEP_S` pass for everyone, foremost first, so that a leader has moved before its follower does."""
        self._ticks += 1
        self.vehicles.sort(key=lambda one: -one.s)
        for place, one in enumerate(self.vehicles):
            one.before = (one.s, one.d)
            if self._is_broken(one, now_s):
                one.v, one.braking = 0.0, True
                continue
            self._choose_offset(one, now_s)
            self._move_aside(one)
            if one.turn is not None:
                one.wanted_v = min(one.wanted_v, eased(self._turns[one.turn].turn.leave_s - one.s))
            gap, leader_v = self._ahead(one, place, aspect, now_s)
            one.follow(STEP_S, gap, leader_v)
        self._turn_off()
        self.vehicles = [one for one in self.vehicles if one.rear < self.way.length]
        self._arrivals.enter(self.vehicles, now_s)

    def _turn_off(self) -> None:
        for one in [one for one in self.vehicles if one.turn is not None]:
            assert one.turn is not None
            onto = self._turns[one.turn]
            if one.s >= onto.turn.leave_s:
                self.vehicles.remove(one)
                onto.take(one)

    def _turned(self, one: Vehicle) -> Iterator[tuple[float, float]]:
        """Gaps to those, and their speeds, who have turned off before it and are not out of its way yet."""
        for key, onto in self._turns.items():
            for other in onto.vehicles:
                beside = abs(one.d - onto.turn.leave_d - other.d) > (one.model.width + other.model.width) / 2 + 0.05
                if key == one.turn or (other.rear < _OFF_M and not beside):
                    yield onto.turn.leave_s + other.rear - one.s, other.v

    def _is_broken(self, one: Vehicle, now_s: float) -> bool:
        """Whether it stands broken down; a breakdown takes the first car that comes to its place."""
        for due in self._breakdowns:
            if now_s >= due.from_s and one.before[0] >= due.s > one.rear and one.model.kind is VehicleClass.CAR:
                self._breakdowns.remove(due)
                one.broken_until_s = now_s + due.seconds
                break
        return one.broken_until_s is not None and now_s < one.broken_until_s

    def _ahead(self, one: Vehicle, place: int, aspect: Aspect, now_s: float) -> tuple[float, float]:
        """Gap and speed of what is ahead: the nearest vehicle in the way, the stop line, or the spot to park at."""
        gap, leader_v = 1e4, one.v
        for other in self.vehicles[:place]:
            if other.rear - one.s < gap and one.abreast(other, one.d, 0.05):
                gap, leader_v = other.rear - one.s, other.v
        line = self.way.stop_s - (0.0 if one.driving.filters else self.way.box_m) - one.s
        if self._must_stop(one, line, aspect) and line < gap:
            gap, leader_v = max(line, 0.0), 0.0
        for room, speed in self._turned(one):
            if -one.model.length < room < gap:
                gap, leader_v = max(room, 0.0), speed
        for jam in self._jams:
            if jam.holds(now_s) and 0 <= jam.s - one.s < gap:
                gap, leader_v = jam.s - one.s, 0.0
        if one.stay and one.stay.s - one.s + one.driving.standstill_m < gap:
            gap, leader_v = one.stay.s - one.s + one.driving.standstill_m, 0.0
        return gap, leader_v

    def _must_stop(self, one: Vehicle, line_m: float, aspect: Aspect) -> bool:
        if aspect is Aspect.GREEN or one.s > self.way.stop_s:
            return False
        if aspect is Aspect.YELLOW:
            return line_m > one.v**2 / (2 * STOPPING)
        return True

    def _choose_offset(self, one: Vehicle, now_s: float) -> None:
        """Set `wanted_d`: the kerb for who parks, the strip with the most room for who filters."""
        if one.stay:
            self._stay(one, now_s)
        elif not one.driving.filters:
            self._go_round(one)
        elif self._ticks % 5 == one.id % 5:
            limit = self.way.half_width - one.model.width / 2 - 0.2
            strips = np.linspace(-limit, limit, max(3, round(limit / 0.45)))
            if one.turn is not None:
                strips = self._turns[one.turn].turn.leave_d + np.linspace(-0.9, 0.9, 5)
            rooms = [one.room_at(d, self.vehicles, SIGHT_M) - 2.0 * abs(d - one.d) for d in strips]
            best = int(np.argmax(rooms))
            if rooms[best] > one.room_at(one.d, self.vehicles, SIGHT_M) + 2.0:
                one.wanted_d = float(strips[best])

    def _go_round(self, one: Vehicle) -> None:
        """Take another lane where a broken down vehicle stands ahead in this one."""
        blocked = [
            other
            for other in self.vehicles
            if other.broken_until_s is not None and other.v == 0 and 0 < other.rear - one.s < SIGHT_M
        ]
        if any(one.abreast(other, one.wanted_d) for other in blocked):
            lanes = [self.way.lane_middle(lane) for lane in range(self.way.lanes)]
            free = [d for d in lanes if not any(one.abreast(other, d) for other in blocked)]
            one.wanted_d = min(free, key=lambda d: abs(d - one.d), default=one.wanted_d)

    def _stay(self, one: Vehicle, now_s: float) -> None:
        stay = one.stay
        assert stay is not None
        if stay.since_s is None:
            if stay.s - one.s < 22.0:
                one.wanted_d = self.way.kerb_middle
            if one.v < 0.1 and stay.s - one.s < 1.0 and abs(one.d - self.way.kerb_middle) < 0.3:
                stay.since_s = now_s
        elif now_s - stay.since_s >= stay.seconds:
            one.stay = None
            one.wanted_d = self._arrivals.offset(one.model, lane=0)

    def _move_aside(self, one: Vehicle) -> None:
        away = one.wanted_d - one.d
        if abs(away) < 0.02 or (one.stay and one.stay.since_s is not None):
            return
        reach = min(1.3, 0.15 + 0.3 * one.v) * STEP_S
        d = one.d + math.copysign(min(abs(away), reach), away)
        if one.may_stand_at(d, self.vehicles):
            one.d = d


class Traffic:
    """All carriageways of a scene and their signal."""

    def __init__(self, scene: Scene, seed: int, staged: Sequence[Staged] = ()) -> None:
        self.scene = scene
        self._signal = Signal(scene.plan)
        seeds = np.random.SeedSequence(seed).spawn(len(scene.carriageways))
        self._turns = {key: OnTurn(turn) for key, turn in turns_of(scene).items()}
        shares = {(one.origin, one.destination): one.share for one in scene.turning}
        self._flows = []
        for index, (way, one) in enumerate(zip(scene.carriageways, seeds, strict=True)):
            taken = [(onto.turn, shares[key]) for key, onto in self._turns.items() if key[0] == way.id]
            random = np.random.default_rng(one)
            arrivals = Arrivals(way, random, first_id=1 + index, id_step=len(seeds), turns=taken)
            self._flows.append(_Flow(way, arrivals, staged, self._turns))
        self._steps = -round(WARM_UP_S / STEP_S)
        self.advance(0.0)

    @property
    def time_s(self) -> float:
        """Simulated time; 0 is the first picture."""
        return self._steps * STEP_S

    def aspect(self, group: str) -> Aspect:
        """What a signal group shows."""
        return self._signal.aspect(group)

    def vehicles(self) -> dict[str, tuple[Vehicle, ...]]:
        """Carriageway id -> its vehicles, for checks of what must hold."""
        return {flow.way.id: tuple(flow.vehicles) for flow in self._flows}

    def advance(self, time_s: float) -> None:
        """Simulate until `time_s` lies within the last step."""
        while self.time_s < time_s - 1e-9:
            self._signal.advance(STEP_S, self._is_clear)
            for flow in self._flows:
                flow.step(self.time_s, self._signal.aspect(flow.way.group))
            beyond = {flow.way.id: flow.vehicles for flow in self._flows}
            for (_, destination), onto in self._turns.items():
                onto.step(STEP_S, beyond[destination])
            self._steps += 1

    def _is_clear(self) -> bool:
        on_turns = any(onto.vehicles for onto in self._turns.values())
        return not on_turns and not any(flow.in_conflict_area for flow in self._flows)

    def poses(self, time_s: float) -> list[Pose]:
        """Everyone at `time_s`, which must not lie before an earlier call's by more than a step."""
        self.advance(time_s)
        share = 1 - (self.time_s - time_s) / STEP_S
        turning = [onto.pose(one, share) for onto in self._turns.values() for one in onto.vehicles]
        return [_pose(one, flow.way, share) for flow in self._flows for one in flow.vehicles] + turning


def _pose(one: Vehicle, way: Carriageway, share: float) -> Pose:
    (s0, d0) = one.before
    s, d = s0 + share * (one.s - s0), d0 + share * (one.d - d0)
    turn = math.atan2(one.d - d0, max(one.s - s0, 0.25))
    x, y = way.place(s - one.model.length / 2, d)
    return Pose(one.id, one.model, one.seed, x, y, math.radians(way.heading_deg) + turn, one.v, one.braking, way.id)
