"""What is asked of a junction's signals, what became of it, and how they stand.

A request is a *lease*: who wants what, why, from when, and until when at the latest; it ends by itself. It is signed
with Ed25519 (RFC 8032) over `SignalOrder.canonical()`, and its nonce is good for one use. The bridge answers every
request at once, and again whenever its fate changes, the last time with the seconds really given.

Life cycle of a request: `proposed` -> `queued` -> `active` -> `completed`, or at any point `refused`, `released`,
`expired`. Only the last four are final.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contract.base import Model, Sha256, Slug, UtcTime
from contract.messages import Message

MAX_LEASE_S = 900.0
"""No request outlives a quarter of an hour, whatever it is for."""
_CONTEXT = "simpang signal request v1\n"
"""Signed with the order, so that a signature made for anything else is worth nothing here."""

PhaseNumber = Annotated[int, Field(ge=1, le=16, description="Phase of the local controller (NTCIP 1202 phaseNumber).")]
Sentence = Annotated[str, Field(max_length=300)]


class SignalAction(StrEnum):
    """What can be asked.

    `extend`   keep `phases` green up to `seconds` longer, once, when they are green.
    `cut`      end the green of `phases` once, after its minimum.
    `priority` bring `approach` or `phases` to green for a vehicle and keep them so for at most `seconds`.
    `pattern`  run plan `pattern` while the request stands.
    `release`  end the request named in `target`, or every own request at the junction.
    `approve`  an operator makes the proposal named in `target` happen; `reject` drops it.
    """

    EXTEND = "extend"
    CUT = "cut"
    PRIORITY = "priority"
    PATTERN = "pattern"
    RELEASE = "release"
    APPROVE = "approve"
    REJECT = "reject"


class SignalRole(StrEnum):
    """Levels of authority, each with what the one before it may. `automatic` is a program, and stands aside."""

    VIEW = "view"
    OPERATE = "operate"
    MANAGE = "manage"
    CONFIGURE = "configure"
    AUTOMATIC = "automatic"


class PriorityKind(StrEnum):
    """For whom a route is opened; the earlier goes first (UU 22/2009 article 134)."""

    FIRE = "fire"
    AMBULANCE = "ambulance"
    VVIP = "vvip"
    CONVOY = "convoy"


class SignalOrder(Model):
    """A request without its signature."""

    id: Slug = Field(description="Drawn by the sender, unique for ever.")
    junction: Slug
    action: SignalAction
    phases: tuple[PhaseNumber, ...] = Field(default=(), max_length=16)
    approach: Slug | None = Field(default=None, description="For priority: where the vehicle comes from.")
    kind: PriorityKind | None = Field(default=None, description="For priority: for whom.")
    route: Slug | None = Field(default=None, description="Ties the requests of one route over several junctions.")
    pattern: int | None = Field(default=None, ge=1, le=253, description="1-253; flash is never asked.")
    seconds: float | None = Field(default=None, gt=0, le=300, description="Of green: extend and priority.")
    target: Slug | None = Field(default=None, description="The request that is released, approved or rejected.")
    who: Slug = Field(description="The person or program that asks; must be the one the key belongs to.")
    role: SignalRole
    why: str = Field(min_length=3, max_length=200, description="For the log: 'ambulans ke RSHS'.")
    not_before: UtcTime
    expires: UtcTime = Field(description="The lease ends then at the latest.")
    nonce: str = Field(pattern=r"^[0-9a-f]{32}$", description="128 random bits; used once.")
    key: Slug = Field(description="Which registered key signed.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        lease_s = (self.expires - self.not_before).total_seconds()
        if not 0 < lease_s <= MAX_LEASE_S:
            raise ValueError(f"expires must lie 0 to {MAX_LEASE_S:.0f} s after not_before (it lies {lease_s:.0f} s)")
        missing = [name for name in _NEEDS[self.action] if not getattr(self, name)]
        if missing:
            raise ValueError(f"{self.action} needs {' and '.join(missing)}")
        if self.action is SignalAction.PRIORITY and not (self.phases or self.approach):
            raise ValueError("priority needs an approach, or phases")
        return self

    def canonical(self) -> bytes:
        """The bytes that are signed: a line of context, then JSON with sorted keys, no spaces, without absent fields.

        Instants are UTC with `Z`, as pydantic writes them; the signature itself is never among them.
        """
        body = self.model_dump(mode="json", exclude_none=True, exclude={"signature"})
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return (_CONTEXT + text).encode()


_NEEDS: dict[SignalAction, tuple[str, ...]] = {
    SignalAction.EXTEND: ("phases", "seconds"),
    SignalAction.CUT: ("phases",),
    SignalAction.PRIORITY: ("kind", "seconds"),
    SignalAction.PATTERN: ("pattern",),
    SignalAction.RELEASE: (),
    SignalAction.APPROVE: ("target",),
    SignalAction.REJECT: ("target",),
}


class SignalRequest(SignalOrder):
    """An order with its signature, as it travels."""

    signature: str = Field(pattern=r"^[0-9a-f]{128}$", description="Ed25519 over canonical(), hexadecimal.")


class SignalReason(StrEnum):
    """Why something was refused, deferred or released. `signal_bridge.words` has the sentences."""

    # who may
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_KEY = "unknown_key"
    ROLE_MAY_NOT = "role_may_not"
    OTHER_JUNCTION = "other_junction"
    REPLAYED = "replayed"
    EXPIRED = "expired"
    TOO_EARLY = "too_early"
    NO_SUCH_TARGET = "no_such_target"
    OUTSIDE_HOURS = "outside_hours"
    NOT_APPROVED = "not_approved"
    MALFORMED = "malformed"
    # what may be asked
    UNKNOWN_PHASE = "unknown_phase"
    UNKNOWN_APPROACH = "unknown_approach"
    PATTERN_NOT_ALLOWED = "pattern_not_allowed"
    OWNED_BY_OTHER = "owned_by_other"
    QUEUE_FULL = "queue_full"
    COOLDOWN = "cooldown"
    # what the interlock says
    NOT_ARMED = "not_armed"
    LATCHED = "latched"
    CONFIG_CHANGED = "config_changed"
    STATUS_STALE = "status_stale"
    NOT_REMOTE = "not_remote"
    WATCHDOG_OFF = "watchdog_off"
    PLAN_CHANGED = "plan_changed"
    CLOCK_JUMPED = "clock_jumped"
    CONFLICT = "conflict"
    FLASH_UNDER_CONTROL = "flash_under_control"
    FOREIGN_CONTROL = "foreign_control"
    LINE_FAILED = "line_failed"
    CONTROLLER_REFUSED = "controller_refused"
    # what is waited for
    PHASE_UNKNOWN = "phase_unknown"
    PHASE_NOT_GREEN = "phase_not_green"
    INTERGREEN = "intergreen"
    MINIMUM_GREEN = "minimum_green"
    PEDESTRIANS = "pedestrians"
    CYCLE_UNSEEN = "cycle_unseen"
    RATE_LIMIT = "rate_limit"
    PATTERN_DWELL = "pattern_dwell"
    # how it ended
    MAXIMUM_GREEN = "maximum_green"
    CYCLE_TOO_LONG = "cycle_too_long"
    CYCLE_TOO_SHORT = "cycle_too_short"
    GIVEN = "given"
    ASKED_TO = "asked_to"
    SHUTTING_DOWN = "shutting_down"


class SignalReply(Message):
    """What became of a request."""

    request: Slug
    junction: Slug
    outcome: Literal["proposed", "queued", "active", "completed", "refused", "released", "expired"]
    reason: SignalReason | None = None
    granted_s: float | None = Field(default=None, ge=0, le=MAX_LEASE_S, description="Seconds of green really held.")
    until: UtcTime | None = Field(default=None, description="When the lease ends at the latest.")
    text_id: Sentence = Field(description="The same for people, Indonesian.")
    text_en: Sentence = Field(description="The same for people, English.")
    audit: Sha256 | None = Field(default=None, description="Hash of the line in the bridge's audit log.")


class PhaseState(Model):
    """One phase as last read."""

    phase: PhaseNumber
    aspect: Literal["green", "yellow", "red", "unknown"]
    pedestrian: Literal["walk", "clear", "dont_walk", "unknown"] = "unknown"
    shown_s: float | None = Field(default=None, ge=0, description="For how long at least; absent: not known.")
    approaches: tuple[Slug, ...] = Field(
        default=(), max_length=8, description="That move in it, by the bridge's bounds."
    )
    min_green_s: float | None = Field(default=None, ge=0, le=300, description="Never cut before, by those bounds.")
    max_green_s: float | None = Field(default=None, ge=0, le=300, description="Never held beyond.")


class LeaseState(Model):
    """A request that stands."""

    request: Slug
    who: Slug
    action: SignalAction
    phases: tuple[PhaseNumber, ...] = ()
    outcome: Literal["proposed", "queued", "active"]
    waits_for: SignalReason | None = None
    granted_s: float = Field(default=0, ge=0)
    remaining_s: float = Field(ge=0, description="Until the lease ends by itself.")
    why: str = Field(max_length=200)


class PriorityState(Model):
    """One priority request in its life cycle."""

    request: Slug
    kind: PriorityKind
    approach: Slug | None = None
    phases: tuple[PhaseNumber, ...] = ()
    stage: Literal["requested", "queued", "activated", "completed", "rejected", "cooldown"]
    route: Slug | None = None


class SignalStatus(Message):
    """How a junction's signals stand, at least every few seconds; one message a junction."""

    junction: Slug
    mode: Literal["remote", "local", "flash", "preempted", "unknown"]
    age_s: float | None = Field(default=None, ge=0, description="Age of the last good reading; absent: there is none.")
    phases: tuple[PhaseState, ...] = Field(default=(), max_length=16)
    pattern: int | None = Field(default=None, ge=0, le=255)
    watchdog_s: int | None = Field(default=None, ge=0, le=65_535, description="unitBackupTime of the controller.")
    authority: Literal["observe", "advisory", "automatic"]
    armed: bool
    reasons: tuple[SignalReason, ...] = Field(default=(), max_length=16, description="What stands against commanding.")
    lease: LeaseState | None = None
    proposals: tuple[LeaseState, ...] = Field(default=(), max_length=16)
    priorities: tuple[PriorityState, ...] = Field(default=(), max_length=16)
