"""What the adviser knows of the approaches: measured once an interval, reckoned in between. Pure; time is an argument.

A unit tells, at the end of each interval, the longest standing queue of an approach and what passed. Until the next
word the queue is carried on: it grows by what passed (what arrives, in the long run), and empties at saturation flow
while its approach has green. What is too old, degraded or blind is not carried on at all: then there is no sight, and
no wish. Unknown is never taken for empty.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from contract import ApproachMeasure, Observation
from signal_bridge.settings import AdaptiveSettings

VEHICLE_M = 6.5
"""Room that a standing passenger car unit takes; PKJI reckons 20 m2 on a lane of about 3 m."""
SATURATION_VEH_S = 0.5
"""Of a lane with green."""
OLD_AFTER = 2.5
"""Intervals after whose end a measure is too old."""
_OLDEST_S, _EARLY_S = 180.0, 5.0


@dataclass(frozen=True, slots=True)
class Approach:
    """One approach. `queue_veh` is reckoned for `time_s`, measured at `measured_s`; `flow_veh_s` passed in between."""

    queue_veh: float
    flow_veh_s: float
    measured_s: float
    time_s: float
    good_until_s: float
    queue_m: float | None = None


Approaches = Mapping[str, Approach]


def observed(known: Approaches, settings: AdaptiveSettings, unit: str, seen: Observation, now_s: float) -> Approaches:
    """Take an observation in; `now_s` is Unix time. What is not of this junction, late or not good changes nothing.

    A camera that can no longer be counted from takes away what was known of its approaches.
    """
    end_s = seen.time.timestamp()
    if unit not in settings.units or end_s > now_s + _EARLY_S:
        return known
    found = dict(known)
    for camera in seen.cameras:
        if camera.camera not in settings.cameras:
            continue
        for measure in camera.approaches:
            name = measure.approach
            if name not in settings.lanes or (name in found and found[name].measured_s >= end_s):
                continue
            queue_veh = _queue_veh(measure, settings.lanes[name])
            if camera.quality.grade != "good" or queue_veh is None:
                found.pop(name, None)
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
            found.clear()  # a blind camera measures nothing, and does not say of which approach
    return found


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
