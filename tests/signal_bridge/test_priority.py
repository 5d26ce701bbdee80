"""Who goes first: a table of cases, and what holds whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import floats, sampled_from

from contract import PriorityKind
from signal_bridge import priority
from signal_bridge.priority import EMERGENCIES, RANK, Manners, Priority, PriorityBook

MANNERS = Manners(dict.fromkeys(PriorityKind, 45.0), recovery_s=100.0, longest_queue=3)
FIRE, AMBULANCE, VVIP, CONVOY = PriorityKind.FIRE, PriorityKind.AMBULANCE, PriorityKind.VVIP, PriorityKind.CONVOY


def wanted(id_: str, kind: PriorityKind, *, begins: float = 0, expires: float = 300, seconds: float = 30) -> Priority:
    return Priority(id_, kind, frozenset({2}), begins, expires, seconds)


def book(*requests: Priority) -> PriorityBook:
    """All asked at once, in that order, a second apart."""
    entered = PriorityBook()
    for second, one in enumerate(requests):
        entered, _ = priority.request(entered, MANNERS, one, float(second))
    return entered


CHOICES = [
    # who asked, in this order                                                         is chosen at 10 s
    ("nobody", (), None),
    ("one", (wanted("a", CONVOY),), "a"),
    ("the higher kind, though it came later", (wanted("a", VVIP), wanted("b", AMBULANCE)), "b"),
    ("fire before ambulance", (wanted("a", AMBULANCE), wanted("b", FIRE)), "b"),
    ("among equals who came first", (wanted("a", AMBULANCE), wanted("b", AMBULANCE)), "a"),
    ("not before its window", (wanted("a", FIRE, begins=20), wanted("b", CONVOY)), "b"),
    ("not after its window", (wanted("a", FIRE, expires=8), wanted("b", CONVOY)), "b"),
]


@pytest.mark.parametrize(("requests", "id_"), [row[1:] for row in CHOICES], ids=[row[0] for row in CHOICES])
def test_who_is_chosen(requests: tuple[Priority, ...], id_: str | None) -> None:
    chosen = priority.choose(book(*requests), 10.0)
    assert (chosen.id if chosen else None) == id_


def test_a_life() -> None:
    one = priority.advance(book(wanted("a", VVIP), wanted("b", VVIP)), MANNERS, 2.0)
    assert [p.stage for p in one.requests] == ["requested", "queued"]
    one = priority.activated(one, "a", 10.0)
    one = priority.ended(one, MANNERS, "a", 40.0)
    assert [p.stage for p in one.requests] == ["completed", "queued"]
    one = priority.advance(one, MANNERS, 41.0)
    assert [p.stage for p in one.requests] == ["cooldown", "queued"]
    assert priority.choose(one, 41.0) is None, "the junction recovers to its plan"
    assert getattr(priority.choose(one, 140.0), "id", None) == "b"
    one = priority.advance(one, MANNERS, 150.0)
    assert [p.id for p in one.requests] == ["b"]


def test_an_emergency_does_not_wait_for_recovery() -> None:
    one = priority.ended(priority.activated(book(wanted("a", VVIP)), "a", 1.0), MANNERS, "a", 2.0)
    one, _ = priority.request(one, MANNERS, wanted("b", AMBULANCE), 3.0)
    assert getattr(priority.choose(one, 3.0), "id", None) == "b"


def test_presence_is_bounded() -> None:
    assert book(wanted("a", FIRE, seconds=300)).requests[0].seconds == 45.0


def test_a_displaced_request_queues_again_and_a_refused_one_does_not() -> None:
    one = book(wanted("a", CONVOY))
    assert priority.ended(one, MANNERS, "a", 1.0, again=True).requests[0].stage == "queued"
    assert priority.ended(one, MANNERS, "a", 1.0).requests[0].stage == "rejected"


REFUSED = [
    (wanted("x", FIRE, expires=0.5), "expired"),
    (Priority("x", FIRE, frozenset(), 0, 300, 30), "unknown_approach"),
    (wanted("x", CONVOY), "queue_full"),
    (wanted("x", AMBULANCE), None),
]


@pytest.mark.parametrize(("one", "reason"), REFUSED)
def test_what_is_not_entered(one: Priority, reason: str | None) -> None:
    full = book(*(wanted(name, VVIP) for name in "abc"))
    _, against = priority.request(full, MANNERS, one, 5.0)
    assert against == reason


LIFE = {
    "requested": {"requested", "queued", "activated", "rejected"},
    "queued": {"queued", "activated", "rejected"},
    "activated": {"activated", "completed"},
    "completed": {"completed", "cooldown"},
    "cooldown": {"cooldown"},
    "rejected": {"rejected"},
}


class Lives(RuleBasedStateMachine):
    """Any requests, in any order, with leases that begin and end as they like."""

    def __init__(self) -> None:
        super().__init__()
        self.book, self.now, self.number = PriorityBook(), 0.0, 0
        self.before: dict[str, str] = {}

    @rule(kind=sampled_from(PriorityKind), ahead=floats(-10, 60), lasts=floats(1, 200))
    def request(self, kind: PriorityKind, ahead: float, lasts: float) -> None:
        self.number += 1
        one = wanted(f"r{self.number}", kind, begins=self.now + ahead, expires=self.now + ahead + lasts)
        self.book, _ = priority.request(self.book, MANNERS, one, self.now)

    @rule(seconds=floats(0.1, 60))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.book = priority.advance(self.book, MANNERS, self.now)

    @rule()
    def the_chosen_gets_its_green(self) -> None:
        chosen = priority.choose(self.book, self.now)
        if chosen is not None and not any(one.stage == "activated" for one in self.book.requests):
            self.book = priority.activated(self.book, chosen.id, self.now)

    @rule(again=sampled_from([True, False]))
    def a_lease_ends(self, again: bool) -> None:
        running = [one for one in self.book.requests if one.stage == "activated"]
        chosen = running[0] if running else priority.choose(self.book, self.now)
        if chosen is not None:
            self.book = priority.ended(self.book, MANNERS, chosen.id, self.now, again=again)

    @invariant()
    def every_life_goes_forward(self) -> None:
        for one in self.book.requests:
            assert one.stage in LIFE[self.before.get(one.id, one.stage)]
        self.before = {one.id: one.stage for one in self.book.requests}

    @invariant()
    def the_chosen_is_the_highest_that_may_go(self) -> None:
        chosen = priority.choose(self.book, self.now)
        if chosen is None:
            return
        assert chosen.begins <= self.now < chosen.expires
        assert chosen.seconds <= 45.0
        for one in self.book.requests:
            waits = one.stage in {"requested", "queued", "activated"} and one.begins <= self.now < one.expires
            if waits and one.kind in EMERGENCIES:
                assert RANK[one.kind] <= RANK[chosen.kind]

    @invariant()
    def nothing_is_kept_for_ever(self) -> None:
        waiting = [one for one in self.book.requests if one.stage in {"requested", "queued", "activated"}]
        assert len(waiting) <= 2 * MANNERS.longest_queue
        assert sum(one.stage == "activated" for one in waiting) <= 1


Lives.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLives = Lives.TestCase
