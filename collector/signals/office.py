"""What the centre may ask of signals, signed in its name: decide on a proposal, open a route, take a request back.

The centre has a key for each level of authority and signs with the highest that the operator's own level reaches: a
bridge then refuses what that level may not, whatever the console believed. The operator's name stands in the reason.
Keys are read when they are used, so that a file taken away ends their use.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.signals.actions import ActionBook
from collector.signals.board import Heard, SignalBoard
from collector.signals.key_file import load_key
from collector.signals.route import Leg, Route, window
from collector.signals.sending import Sender, SignalError
from collector.signals.settings import SigningKey
from contract import ContractError, SignalAction, SignalRequest
from contract.signals import SignalRole
from contract.signing import Signer

_LEVELS = (SignalRole.VIEW, SignalRole.OPERATE, SignalRole.MANAGE, SignalRole.CONFIGURE)
_AT_ONCE = timedelta(seconds=30)
"""How long a decision or a release is good: long enough for clocks that differ, too short to surprise anybody."""
_WHY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the operator's name and level."""

    name: str
    level: SignalRole


@dataclass(frozen=True, slots=True)
class Sent:
    """A request on its way, and to which bridge."""

    bridge: str
    request: SignalRequest


class Office:
    """Signs and sends. Every call may raise `SignalError`."""

    def __init__(
        self,
        board: SignalBoard,
        book: ActionBook,
        keys: Sequence[SigningKey],
        sender: Sender,
        clock: Callable[[], datetime],
    ) -> None:
        self.board, self.book = board, book
        self._keys = {key.role: key for key in keys}
        self._sender, self._clock = sender, clock

    def trouble(self, level: SignalRole) -> str | None:
        """Why an operator of this level can ask for nothing now, in the words of whoever keeps the keys; or None."""
        try:
            self._signer(level)
        except SignalError as error:
            return str(error)
        return None

    def decide(self, asker: Asker, junction: str, proposal: str, *, approve: bool, why: str) -> Sent:
        """Approve or reject a proposal."""
        action = SignalAction.APPROVE if approve else SignalAction.REJECT
        return self._ask(asker, junction, why, self._now(), action=action, target=proposal)

    def release(self, asker: Asker, junction: str, request: str, why: str) -> Sent:
        """End a request, or take it back."""
        return self._ask(asker, junction, why, self._now(), action=SignalAction.RELEASE, target=request)

    def open_route(self, asker: Asker, route: Route) -> list[Sent]:
        """Ask every junction of the route, in order; nothing is sent if one is not heard or has no such approach.

        `SignalError` of key `route_partly` when the broker went away in the middle.
        """
        name = f"rute-{secrets.token_hex(4)}"
        now = self._clock()
        for leg in route.legs:
            self._can_be_opened(leg)
        sent = []
        for leg in route.legs:
            begins, expires, seconds = window(route.kind, leg.arrives_in_s, now)
            wish = {"action": SignalAction.PRIORITY, "kind": route.kind, "approach": leg.approach, "seconds": seconds}
            try:
                sent.append(self._ask(asker, leg.junction, route.why, (begins, expires), route=name, **wish))
            except SignalError as error:
                if not sent:
                    raise
                asked = ", ".join(one.request.junction for one in sent)
                raise SignalError("route_partly", f"asked at {asked}, not at {leg.junction}: {error}") from None
        return sent

    def _can_be_opened(self, leg: Leg) -> None:
        heard = self._heard(leg.junction)
        known = {approach for phase in heard.status.phases for approach in phase.approaches}
        if leg.approach not in known:
            raise SignalError("no_approach", f"the bridge at {leg.junction!r} has no phase for {leg.approach!r}")

    def _now(self) -> tuple[datetime, datetime]:
        now = self._clock()
        return now, now + _AT_ONCE

    def _ask(self, asker: Asker, junction: str, why: str, good: tuple[datetime, datetime], **wish: object) -> Sent:
        bridge = self._heard(junction).bridge
        signer = self._signer(asker.level)
        reason = f"{asker.name}: {why.strip() or '-'}"[:_WHY_LENGTH]
        try:
            request = signer.request(junction=junction, not_before=good[0], expires=good[1], why=reason, **wish)
        except ContractError as error:
            raise SignalError("request", str(error)) from None
        self._sender.send(bridge, request)
        return Sent(bridge, request)

    def _heard(self, junction: str) -> Heard:
        heard = self.board.of(junction)
        if heard is None or heard.stale(self._clock()):
            raise SignalError("no_bridge", f"no bridge speaks for junction {junction!r} now")
        return heard

    def _signer(self, level: SignalRole) -> Signer:
        reach = _LEVELS[: _LEVELS.index(level) + 1]
        key = next((self._keys[role] for role in reversed(reach) if role in self._keys), None)
        if key is None:
            raise SignalError("no_key", f"[signals] names no key that the level {level} reaches")
        try:
            return Signer(load_key(key.file), key=key.id, who=key.who, role=key.role)
        except ContractError as error:
            raise SignalError("no_key", str(error)) from None
