"""Signals at the console and over its API: who may do what, what is written into the audit, what waits for a word."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from collector.api import signals as signals_api
from collector.console.accounts import Role
from collector.console.context import Console
from collector.console.door import routes
from collector.console.operators import Operators
from collector.console.poller import Poller
from collector.console.settings import ConsoleSettings
from collector.console.signals import SHOWN, SignalDesk, Signals
from collector.console.signals_words import STAGES, asked, outcome, stage
from collector.console.words import LANGUAGES, Words, catalogue
from collector.signals.actions import ActionBook
from collector.signals.board import SignalBoard
from collector.signals.office import Office
from collector.signals.settings import SigningKey
from collector.store.sqlite import SqliteStore
from contract import LeaseState, PriorityState, SignalReason, SignalRequest
from contract.signals import PriorityKind, SignalAction, SignalRole
from signal_bridge.key_file import draw_key
from tests.support.example_city import bandung
from tests.support.signals import BRIDGE, NOON, heard, reply, request, status

PASSWORD = "satu-dua-tiga"
PEOPLE = {"tamu": Role.VIEW, "sari": Role.OPERATE, "dedi": Role.MANAGE}


class World:
    """A console over an empty store, whose requests go nowhere but into `sent`."""

    def __init__(self, folder: Path, book_of_operators: Path) -> None:
        self.store = SqliteStore(folder / "s.sqlite", lambda: NOON)
        shutil.copyfile(book_of_operators, folder / "operators.sqlite3")
        self.operators = Operators(folder / "operators.sqlite3")
        self.sent: list[SignalRequest] = []
        board, book = SignalBoard(), ActionBook(self.store.ledger.path)
        keys = []
        for level in (SignalRole.OPERATE, SignalRole.MANAGE):
            draw_key(folder / f"{level}.pem")
            keys.append(SigningKey(id=f"pusat-{level}", who="pusat", role=level, file=folder / f"{level}.pem"))
        office = Office(board, book, keys, self, lambda: NOON)
        self.signals = Signals(board, book, lambda: NOON, office=office)
        settings = ConsoleSettings(data=folder)
        poller = Poller(bandung(), self.store, settings.thresholds, every_s=60, clock=lambda: NOON)
        desk = SignalDesk(office, self.operators, lambda: NOON)
        console = Console(bandung(), self.store, self.operators, settings, poller, signals=self.signals, desk=desk)
        app = FastAPI()
        app.include_router(routes(console))
        app.include_router(signals_api.routes(console, self.signals))
        self.client = TestClient(app, follow_redirects=False)

    def send(self, bridge: str, request: SignalRequest) -> None:
        assert bridge == BRIDGE
        self.sent.append(request)

    def hear(self, *messages: Any) -> None:
        told = [heard(one) for one in messages]
        self.store.write(told)
        for one in told:
            self.signals.board.hear(one)
        asyncio.run(self.signals.look())

    def sign_in(self, name: str) -> None:
        self.client.cookies.clear()
        if name:
            self.client.post("/masuk", data={"name": name, "password": PASSWORD})

    def audit(self) -> list[tuple[str, str, str, str]]:
        return [
            (one.name, one.action, one.subject, one.detail)
            for _, one in self.operators.audit()
            if one.action.startswith(("signal.", "refused"))
        ]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book with three operators, made once: a password is slow to hash, and shall be."""
    path = tmp_path_factory.mktemp("people") / "operators.sqlite3"
    operators = Operators(path)
    for name, role in PEOPLE.items():
        operators.add(name, role, PASSWORD, NOON)
    operators.close()
    return path


@pytest.fixture
def world(tmp_path: Path, people: Path) -> Iterator[World]:
    world = World(tmp_path, people)
    yield world
    world.operators.close()
    world.store.close()


