"""The console's side of signals: what the pages show of them, once for everybody, and what operators make happen.

Seeing: a round a second puts together what the bridges said (memory) and what was asked (ledger). Doing: who asks is
looked up anew, the audit is written, and only then is the request signed and sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from nicegui import Event

from collector.console.accounts import Person, Role
from collector.console.operators import Operators
from collector.console.rounds import rounds
from collector.signals.actions import Action, ActionBook
from collector.signals.board import Heard, SignalBoard
from collector.signals.office import Asker, Office, Sent
from collector.signals.route import Route
from collector.signals.sending import SignalError
from collector.store.reading import Span
from contract import SignalAction
from contract.signals import PhaseNumber, PriorityKind, SignalRole

log = logging.getLogger(__name__)

T = TypeVar("T")

_EVERY_S = 1.0
SHOWN = timedelta(hours=24)
_MOST = 60
ESCORTS = frozenset({PriorityKind.VVIP, PriorityKind.CONVOY})
"""Not an emergency: it takes `manage`, as at the bridge (signal_bridge/keys.py)."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A request that waits for an operator's word; `expires` by the clock of whoever asked."""

    junction: str
    request: str
    who: str
    action: SignalAction
    phases: tuple[PhaseNumber, ...]
    approaches: tuple[str, ...]
    seconds: float | None
    why: str
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class SignalsNow:
    """All signals at `time`, and the actions of the last day, the latest first."""

    time: datetime
    heard: Mapping[str, Heard] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()

    def of(self, junction: str) -> Heard | None:
        """What was last heard of a junction's signals."""
        return self.heard.get(junction)

    def lamps(self, junction: str) -> Mapping[str, str]:
        """Approach -> what it is shown (`PhaseState.aspect`); of several phases, what lets it go; {}: not known."""
        heard = self.of(junction)
        if heard is None or heard.stale(self.time):
            return {}
        shown: dict[str, str] = {}
        for aspect in ("red", "yellow", "green"):
            moving = [phase.approaches for phase in heard.status.phases if phase.aspect == aspect]
            shown.update(dict.fromkeys((name for names in moving for name in names), aspect))
        return shown

    def actions_of(self, junction: str) -> tuple[Action, ...]:
        """Those of one junction."""
        return tuple(one for one in self.actions if one.junction == junction)

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Everything that waits for an operator, junctions by name; nothing of a bridge that is silent."""
        asked = {(one.bridge, one.id): one for one in self.actions}
        found = []
        for junction, heard in sorted(self.heard.items()):
            if heard.stale(self.time):
                continue
            for one in heard.status.proposals:
                known = asked.get((heard.bridge, one.request))
                request = known.request if known else None
                found.append(
                    Proposal(
                        junction,
                        one.request,
                        one.who,
                        one.action,
                        one.phases,
                        approaches_of(heard, one.phases),
                        request.seconds if request else None,
                        one.why,
                        request.expires if request else None,
                    )
                )
        return tuple(found)


def approaches_of(heard: Heard | None, phases: tuple[PhaseNumber, ...]) -> tuple[str, ...]:
    """Approaches that move in `phases`, as the bridge says."""
    if heard is None:
        return ()
    moving = [name for phase in heard.status.phases if phase.phase in phases for name in phase.approaches]
    return tuple(dict.fromkeys(moving))


class Signals:
    """What every page shares. `changed` is emitted in the event loop after every round."""

    def __init__(
        self,
        board: SignalBoard,
        book: ActionBook,
        clock: Callable[[], datetime],
        *,
        office: Office | None = None,
        every_s: float = _EVERY_S,
    ) -> None:
        self.board, self.book, self.office = board, book, office
        self._clock, self._every_s = clock, every_s
        self.now = SignalsNow(clock())
        self.changed = Event[[]]()

    def running(self) -> AbstractAsyncContextManager[None]:
        """Look again and again while the server runs."""
        return rounds(self.look, self._every_s, "console signals")

    async def look(self) -> None:
        """One round. When the ledger cannot be read, what the bridges say is shown all the same."""
        try:
            actions = tuple(await asyncio.to_thread(self._actions))
        except Exception:  # whatever a disk raises must not end the signals on every screen
            log.exception("the ledger does not answer")
            actions = self.now.actions
        self.now = SignalsNow(self._clock(), self.board.junctions(), actions)
        self.changed.emit()

    def _actions(self) -> list[Action]:
        now = self._clock()
        return list(self.book.arrived(Span(now - SHOWN, now + SHOWN), limit=_MOST))


class SignalDesk:
    """What an operator makes happen. Raises `OperatorError` (who may not) and `SignalError` (what cannot be sent)."""

    def __init__(self, office: Office, operators: Operators, clock: Callable[[], datetime]) -> None:
        self._office, self._operators, self._clock = office, operators, clock

    def trouble(self, person: Person) -> str | None:
        """Why this person's requests cannot be signed now."""
        return self._office.trouble(_asker(person).level)

    def decide(self, token: str | None, junction: str, proposal: str, *, approve: bool, why: str = "") -> Sent:
        """Approve a proposal, or reject it, which needs a reason."""
        if not approve and not why.strip():
            raise SignalError("no_reason", "a rejection needs a reason")
        action = "signal.approve" if approve else "signal.reject"
        person = self._noted(token, Role.OPERATE, action, f"{junction}/{proposal}", why)
        return self._told(
            person, lambda: self._office.decide(_asker(person), junction, proposal, approve=approve, why=why)
        )

    def open_route(self, token: str | None, route: Route) -> list[Sent]:
        """Open a route; for an escort it takes `manage`."""
        needed = Role.MANAGE if route.kind in ESCORTS else Role.OPERATE
        places = " > ".join(f"{leg.junction}/{leg.approach}" for leg in route.legs)
        person = self._noted(token, needed, "signal.route", places[:300], f"{route.kind}: {route.why}")
        return self._told(person, lambda: self._office.open_route(_asker(person), route))

    def release(self, token: str | None, junction: str, request: str, why: str = "") -> Sent:
        """End a request, or take it back."""
        person = self._noted(token, Role.OPERATE, "signal.release", f"{junction}/{request}", why)
        return self._told(person, lambda: self._office.release(_asker(person), junction, request, why))

    def _noted(self, token: str | None, needed: Role, action: str, subject: str, detail: str) -> Person:
        now = self._clock()
        person = self._operators.allowed(token, needed, now)
        self._operators.note(person.name, action, subject, now, detail=detail.strip()[:500])
        return person

    def _told(self, person: Person, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except SignalError as error:
            self._operators.note(person.name, "signal.failed", error.key, self._clock(), detail=str(error)[:500])
            raise


def _asker(person: Person) -> Asker:
    return Asker(person.name, SignalRole(person.role.value))
