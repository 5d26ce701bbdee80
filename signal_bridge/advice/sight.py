"""What the adviser knows of the approaches: measured once an interval, reckoned in between. Pure; time is an argument.

A unit tells, at the end of each interval, the longest standing queue of an approach and what passed. Until the next
word the queue is carried on: it grows by what passed (what arrives, in the long run), and empties at saturation flow
while its approach has green. What is too old, degraded or blind is not carried on at all: then there is no sight, and
no wish. Unknown is never taken for empty.

Where the greens of the local plan are told, an approach that nobody measures is *supposed* instead: as busy as its
green in the plan bears, which is all that is known of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from contract import ApproachMeasure, Observation
from signal_bridge.control.clearance import ALL_RED_S, YELLOW_S
from signal_bridge.settings import AdaptiveSettings

VEHICLE_M = 6.5
"""Room that a standing passenger car unit takes; PKJI reckons 20 m2 on a lane of about 3 m."""
SATURATION_VEH_S = 0.5
"""Of a lane with green."""
OLD_AFTER = 2.5
"""Intervals after whose end a measure is too old."""
_OLDEST_S, _EARLY_S = 180.0, 5.0
FULLNESS = 0.85
"""Degree of saturation up to which a plan is good (PKJI 2023)."""
EASE = 0.5
"""Degree of saturation up to which no queue is left over when green ends (PKJI 2023, `timing.overflow_queue`)."""


@dataclass(frozen=True, slots=True)
class Approach:
    """One approach. `queue_veh` is reckoned for `time_s`, measured at `measured_s`; `flow_veh_s` passed in between."""

    queue_veh: float
    flow_veh_s: float
    measured_s: float
    time_s: float
    good_until_s: float
    queue_m: float | None = None

    @property
    def is_supposed(self) -> bool:
        """Whether nobody measured it."""
        return self.measured_s == -inf


Approaches = Mapping[str, Approach]


def observed(known: Approaches, settings: AdaptiveSettings, unit: str, seen: Observation, now_s: float) -> Approaches:
    """Take an observation in; `now_s` is Unix time. What is not of this junction, late or not good changes nothing.

    A camera that can no longer be counted from takes away what was known of its approaches.
    """
    end_s = seen.time.timestamp()
    if unit not in settings.units or end_s > now_s + _EARLY_S:
        return known
    found = dict(known)
    guessed = {name: one for name, one in known.items() if one.is_supposed}
    for camera in seen.cameras:
        if camera.camera not in settings.cameras:
            continue
        for measure in camera.approaches:
            name = measure.approach
            if name not in settings.lanes or (name in found and found[name].measured_s >= end_s):
                continue
            queue_veh = _queue_veh(measure, settings.lanes[name])
            if camera.quality.grade != "good" or queue_veh is None:
                _forget(found, name)
                continue
            found[name] = Approach(
                queue_veh,
                measure.pcu / seen.interval_s,
                end_s,
                end_s,
                end_s + min(OLD_AFTER * seen.interval_s, _OLDEST_S),
                measure.queue_m,
            )
        if camera.quality.grade != "good" and not camera.approaches:
            found = guessed  # a blind camera measures nothing, and does not say of which approach
    return found


def _forget(found: dict[str, Approach], name: str) -> None:
    """What was measured of it; what is only supposed stays."""
    if name in found and not found[name].is_supposed:
        del found[name]


def _queue_veh(measure: ApproachMeasure, lanes: int) -> float | None:
    if measure.queue_veh is not None:
        return float(measure.queue_veh)
    return None if measure.queue_m is None else measure.queue_m / VEHICLE_M * lanes


def carried_on(
    known: Approaches, settings: AdaptiveSettings, green: Collection[str], now_s: float
) -> tuple[Approaches, tuple[str, ...]]:
    """The approaches at `now_s`, those of `green` emptying; and which ones there is no good word of."""
    found: dict[str, Approach] = {}
    for name, one in known.items():
        if now_s >= one.good_until_s:
            continue
        elapsed_s = max(0.0, now_s - one.time_s)
        queue = one.queue_veh + one.flow_veh_s * elapsed_s
        if name in green:
            queue -= SATURATION_VEH_S * settings.lanes[name] * elapsed_s
        found[name] = replace(one, queue_veh=max(0.0, queue), time_s=max(now_s, one.time_s))
    return found, tuple(sorted(settings.lanes.keys() - found.keys()))


def supposed(
    settings: AdaptiveSettings,
    plan_s: Sequence[float],
    moving: Sequence[Collection[str]],
    unseen: Iterable[str],
    now_s: float,
) -> Approaches:
    """Each of `unseen` as the local plan was made for it, at the end of its red.

    `plan_s` are the greens of the plan, `moving` the approaches of each stage.
    """
    cycle_s = _cycle_s(plan_s)
    found = {}
    for name in unseen:
        green_s = sum(green for green, names in zip(plan_s, moving, strict=True) if name in names)
        flow = FULLNESS * SATURATION_VEH_S * settings.lanes[name] * green_s / cycle_s
        found[name] = Approach(flow * (cycle_s - green_s), flow, -inf, now_s, inf)
    return found


def enough_s(settings: AdaptiveSettings, plan_s: Sequence[float], measured: Mapping[str, Approach]) -> float:
    """Seconds of green after which these approaches, served once a cycle of the plan, leave no queue over."""
    lanes = settings.lanes
    needed = (one.flow_veh_s / (EASE * SATURATION_VEH_S * lanes[name]) for name, one in measured.items())
    return _cycle_s(plan_s) * max(needed, default=0.0)


def _cycle_s(plan_s: Sequence[float]) -> float:
    return sum(plan_s) + len(plan_s) * (YELLOW_S + ALL_RED_S)
