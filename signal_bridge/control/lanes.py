"""What a control knows of each lane: how fast it empties in each stage, and who will join its queue.

Rates are vehicles a second. Discharge is not learned: a blocked lane, seen as such, tells more than its average
(docs/decisions/0070).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from signal_bridge.control.junction import GREEN, Junction, Seen, View

Floats = NDArray[np.float32]

PROTECTED_VEH_S, GIVING_WAY_VEH_S = 0.5, 0.2
"""Discharge of a lane: 1800 and 720 vehicles an hour."""
_DRAIN_VEH_S = 0.15
"""At which a full exit is taken to empty again."""
_BLOCKED = np.float32(0.5)
_START_UP_S = 4.0
_ARRIVALS_MEMORY_S = 300.0
_STANDS_MS, _BLOCKED_MS, _AT_LINE_M = 2.0, 1.0, 8.0
_SLOWEST_MS, _FREE_MS, _SIGHT_M = 4.0, 11.0, 100.0


def discharge(junction: Junction) -> Floats:
    """(stages, lanes): the part of a lane's streams that have green, at the rate of the best of them."""
    table = np.zeros((len(junction.stages), len(junction.lanes)), np.float32)
    for row, stage in enumerate(junction.stages):
        for column, lane in enumerate(junction.lanes):
            lamps = [lamp for stream, lamp in zip(junction.streams, stage, strict=True) if stream.lane == lane]
            shown = [lamp for lamp in lamps if lamp in GREEN]
            if shown:
                rate = PROTECTED_VEH_S if "G" in shown else GIVING_WAY_VEH_S
                table[row, column] = rate * len(shown) / len(lamps)
    return table


@dataclass(slots=True)
class Lanes:
    """Follows the lanes of one junction from view to view."""

    junction: Junction
    rates: Floats = field(init=False)
    """(stages, lanes) discharge in saturation."""
    _arrivals: Floats = field(init=False)
    _counts: Floats = field(init=False)
    _time_s: float | None = field(default=None, init=False)
    _stage: int | None = field(default=None, init=False)
    _green_since_s: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.rates = discharge(self.junction)
        self._arrivals = np.full(len(self.junction.lanes), 0.05, np.float32)
        self._counts = np.zeros(len(self.junction.lanes), np.float32)

    def watch(self, view: View, stage: int | None) -> None:
        """Take note of arrivals: who is in sight now and was not, and who left meanwhile."""
        counts = self.waiting(view)
        departed = np.array([view.departed.get(lane, 0) for lane in self.junction.lanes], np.float32)
        if self._time_s is not None and view.time_s > self._time_s:
            elapsed_s = view.time_s - self._time_s
            flow = np.maximum(counts - self._counts + departed, 0) / np.float32(elapsed_s)
            self._arrivals += np.float32(min(1.0, elapsed_s / _ARRIVALS_MEMORY_S)) * (flow - self._arrivals)
        if stage != self._stage:
            self._green_since_s = view.time_s
        self._stage, self._counts, self._time_s = stage, counts, view.time_s

    def waiting(self, view: View) -> Floats:
        """(lanes,) vehicles in sight."""
        return np.array([len(view.lanes.get(lane, ())) for lane in self.junction.lanes], np.float32)

    def running(self, view: View, stage: int) -> Floats:
        """(lanes,) discharge if the running stage goes on: next to nothing where the first vehicle stands blocked.

        A vehicle that waits to turn across the oncoming traffic holds up a shared lane; that is seen, not assumed.
        """
        now: Floats = self.rates[stage].copy()
        if view.time_s - self._green_since_s > _START_UP_S:
            for index, lane in enumerate(self.junction.lanes):
                first = next(iter(view.lanes.get(lane, ())), None)
                if first and first.speed_ms < _BLOCKED_MS and first.distance_m < _AT_LINE_M:
                    now[index] *= _BLOCKED
        return now

    def room(self, view: View, steps: int, step_s: float) -> Floats:
        """(steps, lanes): how many vehicles of each lane its exits can have taken up by the end of each step."""
        best = [
            max(view.room.get(s.exit, np.inf) for s in self.junction.streams if s.lane == lane)
            for lane in self.junction.lanes
        ]
        drained = _DRAIN_VEH_S * step_s * np.arange(1, steps + 1, dtype=np.float32)
        return (np.array(best, np.float32)[None] + drained[:, None]).astype(np.float32)

    def forecast(self, view: View, steps: int, step_s: float) -> tuple[Floats, Floats]:
        """(lanes,) standing now, and (steps, lanes) who joins the queue when.

        First those in sight, then those of whom neighbours tell, then as many as usual.
        """
        queue = np.zeros(len(self.junction.lanes), np.float32)
        joins = np.zeros((steps, len(self.junction.lanes)), np.float32)
        for index, lane in enumerate(self.junction.lanes):
            last = int(_SIGHT_M / _FREE_MS / step_s) - 1
            for seen in view.lanes.get(lane, ()):
                step = int(_arrives_in(seen) / step_s)
                if step == 0:
                    queue[index] += 1
                elif step < steps:
                    joins[step, index] += 1
                    last = max(last, step)
            if (coming := view.coming.get(lane)) is not None:
                for seconds, share in coming.arrivals:
                    if last < (step := int(seconds / step_s)) < steps:
                        joins[step, index] += share
                last = max(last, int(coming.covers_s / step_s))
            joins[last + 1 :, index] += self._arrivals[index] * np.float32(step_s)
        return queue, joins


def _arrives_in(seen: Seen) -> float:
    """Seconds until a vehicle joins the queue; 0 when it stands."""
    return 0.0 if seen.speed_ms < _STANDS_MS else seen.distance_m / max(seen.speed_ms, _SLOWEST_MS)
