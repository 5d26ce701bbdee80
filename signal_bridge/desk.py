"""The desk of one junction: takes admitted requests, keeps proposals and priorities, and tells the fate of each.

What comes here is already known to be signed and allowed (`keys`). The desk decides *whether it happens at all* and who
goes first; whether and when it is safe is the envelope's, through the guard. No I/O but the guard's controller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from contract.signals import SignalAction, SignalOrder, SignalReason, SignalRole
from signal_bridge import priority
from signal_bridge.audit import Value
from signal_bridge.envelope import Ask, Clock, Ended, Release, Send
from signal_bridge.envelope.interlock import standing_against
from signal_bridge.envelope.state import Action, Decision
from signal_bridge.guard import Guard
from signal_bridge.priority import Priority, PriorityBook
from signal_bridge.settings import Authority, JunctionSettings

OPERATOR_RANK = 10
PROPOSALS = 16
Outcome = Literal["proposed", "queued", "active", "completed", "refused", "released", "expired"]
Record = Callable[[str, Mapping[str, Value]], str]
"""Writes one line of the audit log and returns its hash."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What has become of a request. `audit`: hash of the line that says so."""

    order: SignalOrder
    outcome: Outcome
    reason: SignalReason | None
    granted_s: float | None
    audit: str


class Desk:
    """One junction. Call `tick` as often as the guard wants it; both calls return the fates that changed."""

    def __init__(self, settings: JunctionSettings, guard: Guard, record: Record, zone: ZoneInfo) -> None:
        self.settings, self.guard = settings, guard
        self.proposals: dict[str, SignalOrder] = {}
        self.book = PriorityBook()
        self._manners = settings.priority.manners()
        self._record, self._zone = record, zone
        self._orders: dict[str, SignalOrder] = {}
        self._active: set[str] = set()
        self._fates: list[Fate] = []
        self._last: Decision | None = None

    def receive(self, order: SignalOrder, clock: Clock) -> list[Fate]:
        """Take one admitted request in."""
        if order.id in self._orders or order.id in self.proposals:
            return self.refuse(order, SignalReason.MALFORMED)
        match order.action:
            case SignalAction.RELEASE:
                self._release(order)
            case SignalAction.APPROVE | SignalAction.REJECT:
                self._decide(order, clock)
            case SignalAction.PRIORITY:
                self._enter(order, clock)
            case _:
                if order.role is SignalRole.AUTOMATIC and not self._automatic(order, clock):
                    self._propose(order)
                else:
                    self._act(order, clock, 0 if order.role is SignalRole.AUTOMATIC else OPERATOR_RANK)
        return self._told()

    def tick(self, clock: Clock) -> list[Fate]:
        """One step of the guard, of the priorities and of the proposals."""
        self._finish(self.guard.tick(), clock)
        self._note_decision()
        self._note_active(clock)
        self._prefer(clock)
        for id_, order in list(self.proposals.items()):
            if clock.wall >= order.expires.timestamp():
                del self.proposals[id_]
                self._tell(order, "expired", SignalReason.EXPIRED)
        return self._told()

    def refuse(self, order: SignalOrder, reason: SignalReason) -> list[Fate]:
        """Tell that an order was not admitted."""
        self._tell(order, "refused", reason)
        return self._told()

    def close(self, clock: Clock) -> list[Fate]:
        """End whatever stands, and lift it."""
        self.guard.give_up(SignalReason.SHUTTING_DOWN)
        self._finish(self.guard.tick(), clock)
        self._note_decision()
        self.guard.shut_down()
        return self._told()

    def standing(self, id_: str) -> SignalOrder | None:
        """The order of that name, as long as its fate is open."""
        return self._orders.get(id_)

    # --- requests of operators and programs

    def _automatic(self, order: SignalOrder, clock: Clock) -> bool:
        bounds = self.settings.automatic
        local = datetime.fromtimestamp(clock.wall, UTC).astimezone(self._zone)
        return (
            self.settings.authority is Authority.AUTOMATIC
            and order.action in bounds.actions
            and (order.seconds or 0.0) <= bounds.max_seconds
            and bounds.open_at(local)
        )

    def _propose(self, order: SignalOrder) -> None:
        if len(self.proposals) >= PROPOSALS:
            self._tell(order, "refused", SignalReason.QUEUE_FULL)
            return
        self.proposals[order.id] = order
        self._tell(order, "proposed", None)

    def _decide(self, order: SignalOrder, clock: Clock) -> None:
        proposal = self.proposals.pop(order.target or "", None)
        if proposal is None:
            self._tell(order, "refused", SignalReason.NO_SUCH_TARGET)
        elif order.action is SignalAction.REJECT:
            self._tell(proposal, "refused", SignalReason.NOT_APPROVED)
            self._tell(order, "completed", None)
        else:
            self._act(proposal, clock, OPERATOR_RANK)
            self._tell(order, "completed", None)

    def _act(self, order: SignalOrder, clock: Clock, rank: int) -> None:
        wanted = Ask(
            id=order.id,
            who=order.who,
            action=_ACTIONS[order.action],
            ends=clock.mono + order.expires.timestamp() - clock.wall,
            phases=frozenset(order.phases),
            seconds=order.seconds or 0.0,
            pattern=order.pattern or 0,
            rank=rank,
        )
        against, displaced = self.guard.ask(wanted)
        self._finish(displaced, clock)
        if against is not None:
            self._tell(order, "refused", against)
            return
        self._orders[order.id] = order
        self._tell(order, "queued", None)

    def _release(self, order: SignalOrder) -> None:
        lease = self.guard.state.lease
        mine = [id_ for id_, one in self.proposals.items() if self._may_release(order, one)]
        standing = lease is not None and self._may_release(order, self._orders.get(lease.ask.id))
        waiting = [one.id for one in self.book.requests if self._may_release(order, self._orders.get(one.id))]
        if not (mine or standing or waiting):
            self._tell(order, "refused", SignalReason.NO_SUCH_TARGET)
            return
        if standing:
            self.guard.give_up()
        for id_ in mine:
            self._tell(self.proposals.pop(id_), "released", SignalReason.ASKED_TO)
        for id_ in waiting:
            if lease is None or lease.ask.id != id_:
                self.book = priority.withdrawn(self.book, id_)
                self._tell(self._orders.pop(id_), "released", SignalReason.ASKED_TO)
        self._tell(order, "completed", None)

    @staticmethod
    def _may_release(order: SignalOrder, one: SignalOrder | None) -> bool:
        if one is None or (order.target is not None and order.target != one.id):
            return False
        higher = order.target is not None and (
            order.role in {SignalRole.MANAGE, SignalRole.CONFIGURE}
            or (order.role is SignalRole.OPERATE and one.role is SignalRole.AUTOMATIC)
        )
        return one.who == order.who or higher

    # --- priority

    def _enter(self, order: SignalOrder, clock: Clock) -> None:
        guard, kind = self.guard, order.kind
        phases = frozenset(order.phases) or guard.limits.phases_of(order.approach or "")
        against = standing_against(guard.limits, guard.state, guard.status, clock.mono)
        lasting = next((one for one in against if one is not SignalReason.STATUS_STALE), None)
        if kind is None or lasting is not None or not phases <= guard.limits.by_phase.keys():
            self._tell(order, "refused", lasting or SignalReason.UNKNOWN_PHASE)
            return
        ahead = clock.mono - clock.wall
        wanted = Priority(
            order.id,
            kind,
            phases,
            begins=ahead + order.not_before.timestamp(),
            expires=ahead + order.expires.timestamp(),
            seconds=order.seconds or 0.0,
        )
        self.book, refused = priority.request(self.book, self._manners, wanted, clock.mono)
        if refused is None:
            self._orders[order.id] = order
            self._tell(order, "queued", None)
        else:
            self._tell(order, "refused", refused)

    def _prefer(self, clock: Clock) -> None:
        """Let the one whose turn it is ask for the junction."""
        self.book = priority.advance(self.book, self._manners, clock.mono)
        for one in self.book.requests:
            if one.stage == "rejected" and one.id in self._orders:
                self._tell(self._orders.pop(one.id), "expired", SignalReason.EXPIRED)
        chosen = priority.choose(self.book, clock.mono)
        lease = self.guard.state.lease
        if chosen is None or (lease is not None and lease.ask.id == chosen.id):
            return
        order = self._orders[chosen.id]
        wanted = Ask(order.id, order.who, "priority", chosen.expires, chosen.phases, chosen.seconds, 0, chosen.rank)
        against, displaced = self.guard.ask(wanted)
        if against is None:
            self._finish(displaced, clock)

    # --- what became of them

    def _finish(self, ended: Iterable[Ended], clock: Clock) -> None:
        for one in ended:
            id_ = one.lease.ask.id
            waits = self.book.of(id_)
            again = one.reason in _PASSING and clock.wall < self._ends(id_)
            self.book = priority.ended(self.book, self._manners, id_, clock.mono, again=again)
            if again and waits is not None and waits.stage != "activated":
                continue
            self._active.discard(id_)
            order = self._orders.pop(id_, None)
            if order is not None:
                self._tell(order, one.outcome, one.reason, round(one.lease.given_s, 1))

    def _ends(self, id_: str) -> float:
        order = self._orders.get(id_)
        return order.expires.timestamp() if order else 0.0

    def _note_active(self, clock: Clock) -> None:
        lease = self.guard.state.lease
        if lease is None or lease.active_since is None or lease.ask.id in self._active:
            return
        self._active.add(lease.ask.id)
        self.book = priority.activated(self.book, lease.ask.id, clock.mono)
        order = self._orders.get(lease.ask.id)
        if order is not None:
            self._tell(order, "active", None)

    def _note_decision(self) -> None:
        """Each command goes into the log; one that is only said again does not."""
        decision, error = self.guard.decision, self.guard.line_error
        said_again = decision == self._last and (isinstance(decision, Release) or error is not None)
        self._last = decision
        if said_again or (isinstance(decision, Send) and decision.kind == "heartbeat" and error is None):
            return
        lease = self.guard.state.lease
        of = {"request": lease.ask.id if lease else None, "error": error}
        if isinstance(decision, Release):
            self._record("release", {"reason": decision.reason, **of})
        elif isinstance(decision, Send):
            phases: list[int] = sorted(decision.phases)
            self._record("command", {"what": decision.kind, "phases": phases, "pattern": decision.pattern, **of})

    def _tell(
        self, order: SignalOrder, outcome: Outcome, reason: SignalReason | None, granted_s: float | None = None
    ) -> None:
        data: dict[str, Value] = {
            "request": order.id,
            "who": order.who,
            "role": order.role,
            "action": order.action,
            "phases": list(order.phases),
            "approach": order.approach,
            "why": order.why,
            "outcome": outcome,
            "reason": reason,
            "granted_s": granted_s,
        }
        self._fates.append(Fate(order, outcome, reason, granted_s, self._record("request", data)))

    def _told(self) -> list[Fate]:
        fates, self._fates = self._fates, []
        return fates


_PASSING = frozenset(
    {SignalReason.OWNED_BY_OTHER, SignalReason.STATUS_STALE, SignalReason.LINE_FAILED, SignalReason.CLOCK_JUMPED}
)
"""An ambulance that has not had its green yet asks again after these."""

_ACTIONS: dict[SignalAction, Action] = {
    SignalAction.EXTEND: "extend",
    SignalAction.CUT: "cut",
    SignalAction.PATTERN: "pattern",
}
