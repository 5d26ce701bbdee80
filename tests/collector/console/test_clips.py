"""Who may have a recording, and what is written down of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from collector.clips.book import ClipBook
from collector.clips.desk import ClipDesk
from collector.console.accounts import Role
from collector.console.app import build
from collector.console.clips import ClipRoom
from collector.console.operators import OperatorError, Operators
from collector.console.settings import ConsoleSettings
from collector.store.reading import CaseRow
from collector.store.sqlite import SqliteStore
from contract import ParkingEvent, VehicleClass
from tests.support.collecting import wait_until
from tests.support.drawn_clip import HEADER, DrawnUnit, clip_of
from tests.support.example_city import bandung

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
PASSWORD = "satu-dua-tiga"
PEOPLE = {"sari": Role.OPERATE, "polisi": Role.VIEW}
EVENT = ParkingEvent(
    **HEADER, seq=1, case="p1", phase="opened", camera="dago-1", opened=NOW, zone="z", vehicle=VehicleClass.CAR
)
CASE = CaseRow(site="bandung", unit="edge-dago", event=EVENT)
PAGE = "/rekaman/edge-dago/p1"


@pytest.fixture
def operators(tmp_path: Path) -> Iterator[Operators]:
    operators = Operators(tmp_path / "operators.sqlite3")
    for name, role in PEOPLE.items():
        operators.add(name, role, PASSWORD, NOW)
    yield operators
    operators.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ClipDesk]:
    book = ClipBook(tmp_path / "clips.sqlite")
    desk = ClipDesk(book, tmp_path / "clips", lambda: NOW)
    desk.line = DrawnUnit(desk)
    desk.start()
    yield desk
    desk.stop()
    book.close()


@pytest.fixture
def room(operators: Operators, desk: ClipDesk) -> ClipRoom:
    return ClipRoom(desk, operators, lambda: NOW)


def token(operators: Operators, name: str) -> str:
    return operators.sign_in(name, PASSWORD, "", address="", now=NOW, lasting=timedelta(hours=1))


def audit(operators: Operators) -> list[tuple[str, str, str]]:
    """Name, action and detail of what was done with recordings, the oldest first."""
    entries = reversed([entry for _, entry in operators.audit()])
    return [(one.name, one.action, one.detail) for one in entries if one.action.startswith(("clip", "refused"))]


def fetched(room: ClipRoom, operators: Operators) -> str:
    session = token(operators, "sari")
    room.ask(session, CASE, "tabrakan beruntun")
    wait_until(lambda: "clip.here" in [action for _, action, _ in audit(operators)], "the recording")
    return session


def test_asking_and_looking_are_written_down_with_who_what_and_why(room: ClipRoom, operators: Operators) -> None:
    session = fetched(room, operators)
    index = room.index(session, "edge-dago", "p1")
    assert index is not None
    pictures = [room.picture(session, "edge-dago", "p1", number) for number in range(len(index.times))]
    assert all(picture is not None and picture.startswith(b"\xff\xd8") for picture in pictures)
    assert room.picture(session, "edge-dago", "p1", 99) is None
    assert room.whole(session, "edge-dago", "p1") == clip_of("p1")
    assert room.whole(session, "edge-dago", "p1") == clip_of("p1")
    told = audit(operators)
    assert [(name, action) for name, action, _ in told] == [
        ("sari", "clip.asked"),
        ("", "clip.here"),
        ("sari", "clip.seen"),
        ("sari", "clip.taken"),
        ("sari", "clip.taken"),
    ]
    assert told[0][2] == "tabrakan beruntun"
    assert "SHA-256" in told[1][2]


@pytest.mark.parametrize("why", ["", "   ", "lihat"[:4]])
def test_without_a_reason_there_is_none(room: ClipRoom, operators: Operators, why: str) -> None:
    with pytest.raises(OperatorError, match="needs a reason"):
        room.ask(token(operators, "sari"), CASE, why)
    assert room.desk.all() == {}


def test_who_may_only_look_at_the_map_gets_none_and_that_is_noted(room: ClipRoom, operators: Operators) -> None:
    fetched(room, operators)
    police = token(operators, "polisi")
    with pytest.raises(OperatorError, match="this needs operate"):
        room.ask(police, CASE, "ingin tahu saja")
    for look in (room.index, room.whole):
        with pytest.raises(OperatorError, match="this needs operate"):
            look(police, "edge-dago", "p1")
    with pytest.raises(OperatorError, match="nobody is signed in"):
        room.picture(None, "edge-dago", "p1", 0)
    assert [(name, action) for name, action, _ in audit(operators)][2:] == [("polisi", "refused")] * 3


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("sari", {PAGE: 200, f"{PAGE}/0.jpg": 200, f"{PAGE}/99.jpg": 404, f"{PAGE}.zip": 200, "/rekaman/x/p1": 404}),
        ("polisi", {PAGE: 403, f"{PAGE}/0.jpg": 403, f"{PAGE}.zip": 403}),
        ("", {PAGE: 303, f"{PAGE}/0.jpg": 403, f"{PAGE}.zip": 403}),
    ],
)
def test_over_http_the_same(
    tmp_path: Path, operators: Operators, desk: ClipDesk, name: str, answers: dict[str, int]
) -> None:
    app, store = FastAPI(), SqliteStore(tmp_path / "store.sqlite3", lambda: NOW)
    settings = ConsoleSettings(data=tmp_path)
    console = build(app, bandung(), store, operators, settings, recordings=desk, clock=lambda: NOW)
    assert console.clips is not None
    fetched(console.clips, operators)
    client = TestClient(app, follow_redirects=False)
    client.post("/masuk", data={"name": name, "password": PASSWORD})
    got = {address: client.get(address) for address in answers}
    store.close()
    assert {address: answer.status_code for address, answer in got.items()} == answers
    if name == "sari":
        assert "no-store" in got[f"{PAGE}/0.jpg"].headers["cache-control"]
        assert "tabrakan beruntun" in got[PAGE].text
