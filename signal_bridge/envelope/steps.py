"""The safety envelope: state, request, reading and clock go in; one decision comes out.

    ask(...)   may this request own the junction? If so it becomes the lease
    step(...)  at least every `step_s`: what to do now. Send, Release, Wait or Rest
    failed(...), refused(...), released(...)   what became of the last decision at the line

No I/O, no clock of its own, no hidden state: the same inputs give the same decision, which is what lets ten million
random steps be tried against it. The rules themselves are in `rules` and `interlock`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from contract.signals import SignalReason
from signal_bridge.controller import Aspect, ControllerStatus
from signal_bridge.envelope.interlock import MAX_STRANGERS, broken, foreign, standing_against
from signal_bridge.envelope.limits import Limits
from signal_bridge.envelope.rules import hurried, unsteady
from signal_bridge.envelope.sight import Sight, look
from signal_bridge.envelope.state import (
    NOTHING,
    Action,
    Ask,
    Clock,
    Controls,
    Decision,
    Ended,
    Lease,
    Release,
    Rest,
    Send,
    State,
    Step,
    Wait,
)
from signal_bridge.envelope.wishes import Wish, wish

_DONE = {
    SignalReason.GIVEN,
    SignalReason.MAXIMUM_GREEN,
    SignalReason.CYCLE_TOO_LONG,
    SignalReason.PHASE_NOT_GREEN,
}
"""Ends of a lease that got what could be given; any other end is a release."""
_BEGINS: dict[Action, frozenset[str]] = {
    "extend": frozenset({"hold"}),
    "cut": frozenset({"force_off"}),
    "priority": frozenset({"hold"}),
    "pattern": frozenset({"pattern"}),
}
"""The command with which a lease becomes active."""


def arm(state: State, limits: Limits) -> State:
    """Armed for exactly these bounds, by somebody at the cabinet side; what may have been left in force is lifted."""
    return replace(state, armed_for=limits.digest, latched=None, strangers=0, doubt=Release(SignalReason.ASKED_TO))


def disarm(state: State) -> State:
    """Nothing is commanded any more; the next step lifts what is in force."""
    return replace(state, armed_for=None)


def reconfigured(state: State, limits: Limits) -> State:
    """Other bounds than it was armed for break the interlock, and stay so even if the old ones come back."""
    changed = state.armed_for is not None and state.armed_for != limits.digest
    if state.latched is not None or not changed:
        return state
    return replace(state, latched=SignalReason.CONFIG_CHANGED)


def ask(
    limits: Limits, state: State, status: ControllerStatus | None, wanted: Ask, now: float
) -> tuple[State, SignalReason | None, tuple[Ended, ...]]:
    """Let `wanted` own the junction. Returns the state, why not (None: it owns it), and the lease it displaced."""
    against = _impossible(limits, wanted, now) or next(iter(standing_against(limits, state, status, now)), None)
    if against is not None:
        return state, against, ()
    lease = state.lease
    if lease is not None and not _yields(lease, wanted):
        return state, SignalReason.OWNED_BY_OTHER, ()
    ended = (Ended(lease, "released", SignalReason.OWNED_BY_OTHER),) if lease is not None else ()
    wanted = replace(wanted, ends=min(wanted.ends, now + limits.lease_max_s))
    return replace(state, lease=Lease(wanted)), None, ended


def _yields(lease: Lease, wanted: Ask) -> bool:
    """A lease yields to a higher rank, and to its own owner."""
    return wanted.rank > lease.ask.rank or (wanted.rank == lease.ask.rank and wanted.who == lease.ask.who)


def _impossible(limits: Limits, wanted: Ask, now: float) -> SignalReason | None:
    if wanted.ends <= now:
        return SignalReason.EXPIRED
    if wanted.action == "pattern":
        return None if wanted.pattern in limits.patterns else SignalReason.PATTERN_NOT_ALLOWED
    known = bool(wanted.phases) and wanted.phases <= limits.by_phase.keys()
    return None if known else SignalReason.UNKNOWN_PHASE


def give_up(state: State, reason: SignalReason = SignalReason.ASKED_TO) -> State:
    """The lease is to end with the next step."""
    return state if state.lease is None else replace(state, lease=replace(state.lease, fulfilled=reason))


def step(limits: Limits, state: State, status: ControllerStatus | None, clock: Clock) -> Step:
    """Decide what to do at `clock`. `status` is the last good reading there was, however old; None: there is none."""
    now = clock.mono
    jumped = _jumped(limits, state, clock)
    sight = None if jumped or _other_phases(limits, state) else state.sight
    state = replace(reconfigured(state, limits), clock=clock, sight=sight)
    if status is not None and status.read_at <= now and (sight is None or status.read_at > sight.read_at):
        state = _seen(limits, state, status, now)
    against = standing_against(limits, state, status, now)
    if jumped:
        against.append(SignalReason.CLOCK_JUMPED)
    if _lapsed(state, now):
        against.append(SignalReason.LINE_FAILED)
    state, ended = _settle(limits, state, against, now)
    lease, sight = state.lease, state.sight
    if lease is None or sight is None or isinstance(state.doubt, Release):
        return Step(*_let_go(state, against, ended), ended)
    wanted = wish(limits, state, lease, sight, now)
    if wanted.fulfilled is not None:
        end = _end(lease, wanted.fulfilled)
        return Step(replace(state, lease=None), Release(wanted.fulfilled), (end,))
    decision = _towards(limits, state, sight, wanted, now)
    return Step(_after(state, lease, wanted, decision, now), decision, ended)


def _jumped(limits: Limits, state: State, clock: Clock) -> bool:
    """Whether the two clocks disagree on how long it has been, or the monotonic one ran backwards."""
    if state.clock is None:
        return False
    mono_s, wall_s = clock.mono - state.clock.mono, clock.wall - state.clock.wall
    return mono_s < 0 or abs(wall_s - mono_s) > limits.clock_slack_s


def _lapsed(state: State, now: float) -> bool:
    """Whether the controller's watchdog may have cleared what was in force, so that a heartbeat would set it anew."""
    return bool(state.controls) and state.last_set is not None and now - state.last_set >= state.watchdog_s


