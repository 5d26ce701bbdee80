"""Who goes first when several vehicles want a green of their own: fire, ambulance, VVIP, convoy.

    requested --> queued --> activated --> completed --> cooldown --> (gone)
        |            |           |
        +------------+-----------+--> rejected

One request is *chosen* at a time; it alone asks the envelope for the junction. A higher kind takes the place of a lower
one, also of one that is activated; among equals the first to ask goes first, but two from the same phases follow each
other without a pause. After a completed one the junction recovers to its plan for `recovery_s`: until then only an
emergency (fire, ambulance) is chosen. Pure: time is an argument, in monotonic seconds.

Stages are NTCIP 1211's and RSMP's idea of a priority request's life (signal-notes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from contract.signals import PriorityKind, SignalReason

Stage = Literal["requested", "queued", "activated", "completed", "rejected", "cooldown"]

RANK: dict[PriorityKind, int] = {
    PriorityKind.CONVOY: 20,
    PriorityKind.VVIP: 30,
    PriorityKind.AMBULANCE: 40,
    PriorityKind.FIRE: 50,
}
"""Higher goes first; an operator's own request has 10, a program's 0."""
AMBULANCE_S = 85.0
"""The longest green for one ambulance, in the bridge and in the simulation that it was measured in: within the maximum
green of 90 s there, and long enough for a queue that begins beyond the cameras' sight (docs/decisions/0210)."""
EMERGENCIES = frozenset({PriorityKind.AMBULANCE, PriorityKind.FIRE})
_OVER: frozenset[Stage] = frozenset({"completed", "rejected", "cooldown"})


@dataclass(frozen=True, slots=True)
class Priority:
    """One request. `begins` and `expires` bound its window, `seconds` its presence; `changed`: when its stage began."""

    id: str
    kind: PriorityKind
    phases: frozenset[int]
    begins: float
    expires: float
    seconds: float
    stage: Stage = "requested"
    asked_at: float = 0.0
    changed: float = 0.0

    @property
    def rank(self) -> int:
        """As in `RANK`."""
        return RANK[self.kind]


@dataclass(frozen=True, slots=True)
class Manners:
    """How a junction treats priority. `presence_s`: the longest a green is kept for one request of that kind."""

    presence_s: Mapping[PriorityKind, float]
    recovery_s: float = 120.0
    longest_queue: int = 8


@dataclass(frozen=True, slots=True)
class PriorityBook:
    """All requests of one junction that are not gone, in the order in which they came."""

    requests: tuple[Priority, ...] = ()
    recovering_until: float = 0.0

    def of(self, id_: str) -> Priority | None:
        """The request of that name."""
        return next((one for one in self.requests if one.id == id_), None)


def request(
    book: PriorityBook, manners: Manners, wanted: Priority, now: float
) -> tuple[PriorityBook, SignalReason | None]:
    """Enter `wanted`; the reason says why it was rejected instead."""
    waiting = sum(one.stage not in _OVER for one in book.requests)
    places = manners.longest_queue * (2 if wanted.kind in EMERGENCIES else 1)
    against: SignalReason | None = None
    if not wanted.phases:
        against = SignalReason.UNKNOWN_APPROACH
    elif wanted.expires <= now:
        against = SignalReason.EXPIRED
    elif waiting >= places:
        against = SignalReason.QUEUE_FULL
    seconds = min(wanted.seconds, manners.presence_s[wanted.kind])
    stage: Stage = "rejected" if against else "requested"
    entered = replace(wanted, seconds=seconds, stage=stage, asked_at=now, changed=now)
    return replace(book, requests=(*book.requests, entered)), against


def choose(book: PriorityBook, now: float) -> Priority | None:
    """The one that should have the junction at `now`, if any."""
    ready = [
        one
        for one in book.requests
        if one.stage not in _OVER
        and one.begins <= now < one.expires
        and (now >= book.recovering_until or one.kind in EMERGENCIES or one.stage == "activated")
    ]
    # Among equals one that is activated stays; then who came first.
    return max(ready, key=lambda one: (one.rank, one.stage == "activated", -one.asked_at), default=None)


def advance(book: PriorityBook, manners: Manners, now: float) -> PriorityBook:
    """Let time pass: what expired is rejected or completed, what is over goes into cooldown and then is gone."""
    chosen = choose(book, now)
    kept = []
    for one in book.requests:
        moved = _advanced(one, chosen, manners, now)
        if moved is not None:
            kept.append(moved)
    return replace(book, requests=tuple(kept))


def _advanced(one: Priority, chosen: Priority | None, manners: Manners, now: float) -> Priority | None:
    match one.stage:
        case "requested" | "queued" if now >= one.expires:
            return replace(one, stage="rejected", changed=now)
        case "requested" if one is not chosen:
            return replace(one, stage="queued", changed=now)
        case "completed":
            return replace(one, stage="cooldown", changed=now)
        case "cooldown" | "rejected" if now - one.changed >= manners.recovery_s:
            return None
        case _:
            return one


def activated(book: PriorityBook, id_: str, now: float) -> PriorityBook:
    """Its green is held."""
    return _moved(book, id_, "activated", now)


def ended(book: PriorityBook, manners: Manners, id_: str, now: float, *, again: bool = False) -> PriorityBook:
    """Its lease is over. One that was activated is completed, and the junction recovers.

    One that never was, is rejected; or queues `again`, when a higher kind or a fault that passes was in the way.
    """
    one = book.of(id_)
    if one is None or one.stage in _OVER:
        return book
    if one.stage == "activated":
        book = replace(book, recovering_until=now + manners.recovery_s)
        return _moved(book, id_, "completed", now)
    return _moved(book, id_, "queued" if again else "rejected", now)


def _moved(book: PriorityBook, id_: str, stage: Stage, now: float) -> PriorityBook:
    return replace(
        book,
        requests=tuple(
            replace(one, stage=stage, changed=now) if one.id == id_ and one.stage != stage else one
            for one in book.requests
        ),
    )


def withdrawn(book: PriorityBook, id_: str) -> PriorityBook:
    """Whoever asked takes it back, before it had the junction."""
    return replace(book, requests=tuple(one for one in book.requests if one.id != id_))
