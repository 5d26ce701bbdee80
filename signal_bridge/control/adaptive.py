"""Adaptive control: look a minute ahead, compare some hundred plans, do the first step of the best, look again.

    cameras ──▶ queues, arrivals in sight, usual arrivals beyond ──▶ every plan played through ──▶ stay, or which stage

A plan is: stay for e seconds, then stage i for a, then stage j for b, then stage k. Each is played through a model in
which every lane is a queue that fills by what the camera sees coming and by its usual flow, and empties at its
saturation flow while it has green and its exit has room; intergreens empty nothing. The price of a plan is the time
that all vehicles wait in it. Receding horizon control in the manner of COP (Sen, Head 1997) and SURTRAC (Smith et al.
2013): unlike max-pressure it knows what a change of stage costs, and unlike gap-out what the others pay for staying.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from signal_bridge.control.clearance import ALL_RED_S, YELLOW_S
from signal_bridge.control.junction import Control, Junction, View
from signal_bridge.control.lanes import Floats, Lanes

Ints = NDArray[np.int64]

HORIZON_S = 50.0
STEP_S = 2.5
PERIOD_S = 2.0
"""Between two decisions."""
STAYS_S = (0.0, 2.5, 5.0, 10.0, 20.0)
GREENS_S = (10.0, 20.0)
STARTING = np.float32(0.4)
"""Part of the saturation flow in the first seconds of a green."""
TAIL_S = 10.0
"""What each vehicle left at the end of a plan waits at least, before its own queue empties."""
CONTENDERS = 4
"""Stages that plans are made of, where a junction has more: the running one and those most waited for."""
PATIENCE_S = 120.0
"""Nobody waits longer for a stage, however few they are."""


@dataclass(slots=True)
class Adaptive(Control):
    """Receding horizon control of one junction."""

    junction: Junction
    _lanes: Lanes = field(init=False)
    _plans: dict[tuple[int, ...], Ints] = field(default_factory=dict, init=False)
    _red_since_s: dict[str, float] = field(default_factory=dict, init=False)
    _decided_s: float = field(default=float("-inf"), init=False)

    def __post_init__(self) -> None:
        self._lanes = Lanes(self.junction)

    @override
    def watch(self, view: View, stage: int | None) -> None:
        """Follow the lanes; remember since when each lane with somebody waiting has had red."""
        self._lanes.watch(view, stage)
        for index, lane in enumerate(self.junction.lanes):
            green = stage is not None and self._lanes.rates[stage, index] > 0
            if green or not view.lanes.get(lane):
                self._red_since_s.pop(lane, None)
            else:
                self._red_since_s.setdefault(lane, view.time_s)

    @override
    def choose(self, view: View, stage: int, green_s: float) -> int:
        """The first step of the cheapest plan."""
        if view.time_s - self._decided_s < PERIOD_S:
            return stage
        self._decided_s = view.time_s
        overdue = self._overdue(view, stage)
        if overdue is not None:
            return overdue
        plans = self._candidates(self._contenders(view, stage))
        return self._first(plans[int(self._play(view, stage, plans).argmin())], stage)

    def _overdue(self, view: View, stage: int) -> int | None:
        """The stage for the lane that has waited beyond patience, if there is one."""
        late = [(since, lane) for lane, since in self._red_since_s.items() if view.time_s - since > PATIENCE_S]
        if not late:
            return None
        served = self._lanes.rates[:, self.junction.lanes.index(min(late)[1])]
        return int(served.argmax()) if served.max() > 0 and served[stage] == 0 else None

    def _contenders(self, view: View, stage: int) -> tuple[int, ...]:
        """The running stage, and the others that most vehicles wait for."""
        need = self._lanes.rates @ self._lanes.waiting(view)
        others = sorted((one for one in range(len(self.junction.stages)) if one != stage), key=lambda one: -need[one])
        return (stage, *sorted(others[: CONTENDERS - 1]))

    def _candidates(self, contenders: tuple[int, ...]) -> Ints:
        """(plans, steps): the row of `_table` that discharges at each step; made once for each set of stages."""
        if contenders not in self._plans:
            sequences = [
                (i, j, k) for i, j, k in product(contenders, repeat=3) if i != contenders[0] and j not in (i, k)
            ]
            rows = [
                self._row(stay, ((i, a), (j, b), (k, HORIZON_S)))
                for stay, a, b in product(STAYS_S, GREENS_S, GREENS_S)
                for i, j, k in sequences
            ]
            rows.append(self._row(HORIZON_S, ()))
            self._plans[contenders] = np.unique(np.array(rows), axis=0)
        return self._plans[contenders]

    def _row(self, stay_s: float, rest: tuple[tuple[int, float], ...]) -> list[int]:
        count = len(self.junction.stages)
        between = [2 * count + 1] * round((YELLOW_S + ALL_RED_S) / STEP_S)
        row = [2 * count] * round(stay_s / STEP_S)
        for stage, green_s in rest:
            row += [*between, count + stage] + [stage] * round(green_s / STEP_S - 1)
        return row[: round(HORIZON_S / STEP_S)]

    def _table(self, view: View, stage: int) -> Floats:
        """(2 stages + 2, lanes) vehicles a step: each stage flowing, each starting, the running one, none."""
        rates = self._lanes.rates
        running = self._lanes.running(view, stage)
        table: Floats = np.vstack([rates, rates * STARTING, running, np.zeros_like(running)]) * np.float32(STEP_S)
        return table

    def _first(self, plan: Ints, stage: int) -> int:
        """The stage that a plan begins with."""
        count = len(self.junction.stages)
        if plan[0] == 2 * count:
            return stage
        return next(int(one) - count for one in plan if one < 2 * count)

    def _play(self, view: View, stage: int, plans: Ints) -> Floats:
        """(plans,) vehicle seconds waited in each plan, with what is left at the end."""
        steps = plans.shape[1]
        queue, joins = self._lanes.forecast(view, steps, STEP_S)
        room = self._lanes.room(view, steps, STEP_S)
        table = self._table(view, stage)
        left = np.tile(queue, (len(plans), 1))
        served = np.zeros_like(left)
        waited = np.zeros(len(plans), np.float32)
        for step in range(steps):
            left += joins[step]
            gone = np.minimum(left, table[plans[:, step]])
            np.minimum(gone, room[step] - served, out=gone)
            left -= gone
            served += gone
            waited += left.sum(axis=1)
        best = np.maximum(table.max(axis=0), 1e-3) / STEP_S
        tail = (left * (TAIL_S + left / (2 * best))).sum(axis=1)
        costs: Floats = waited * np.float32(STEP_S) + tail
        return costs
