"""The controls that cities have, to compare with: the fixed local plan, actuated extension, and max-pressure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from typing_extensions import override

from signal_bridge.control.clearance import clearance_s
from signal_bridge.control.junction import Control, Junction, View

NEAR_M = 40.0
"""A vehicle this close to the stop line holds the green of an actuated stage."""
PASSAGE_S = 3.0
"""Gap after which an actuated green ends."""


def starts_s(junction: Junction) -> tuple[float, ...]:
    """When each stage of the local plan begins its green, from the beginning of the first."""
    return (0.0, *accumulate(_lasts_s(junction)))[:-1]


def cycle_s(junction: Junction) -> float:
    """Greens and clearances of the local plan."""
    return sum(_lasts_s(junction))


def _lasts_s(junction: Junction) -> Iterator[float]:
    """Of each stage: green, and the clearance to the next."""
    stages = junction.stages
    for here, there, green_s in zip(stages, (*stages[1:], stages[0]), junction.greens, strict=True):
        yield green_s + clearance_s(here, there)


@dataclass(slots=True)
class Fixed(Control):
    """The local plan: every stage in order for its own green time; with an offset, until its place in the cycle."""

    junction: Junction
    _ends_s: tuple[float, ...] = field(init=False)
    _cycle_s: float = field(init=False)

    def __post_init__(self) -> None:
        offset_s = self.junction.offset_s or 0.0
        starts = starts_s(self.junction)
        self._ends_s = tuple(offset_s + at + green for at, green in zip(starts, self.junction.greens, strict=True))
        self._cycle_s = cycle_s(self.junction)

    @override
    def watch(self, view: View, stage: int | None) -> None:
        """Nothing is learned."""

    @override
    def choose(self, view: View, stage: int, green_s: float) -> int:
        """The next stage once this one's time is over."""
        return stage if green_s < self._green_s(stage, view.time_s - green_s) else (stage + 1) % len(self._ends_s)

    def _green_s(self, stage: int, began_s: float) -> float:
        """How long a green that began then lasts. One that is late is cut to its place, which minimums may move."""
        planned_s = self.junction.greens[stage]
        if self.junction.offset_s is None:
            return planned_s
        left_s = (self._ends_s[stage] - began_s) % self._cycle_s
        return left_s if left_s < planned_s + self._cycle_s / 2 else 0.0


@dataclass(slots=True)
class Actuated(Control):
    """Gap-out: green goes on while vehicles follow each other; stages that nobody waits for are skipped."""

    junction: Junction
    maximum_s: float = 50.0
    _last_s: float = field(default=float("-inf"), init=False)

    @override
    def watch(self, view: View, stage: int | None) -> None:
        """Remember when the running stage last had a vehicle near its stop lines."""
        if stage is not None and any(
            seen.distance_m <= NEAR_M for lane in self.junction.lanes_of(stage) for seen in view.lanes.get(lane, ())
        ):
            self._last_s = view.time_s

    @override
    def choose(self, view: View, stage: int, green_s: float) -> int:
        """Stay while the gap is short; else the next stage in order that somebody waits for."""
        if view.time_s - self._last_s < PASSAGE_S and green_s < self.maximum_s:
            return stage
        count = len(self.junction.stages)
        served = self.junction.lanes_of(stage)
        for step in range(1, count):
            other = (stage + step) % count
            if any(view.lanes.get(lane) for lane in self.junction.lanes_of(other) - served):
                return other
        return stage


@dataclass(slots=True)
class MaxPressure(Control):
    """The stage with most vehicles before its stop lines (Varaiya 2013), decided every `period_s`, in any order."""

    junction: Junction
    period_s: float = 5.0
    _decided_s: float = field(default=float("-inf"), init=False)

    @override
    def watch(self, view: View, stage: int | None) -> None:
        """Nothing is learned."""

    @override
    def choose(self, view: View, stage: int, green_s: float) -> int:
        """The stage of greatest pressure; a tie stays."""
        if view.time_s - self._decided_s < self.period_s:
            return stage
        self._decided_s = view.time_s
        pressure = [
            sum(len(view.lanes.get(lane, ())) for lane in self.junction.lanes_of(one))
            for one in range(len(self.junction.stages))
        ]
        best = max(pressure)
        return stage if pressure[stage] == best else pressure.index(best)