def _other_phases(limits: Limits, state: State) -> bool:
    return state.sight is not None and state.sight.phases.keys() != limits.by_phase.keys()


def _seen(limits: Limits, state: State, status: ControllerStatus, now: float) -> State:
    """Take a new reading in: the sight, a foreign hold, the seconds given, a broken interlock."""
    before = state.sight
    sight = look(before, status, limits.by_phase, now, limits.status_max_age_s)
    strangers = state.strangers + 1 if foreign(state, status) else 0
    lease = state.lease
    if before is not None and lease is not None and lease.active_since is not None and state.controls.hold:
        green = all(
            one.phases[phase].aspect is Aspect.GREEN for one in (before, sight) for phase in state.controls.hold
        )
        since = max(before.read_at, lease.active_since)
        more_s = min(max(0.0, status.read_at - since), limits.status_max_age_s) if green else 0.0
        lease = replace(lease, given_s=lease.given_s + more_s)
    state = replace(state, sight=sight, strangers=strangers, lease=lease, watchdog_s=status.unit_backup_time_s or 0)
    found = broken(limits, state, status) if state.armed_for is not None and state.latched is None else None
    return state if found is None else replace(state, latched=found)


def _settle(
    limits: Limits, state: State, against: Sequence[SignalReason], now: float
) -> tuple[State, tuple[Ended, ...]]:
    """End the lease if something forbids it, if it is fulfilled, or if its time is over."""
    lease = state.lease
    if lease is None:
        return state, ()
    if against:
        end = Ended(lease, "released", state.latched or against[0])
    elif lease.fulfilled is not None:
        end = _end(lease, lease.fulfilled)
    elif now >= lease.ask.ends or (lease.active_since is not None and now >= lease.ask.ends - limits.step_s):
        end = Ended(lease, "completed" if lease.active_since is not None else "expired", SignalReason.EXPIRED)
    else:
        return state, ()
    return replace(state, lease=None), (end,)


def _end(lease: Lease, reason: SignalReason) -> Ended:
    outcome: Literal["completed", "released"] = "completed" if reason in _DONE else "released"
    return Ended(lease, outcome, reason)


def _let_go(state: State, against: Sequence[SignalReason], ended: Sequence[Ended]) -> tuple[State, Decision]:
    """Nobody owns the junction: lift what is, or may be, in force."""
    if state.controls or state.doubt is not None:
        if ended:
            return state, Release(ended[0].reason)
        return state, state.doubt if isinstance(state.doubt, Release) else Release(SignalReason.LINE_FAILED)
    if 0 < state.strangers <= MAX_STRANGERS and (not against or state.sent):
        # A hold of ours that arrived late or twice, or a dead predecessor's: ours to lift, whatever stands against us.
        return state, Release(SignalReason.FOREIGN_CONTROL)
    return state, Rest(tuple(against))


def _towards(limits: Limits, state: State, sight: Sight, wanted: Wish, now: float) -> Decision:
    """The one thing to do next on the way from what is in force to what is wanted. What only lifts goes first."""
    have, want = state.controls, wanted.target
    lifting = _lift(have, want)
    if lifting is not None:
        return lifting
    beat = _heartbeat(state, now)
    if beat is not None:
        return beat
    adding = _add(state, want)
    if adding is None:
        return Wait(wanted.waits_for)
    unready = _unready(limits, state, sight, now)
    return Wait(unready) if unready else adding


