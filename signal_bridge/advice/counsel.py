"""The adaptive control, asked about one junction: stages and lanes from the bridge's bounds, views from the sight.

Each lane of an approach is a lane of the control; its queue stands in it, or rolls while it has green. What cameras at
the stop line do not tell (who turns where, whether an exit is full, who is stranded inside) is left out of the view,
and the control then takes an exit for free: spill-back is seen here only as a queue that does not get shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from signal_bridge.advice.sight import VEHICLE_M, Approaches
from signal_bridge.control import CONTROLS, Control, Junction, Seen, Stream, View
from signal_bridge.envelope import Limits
from signal_bridge.settings import AdaptiveSettings

_ROLLING_MS = 6.0
_USUAL_GREEN_S = 20.0
"""The control asks for the local plan's greens; which they are only the controller knows, and this one needs none."""


class Counsel:
    """One junction. `look` once a second, always; then `choose` while a stage is green."""

    def __init__(
        self,
        junction: str,
        limits: Limits,
        settings: AdaptiveSettings,
        make: Callable[[Junction], Control] = CONTROLS["adaptive"],
    ) -> None:
        self.settings = settings
        self.approaches_of = tuple(
            frozenset(name for phase in stage for name in limits.by_phase[phase].approaches)
            for stage in settings.stages
        )
        self.least_s = tuple(max(limits.by_phase[one].min_green_s for one in stage) for stage in settings.stages)
        self._lanes = [f"{name}-{lane}" for name, count in settings.lanes.items() for lane in range(count)]
        self._control = make(self._junction(junction))
        self._view: View | None = None
        self._gone: dict[str, float] = dict.fromkeys(self._lanes, 0.0)
        self._counts: dict[str, int] = {}

    def _junction(self, name: str) -> Junction:
        streams = tuple(Stream(lane, f"{lane}-exit") for lane in self._lanes)
        stages = tuple(
            "".join("G" if _approach(lane) in moving else "r" for lane in self._lanes) for moving in self.approaches_of
        )
        return Junction(name, streams, stages, (_USUAL_GREEN_S,) * len(stages), self.least_s)

    def look(self, approaches: Approaches, stage: int | None, now_s: float) -> None:
        """Let the control see the junction at `now_s`."""
        green = self.approaches_of[stage] if stage is not None else frozenset()
        lanes, departed = {}, {}
        for lane in self._lanes:
            name = _approach(lane)
            count = round(approaches[name].queue_veh / self.settings.lanes[name])
            rolling = name in green
            lanes[lane] = tuple(_row(count, _ROLLING_MS if rolling else 0.0))
            departed[lane] = max(0, self._counts.get(lane, count) - count) if rolling else 0
            self._counts[lane] = count
        self._view = View(now_s, lanes, departed)
        self._control.watch(self._view, stage)

    def choose(self, stage: int, green_s: float) -> int:
        """The stage that the control wants, given the one that is green and for how long; asked after `look`."""
        return stage if self._view is None else self._control.choose(self._view, stage, green_s)


def _approach(lane: str) -> str:
    return lane.rpartition("-")[0]


def _row(count: int, speed_ms: float) -> Iterator[Seen]:
    """Vehicles one behind the other."""
    for place in range(count):
        yield Seen(2.0 + VEHICLE_M * place, speed_ms)
