"""Incidents at the desk: events and pictures in one transaction with what is open, closed when nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract import AreaZone, Evidence, IncidentEvent, IncidentKind, VehicleClass, Zones, decode
from edge.incidents import Incident, IncidentNotice, IncidentState
from edge.incidents.incident import OpenIncident
from edge.outbox import Outbox
from edge.parking import Picture
from edge.runtime.desk import Desk

START = datetime(2026, 3, 2, 7, 0, 5, tzinfo=UTC)
ROAD = AreaZone(kind="carriageway", id="road", polygon=((0.3, 0.0), (0.7, 0.0), (0.7, 1.0)))
TAKEN = Picture("opened", b"\xff\xd8 a picture")
INCIDENT = Incident(
    case="i1",
    incident=IncidentKind.STOPPED_VEHICLE,
    zone="road",
    vehicle=VehicleClass.CAR,
    opened=START,
    evidence=(TAKEN.sha256,),
)
STATE = IncidentState(saved=START, incidents=(OpenIncident(incident=INCIDENT, box=(0.4, 0.4, 0.5, 0.5)),))


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.db", cap_bytes=10_000_000)
    yield made
    made.close()


def desk(outbox: Outbox, boot: int) -> Desk:
    return Desk(outbox, f"{boot:032x}", {}, 60, lambda: START)


def told(outbox: Outbox) -> list[IncidentEvent]:
    entries = outbox.waiting(limit=100)
    found = [decode(f"simpang/v1/bandung/u/{entry.kind}", entry.payload)[1] for entry in entries]
    return [message for message in found if isinstance(message, IncidentEvent)]


def test_an_incident_is_told_with_its_picture_and_handed_on(outbox: Outbox) -> None:
    desk(outbox, 1).occurred("dago-1", [IncidentNotice("opened", INCIDENT, TAKEN)], STATE)
    after = desk(outbox, 2)
    assert after.incident_state("dago-1", Zones(zones=(ROAD,))) == STATE
    assert after.incident_state("dago-2", Zones(zones=(ROAD,))) is None
    (event,), picture = told(outbox), outbox.first_held()
    assert picture is not None
    assert event.case == Evidence.model_validate_json(picture.payload).case == "i1"


@pytest.mark.parametrize("how", ["its carriageway was taken away", "its camera was removed"])
def test_what_nobody_watches_any_more_is_closed_once(outbox: Outbox, how: str) -> None:
    desk(outbox, 1).occurred("dago-1", [IncidentNotice("opened", INCIDENT, TAKEN)], STATE)
    for boot in (2, 3):
        if how == "its camera was removed":
            desk(outbox, boot).removed("dago-1")
        else:
            desk(outbox, boot).incident_state("dago-1", Zones())
    assert [one.phase for one in told(outbox)] == ["opened", "closed"]


def test_a_note_that_cannot_be_read_is_none(outbox: Outbox) -> None:
    outbox.note({"incidents/dago-1": b"\xff{"})
    assert desk(outbox, 1).incident_state("dago-1", Zones(zones=(ROAD,))) is None
