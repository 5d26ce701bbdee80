"""Configuration from the centre: applied at a boundary, kept, refused, rolled back; through a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from contract import ConfigReported, ConfigSet, ContractError, Observation, decode, encode
from edge.config import UnitConfig, load_unit
from edge.runtime.settings import Settings
from tests.support.data import FOOTAGE
from tests.support.edge_process import EdgeProcess, camera, model_store, unit_in_thread, unit_toml
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.mqtt import Heard, Listener
from tests.support.unit import EVERYTHING, observations

TOLL = str(FOOTAGE / "toll_noon.mp4")
LINE = {"id": "other", "a": [0.05, 0.7], "b": [0.95, 0.7], "right": "masuk", "left": "keluar", "approach": "selatan"}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def centre(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker.host, broker.port, EVERYTHING) as centre:
        yield centre


def new(revision: int, **changed: Any) -> bytes:
    """A `config/set` with one camera that counts another line; `changed` goes into the camera."""
    one = {"id": "dago-1", "address": TOLL, "zones": {"lines": [LINE]}} | changed
    config = {"interval_s": 1, "target_fps": 5, "detector": {"model": "nanodet-m-320", "threads": 1}, "cameras": [one]}
    return encode(ConfigSet(revision=revision, time=datetime.now(UTC), config=config))


def set_to(centre: Listener, payload: bytes) -> None:
    centre.client.publish(EVERYTHING.replace("#", "config/set"), payload, qos=1, retain=True)


def reports(heard: list[Heard]) -> list[ConfigReported]:
    found = [decode(one.topic, one.payload)[1] for one in heard if not one.retained]
    return [message for message in found if isinstance(message, ConfigReported)]


def lines(observation: Observation) -> set[str]:
    return {line.line for one in observation.cameras for line in one.lines}


def test_it_is_applied_at_a_boundary_without_losing_an_interval_and_kept(
    tmp_path: Path, broker: Mosquitto, centre: Listener
) -> None:
    (tmp_path / "unit.toml").write_text(unit_toml(broker.port, camera("dago-1", TOLL)))
    with EdgeProcess(tmp_path) as unit:
        centre.wait_until(lambda heard: len(heard) >= 3, "/observation")
        set_to(centre, new(1))
        centre.wait_until(lambda heard: any(one.revision == 1 for one in reports(heard)), "/reported")
        centre.wait_until(lambda heard: sum("other" in lines(one) for one in observations(heard)) >= 3)
        unit.kill()
    found = [one for one in observations(centre.heard()) if one.interval_s == 1]
    assert all(one.time == other.start for one, other in pairwise(found)), "an interval is missing"
    seen = [one for one in found if lines(one)]
    assert lines(seen[0]) == {"main"}
    assert lines(seen[-1]) == {"other"}
    assert seen[-1].cameras[0].approaches[0].approach == "selatan"
    with EdgeProcess(tmp_path) as unit:
        (before,) = {one.boot_id for one in found}
        told = centre.wait_until(
            lambda heard: any(one.boot_id != before and lines(one) for one in observations(heard)), "/observation"
        )
        assert unit.stop() == 0, unit.log
    assert {line for one in observations(told) if one.boot_id != before for line in lines(one)} == {"other"}
    last = reports(centre.heard("/reported"))[-1]
    assert (last.revision, last.outcome) == (1, "applied")


REFUSED = [
    ("no message", b"\xff\x00", "config/set"),
    ("zone outside the picture", new(1, zones={"lines": [LINE | {"a": [0.05, 1.7]}]}), "revision 1: cameras.0.zones"),
    ("unknown key", new(1, adress="x"), "revision 1: cameras.0.adress: Extra inputs are not permitted"),
    ("recording not there", new(1, address="/nowhere.mp4"), "/nowhere.mp4: no such video file"),
    ("model not there", new(1).replace(b"nanodet-m-320", b"fastestdet-x"), "no model 'fastestdet-x'"),
    ("another unit", new(1).replace(b'"interval_s"', b'"unit":"edge-gasibu","interval_s"'), "unit belongs to the card"),
    (
        "another broker",
        new(1).replace(b'"interval_s"', b'"broker":{"host":"127.0.0.1","port":1},"interval_s"'),
        "broker belongs to the card",
    ),
]


def running(folder: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> AbstractContextManager[Settings]:
    """A unit that counts `main` on the toll road."""
    (folder / "unit.toml").write_text(unit_toml(broker.port, camera("dago-1", TOLL)))
    return unit_in_thread(folder, monkeypatch)


def refused(heard: list[Heard]) -> list[ConfigReported]:
    return [one for one in reports(heard) if one.outcome == "refused"]


def more_refused(than: int, heard: list[Heard]) -> bool:
    return len(refused(heard)) > than


def test_what_cannot_be_applied_is_refused_and_the_unit_goes_on(
    tmp_path: Path, broker: Mosquitto, centre: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path, broker, monkeypatch) as settings:
        for what, payload, says in REFUSED:
            before = len(refused(centre.heard("/reported")))
            set_to(centre, payload)
            report = refused(centre.wait_until(partial(more_refused, before), "/reported"))[-1]
            assert report.revision == 0, "the revision that the unit runs with"
            assert says in (report.reason or ""), what
        assert settings.revision == 0
        centre.wait_until(lambda heard: any(lines(one) == {"main"} for one in observations(heard)), "/observation")


def test_a_camera_that_gives_no_picture_any_more_is_rolled_back(
    tmp_path: Path, broker: Mosquitto, centre: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.runtime.unit.TRIAL_S", 1.5)
    with running(tmp_path, broker, monkeypatch) as settings:
        centre.wait_until(lambda heard: len(heard) >= 2, "/observation")
        set_to(centre, new(7, address=f"rtsp://127.0.0.1:{free_port()}/gone"))
        told = centre.wait_until(
            lambda heard: any(one.outcome == "rolled_back" for one in reports(heard)), "/config/reported"
        )
        applied, rolled_back = [one for one in reports(told) if one.outcome == "rolled_back" or one.revision == 7]
        assert (applied.outcome, applied.revision) == ("applied", 7)
        assert rolled_back.revision == 0
        assert "revision 7: no picture any more from dago-1" in (rolled_back.reason or "")
        count = len(observations(centre.heard()))
        centre.wait_until(lambda heard: any(lines(one) == {"main"} for one in observations(heard)[count + 1 :]))
        assert settings.examine(new(7)) is None, "what failed is not tried again"


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UnitConfig:
    monkeypatch.setenv("SIMPANG_MODELS", str(model_store(tmp_path)))
    (tmp_path / "unit.toml").write_text(unit_toml(1883, camera("dago-1", TOLL)))
    return load_unit(tmp_path / "unit.toml")


def settings(local: UnitConfig, folder: Path) -> Settings:
    return Settings(local, folder / "unit.toml")


def applied(local: UnitConfig, folder: Path, revision: int = 3) -> Settings:
    """Settings that have just applied a configuration of the centre."""
    made = settings(local, folder)
    examined = made.examine(new(revision))
    assert examined is not None
    made.apply(*examined)
    return made


def test_a_unit_that_keeps_restarting_on_trial_goes_back_by_itself(tmp_path: Path, local: UnitConfig) -> None:
    applied(local, tmp_path)
    starts = [settings(local, tmp_path) for _ in range(4)]
    assert [one.revision for one in starts] == [3, 3, 0, 0]
    assert (starts[2].report.outcome, starts[2].report.reason) == (
        "rolled_back",
        "revision 3: the unit restarted 3 times while it was on trial",
    )
    assert starts[3].examine(new(3)) is None, "what failed is not tried again"
    assert starts[3].examine(new(4)) is not None


def test_what_is_confirmed_stays(tmp_path: Path, local: UnitConfig) -> None:
    applied(local, tmp_path).confirm()
    starts = [settings(local, tmp_path) for _ in range(5)]
    assert [(one.revision, one.on_trial) for one in starts] == [(3, False)] * 5
    assert starts[0].config.cameras[0].zones.lines[0].id == "other"
    with pytest.raises(ContractError, match="revision 2 is older than 3"):
        starts[0].examine(new(2))


def test_a_technician_who_edits_unit_toml_is_right(tmp_path: Path, local: UnitConfig) -> None:
    applied(local, tmp_path).confirm()
    with (tmp_path / "unit.toml").open("a") as file:
        file.write("# moved the camera\n")
    for _ in range(2):
        edited = settings(local, tmp_path)
        assert (edited.revision, edited.config) == (0, local)
        assert edited.examine(new(3)) is None, "what the broker still holds is not tried again"
    assert edited.examine(new(4)) is not None


@pytest.mark.parametrize("spoilt", [b"", b"{}", b'{"revision": 3', b"\xff\xfe"])
def test_a_kept_file_that_is_spoilt_is_put_aside(tmp_path: Path, local: UnitConfig, spoilt: bytes) -> None:
    applied(local, tmp_path).confirm()
    (tmp_path / "data" / "config.json").write_bytes(spoilt)
    assert settings(local, tmp_path).revision == 0


def test_the_kept_file_is_for_the_unit_alone(tmp_path: Path, local: UnitConfig) -> None:
    applied(local, tmp_path)
    assert (tmp_path / "data" / "config.json").stat().st_mode & 0o077 == 0, "it holds the cameras' passwords"
