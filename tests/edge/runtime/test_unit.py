"""The whole unit as a process, on real footage, against a real Mosquitto."""

from __future__ import annotations

import signal
import socket
import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from contract import CameraEvent, Health, Observation, decode
from tests.support.data import FOOTAGE
from tests.support.edge_process import EdgeProcess, camera, unit_toml
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.mqtt import Listener
from tests.support.unit import EVERYTHING, kept, observations, states

TOLL = FOOTAGE / "toll_noon.mp4"
TOLD = "edge.runtime.desk: "
"""Begins the log line of each interval."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def centre(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker.host, broker.port, EVERYTHING) as centre:
        yield centre


def unit_in(folder: Path, text: str) -> EdgeProcess:
    (folder / "unit.toml").write_text(text)
    return EdgeProcess(folder)


def vehicles(observation: Observation) -> int:
    return sum(sum(line.counts.values()) for one in observation.cameras for line in one.lines)


def spans_are_told_once(found: list[Observation]) -> None:
    """Every interval once: no two overlap, and no end is told twice."""
    spans = sorted((one.start, one.time) for one in found)
    assert len({end for _, end in spans}) == len(spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans)), spans


def test_a_unit_counts_reports_and_says_goodbye(tmp_path: Path, broker: Mosquitto, centre: Listener) -> None:
    with unit_in(tmp_path, unit_toml(broker.port, camera("dago-1", TOLL))) as unit:
        centre.wait_until(lambda heard: sum(map(vehicles, observations(heard))) >= 5, "/observation")
        heard = centre.wait_until(bool, "/health")
        assert unit.stop() == 0, unit.log
    _, health = decode(heard[0].topic, heard[0].payload)
    assert isinstance(health, Health)
    assert health.memory_mb > 50
    centre.wait_until(lambda heard: len(heard) == 2, "/state")
    assert [(one.status, one.reason) for one in states(centre.heard())] == [
        ("online", "started"),
        ("offline", "stopped"),
    ]
    found = observations(centre.heard())
    first, *whole, last = found
    assert ["part_interval" in one.cameras[0].quality.reasons for one in (first, last)] == [True, True]
    assert all(one.interval_s == 1 and one.time.microsecond == 0 for one in whole)
    assert all(len(one.cameras[0].lines) == 2 for one in whole if one.cameras[0].quality.grade != "blind")
    spans_are_told_once(found)
    with Listener(broker.host, broker.port, EVERYTHING, client_id="later") as later:
        (retained,) = later.wait_until(bool, "/state")
        assert (states([retained])[0].reason, retained.retained) == ("stopped", True)


def test_without_a_broker_and_killed_twice_nothing_is_lost(tmp_path: Path, broker: Mosquitto, centre: Listener) -> None:
    text = unit_toml(broker.port, camera("dago-1", TOLL))
    with unit_in(tmp_path, text) as unit:
        centre.wait_until(lambda heard: len(heard) >= 2, "/observation")
        broker.stop()
        unit.wait_for_log("the connection broke off")
        unit.wait_for_log(TOLD, 5)
        unit.kill()
    with unit_in(tmp_path, text) as unit:
        unit.wait_for_log(TOLD, 3)
        unit.kill()
    with unit_in(tmp_path, text) as unit:
        unit.wait_for_log(TOLD, 3)
        broker.start()
        unit.wait_for_log("connected")
        assert unit.stop() == 0, unit.log
    heard = centre.wait_until(lambda heard: any(one.reason == "stopped" for one in states(heard)))
    numbers = sorted(kept(heard))
    with sqlite3.connect(tmp_path / "data" / "outbox.db") as database:
        ((next_seq,),) = database.execute("SELECT value FROM tally WHERE name = 'next_seq'").fetchall()
        assert database.execute("SELECT count(*) FROM message").fetchall() == [(0,)]
    assert numbers == list(range(1, next_seq)), "every number that was given out arrived"
    found = observations(heard)
    assert len(found) >= 9
    assert len({one.boot_id for one in found}) == 3
    spans_are_told_once(found)
    assert sum(map(vehicles, found)) > 0


def test_a_camera_that_is_not_there_is_said_and_the_others_are_counted(
    tmp_path: Path, broker: Mosquitto, centre: Listener
) -> None:
    absent = f"rtsp://user:secret@127.0.0.1:{free_port()}/1"
    with unit_in(tmp_path, unit_toml(broker.port, camera("dago-1", TOLL), camera("dago-2", absent))) as unit:
        heard = centre.wait_until(lambda heard: sum(map(vehicles, observations(heard))) >= 3, "/observation")
        unit.wait_for_log("the camera does not answer (Connection refused): check power, cable and address")
        assert "secret" not in unit.log
    (lost,) = [message for message in kept(centre.heard("/event")).values() if isinstance(message, CameraEvent)]
    assert (lost.camera, lost.phase, lost.condition) == ("dago-2", "opened", "lost")
    for observation in observations(heard):
        _, away = observation.cameras
        assert (away.quality.grade, away.lines) == ("blind", ()), "no 0 is told of a camera that sees nothing"


def test_a_second_unit_on_the_same_data_folder_is_refused_and_ctrl_c_ends_the_first(tmp_path: Path) -> None:
    with unit_in(tmp_path, unit_toml(free_port(), camera("dago-1", TOLL))) as unit:
        unit.wait_for_log("does not answer (Connection refused)")
        second = EdgeProcess(tmp_path).start()
        second.wait_for_log("another simpang edge run works with this data folder")
        assert second.process.wait(60) == 2
        assert unit.stop(signal.SIGINT) == 0
        assert "messages wait for the next start" in unit.log


def test_systemd_is_told(tmp_path: Path) -> None:
    told = tmp_path / "notify"
    (tmp_path / "unit.toml").write_text(unit_toml(free_port(), camera("dago-1", TOLL)))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(told))
        systemd.settimeout(60)
        with EdgeProcess(tmp_path, NOTIFY_SOCKET=str(told), WATCHDOG_USEC="600000") as unit:
            assert systemd.recv(200).startswith(b"READY=1")
            assert systemd.recv(200) == b"WATCHDOG=1"
            assert systemd.recv(200) == b"WATCHDOG=1"
            assert unit.stop() == 0
            last = [systemd.recv(200)]
            while last[-1] == b"WATCHDOG=1":
                last.append(systemd.recv(200))
            assert last[-1] == b"STOPPING=1"