ASKED = request()
WAITS = LeaseState(
    request=ASKED.id,
    who="adaptif",
    action=SignalAction.EXTEND,
    phases=(2,),
    outcome="proposed",
    remaining_s=90,
    why="x",
)
AMBULANCE = {
    "kind": "ambulance",
    "why": "ke RSHS",
    "legs": [{"junction": "dago", "approach": "utara", "arrives_in_s": 9}],
}
DOING: dict[str, dict[str, Any]] = {
    f"dago/proposals/{ASKED.id}/approve": {},
    f"dago/proposals/{ASKED.id}/reject": {"why": "antrean hilang"},
    "dago/requests/r7/release": {"why": "sudah lewat"},
    "routes": AMBULANCE,
}


@pytest.mark.parametrize(("name", "status_code"), [("", 401), ("tamu", 403), ("sari", 202), ("dedi", 202)])
@pytest.mark.parametrize("path", DOING, ids=lambda path: path.rpartition("/")[2])
def test_who_may_do_it(world: World, path: str, name: str, status_code: int) -> None:
    world.hear(status())
    world.sign_in(name)
    answer = world.client.post(f"/api/v1/signals/{path}", json=DOING[path])
    assert answer.status_code == status_code, answer.text
    assert len(world.sent) == (status_code == 202)
    if status_code == 202:
        assert world.audit()[0][0] == name
        assert world.audit()[0][1].startswith("signal.")
    elif name:
        assert world.audit() == [(name, "refused", "operate", "")], "that somebody tried is written down"


@pytest.mark.parametrize(
    ("name", "kind", "status_code"), [("sari", "vvip", 403), ("sari", "convoy", 403), ("dedi", "vvip", 202)]
)
def test_an_escort_takes_the_role_to_manage(world: World, name: str, kind: str, status_code: int) -> None:
    world.hear(status())
    world.sign_in(name)
    answer = world.client.post("/api/v1/signals/routes", json=AMBULANCE | {"kind": kind})
    assert answer.status_code == status_code


def test_what_was_done_stands_in_the_audit_with_its_reason(world: World) -> None:
    world.hear(status())
    world.sign_in("sari")
    for path, body in DOING.items():
        assert world.client.post(f"/api/v1/signals/{path}", json=body).status_code == 202
    assert list(reversed(world.audit())) == [
        ("sari", "signal.approve", f"dago/{ASKED.id}", ""),
        ("sari", "signal.reject", f"dago/{ASKED.id}", "antrean hilang"),
        ("sari", "signal.release", "dago/r7", "sudah lewat"),
        ("sari", "signal.route", "dago/utara", "ambulance: ke RSHS"),
    ]
    assert [one.action for one in world.sent] == ["approve", "reject", "release", "priority"]


@pytest.mark.parametrize(
    ("path", "body", "status_code"),
    [
        ("kopo/requests/r1/release", {}, 404),
        ("dago/proposals/p1/reject", {"why": "  "}, 422),
        ("routes", AMBULANCE | {"legs": []}, 422),
        ("routes", AMBULANCE | {"legs": [{"junction": "dago", "approach": "laut", "arrives_in_s": 9}]}, 404),
        ("dago/requests/BUKAN%20NAMA/release", {}, 422),
    ],
)
def test_what_cannot_be_is_refused_and_not_sent(
    world: World, path: str, body: dict[str, Any], status_code: int
) -> None:
    world.hear(status())
    world.sign_in("sari")
    assert world.client.post(f"/api/v1/signals/{path}", json=body).status_code == status_code
    assert world.sent == []


