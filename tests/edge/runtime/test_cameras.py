"""The unit and its cameras: RTSP that drops and returns, parked cars that stay one case over kill -9."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from contract import CameraEvent, Evidence, ParkingEvent
from edge.outbox import Outbox
from edge.parking import Box, ParkingState
from edge.parking.seen import overlap
from tests.support.cameras import RtspCamera
from tests.support.data import FOOTAGE
from tests.support.edge_process import EdgeProcess, camera, unit_toml
from tests.support.mosquitto import Mosquitto
from tests.support.mqtt import Heard, Listener
from tests.support.unit import EVERYTHING, kept, observations


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def centre(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker.host, broker.port, EVERYTHING) as centre:
        yield centre


def grades(heard: list[Heard]) -> list[str]:
    return [one.cameras[0].quality.grade for one in observations(heard)]


def troubles(heard: list[Heard]) -> list[CameraEvent]:
    return [message for _, message in sorted(kept(heard).items()) if isinstance(message, CameraEvent)]


def parking(heard: list[Heard]) -> list[ParkingEvent]:
    return [message for _, message in sorted(kept(heard).items()) if isinstance(message, ParkingEvent)]


def pictures(heard: list[Heard]) -> list[Evidence]:
    return [message for message in kept(heard).values() if isinstance(message, Evidence)]


def test_an_rtsp_camera_that_drops_and_returns_is_one_case(tmp_path: Path, broker: Mosquitto, centre: Listener) -> None:
    clip = FOOTAGE / "street_cars.mp4"
    with RtspCamera(clip) as street:
        drawn = camera("dago-1", street.address, FOOTAGE / "street_cars.toml")
        (tmp_path / "unit.toml").write_text(unit_toml(broker.port, drawn))
        with EdgeProcess(tmp_path) as unit:
            centre.wait_until(lambda heard: {"good", "degraded"} & set(grades(heard)) != set(), "/observation")
            street.kill()
            centre.wait_until(lambda heard: [one.phase for one in troubles(heard)] == ["opened"], "/event")
            blind = centre.wait_until(lambda heard: grades(heard)[-1] == "blind", "/observation")
            assert observations(blind)[-1].cameras[0].quality.condition == "lost"
            street.start()
            unit.wait_for_log("camera: back")
            events = centre.wait_until(lambda heard: len(troubles(heard)) == 2, "/event")
            assert unit.stop() == 0, unit.log
    opened, closed = troubles(events)
    assert (opened.condition, closed.phase, closed.case) == ("lost", "closed", opened.case)
    assert closed.closed is not None
    assert closed.closed > opened.opened


def test_cars_that_park_stay_the_same_cases_when_the_unit_is_killed(
    tmp_path: Path, broker: Mosquitto, centre: Listener
) -> None:
    drawn = camera("dago-1", FOOTAGE / "car_park.mp4", FOOTAGE / "car_park.toml")
    (tmp_path / "unit.toml").write_text(unit_toml(broker.port, drawn))
    with EdgeProcess(tmp_path) as unit:
        before = centre.wait_until(lambda heard: any(one.confirmed for one in parking(heard)))
        unit.kill()
    with EdgeProcess(tmp_path) as unit:
        unit.wait_for_log("edge.runtime.desk: ", 12)
        assert unit.stop() == 0, unit.log
    told = parking(centre.heard())
    opened = [one.case for one in told if one.phase == "opened"]
    assert len(opened) == len(set(opened)), "a case is opened once"
    closed = {one.case for one in told if one.phase == "closed"}
    left = Outbox(tmp_path / "data" / "outbox.db", cap_bytes=1_000_000).noted("parking/dago-1")
    assert left is not None
    standing = ParkingState.model_validate_json(left).cases
    assert {one.case for one in parking(before)} <= {one.case.case for one in standing} | closed
    boxes = [Box(*one.box) for one in standing]
    assert all(overlap(one, other) < 0.5 for one, other in combinations(boxes, 2)), "one vehicle, two cases"
    evidence_is_what_the_events_say(centre.heard())


def evidence_is_what_the_events_say(heard: list[Heard]) -> None:
    named = {digest for one in parking(heard) for digest in one.evidence}
    assert pictures(heard)
    for one in pictures(heard):
        assert one.sha256 == hashlib.sha256(one.jpeg).hexdigest()
        assert one.sha256 in named
        assert len(one.jpeg) <= 60_000
        assert one.jpeg.startswith(b"\xff\xd8")
