"""The desk: what a program may do by itself, what an operator must approve, who may take what back, who goes first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contract import SignalOrder
from signal_bridge.audit import Value
from signal_bridge.desk import Desk, Fate
from signal_bridge.guard import Guard
from signal_bridge.settings import JunctionSettings
from tests.support.junction import LIMITS, Junction, Time
from tests.support.orders import order

BANDUNG = ZoneInfo("Asia/Jakarta")
NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
"""12:00 in Bandung."""


class Office:
    """A desk over a junction that has been watched for two cycles, armed, at noon."""

    def __init__(self, at: datetime = NOON, **settings: Any) -> None:
        watched = timedelta(seconds=161)
        self.time = Time(wall=(at - watched).timestamp())
        self.junction = Junction(self.time)
        guard = Guard(self.junction, LIMITS, self.time, armed=True)
        self.log: list[tuple[str, Mapping[str, Value]]] = []
        controller = {"protocol": "ntcip", "address": 1}
        wanted = {"id": "dago", "line": "s", "controller": controller, "limits": LIMITS.model_dump()} | settings
        self.desk = Desk(JunctionSettings.model_validate(wanted), guard, self.record, BANDUNG)
        self.fates: list[Fate] = []
        self.tick(161)
        self.fates.clear()

    def record(self, kind: str, data: Mapping[str, Value]) -> str:
        self.log.append((kind, data))
        return f"{len(self.log):064x}"

    def tick(self, seconds: float = 0.5) -> None:
        for _ in range(round(seconds * 2)):
            self.time.pass_(0.5)
            self.fates += self.desk.tick(self.time())

    def give(self, **fields: Any) -> SignalOrder:
        now = datetime.fromtimestamp(self.time.wall, UTC)
        window = {"not_before": now, "expires": now + timedelta(seconds=120)}
        one = order(**window | fields)
        self.fates += self.desk.receive(one, self.time())
        return one

    def of(self, one: SignalOrder) -> list[tuple[str, str | None]]:
        """What was told of an order: outcomes and reasons."""
        return [(fate.outcome, fate.reason) for fate in self.fates if fate.order.id == one.id]


PROGRAM = {"who": "adaptif", "role": "automatic", "key": "adaptif-1"}
AUTOMATIC = {
    "authority": "automatic",
    "automatic": {"hours": ["05:00-22:00"], "actions": ["extend"], "max_seconds": 15},
}
NIGHT = NOON + timedelta(hours=12)

FIRST_WORDS: list[tuple[str, dict[str, Any], datetime, dict[str, Any], str]] = [
    # the case                                     settings           when   the order                        is first
    ("an operator acts", {}, NOON, {}, "queued"),
    ("a program proposes", {}, NOON, PROGRAM, "proposed"),
    ("a program acts, where that is allowed", AUTOMATIC, NOON, PROGRAM, "queued"),
    ("a program at night proposes", AUTOMATIC, NIGHT, PROGRAM, "proposed"),
    ("a program that wants much proposes", AUTOMATIC, NOON, PROGRAM | {"seconds": 16}, "proposed"),
    ("a program that cuts proposes", AUTOMATIC, NOON, PROGRAM | {"action": "cut"}, "proposed"),
    ("an operator acts at night", AUTOMATIC, NIGHT, {}, "queued"),
    ("nobody can extend phase 9", {}, NOON, {"phases": (9,)}, "refused"),
    (
        "an approach without phases",
        {},
        NOON,
        {"action": "priority", "kind": "fire", "phases": (), "approach": "x"},
        "refused",
    ),
    (
        "priority by approach",
        {},
        NOON,
        {"action": "priority", "kind": "fire", "phases": (), "approach": "arm-4"},
        "queued",
    ),
    ("approval of nothing", {}, NOON, {"action": "approve", "target": "r0"}, "refused"),
    ("release of nothing", {}, NOON, {"action": "release"}, "refused"),
]


@pytest.mark.parametrize(
    ("settings", "at", "fields", "outcome"), [row[1:] for row in FIRST_WORDS], ids=[row[0] for row in FIRST_WORDS]
)
def test_first_words(settings: dict[str, Any], at: datetime, fields: dict[str, Any], outcome: str) -> None:
    office = Office(at, **settings)
    assert office.of(office.give(**fields))[0][0] == outcome


def test_an_approved_proposal_is_done_and_told_with_its_seconds() -> None:
    office = Office()
    proposal = office.give(**PROGRAM, phases=(2, 6))
    office.tick(20)
    assert not office.junction.hold_set
    approval = office.give(action="approve", target=proposal.id)
    office.tick(25)
    assert [outcome for outcome, _ in office.of(proposal)] == ["proposed", "queued", "active", "completed"]
    assert office.of(approval) == [("completed", None)]
    done = next(fate for fate in office.fates if fate.outcome == "completed" and fate.order is proposal)
    assert done.granted_s is not None
    assert 8 <= done.granted_s <= 10


def test_a_rejected_or_forgotten_proposal_does_nothing() -> None:
    office = Office()
    first, second = office.give(**PROGRAM), office.give(**PROGRAM)
    office.give(action="reject", target=first.id)
    office.tick(125)
    assert office.of(first)[1] == ("refused", "not_approved")
    assert office.of(second)[1] == ("expired", "expired")
    assert not any(kind == "command" for kind, _ in office.log)


TAKE_BACK: list[tuple[str, dict[str, Any], bool]] = [
    # who releases budi's lease, by name                                             may
    ("budi himself", {}, True),
    ("another operator", {"who": "siti"}, False),
    ("a manager", {"who": "siti", "role": "manage"}, True),
    ("a program", PROGRAM, False),
]


@pytest.mark.parametrize(("fields", "may"), [row[1:] for row in TAKE_BACK], ids=[row[0] for row in TAKE_BACK])
def test_who_may_take_back(fields: dict[str, Any], may: bool) -> None:
    office = Office()
    lease = office.give(phases=(2, 6), seconds=40)
    office.tick(12)
    assert office.junction.hold_set
    office.give(action="release", target=lease.id, **fields)
    office.tick(1)
    assert (office.of(lease)[-1] == ("released", "asked_to")) is may
    assert bool(office.junction.hold_set) is not may


def test_an_ambulance_takes_the_place_of_an_extension_and_a_vvip_waits() -> None:
    office = Office()
    extension = office.give(phases=(2, 6), seconds=40)
    office.tick(12)
    vvip = office.give(action="priority", kind="vvip", approach="arm-4", phases=(), role="manage")
    ambulance = office.give(action="priority", kind="ambulance", approach="arm-8", phases=(), seconds=10)
    office.tick(1)
    assert office.of(extension)[-1] == ("released", "owned_by_other")
    office.tick(40)
    assert ("active", None) in office.of(ambulance)
    assert office.of(vvip) == [("queued", None)]
    stages = {one.id: one.stage for one in office.desk.book.requests}
    assert stages[ambulance.id] in {"activated", "completed", "cooldown"}
    office.tick(90)
    assert office.of(ambulance)[-1] == ("completed", "given")


def test_the_last_word_is_said_when_the_bridge_stops() -> None:
    office = Office()
    lease = office.give(phases=(2, 6), seconds=40)
    office.tick(12)
    office.fates += office.desk.close(office.time())
    assert office.of(lease)[-1] == ("released", "shutting_down")
    assert not office.junction.hold_set


def test_one_name_is_one_request() -> None:
    office = Office()
    first = office.give(phases=(2, 6))
    again = office.give(phases=(4,), id=first.id)
    assert office.of(again)[-1] == ("refused", "malformed")


def test_every_command_and_every_fate_is_in_the_log() -> None:
    office = Office()
    office.give(phases=(2, 6), seconds=10)
    office.tick(30)
    kinds = [kind for kind, _ in office.log]
    assert kinds.count("request") == 3, "queued, active, completed"
    assert [data["what"] for kind, data in office.log if kind == "command"] == ["hold"]
    assert "release" in kinds
    assert [data["granted_s"] for kind, data in office.log if kind == "request"][:2] == [None, None]
    assert [data["granted_s"] for kind, data in office.log if kind == "request"][2] is not None


def test_a_dead_line_does_not_fill_the_log() -> None:
    office = Office()
    office.give(phases=(2, 6), seconds=40)
    office.tick(12)
    office.junction.faults.dead = True
    before = len(office.log)
    office.tick(300)
    assert len(office.log) - before <= 4
