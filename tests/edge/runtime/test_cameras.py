"""The unit and its cameras: RTSP that drops and returns, parked cars that stay one case over kill -9."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import cv2
import pytest

from contract import CameraEvent, Evidence, ParkingEvent
from edge.outbox import Outbox
from edge.parking import Box, ParkingState
from edge.parking.seen import overlap
from tests.support.cameras import RtspCamera
from tests.support.clips import street
from tests.support.data import FOOTAGE
from tests.support.edge_process import EdgeProcess, camera, unit_in_thread, unit_toml
from tests.support.mosquitto import Mosquitto, free_port
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


def test_an_rtsp_camera_that_drops_and_returns_is_one_case(
    tmp_path: Path, broker: Mosquitto, centre: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.runtime.trouble.SETTLE", timedelta(seconds=2))
    clip = FOOTAGE / "street_cars.mp4"
    with RtspCamera(clip) as seen:
        drawn = camera("dago-1", seen.address, FOOTAGE / "street_cars.toml")
        (tmp_path / "unit.toml").write_text(unit_toml(broker.port, drawn))
        with unit_in_thread(tmp_path, monkeypatch):
            centre.wait_until(lambda heard: {"good", "degraded"} & set(grades(heard)) != set(), "/observation")
            seen.kill()
            centre.wait_until(lambda heard: [one.phase for one in troubles(heard)] == ["opened"], "/event")
            blind = centre.wait_until(lambda heard: grades(heard)[-1] == "blind", "/observation")
            assert observations(blind)[-1].cameras[0].quality.condition == "lost"
            seen.start()
            events = centre.wait_until(lambda heard: len(troubles(heard)) == 2, "/event")
    opened, closed = troubles(events)
    assert (opened.condition, closed.phase, closed.case) == ("lost", "closed", opened.case)
    assert closed.closed is not None
    assert closed.closed > opened.opened


def test_a_unit_that_reads_rtsp_ends_well(tmp_path: Path) -> None:
    """OpenCV's threads must not abort the process on its way out, which systemd would take for a crash."""
    with RtspCamera(FOOTAGE / "street_cars.mp4") as seen:
        drawn = camera("dago-1", seen.address, FOOTAGE / "street_cars.toml")
        (tmp_path / "unit.toml").write_text(unit_toml(free_port(), drawn))
        with EdgeProcess(tmp_path) as unit:
            unit.wait_for_log("(good)")
            assert unit.stop() == 0, unit.log


def test_a_camera_that_keeps_failing_is_started_five_times_and_the_others_go_on(
    tmp_path: Path,
    broker: Mosquitto,
    centre: Listener,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    cv2.imwrite(str(pictures / "1.png"), street())
    cameras = [camera("dago-1", FOOTAGE / "toll_noon.mp4"), camera("dago-2", pictures)]
    (tmp_path / "unit.toml").write_text(unit_toml(broker.port, *cameras))
    with unit_in_thread(tmp_path, monkeypatch):
        centre.wait_until(lambda heard: len(heard) >= 1, "/observation")
        (pictures / "1.png").unlink()
        centre.wait_until(lambda heard: [one.phase for one in troubles(heard)] == ["opened"], "/event")
        count = len(observations(centre.heard()))
        heard = centre.wait_until(lambda heard: len(observations(heard)) >= count + 4)
    assert caplog.text.count("camera dago-2: starting again after") == 5
    first, second = observations(heard)[-1].cameras
    assert (first.quality.grade != "blind", second.quality.grade) == (True, "blind")


def test_cars_that_park_stay_the_same_cases_when_the_unit_is_killed(
    tmp_path: Path, broker: Mosquitto, centre: Listener
) -> None:
    drawn = camera("dago-1", FOOTAGE / "car_park.mp4", FOOTAGE / "car_park.toml")
    (tmp_path / "unit.toml").write_text(unit_toml(broker.port, drawn))
    with EdgeProcess(tmp_path) as unit:
        before = centre.wait_until(lambda heard: any(one.confirmed for one in parking(heard)))
        unit.kill()
    with EdgeProcess(tmp_path) as unit:
        unit.wait_for_log("edge.runtime.desk: ", 9)
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
