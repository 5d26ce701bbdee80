"""The controls that cities have, to compare with: the fixed local plan, actuated extension, and max-pressure."""

from __future__ import annotations

from dataclasses import dataclass, field

from typing_extensions import override

from signal_bridge.control.junction import Control, Junction, View

NEAR_M = 40.0
"""A vehicle this close to the stop line holds the green of an actuated stage."""
PASSAGE_S = 3.0
"""Gap after which an actuated green ends."""


@dataclass(slots=True)
class Fixed(Control):
    """The local plan: every stage in order for its own green time."""

    junction: Junction

    @override
    def watch(self, view: View, stage: int | None) -> None:
        """Nothing is learned."""

    @override
    def choose(self, view: View, stage: int, green_s: float) -> int:
        """The next stage once this one's time is over."""
        return stage if green_s < self.junction.greens[stage] else (stage + 1) % len(self.junction.stages)


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