def test_whoever_is_signed_in_sees_now_and_then(world: World) -> None:
    world.hear(status(), ASKED, reply(ASKED, "proposed"))
    for path in ("/api/v1/signals", "/api/v1/signals/actions"):
        world.sign_in("")
        assert world.client.get(path).status_code == 401
    world.sign_in("tamu")
    (now,) = world.client.get("/api/v1/signals").json()
    assert (now["bridge"], now["stale"], now["status"]["phases"][0]["aspect"]) == (BRIDGE, False, "green")
    (action,) = world.client.get("/api/v1/signals/actions?junction=dago").json()
    assert (action["id"], action["outcome"]) == (ASKED.id, "proposed")
    assert world.client.get("/api/v1/signals/actions?junction=kopo").json() == []
    assert world.client.get("/api/v1/signals/actions?since=2020-01-02T00:00:00Z").status_code == 422


def test_a_proposal_is_shown_with_what_was_asked_until_its_bridge_falls_silent(world: World) -> None:
    world.hear(status(proposals=(WAITS,)))
    (one,) = world.signals.now.proposals
    assert (one.seconds, one.expires) == (None, None), "the request itself was not heard"
    world.hear(ASKED, reply(ASKED, "proposed"))
    (one,) = world.signals.now.proposals
    assert (one.junction, one.request, one.who, one.phases) == ("dago", ASKED.id, "adaptif", (2,))
    assert (one.seconds, one.expires, one.approaches) == (15, ASKED.expires, ("utara", "selatan"))
    late = world.signals.now.__class__(NOON + timedelta(minutes=1), world.signals.now.heard, world.signals.now.actions)
    assert late.proposals == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_action_in_words(world: World, language: str) -> None:
    t = Words(language, bandung().timezone)
    ambulance = request(action="priority", kind="ambulance", approach="utara", phases=(), seconds=45)
    world.hear(status(), ASKED, ambulance, reply(ambulance, "queued"))
    by_id = {one.id: one for one in world.signals.now.actions}
    told = asked(by_id[ASKED.id], world.signals.now.of("dago"), t)
    assert "15" in told
    assert "utara, selatan" in told
    assert asked(by_id[ambulance.id], None, t).startswith(t("priority.ambulance"))
    assert outcome(by_id[ASKED.id], t) == t("signals.no_answer")
    assert outcome(by_id[ambulance.id], t) == ("word: queued" if language == "en" else "kata: queued")


def test_a_priority_stands_where_its_bridge_says(world: World) -> None:
    asked_for = request(action="priority", kind="fire", approach="utara", phases=(), seconds=45)
    world.hear(asked_for, reply(asked_for, "completed"))
    (action,) = world.signals.now.actions
    assert stage(action, None) == "completed"
    cooling = PriorityState(request=asked_for.id, kind=PriorityKind.FIRE, stage="cooldown")
    world.hear(status(priorities=(cooling,)))
    assert stage(action, world.signals.now.of("dago")) == "cooldown"


def test_a_day_is_shown(world: World) -> None:
    world.store.write([heard(request(), NOON - SHOWN - timedelta(seconds=1)), heard(ASKED)])
    asyncio.run(world.signals.look())
    assert [one.id for one in world.signals.now.actions] == [ASKED.id]


SAID = [
    *(f"signal_reason.{one}" for one in SignalReason),
    *(f"signal_action.{one}" for one in SignalAction),
    *(f"signal_role.{one}" for one in SignalRole),
    *(f"priority.{one}" for one in PriorityKind),
    *(f"stage.{one}" for one in STAGES),
    *(f"aspect.{one}" for one in ("green", "yellow", "red", "unknown")),
    *(f"mode.{one}" for one in ("remote", "local", "flash", "preempted", "unknown")),
    *(f"authority.{one}" for one in ("observe", "advisory", "automatic")),
    *(
        f"refused.{one}"
        for one in ("no_key", "not_allowed", "broker_away", "no_bridge", "no_approach", "route_partly", "request")
    ),
    *(f"action.signal_{one}" for one in ("approve", "reject", "route", "release", "failed")),
]


@pytest.mark.parametrize("key", SAID)
def test_every_member_of_what_a_bridge_may_say_has_words(key: str) -> None:
    assert all(key in catalogue(language) for language in LANGUAGES)