def _unready(limits: Limits, state: State, sight: Sight, now: float) -> SignalReason | None:
    """The one gate for whatever adds a control, whoever wished it, repetitions included.

    It asks for a reading of this very step that did not take long: a green may have ended since it began.
    """
    if sight.looked_at < now or now - sight.read_at > limits.step_s:
        return SignalReason.STATUS_STALE
    return unsteady(limits, sight, now) or (SignalReason.RATE_LIMIT if hurried(limits, state, now) else None)


def _lift(have: Controls, want: Controls) -> Send | None:
    """Take away whole sets only: what remained of one would be said again, and may have lapsed at the controller."""
    for kind in ("hold", "force_off", "omit", "call"):
        if getattr(have, kind) - getattr(want, kind):
            return Send(kind, lift=True)
    return Send("pattern", lift=True) if have.pattern and want.pattern != have.pattern else None


def _heartbeat(state: State, now: float) -> Send | None:
    """A control SET each third of the controller's watchdog, while anything is in force; never otherwise."""
    if not state.controls or (state.last_set is not None and now - state.last_set < state.watchdog_s / 3):
        return None
    return Send("heartbeat", lift=True)


def _add(state: State, want: Controls) -> Send | None:
    have, unsure = state.controls, state.doubt.kind if isinstance(state.doubt, Send) else None
    if want.hold and (want.hold != have.hold or unsure == "hold"):
        return Send("hold", want.hold)
    if want.call and (want.call != have.call or unsure == "call"):
        return Send("call", want.call)
    if want.omit and (want.omit != have.omit or unsure == "omit"):
        return Send("omit", want.omit)
    if want.force_off and (want.force_off != have.force_off or unsure == "force_off"):
        return Send("force_off", want.force_off)
    if want.pattern and (want.pattern != have.pattern or unsure == "pattern"):
        return Send("pattern", pattern=want.pattern)
    return None


def _after(state: State, lease: Lease, wanted: Wish, decision: Decision, now: float) -> State:
    """The state as it is once `decision` has been carried out; `failed` and `refused` take it back."""
    waits_for = wanted.waits_for
    if not isinstance(decision, Send):
        waits_for = decision.reason if isinstance(decision, Wait) else waits_for
        return state if waits_for is lease.waits_for else replace(state, lease=replace(lease, waits_for=waits_for))
    lease = replace(lease, waits_for=waits_for)
    if decision.kind in _BEGINS[lease.ask.action] and not decision.lift and lease.active_since is None:
        lease = replace(lease, active_since=now)
    sent = state.sent if decision.lift else (*(at for at in state.sent if now - at < 60.0), now)
    return replace(
        state,
        lease=lease,
        controls=in_force(state.controls, decision),
        doubt=None if _settles(state.doubt, decision) else state.doubt,
        sent=sent,
        last_set=now,
        pattern_at=now if decision.kind == "pattern" else state.pattern_at,
    )


def _settles(doubt: Send | Release | None, sent: Send) -> bool:
    return not isinstance(doubt, Send) or doubt.kind == sent.kind


def in_force(controls: Controls, sent: Send) -> Controls:
    """`controls`, once `sent` has reached the controller."""
    match sent.kind:
        case "hold":
            return replace(controls, hold=sent.phases)
        case "omit":
            return replace(controls, omit=sent.phases)
        case "call":
            return replace(controls, call=sent.phases)
        case "force_off":
            return replace(controls, force_off=sent.phases)
        case "pattern":
            return replace(controls, pattern=sent.pattern)
        case "heartbeat":
            return controls


def failed(state: State, before: State, decision: Send | Release) -> State:
    """The line failed under `decision`: what was in force `before`, and what was to be, may both be in force."""
    have, more = before.controls, state.controls
    either = Controls(
        have.hold | more.hold,
        have.force_off | more.force_off,
        have.omit | more.omit,
        have.call | more.call,
        have.pattern or more.pattern,
    )
    is_beat = isinstance(decision, Send) and decision.kind == "heartbeat"
    # What was in force may not have been refreshed; what was not in force before can only have been set just now.
    last_set = before.last_set if have else state.last_set
    return replace(state, controls=either, doubt=state.doubt if is_beat else decision, last_set=last_set)


def refused(state: State, before: State, decision: Send | Release) -> State:
    """The controller said no to `decision`: what was in force still is, and the lease ends."""
    if isinstance(decision, Release):
        return failed(state, before, decision)
    return give_up(
        replace(state, controls=before.controls, doubt=None, last_set=before.last_set),
        SignalReason.CONTROLLER_REFUSED,
    )


def released(state: State) -> State:
    """`release_all` worked: nothing of ours is in force."""
    return replace(state, controls=NOTHING, doubt=None)
