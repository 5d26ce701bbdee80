"""The words of the envelope: what is asked of it, what it remembers, and what it decides. All frozen, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contract.signals import SignalReason
from signal_bridge.envelope.sight import Sight

Phases = frozenset[int]
NONE: Phases = frozenset()

Action = Literal["extend", "cut", "priority", "pattern"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that was found signed, allowed and current. `ends` is monotonic, `rank` higher goes first."""

    id: str
    who: str
    action: Action
    ends: float
    phases: Phases = NONE
    seconds: float = 0.0
    pattern: int = 0
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """The one ask that owns the junction.

    `active_since`: when its first command went out. `given_s`: seconds for which its phases were seen green under its
    hold. `fulfilled`: all that was asked has been done, and the lease ends with the next step.
    """

    ask: Ask
    active_since: float | None = None
    given_s: float = 0.0
    waits_for: SignalReason | None = None
    fulfilled: SignalReason | None = None


@dataclass(frozen=True, slots=True)
class Controls:
    """Remote controls that are in force at the controller, or may be.

    A force-off stands among them: NTCIP clears its bit when the green ends, but one that arrives a moment after that
    would end the next green. So it is taken back as soon as the green is seen ended.
    """

    hold: Phases = NONE
    force_off: Phases = NONE
    omit: Phases = NONE
    call: Phases = NONE
    pattern: int = 0

    def __bool__(self) -> bool:
        return bool(self.hold or self.force_off or self.omit or self.call or self.pattern)


NOTHING = Controls()


@dataclass(frozen=True, slots=True)
class Clock:
    """One instant by both clocks, in seconds: the monotonic one, and the wall's (Unix time)."""

    mono: float
    wall: float


@dataclass(frozen=True, slots=True)
class State:
    """Everything the envelope remembers between two steps.

    `armed_for`: digest of the bounds it was armed for. `latched`: the broken interlock; only arming clears it.
    `doubt`: the call that
    failed on the line, so that `controls` may or may not be in force. `sent`: when the last
    commands went out, at most a minute of them. `last_set`: the last control SET of any kind. `pattern_at`: the last
    change of plan. `strangers`: readings in a row that showed a hold which is not ours.
    """

    armed_for: str | None = None
    latched: SignalReason | None = None
    lease: Lease | None = None
    sight: Sight | None = None
    controls: Controls = NOTHING
    doubt: Send | Release | None = None
    sent: tuple[float, ...] = ()
    last_set: float | None = None
    pattern_at: float | None = None
    strangers: int = 0
    watchdog_s: int = 0
    clock: Clock | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Send this now; `lift` marks a command that only takes controls away, which no rule delays."""

    kind: Literal["hold", "force_off", "omit", "call", "pattern", "heartbeat"]
    phases: Phases = NONE
    pattern: int = 0
    lift: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """Lift everything now: `Controller.release_all`. Said again at each step until it has worked."""

    reason: SignalReason


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing now. The lease stands, and this is what it waits for; None: it has all it wants."""

    reason: SignalReason | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is asked and nothing is in force. `against`: why nothing could be commanded, if so."""

    against: tuple[SignalReason, ...] = ()


Decision = Send | Release | Wait | Rest


@dataclass(frozen=True, slots=True)
class Ended:
    """A lease came to its end in this step, and how. Its `given_s` is what was really given."""

    lease: Lease
    outcome: Literal["completed", "released", "expired"]
    reason: SignalReason


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of one step."""

    state: State
    decision: Decision
    ended: tuple[Ended, ...] = ()
