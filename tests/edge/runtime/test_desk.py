"""What must not come apart: a process that dies between any two calls leaves neither a hole nor a double."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import CameraCondition, CameraEvent, Line, NoParkingZone, Observation, VehicleClass, Zones, decode
from contract.messages import Kept
from edge.aggregation import CameraPlan, Sight
from edge.counting import Crossing
from edge.frame import Frame
from edge.outbox import Outbox
from edge.parking import Case, Notice, OpenCase, ParkingState
from edge.runtime.desk import Desk, Seen

START = datetime(2026, 3, 2, 7, 0, 5, tzinfo=UTC)
LINE = Line(id="main", a=(0.1, 0.5), b=(0.9, 0.5), right="down", left="up")
CORNERS = ((0.1, 0.1), (0.3, 0.1), (0.3, 0.3))
KERB = Zones(zones=(NoParkingZone(kind="no_parking", id="kerb", polygon=CORNERS),))
PLAN = {"dago-1": CameraPlan(Zones(lines=(LINE,)), 10.0)}


@dataclass
class Roadside:
    """A unit's desk and disk; its process can die, its clock is the test's."""

    folder: Path
    now: datetime = START
    boots: int = 0
    desk: Desk = field(init=False)
    outbox: Outbox = field(init=False)

    def __post_init__(self) -> None:
        self.boot()

    def boot(self) -> None:
        self.boots += 1
        self.outbox = Outbox(self.folder / "outbox.db", cap_bytes=10_000_000)
        self.desk = Desk(self.outbox, f"{self.boots:032x}", PLAN, 60, lambda: self.now)

    def dies(self, down_s: float = 0.0) -> None:
        """Without a word; what was in memory only is gone."""
        self.outbox.close()
        self.now += timedelta(seconds=down_s)
        self.boot()

    def passes(self, seconds: float) -> None:
        until = self.now + timedelta(seconds=seconds)
        while self.now < until:
            self.now = min(until, self.now + timedelta(seconds=0.5))
            self.desk.tick()

    def looks(self, *, crossings: int = 0, condition: CameraCondition = CameraCondition.OK) -> None:
        frame = Frame(np.zeros((2, 2, 3), np.uint8), 0, 100.0, self.now)
        crossed = [Crossing(99.9, 0, "main", "down", VehicleClass.CAR, number) for number in range(crossings)]
        self.desk.looked("dago-1", Seen(frame, Sight(condition), crossed))

    def kept(self) -> list[Kept]:
        entries = self.outbox.waiting(limit=10_000)
        found = [decode(f"simpang/v1/bandung/u/{entry.kind}", entry.payload)[1] for entry in entries]
        return [message for message in found if isinstance(message, Kept)]

    def counted(self) -> int:
        observations = [one for one in self.kept() if isinstance(one, Observation)]
        return sum(sum(line.counts.values()) for one in observations for camera in one.cameras for line in camera.lines)


@pytest.fixture
def roadside(tmp_path: Path) -> Iterator[Roadside]:
    made = Roadside(tmp_path)
    yield made
    made.outbox.close()


def test_what_was_counted_and_noted_survives_the_process(roadside: Roadside) -> None:
    roadside.looks(crossings=3)
    roadside.passes(6)
    roadside.dies(down_s=4)
    roadside.looks(crossings=2)
    roadside.passes(60)
    first, *_ = [one for one in roadside.kept() if isinstance(one, Observation)]
    assert (first.start, first.time) == (START, START.replace(minute=1, second=0))
    assert roadside.counted() == 5
    assert "part_interval" in first.cameras[0].quality.reasons


def test_a_trouble_that_is_open_stays_one_case_over_deaths(roadside: Roadside) -> None:
    for _ in range(3):
        roadside.desk.lost("dago-1")
        roadside.passes(3)
        roadside.dies()
    for _ in range(40):
        roadside.passes(0.5)
        roadside.looks()
    opened, closed = [one for one in roadside.kept() if isinstance(one, CameraEvent)]
    assert (opened.phase, closed.phase, closed.case) == ("opened", "closed", opened.case)
    roadside.dies()
    roadside.looks()
    assert len([one for one in roadside.kept() if isinstance(one, CameraEvent)]) == 2


def test_the_parking_cases_that_are_open_change_with_what_is_told_of_them(roadside: Roadside) -> None:
    case = Case(case="p1", zone="kerb", vehicle=VehicleClass.CAR, opened=START)
    state = ParkingState(saved=START)
    roadside.desk.parked("dago-1", [Notice("opened", case)], state)
    roadside.dies()
    assert roadside.desk.parking_state("dago-1", KERB) == state
    assert [one.seq for one in roadside.kept()] == [1]
    assert roadside.desk.parking_state("dago-2", KERB) is None


def test_what_nobody_watches_any_more_is_closed(roadside: Roadside) -> None:
    case = Case(case="p1", zone="kerb", vehicle=VehicleClass.CAR, opened=START)
    still = {"case": case, "box": (0.1, 0.1, 0.2, 0.2), "stood_s": 9.0, "patch": base64.b64encode(b"grey")}
    state = ParkingState(saved=START, cases=(OpenCase.model_validate(still),))
    roadside.desk.parked("dago-1", [Notice("opened", case)], state)
    roadside.desk.lost("dago-1")
    roadside.dies(down_s=60)
    assert roadside.desk.parking_state("dago-1", KERB) == state, "as long as its zone is there, it goes on"
    for _ in range(2):
        roadside.desk.removed("dago-1")
        roadside.dies()
    told = [(type(one).__name__, getattr(one, "phase", "")) for one in roadside.kept()]
    assert told == [
        ("ParkingEvent", "opened"),
        ("CameraEvent", "opened"),
        ("ParkingEvent", "closed"),
        ("CameraEvent", "closed"),
    ]


def test_notes_that_cannot_be_read_are_none(roadside: Roadside) -> None:
    names = ["intervals", "trouble/dago-1", "parking/dago-1"]
    roadside.outbox.note(dict.fromkeys(names, b"\xff{"))
    roadside.dies()
    roadside.looks(crossings=1)
    roadside.passes(60)
    assert roadside.counted() == 1
    assert roadside.desk.parking_state("dago-1", KERB) is None


STEPS = st.lists(
    st.one_of(st.integers(0, 3), st.floats(0.5, 70), st.sampled_from(["noted and dies", "noted and rests"])),
    max_size=25,
)


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_no_crossing_that_was_noted_is_lost_or_told_twice(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int | float | str]
) -> None:
    logging.disable(logging.INFO)
    roadside, crossed = Roadside(tmp_path_factory.mktemp("desk")), 0
    for step in steps:
        if isinstance(step, int):
            roadside.looks(crossings=step)
            crossed += step
        elif isinstance(step, float):
            roadside.passes(step)
        else:
            roadside.passes(5.5)
            roadside.dies(down_s=3.0 if step == "noted and dies" else 200.0)
    roadside.desk.finish()
    assert roadside.counted() == crossed
    spans = [(one.start, one.time) for one in roadside.kept() if isinstance(one, Observation)]
    assert len(spans) == len(set(spans))
    roadside.outbox.close()
    logging.disable(logging.NOTSET)
