"""The doctor at real things: Mosquitto with certificates, clips, databases, files; and the command."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from contract import CameraCondition
from edge.cli import app
from edge.config import CameraConfig, UnitConfig, load_unit
from edge.doctor import Check, Grade
from edge.doctor.probe.broker import probe_broker
from edge.doctor.probe.camera import probe_camera
from edge.doctor.probe.machine import probe_disk
from edge.doctor.probe.network import probe_network
from edge.doctor.probe.outbox import probe_outbox, running
from edge.doctor.readings import BrokerReading, CameraReading
from edge.doctor.rules.camera import SOFT
from edge.frame import Image
from edge.outbox import Outbox
from provisioning.authority import Authority, Role
from provisioning.authority.index import Reason
from tests.support import ca
from tests.support.ca import Caller, GuardedBroker
from tests.support.clips import Sensor, street
from tests.support.data import FOOTAGE
from tests.support.edge_process import EdgeProcess, camera, model_store, unit_toml
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.unit import UNIT, minute

TOLL = FOOTAGE / "toll_noon.mp4"
Spoil = Callable[[Authority, Path], None]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = ca.authority(tmp_path / "ca")
    ca.put(made.issue(UNIT, Role.UNIT, ca.now()), tmp_path / "tls")
    return made


@pytest.fixture
def guarded(authority: Authority, tmp_path: Path) -> Iterator[GuardedBroker]:
    with GuardedBroker(authority, tmp_path / "broker") as broker:
        yield broker


def unit(folder: Path, port: int, *, host: str = "127.0.0.1", tls: str = "tls") -> UnitConfig:
    """The unit of `folder`, with the certificates that a card has."""
    text = unit_toml(port, camera("dago-1", TOLL)).replace("broker = ", "#")
    text += f'[broker]\nhost = "{host}"\nport = {port}\n'
    if tls:
        text += f'[broker.tls]\nca = "{tls}/ca.pem"\ncertificate = "{tls}/unit.pem"\nkey = "{tls}/unit.key"\n'
    (folder / "unit.toml").write_text(text)
    return load_unit(folder / "unit.toml")


def asked(config: UnitConfig, *, in_use: bool = False) -> BrokerReading:
    return probe_broker(config, reachable=True, in_use=in_use, now=datetime.now(UTC))


def test_a_guarded_broker_takes_the_unit_and_nothing_in_anothers_name(tmp_path: Path, guarded: GuardedBroker) -> None:
    seen = asked(unit(tmp_path, guarded.port))
    assert (seen.tls_fault, seen.login, seen.own_topic, seen.foreign_topic) == (None, "accepted", True, False)
    assert seen.certificate_ends is not None


def test_a_running_unit_keeps_its_line(authority: Authority, tmp_path: Path, guarded: GuardedBroker) -> None:
    with Caller(guarded, authority.folder / "ca.pem", tmp_path / "tls") as line:
        assert asked(unit(tmp_path, guarded.port), in_use=True).login == "in_use"
        assert line.publish(f"simpang/v1/{ca.SITE}/{UNIT}/health") == "No matching subscribers"
        assert guarded.log.count("already connected") == 0


def revoked(authority: Authority, folder: Path) -> None:
    ca.put(authority.issue("edge-hilang", Role.UNIT, ca.now()), folder / "shown")
    authority.revoke("edge-hilang", Reason.STOLEN, ca.now())


def expired(authority: Authority, folder: Path) -> None:
    ca.put(authority.issue(UNIT, Role.UNIT, ca.now() - timedelta(days=800)), folder / "shown")


def foreign(authority: Authority, folder: Path) -> None:
    """Another city's card: neither side knows the other's authority."""
    ca.put(ca.authority(folder / "foreign").issue(UNIT, Role.UNIT, ca.now()), folder / "shown")


def unreadable(authority: Authority, folder: Path) -> None:
    ca.put(authority.issue(UNIT, Role.UNIT, ca.now()), folder / "shown")
    (folder / "shown/unit.key").write_text("no key")


FAULTS = [(revoked, "own_refused"), (expired, "own_expired"), (foreign, "server_unknown"), (unreadable, "files")]


@pytest.mark.parametrize(("spoil", "fault"), FAULTS)
def test_what_is_wrong_with_a_certificate_is_told_apart(
    spoil: Spoil, fault: str, authority: Authority, guarded: GuardedBroker, tmp_path: Path
) -> None:
    spoil(authority, tmp_path)
    guarded.refresh()
    guarded.stop()
    guarded.start()
    assert asked(unit(tmp_path, guarded.port, tls="shown")).tls_fault == fault


def test_a_broker_by_a_name_that_its_certificate_lacks(tmp_path: Path, guarded: GuardedBroker) -> None:
    assert asked(unit(tmp_path, guarded.port, host="localhost")).tls_fault == "server_name"


def test_an_open_broker_is_seen_to_take_everything(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "open") as broker:
        seen = asked(unit(tmp_path, broker.port, tls=""))
    assert (seen.encrypted, seen.login, seen.own_topic, seen.foreign_topic) == (False, "accepted", True, True)


def test_the_way_to_the_broker(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        there = probe_network(unit(tmp_path, listening.getsockname()[1], tls="").broker)
    assert (there.address, there.connect_ms is not None) == ("127.0.0.1", True)
    gone = probe_network(unit(tmp_path, free_port(), tls="").broker)
    assert (gone.connect_ms, gone.reach_fault) == (None, "Connection refused")
    nameless = unit(tmp_path, 1, tls="").broker.model_copy(update={"host": "broker.invalid"})
    assert probe_network(nameless).name_fault


def test_the_outbox_is_read_beside_a_unit_that_writes_it(tmp_path: Path) -> None:
    assert probe_outbox(tmp_path).depth == 0
    outbox = Outbox(tmp_path / "outbox.db", cap_bytes=10_000_000)
    outbox.append([minute(1), minute(2)])
    seen = probe_outbox(tmp_path)
    assert (seen.depth, seen.dropped, seen.fault) == (2, 0, "")
    assert seen.oldest == datetime(2026, 3, 2, 6, 1, tzinfo=UTC)
    outbox.close()
    (tmp_path / "outbox.db").write_bytes(b"no database" * 100)
    assert "not a database" in probe_outbox(tmp_path).fault


def test_the_disk(tmp_path: Path) -> None:
    here = probe_disk(tmp_path / "not" / "made" / "yet", root=tmp_path)
    assert (here.writable, here.free_mb > 0, here.worn_percent) == (True, True, None)
    life = tmp_path / "sys/block/mmcblk0/device/life_time"
    life.parent.mkdir(parents=True)
    life.write_text("0x02 0x09\n")
    assert probe_disk(tmp_path, root=tmp_path).worn_percent == 90
    assert not probe_disk(Path("/proc/self")).writable


def film(folder: Path, pictures: list[Image]) -> Path:
    """A clip of ten pictures a second."""
    path = folder / "clip.avi"
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (width, height))
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path


def watched(address: Path | str, watch_s: float) -> CameraReading:
    config = CameraConfig.model_validate({"id": "dago-1", "address": str(address), "zones": {}})
    return probe_camera(config, 10.0, watch_s=watch_s)


def test_a_camera_on_a_real_road() -> None:
    seen = watched(TOLL, 2.0)
    assert (seen.fault, seen.width, seen.height, seen.condition) == ("", 640, 360, CameraCondition.OK)
    assert seen.frames > 3
    assert seen.sharpness is not None
    assert seen.sharpness > SOFT


SENSOR = Sensor()
PICTURES = [
    ("black", [np.zeros((360, 640, 3), np.uint8)] * 60, CameraCondition.BLACK, 4.5),
    ("covered", [SENSOR.film(np.full((360, 640, 3), 120, np.uint8), noise=3) for _ in range(80)], "covered", 6.5),
]


@pytest.mark.parametrize(("pictures", "condition", "watch_s"), [row[1:] for row in PICTURES], ids=["black", "covered"])
def test_a_camera_that_shows_nothing(tmp_path: Path, pictures: list[Image], condition: str, watch_s: float) -> None:
    assert watched(film(tmp_path, pictures), watch_s).condition == condition


def test_a_camera_out_of_focus_from_the_start(tmp_path: Path) -> None:
    blurred = cv2.GaussianBlur(street(), (0, 0), 3).astype(np.uint8)
    seen = watched(film(tmp_path, [SENSOR.film(blurred, noise=1) for _ in range(20)]), 1.0)
    assert seen.sharpness is not None
    assert seen.sharpness < SOFT


def test_a_camera_that_is_not_there_ends_soon_and_keeps_its_password() -> None:
    seen = watched(f"rtsp://user:geheim@127.0.0.1:{free_port()}/1", 2.0)
    assert seen.frames == 0
    assert "Connection refused" in seen.fault
    assert "geheim" not in f"{seen.fault}{seen.address}"


def test_the_command_beside_a_unit_that_counts(
    tmp_path: Path, guarded: GuardedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit(tmp_path, guarded.port)
    monkeypatch.setenv("SIMPANG_MODELS", str(model_store(tmp_path)))
    words = ["doctor", "--config", str(tmp_path / "unit.toml"), "--watch", "1"]
    with EdgeProcess(tmp_path) as process:
        process.wait_for_log("connected")
        assert running(tmp_path / "data")
        done = CliRunner().invoke(app, [*words, "--json"])
        assert process.log.count("connected") == 1, "its line was not cut"
    assert not running(tmp_path / "data")
    found = {one["check"]: one for one in json.loads(done.stdout)}
    assert set(found) == set(Check)
    assert found["broker"]["found"]["id"].startswith("sertifikat diterima; unit sedang tersambung")
    assert found["model"]["grade"] == found["disk"]["grade"] == Grade.OK
    assert done.exit_code == (0 if all(one["grade"] == "ok" for one in found.values()) else 1)
    alone = CliRunner().invoke(app, words)
    assert "masuk dan hak benar" in alone.stdout
    assert "login and rights are right" in alone.stdout


def test_a_wrong_unit_toml_is_told_in_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["doctor", "--config", str(tmp_path / "none.toml")])
    assert (done.exit_code, "none.toml: cannot be read" in done.output) == (2, True)
