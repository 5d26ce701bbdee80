"""What was asked of signals is kept once, put together from what came in any order, and told to the boards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from collector.signals.actions import ActionBook
from collector.signals.board import STALE_AFTER, SignalBoard
from collector.store.migrating import migrate
from collector.store.reading import Span
from collector.store.schema import SIGNAL_ACTION, Point
from collector.store.sqlite import SqliteStore
from collector.upkeep import Upkeep
from tests.support.signals import BRIDGE, NOON, heard, reply, request, status

SECOND = timedelta(seconds=1)
DAY = Span(NOON - timedelta(hours=1), NOON + timedelta(hours=23))
ASKED = request()
GIVEN = [
    reply(ASKED, "proposed", NOON),
    reply(ASKED, "queued", NOON + 20 * SECOND),
    reply(ASKED, "active", NOON + 24 * SECOND),
    reply(ASKED, "completed", NOON + 38 * SECOND, reason="given", granted_s=13.5),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "s.sqlite", lambda: NOON)) as made:
        yield made


def test_one_action_from_whatever_order_and_however_often(store: SqliteStore) -> None:
    book = ActionBook(store.ledger.path)
    whole = [heard(ASKED), *(heard(one, NOON + place * SECOND) for place, one in enumerate(GIVEN))]
    for order in permutations(whole):
        store.write(list(order))
    (action,) = book.arrived(DAY)
    assert action == book.one(BRIDGE, ASKED.id)
    assert action.request == ASKED
    assert [one.outcome for one in action.replies] == ["proposed", "queued", "active", "completed"]
    assert (action.outcome, action.reason, action.granted_s) == ("completed", "given", 13.5)
    assert action.began == NOON + 24 * SECOND
    assert action.over


def test_replies_without_a_request_are_shown_as_far_as_they_go(store: SqliteStore) -> None:
    store.write([heard(GIVEN[0]), heard(GIVEN[3])])
    (action,) = ActionBook(store.ledger.path).arrived(DAY)
    assert action.request is None
    assert action.junction == "dago"
    assert action.outcome == "completed"


def test_a_request_nobody_answered_is_sent_and_no_more(store: SqliteStore) -> None:
    store.write([heard(ASKED)])
    (action,) = ActionBook(store.ledger.path).arrived(DAY)
    assert (action.outcome, action.over, action.granted_s, action.last) == ("sent", False, None, None)


def test_the_latest_come_first_of_one_junction_and_no_more_than_wanted(store: SqliteStore) -> None:
    asked = [request() for _ in range(5)]
    store.write([heard(one, NOON + place * SECOND) for place, one in enumerate(asked)])
    store.write([heard(reply(asked[1], "refused", reason="not_armed"), NOON + 60 * SECOND)])
    book = ActionBook(store.ledger.path)
    assert [one.id for one in book.arrived(DAY, limit=3)] == [asked[1].id, asked[4].id, asked[3].id]
    assert len(book.arrived(DAY, junction="dago")) == 5
    assert book.arrived(DAY, junction="pasteur") == []
    assert book.arrived(Span(NOON - SECOND, NOON)) == []
    assert book.one(BRIDGE, "nobody") is None


def told(store: SqliteStore) -> list[Point]:
    return list(store.series.points(SIGNAL_ACTION, DAY))


def test_the_boards_are_told_of_what_is_over_once(store: SqliteStore) -> None:
    now = [NOON]
    upkeep = Upkeep(store, 30, lambda: now[0])
    refused = request(action="priority", kind="ambulance", phases=(), approach="utara", seconds=45)
    store.write([heard(ASKED), *map(heard, GIVEN[:3]), heard(refused)])
    upkeep.round(now[0])
    assert told(store) == [], "nothing is over yet"
    now[0] += timedelta(minutes=1)
    store.write([heard(GIVEN[3], now[0]), heard(reply(refused, "refused", reason="not_armed"), now[0])])
    for _ in range(3):
        upkeep.round(now[0])
    first, second = sorted(told(store), key=lambda point: point.time_us)
    assert first.tags == ("bandung", BRIDGE, "dago", "priority", "ambulance", "automatic", "refused")
    assert first.values == (refused.id, "adaptif", "not_armed", 45.0, None, 0.0)
    assert second.tags == ("bandung", BRIDGE, "dago", "extend", "none", "automatic", "completed")
    assert second.values == (ASKED.id, "adaptif", "given", 15.0, 13.5, 14.0)


def test_a_reply_dated_by_a_broken_clock_stops_no_upkeep(store: SqliteStore) -> None:
    store.write([heard(ASKED), heard(reply(ASKED, "refused", NOON - timedelta(days=800)))])
    Upkeep(store, 30, lambda: NOON).round(NOON)
    assert told(store) == []


def test_moving_to_another_store_takes_them_along(store: SqliteStore, tmp_path: Path) -> None:
    store.write([heard(ASKED), *map(heard, GIVEN)])
    with closing(SqliteStore(tmp_path / "new.sqlite", lambda: NOON)) as new:
        migrate(store, new, lambda _: None)
        assert ActionBook(new.ledger.path).arrived(DAY) == ActionBook(store.ledger.path).arrived(DAY)


def test_the_board_keeps_the_newest_word_of_each_junction() -> None:
    board = SignalBoard()
    board.hear(heard(status(NOON + SECOND), NOON + SECOND))
    board.hear(heard(status(NOON), NOON + 2 * SECOND))
    found = board.of("dago")
    assert found is not None
    assert found.status.time == NOON + SECOND, "an older word that arrives later is no news"
    board.hear(heard(status(NOON, boot_id="ab" * 16), NOON + 3 * SECOND))
    found = board.of("dago")
    assert found is not None
    assert found.status.time == NOON, "a restarted bridge may have another clock"
    assert not found.stale(NOON + 3 * SECOND)
    assert found.stale(NOON + 4 * SECOND + STALE_AFTER)
    assert board.of("pasteur") is None


def test_the_board_remembers_the_last_word_on_a_request_and_forgets_the_oldest() -> None:
    board = SignalBoard()
    for one in GIVEN:
        board.hear(heard(one))
    last = board.reply_to(ASKED.id)
    assert last is not None
    assert last.outcome == "completed"
    for _ in range(2000):
        board.hear(heard(reply(request(), "queued")))
    assert board.reply_to(ASKED.id) is None
