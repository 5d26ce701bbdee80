"""The adviser of one junction, second by second: what it asks for, and everything that keeps it silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import LeaseState, PriorityState, SignalReply, SignalRequest
from contract.signals import PriorityKind, SignalAction
from signal_bridge.advice.adviser import STATUS_OLD_S, Adviser
from signal_bridge.advice.sight import carried_on, observed
from tests.support.advice import NOON, SIGNER, observation, settings, status

SECOND = timedelta(seconds=1)


class Seat:
    """An adviser with a clock of its own; the bridge says the same each second until told otherwise."""

    def __init__(self, authority: str = "automatic", **adaptive: Any) -> None:
        made = settings(authority, **adaptive)
        assert made.adaptive is not None
        self.adviser = Adviser(made, made.adaptive, SIGNER)
        self.now = NOON
        self.fields: dict[str, Any] = {"authority": authority}
        self.adviser.hear_observation("edge-dago", observation(), self.now)

    def run(self, seconds: int = 12) -> list[SignalRequest]:
        """What it asks for within so many seconds, or until it has asked."""
        for _ in range(seconds):
            self.now += SECOND
            self.adviser.hear_status(status(self.now, **self.fields), self.now)
            asked = self.adviser.tick(self.now)
            if asked is not None:
                return [asked]
        return []

    def reply(self, to: SignalRequest, outcome: str, **fields: Any) -> None:
        """The bridge's word on a wish."""
        body = {"boot_id": "0f" * 16, "time": self.now, "request": to.id, "junction": "dago", "outcome": outcome}
        self.adviser.hear_reply(SignalReply.model_validate(body | fields | {"text_id": "x", "text_en": "x"}), self.now)


def lease(request: SignalRequest, granted_s: float = 0.0, **fields: Any) -> LeaseState:
    body = {"request": request.id, "who": request.who, "action": "extend", "outcome": "active", "remaining_s": 9}
    return LeaseState.model_validate(body | {"phases": (1,), "granted_s": granted_s, "why": "x"} | fields)


def test_a_jammed_green_is_asked_to_go_on_with_what_was_measured() -> None:
    (asked,) = Seat().run()
    assert (asked.action, asked.phases, asked.seconds) == (SignalAction.EXTEND, (1,), 10)
    assert asked.role == "automatic"
    assert asked.why.startswith("antrean utara 120 m (")
    assert (asked.expires - asked.not_before).total_seconds() == pytest.approx(18)


def test_an_empty_green_is_asked_to_end_for_a_jammed_one() -> None:
    seat = Seat()
    seat.adviser.hear_observation("edge-dago", observation(NOON + SECOND, north=0, east=20), NOON + SECOND)
    (asked,) = seat.run()
    assert (asked.action, asked.phases) == (SignalAction.CUT, (1,))


def test_what_it_may_not_wish_for_it_does_not() -> None:
    seat = Seat(actions=("extend",))
    seat.adviser.hear_observation("edge-dago", observation(NOON + SECOND, north=0, east=20), NOON + SECOND)
    assert seat.run() == []
    assert seat.adviser.silent == "content"


def priority(stage: str) -> tuple[PriorityState, ...]:
    return (PriorityState.model_validate({"request": "p", "kind": PriorityKind.FIRE, "stage": stage}),)


SOMEBODY = LeaseState(request="r", who="budi", action=SignalAction.EXTEND, outcome="active", remaining_s=9, why="x")
KEPT_OUT: list[tuple[str, dict[str, Any], str]] = [
    ("not armed", {"armed": False, "reasons": ("not_armed",)}, "against"),
    ("somebody at the cabinet", {"mode": "local", "reasons": ("not_remote",)}, "against"),
    ("a stale reading", {"reasons": ("status_stale",)}, "against"),
    ("a latched interlock", {"armed": False, "reasons": ("latched", "conflict")}, "against"),
    ("an operator's lease", {"lease": SOMEBODY}, "busy"),
    ("an ambulance that waits", {"priorities": priority("queued")}, "busy"),
    ("an ambulance that passes", {"priorities": priority("activated")}, "busy"),
    ("between two stages", {"green": None}, "between"),
    ("minimum green", {"shown_s": 3}, "content"),
    ("maximum green", {"shown_s": 58}, "content"),
]


@pytest.mark.parametrize(("fields", "silent"), [row[1:] for row in KEPT_OUT], ids=[row[0] for row in KEPT_OUT])
def test_it_asks_for_nothing(fields: dict[str, Any], silent: str) -> None:
    seat = Seat()
    seat.fields |= fields
    assert seat.run() == []
    assert seat.adviser.silent == silent


def test_a_priority_that_is_over_does_not_keep_it_out() -> None:
    seat = Seat()
    seat.fields |= {"priorities": priority("cooldown")}
    assert seat.run()


UNSEEN: list[tuple[str, Callable[[Adviser, datetime], None]]] = [
    ("degraded", lambda one, now: one.hear_observation("edge-dago", observation(now, grade="degraded"), now)),
    ("blind", lambda one, now: one.hear_observation("edge-dago", observation(now, grade="blind"), now)),
    (
        "blind, and it tells of no approach",
        lambda one, now: one.hear_observation(
            "edge-dago",
            observation(now, cameras=(observation(grade="blind").cameras[0].model_copy(update={"approaches": ()}),)),
            now,
        ),
    ),
]


