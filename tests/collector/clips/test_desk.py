"""Fetching a recording over a line that loses, doubles and lies."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clips.book import ClipBook
from collector.clips.desk import ClipDesk
from collector.clips.fetch import GIVE_UP, Fetch
from collector.clips.film import FilmError, index_of
from contract import ClipChunk, ClipOffer, ClipRequest
from tests.support.collecting import wait_until
from tests.support.drawn_clip import HEADER, DrawnUnit, answer, clip_of

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
UNIT, CASE = "edge-dago", "p1"


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[ClipDesk]:
    book = ClipBook(tmp_path / "clips.sqlite")
    desk = ClipDesk(book, tmp_path / "clips", clock, days=30, chunk_bytes=48_000)
    desk.start()
    yield desk
    desk.stop()
    book.close()


def stands(desk: ClipDesk) -> Fetch:
    found = desk.of(UNIT, CASE)
    assert found is not None
    return found


def test_it_comes_piece_by_piece_is_kept_and_goes_in_its_time(desk: ClipDesk, clock: Clock) -> None:
    ended: list[Fetch] = []
    desk.told = ended.append
    desk.line = unit = DrawnUnit(desk)
    desk.ask(UNIT, CASE, "sari", "tabrakan")
    wait_until(lambda: stands(desk).state == "here", "the recording")
    assert desk.path(stands(desk)).read_bytes() == clip_of(CASE)
    places = [one.from_byte for one in unit.asked if one.sha256]
    assert places == list(range(0, stands(desk).size, 48_000)), "one after the other, none twice"
    assert {(one.by, one.why) for one in unit.asked} == {("sari", "tabrakan")}
    assert [one.outcome for one in unit.done] == ["received"]
    assert desk.ask(UNIT, CASE, "budi", "lagi").by == "sari", "it is here already"
    clock.now += timedelta(days=30)
    wait_until(lambda: stands(desk).state == "deleted", "its end")
    assert not desk.path(stands(desk)).exists()
    assert [one.state for one in ended] == ["here", "deleted"]


def test_a_lost_piece_is_asked_for_again_and_a_doubled_one_changes_nothing(desk: ClipDesk, clock: Clock) -> None:
    lost = [True]

    def loses_one_and_doubles_the_rest(asked: ClipRequest) -> bool:
        if asked.from_byte and lost:
            lost.clear()
            return False
        desk.hear(UNIT, answer(asked))
        return True

    desk.line = unit = DrawnUnit(desk, loses_one_and_doubles_the_rest)
    desk.ask(UNIT, CASE, "sari", "tabrakan")
    wait_until(lambda: not lost, "the loss")
    clock.now += timedelta(minutes=1)
    wait_until(lambda: stands(desk).state == "here", "the recording")
    assert desk.path(stands(desk)).read_bytes() == clip_of(CASE)
    assert len(unit.done) == 1


@pytest.mark.parametrize("reason", ["off", "unknown", "lost", "failed"])
def test_a_refusal_is_told_and_may_be_tried_again(desk: ClipDesk, reason: str) -> None:
    class Refuser:
        def say(self, unit: str, message: object) -> None:
            if isinstance(message, ClipRequest):
                told = {**HEADER, "request": message.request, "case": CASE, "outcome": "refused", "reason": reason}
                desk.hear(unit, ClipOffer.model_validate(told))

    desk.line = Refuser()
    first = desk.ask(UNIT, CASE, "sari", "tabrakan")
    wait_until(lambda: stands(desk).state == "refused", "the refusal")
    assert stands(desk).reason == reason
    desk.line = DrawnUnit(desk)
    assert desk.ask(UNIT, CASE, "budi", "sekali lagi").request != first.request
    wait_until(lambda: stands(desk).state == "here", "the recording")


def test_a_unit_that_is_away_is_given_up_after_a_day(desk: ClipDesk, clock: Clock) -> None:
    desk.line = DrawnUnit(desk, lambda _: False)
    desk.ask(UNIT, CASE, "sari", "tabrakan")
    clock.now += GIVE_UP
    wait_until(lambda: stands(desk).state == "given_up", "the end of patience")


def test_what_is_not_what_was_promised_is_not_kept(desk: ClipDesk) -> None:
    class Liar(DrawnUnit):
        def say(self, unit: str, message: object) -> None:
            if isinstance(message, ClipRequest):
                told = answer(message)
                if isinstance(told, ClipChunk):
                    wrong = base64.b64encode(bytes(len(told.data)))
                    told = ClipChunk.model_validate({**told.model_dump(), "data": wrong})
                desk.hear(unit, told)

    desk.line = Liar(desk)
    desk.ask(UNIT, CASE, "sari", "tabrakan")
    wait_until(lambda: stands(desk).state == "broken", "the refusal")
    assert not list(desk.path(stands(desk)).parent.glob("*"))


@given(
    size=st.integers(1, 500),
    pieces=st.lists(st.tuples(st.integers(0, 600), st.integers(1, 200), st.booleans()), max_size=30),
)
def test_only_the_next_piece_of_the_same_recording_is_taken(size: int, pieces: list[tuple[int, int, bool]]) -> None:
    ours, other = "a" * 64, "b" * 64
    fetch = Fetch(UNIT, CASE, "r1", "sari", "tabrakan", NOON, "coming", sha256=ours, size=size)
    for from_byte, length, honest in pieces:
        data = base64.b64encode(bytes(length))
        told = {"request": "r1", "case": CASE, "sha256": ours if honest else other, "from_byte": from_byte}
        chunk = ClipChunk.model_validate({**HEADER, **told, "data": data})
        before = fetch.got
        if fetch.follows(chunk):
            assert honest
            assert from_byte == before
            fetch = fetch.with_piece(length)
        assert before <= fetch.got <= size


@pytest.mark.parametrize("content", [b"", b"PK", clip_of("p1")[:-40], b"x" * 5000])
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    (path := tmp_path / "p1.zip").write_bytes(content)
    with pytest.raises(FilmError, match="not a recording"):
        index_of(path)
