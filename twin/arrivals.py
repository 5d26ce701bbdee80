"""Who enters a carriageway and when: a Poisson stream of the Indonesian class mix, and who of them will park."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from contract import VehicleClass
from twin.fleet import MODELS, SHARES, STOP_CHANCE, Model
from twin.scene import Carriageway
from twin.turns import Turn
from twin.vehicle import Stay, Vehicle

LONGEST_WAIT = 8
"""Arrivals that wait upstream when the carriageway is full; more turn off elsewhere."""

SPOT_GAP_M = 3.0
"""Least distance between two who stop at the same kerb."""


class Arrivals:
    """The stream that enters one carriageway."""

    def __init__(
        self,
        way: Carriageway,
        random: np.random.Generator,
        *,
        first_id: int,
        id_step: int,
        turns: Sequence[tuple[Turn, float]] = (),
    ) -> None:
        """`turns` are those that begin on `way`, each with the share of vehicles that take it."""
        self._way = way
        self._turns = turns
        self._random = random
        self._next_id, self._id_step = first_id, id_step
        self._due_s: float | None = None
        self._waiting: deque[Vehicle] = deque()

    def enter(self, vehicles: list[Vehicle], now_s: float) -> None:
        """Append to `vehicles` whoever has arrived by `now_s` and finds room."""
        if self._due_s is None:
            self._due_s = now_s + self._headway()
        while self._due_s <= now_s:
            if len(self._waiting) < LONGEST_WAIT:
                self._waiting.append(self._draw(vehicles))
            self._due_s += self._headway()
        while self._waiting and self._fits(self._waiting[0], vehicles):
            one = self._waiting.popleft()
            one.before = (one.s, one.d)
            vehicles.append(one)

    def offset(self, model: Model, lane: int) -> float:
        """Where in a lane a model drives: two-wheelers anywhere in it, others in its middle."""
        spread = 0.9 if model.width < 1 else 0.15
        return self._way.lane_middle(lane) + float(self._random.uniform(-spread, spread))

    def _headway(self) -> float:
        return float(self._random.exponential(3600 / self._way.flow_vph))

    def _draw(self, vehicles: list[Vehicle]) -> Vehicle:
        random = self._random
        kinds = list(SHARES)
        kind = kinds[int(random.choice(len(kinds), p=[SHARES[one] for one in kinds]))]
        model = MODELS[kind][int(random.integers(len(MODELS[kind])))]
        turn = self._turn()
        stay = self._stay(model, vehicles) if turn is None else None
        keeps_left = stay is not None or kind in {VehicleClass.TRUCK, VehicleClass.BUS, VehicleClass.BICYCLE}
        if turn is None:
            d = self.offset(model, 0 if keeps_left else int(random.integers(self._way.lanes)))
        else:
            d = self.offset(model, 0 if turn.side == "left" else self._way.lanes - 1)
        one = Vehicle(
            id=self._next_id,
            model=model,
            seed=int(random.integers(2**31)),
            s=model.length,
            d=d,
            v=self._way.speed,
            wanted_v=0.0,
            wanted_d=d,
            stay=stay,
            turn=None if turn is None else (turn.origin.id, turn.destination.id),
        )
        one.wanted_v = self._way.speed * one.driving.speed_share * float(random.uniform(0.85, 1.15))
        one.v = one.wanted_v
        self._next_id += self._id_step
        return one

    def _turn(self) -> Turn | None:
        """Which way it takes; where nobody turns, nothing is drawn by lot."""
        if not self._turns:
            return None
        lot = float(self._random.random())
        for turn, share in self._turns:
            lot -= share
            if lot < 0:
                return turn
        return None

    def _stay(self, model: Model, vehicles: list[Vehicle]) -> Stay | None:
        chance = self._way.stopping * STOP_CHANCE.get(model.kind, 0.0)
        if not self._way.parking or self._random.random() >= chance:
            return None
        taken = [one for one in (*vehicles, *self._waiting) if one.stay]
        start, end = self._way.parking
        spot = float(self._random.uniform(start + model.length, end))
        for other in taken:
            assert other.stay is not None
            gap = SPOT_GAP_M + max(model.length, other.model.length)
            if abs(other.stay.s - spot) < gap:
                return None
        shortly = model.kind is VehicleClass.ANGKOT
        seconds = self._random.uniform(6, 14) if shortly else self._random.uniform(35, 150)
        return Stay(spot, float(seconds))

    def _fits(self, one: Vehicle, vehicles: list[Vehicle]) -> bool:
        """Whether the entrance is clear, at a speed that needs no emergency braking."""
        room = one.room_at(one.d, vehicles, 100.0)
        if room < 3.0 or not one.may_stand_at(one.d, vehicles):
            return False
        one.v = min(one.wanted_v, room * 0.6)
        return True