@pytest.mark.parametrize("worse", [row[1] for row in UNSEEN], ids=[row[0] for row in UNSEEN])
def test_bad_data_silences_it_at_once(worse: Callable[[Adviser, datetime], None]) -> None:
    seat = Seat()
    worse(seat.adviser, NOON + SECOND)
    assert seat.run() == []
    assert seat.adviser.silent == "blind"
    seat.adviser.hear_observation("edge-dago", observation(seat.now), seat.now)
    assert seat.run(), "and good data lets it speak again"


def test_old_data_silences_it() -> None:
    seat = Seat()
    seat.now += timedelta(seconds=150)
    assert seat.run() == []
    assert seat.adviser.silent == "blind"


@pytest.mark.parametrize(
    ("unit", "seen"),
    [
        ("edge-other", observation(NOON + SECOND, north=0, east=20)),
        ("edge-dago", observation(NOON - 60 * SECOND, north=0, east=20)),
        ("edge-dago", observation(NOON + 3600 * SECOND, north=0, east=20)),
    ],
    ids=["of another unit", "older than what is known", "from the future"],
)
def test_what_does_not_count_changes_nothing(unit: str, seen: Any) -> None:
    seat = Seat()
    seat.adviser.hear_observation(unit, seen, NOON + SECOND)
    (asked,) = seat.run()
    assert asked.action is SignalAction.EXTEND


def test_a_silent_bridge_is_asked_nothing() -> None:
    seat = Seat()
    assert seat.adviser.tick(NOON) is None
    assert seat.adviser.silent == "away"
    seat.adviser.hear_status(status(NOON), NOON)
    assert seat.adviser.tick(NOON + timedelta(seconds=STATUS_OLD_S + 1)) is None
    assert seat.adviser.silent == "away"


def test_one_wish_at_a_time_and_the_next_before_it_is_given_out() -> None:
    seat = Seat()
    (first,) = seat.run()
    assert seat.run(8) == []
    assert seat.adviser.silent == "waiting"
    seat.reply(first, "active")
    seat.fields |= {"lease": lease(first, 3.0), "shown_s": 20}
    assert seat.run(6) == []
    seat.fields |= {"lease": lease(first, 6.5), "shown_s": 26}
    (second,) = seat.run()
    assert second.id != first.id
    assert second.action is SignalAction.EXTEND


def test_a_wish_that_nobody_answers_is_forgotten_with_its_lease() -> None:
    seat = Seat()
    (first,) = seat.run()
    assert seat.run(20) == []
    seat.now = first.expires + timedelta(seconds=5)
    seat.adviser.hear_observation("edge-dago", observation(seat.now), seat.now)
    assert seat.run()


def test_people_get_time_to_read_and_a_pause() -> None:
    seat = Seat("advisory", pause_s=30)
    (first,) = seat.run()
    assert (first.expires - first.not_before).total_seconds() == 90
    seat.reply(first, "proposed")
    seat.reply(first, "active")
    seat.fields |= {"lease": lease(first, 9.0)}
    assert seat.run(6) == [], "an approved proposal is not followed by the next at once"
    seat.reply(first, "completed")
    seat.fields |= {"lease": None}
    assert seat.run(25) == []
    assert seat.adviser.silent == "pause"
    seat.adviser.hear_observation("edge-dago", observation(seat.now), seat.now)
    assert seat.run()


def test_outside_the_hours_its_wishes_turn_into_proposals() -> None:
    """The junction is automatic, and still the bridge proposes: from then on it reckons with people."""
    seat = Seat("automatic", pause_s=10)
    (first,) = seat.run()
    seat.reply(first, "proposed")
    seat.reply(first, "expired")
    (second,) = seat.run(30)
    assert (second.expires - second.not_before).total_seconds() == 90
    seat.reply(second, "active")
    seat.reply(second, "completed")
    (third,) = seat.run(30)
    assert (third.expires - third.not_before).total_seconds() == 18


def test_a_refusal_is_not_answered_at_once() -> None:
    seat = Seat()
    (first,) = seat.run()
    seat.reply(first, "refused", reason="rate_limit")
    assert seat.run(8) == []
    assert seat.run(8)


def test_where_it_may_only_be_seen_it_still_proposes() -> None:
    seat = Seat("observe")
    seat.fields |= {"armed": False, "reasons": ("not_armed",)}
    assert seat.run()


@given(
    queue=st.integers(0, 60),
    steps=st.lists(st.tuples(st.floats(0, 40), st.booleans()), max_size=12),
    lanes=st.integers(1, 4),
)
def test_a_queue_is_never_less_than_nothing_nor_carried_beyond_its_word(
    queue: int, steps: list[tuple[float, bool]], lanes: int
) -> None:
    adaptive = settings(lanes={"utara": lanes, "timur": 1}).adaptive
    assert adaptive is not None
    known = observed({}, adaptive, "edge-dago", observation(north=queue), NOON.timestamp())
    now_s = NOON.timestamp()
    for elapsed_s, green in steps:
        now_s += elapsed_s
        known, unseen = carried_on(known, adaptive, {"utara"} if green else (), now_s)
        assert all(one.queue_veh >= 0 for one in known.values())
        assert all(one.queue_veh <= queue + 3 / 60 * (now_s - NOON.timestamp()) + 1e-6 for one in known.values())
        assert bool(unseen) == (now_s - NOON.timestamp() >= 150)
