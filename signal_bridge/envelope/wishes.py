"""What the standing lease would have in force at this instant, if nothing but the rules of the signal stood against it.

Priority is made of the same four instructions as everything else: call the phase, omit those that could come before it,
end the green that stands in the way, hold the green once it is there. So each part keeps minimum green, pedestrian
clearance and the cycle, which the controller's own pre-emption may not.
"""

from __future__ import annotations

from dataclasses import dataclass

from contract.signals import SignalReason
from signal_bridge.controller import Aspect
from signal_bridge.envelope.limits import Limits
from signal_bridge.envelope.rules import may_cut, may_hold, spent, unsteady
from signal_bridge.envelope.sight import Sight, waited
from signal_bridge.envelope.state import NONE, NOTHING, Controls, Lease, Phases, State


@dataclass(frozen=True, slots=True)
class Wish:
    """`target`: what should be in force. `fulfilled`: there is nothing more to want."""

    target: Controls = NOTHING
    waits_for: SignalReason | None = None
    fulfilled: SignalReason | None = None


def wish(limits: Limits, state: State, lease: Lease, sight: Sight, now: float) -> Wish:
    """The wish of `lease` at `now`."""
    match lease.ask.action:
        case "extend":
            return _held(limits, state, lease, sight, now)
        case "cut":
            return _cut(limits, state, lease, sight, now)
        case "priority":
            return _priority(limits, state, lease, sight, now)
        case "pattern":
            return _pattern(limits, state, lease, sight, now)


def _cut(limits: Limits, state: State, lease: Lease, sight: Sight, now: float) -> Wish:
    phases = lease.ask.phases
    if lease.active_since is not None and not phases <= _green(sight):
        return Wish(fulfilled=SignalReason.GIVEN)
    if phases <= state.controls.force_off:
        return Wish(Controls(force_off=phases))
    waits = may_cut(limits, sight, now, phases)
    return Wish(waits_for=waits) if waits else Wish(Controls(force_off=phases))


def _held(limits: Limits, state: State, lease: Lease, sight: Sight, now: float) -> Wish:
    phases = lease.ask.phases
    if lease.active_since is None or not phases <= state.controls.hold:
        waits = may_hold(limits, sight, now, phases)
        return Wish(waits_for=waits) if waits else Wish(Controls(hold=phases))
    over = spent(limits, sight, now, phases)
    if over is None and now - lease.active_since >= lease.ask.seconds - limits.step_s:
        over = SignalReason.GIVEN
    return Wish(fulfilled=over) if over else Wish(Controls(hold=phases))


def _priority(limits: Limits, state: State, lease: Lease, sight: Sight, now: float) -> Wish:
    phases = lease.ask.phases
    if lease.active_since is not None or phases <= _green(sight):
        return _held(limits, state, lease, sight, now)
    waits = unsteady(limits, sight, now)
    if waits is not None:
        return Wish(_still_omitted(limits, state, lease, sight, now), waits_for=waits)
    call, omit = phases, _before(limits, lease, sight, now)
    in_the_way = _green(sight) - phases
    waits = may_cut(limits, sight, now, in_the_way)
    return Wish(Controls(call=call, omit=omit, force_off=NONE if waits else in_the_way), waits_for=waits)


def _green(sight: Sight) -> Phases:
    return frozenset(number for number, seen in sight.phases.items() if seen.aspect is Aspect.GREEN)


def _before(limits: Limits, lease: Lease, sight: Sight, now: float) -> Phases:
    """Phases that may be passed over so that the wanted ones come next.

    One that is passed over may have to wait for its turn in the next cycle: there must be room for that as well.
    """
    room_s = limits.passed_over_max_s - limits.clearance_s - limits.step_s - lease.ask.seconds
    return frozenset(
        number
        for number, seen in sight.phases.items()
        if number not in lease.ask.phases
        and seen.aspect is Aspect.RED
        and seen.cycle is not None
        and waited(seen, now) + seen.cycle[1] < room_s
    )


def _still_omitted(limits: Limits, state: State, lease: Lease, sight: Sight, now: float) -> Controls:
    """In an intergreen nothing is added, but what is in force may stay while the cycle allows."""
    room_s = limits.passed_over_max_s - limits.clearance_s - limits.step_s
    omit = frozenset(one for one in state.controls.omit if waited(sight.phases[one], now) < room_s)
    return Controls(
        omit=omit,
        call=state.controls.call & lease.ask.phases,
        force_off=state.controls.force_off & _green(sight),
    )


def _pattern(limits: Limits, state: State, lease: Lease, sight: Sight, now: float) -> Wish:
    wanted = Controls(pattern=lease.ask.pattern)
    if state.controls.pattern == lease.ask.pattern:
        return Wish(wanted)
    waits = unsteady(limits, sight, now)
    if waits is None and state.pattern_at is not None and now - state.pattern_at < limits.pattern_dwell_s:
        waits = SignalReason.PATTERN_DWELL
    return Wish(waits_for=waits) if waits else Wish(wanted)
