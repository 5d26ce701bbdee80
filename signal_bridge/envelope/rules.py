"""When a hold, a force-off, an omit or a call may go out: each rule says what it waits for, or None for "now".

Yellow and all-red are the controller's and never touched. NTCIP 1202's Hold and ForceOff are instructions to the
phase that is green; UG405's wording is kept for all of them: in intergreen or minimum green they are deferred, provided
they still stand.
"""

from __future__ import annotations

from math import inf

from contract.signals import SignalReason
from signal_bridge.controller import Aspect, Walk
from signal_bridge.envelope.limits import Limits
from signal_bridge.envelope.sight import Seen, Sight, green_for, waited
from signal_bridge.envelope.state import Phases, State


def unsteady(limits: Limits, sight: Sight, now: float) -> SignalReason | None:
    """Why this is no moment for any command: an unknown phase, an intergreen, or a green within its minimum."""
    green = False
    for bounds in limits.phases:
        seen = sight.phases[bounds.phase]
        if seen.aspect is Aspect.UNKNOWN:
            return SignalReason.PHASE_UNKNOWN
        if seen.aspect is Aspect.YELLOW:
            return SignalReason.INTERGREEN
        if seen.aspect is Aspect.GREEN:
            green = True
            if green_for(seen, now)[0] < bounds.min_green_s:
                return SignalReason.MINIMUM_GREEN
    return None if green else SignalReason.INTERGREEN


def hurried(limits: Limits, state: State, now: float) -> bool:
    """Whether the rate limit says "not yet"."""
    recent = [at for at in state.sent if now - at < 60.0]
    return len(recent) >= limits.commands_per_minute or bool(recent and now - recent[-1] < limits.command_gap_s)


def someone_waits_too_long(limits: Limits, sight: Sight, now: float, served: Phases) -> SignalReason | None:
    """Whether a phase outside `served` has waited a whole cycle, or has never been seen served."""
    for bounds in limits.phases:
        if not bounds.every_cycle or bounds.phase in served:
            continue
        wait_s = waited(sight.phases[bounds.phase], now)
        if wait_s == inf:
            return SignalReason.CYCLE_UNSEEN
        if wait_s >= limits.cycle_max_s - limits.clearance_s - limits.step_s:
            return SignalReason.CYCLE_TOO_LONG
    return None


def spent(limits: Limits, sight: Sight, now: float, phases: Phases) -> SignalReason | None:
    """Why a hold on `phases` must not be in force any longer: maximum green, or the cycle. None: it may."""
    in_hand = limits.step_s
    for phase in phases:
        seen = sight.phases[phase]
        if seen.aspect is Aspect.UNKNOWN:
            return SignalReason.PHASE_UNKNOWN
        if seen.aspect is not Aspect.GREEN:
            return SignalReason.PHASE_NOT_GREEN
        longest = green_for(seen, now)[1]
        if longest >= limits.by_phase[phase].max_green_s - in_hand:
            return SignalReason.MAXIMUM_GREEN
        if _cycle_if_held(seen, longest) >= limits.cycle_max_s - in_hand:
            return SignalReason.CYCLE_TOO_LONG
    return someone_waits_too_long(limits, sight, now, phases)


def may_hold(limits: Limits, sight: Sight, now: float, phases: Phases) -> SignalReason | None:
    """What a new hold on `phases` waits for."""
    waits = unsteady(limits, sight, now)
    if waits is None and any(sight.phases[phase].aspect is not Aspect.GREEN for phase in phases):
        waits = SignalReason.PHASE_NOT_GREEN
    return waits or spent(limits, sight, now, phases)


def may_cut(limits: Limits, sight: Sight, now: float, phases: Phases) -> SignalReason | None:
    """What a force-off of `phases` waits for."""
    waits = unsteady(limits, sight, now)
    if waits is None and any(sight.phases[phase].aspect is not Aspect.GREEN for phase in phases):
        waits = SignalReason.PHASE_NOT_GREEN
    if waits is None and _someone_walks(limits, sight):
        waits = SignalReason.PEDESTRIANS
    cycles = (_cycle_if_cut(limits, sight.phases[phase], now) for phase in phases)
    return waits or next((reason for reason in cycles if reason is not None), None)


def _someone_walks(limits: Limits, sight: Sight) -> bool:
    """Whether pedestrians cross with any green: a controller that works by stages ends all of them together."""
    return any(
        bounds.pedestrians
        and sight.phases[bounds.phase].aspect is Aspect.GREEN
        and sight.phases[bounds.phase].pedestrian is not Walk.DONT_WALK
        for bounds in limits.phases
    )


def _cycle_if_held(seen: Seen, green_s: float) -> float:
    """The cycle at most, if it goes as the last one went but for this green; 0 when no cycle was seen yet."""
    return 0.0 if seen.cycle is None or seen.green is None else seen.cycle[1] + green_s - seen.green[0]


def _cycle_if_cut(limits: Limits, seen: Seen, now: float) -> SignalReason | None:
    """A green may be cut only if the cycle that results, as the last one went, is still long enough."""
    if seen.cycle is None or seen.green is None:
        return SignalReason.CYCLE_UNSEEN
    saved = max(0.0, seen.green[1] - green_for(seen, now)[0])
    return SignalReason.CYCLE_TOO_SHORT if seen.cycle[0] - saved < limits.cycle_min_s else None
