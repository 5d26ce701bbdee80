"""From what the control wants to what is asked of the bridge: extend or cut, or nothing and why not. Pure.

The local plan goes on by itself; the adviser only asks to keep a green that ought to go on, or to end one that ought to
end. It asks for nothing while anybody else has, or wants, the junction: people, priorities, the cabinet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from contract import SignalAction, SignalStatus
from contract.signals import PhaseNumber, SignalReason

AHEAD_S = 4.0
"""So long before an extension is given out, the next one is asked for: what travels takes a second or two."""
_BUSY = frozenset({"requested", "queued", "activated"})
Silence = Literal["away", "against", "busy", "between", "blind", "waiting", "pause", "content"]
"""Why nothing is asked: the bridge is silent, something stands against commanding, somebody else is served, no stage is
green, an approach is not seen, the last wish is open, people had one just now, all is well."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to ask for."""

    action: SignalAction
    phases: tuple[PhaseNumber, ...]
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may be wished for at a junction: the stages of its plan, and of `AdaptiveSettings` the rest."""

    stages: Sequence[tuple[PhaseNumber, ...]]
    actions: frozenset[SignalAction]
    extend_s: float
    least_queue_veh: float


class Green(NamedTuple):
    """The stage that is green, and for how long at least."""

    stage: int
    green_s: float


def stage_of(status: SignalStatus, stages: Sequence[tuple[PhaseNumber, ...]]) -> int | None:
    """Which stage is green: the one with most phases of which all are green; None between two stages."""
    green = {phase.phase for phase in status.phases if phase.aspect == "green"}
    shown = [(len(stage), place) for place, stage in enumerate(stages) if set(stage) <= green]
    return max(shown, key=lambda one: (one[0], -one[1]))[1] if shown else None


def green_for_s(status: SignalStatus, stage: tuple[PhaseNumber, ...], later_s: float) -> float:
    """For how long a stage has been green at least, `later_s` after the status was read."""
    shown = [phase.shown_s or 0.0 for phase in status.phases if phase.phase in stage]
    return min(shown, default=0.0) + later_s


def silence(status: SignalStatus, who: str) -> Silence | None:
    """Why the adviser keeps out altogether, by the bridge's own word; None: it may ask."""
    observing = status.authority == "observe"
    against = [one for one in status.reasons if not (observing and one is SignalReason.NOT_ARMED)]
    if against or status.mode != "remote" or not (status.armed or observing):
        return "against"
    taken = status.lease is not None and status.lease.who != who
    if taken or any(one.stage in _BUSY for one in status.priorities):
        return "busy"
    return None


def wish(bounds: Bounds, status: SignalStatus, now: Green, chosen: int, waiting: Sequence[float]) -> Wish | None:
    """What to ask for, where the stage `chosen` is wanted; `waiting`: vehicles for each stage."""
    stage, green_s = now
    phases = bounds.stages[stage]
    if chosen == stage:
        may = SignalAction.EXTEND in bounds.actions and waiting[stage] >= bounds.least_queue_veh
        if not may or green_s + AHEAD_S >= _longest_s(status, phases):
            return None
        return Wish(SignalAction.EXTEND, phases, bounds.extend_s)
    after = (stage + 1) % len(bounds.stages)
    ends = tuple(one for one in phases if one not in bounds.stages[after])
    may = SignalAction.CUT in bounds.actions and waiting[chosen] >= bounds.least_queue_veh
    # The plan's order is the controller's: only the stage that comes next anyway can be brought forward.
    return Wish(SignalAction.CUT, ends) if may and chosen == after and ends else None


def _longest_s(status: SignalStatus, phases: tuple[PhaseNumber, ...]) -> float:
    bounds = [phase.max_green_s for phase in status.phases if phase.phase in phases and phase.max_green_s is not None]
    return min(bounds, default=0.0)
