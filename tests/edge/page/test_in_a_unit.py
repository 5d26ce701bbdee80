"""What is drawn on the page goes the way of a configuration: at a boundary, on trial, kept, told, and back."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract import ConfigReported, Zones, decode
from edge.config import load_unit
from edge.runtime.settings import Settings
from tests.support.data import FOOTAGE
from tests.support.edge_process import camera, model_store, unit_in_thread, unit_toml
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.mqtt import Heard, Listener
from tests.support.unit import EVERYTHING, observations

TOLL = FOOTAGE / "toll_noon.mp4"
DRAWN = Zones.model_validate({"lines": [{"id": "baru", "a": [0.05, 0.7], "b": [0.95, 0.7], "right": "r", "left": "l"}]})


def write_unit(folder: Path, broker: int, page: int) -> None:
    text = unit_toml(broker, camera("dago-1", TOLL))
    (folder / "unit.toml").write_text(
        text.replace("detector =", f'page = {{ address = "127.0.0.1", port = {page} }}\ndetector =', 1)
    )


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def centre(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker.host, broker.port, EVERYTHING) as centre:
        yield centre


class Telephone:
    """Signs in with the PIN that the unit drew."""

    def __init__(self, port: int, pin: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self._headers = {"Content-Type": "application/json"}
        self._line.request("POST", "/api/sign-in", json.dumps({"pin": pin}), self._headers)
        answer = self._line.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        self._headers["Cookie"] = (answer.getheader("Set-Cookie") or "").partition(";")[0]

    def save(self, zones: Zones) -> None:
        body = json.dumps({"camera": "dago-1", "zones": zones.model_dump(mode="json")})
        self._line.request("POST", "/api/save", body, self._headers)
        answer = self._line.getresponse()
        assert json.loads(answer.read())["accepted"], answer.status

    def close(self) -> None:
        self._line.close()


def reported(heard: list[Heard]) -> list[ConfigReported]:
    found = [decode(one.topic, one.payload)[1] for one in heard if not one.retained]
    return [message for message in found if isinstance(message, ConfigReported)]


def lines(heard: list[Heard]) -> list[str]:
    return [line.line for one in observations(heard) for camera in one.cameras for line in camera.lines]


def test_it_is_counted_with_soon_and_the_centre_hears_what_was_drawn(
    tmp_path: Path, broker: Mosquitto, centre: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    write_unit(tmp_path, broker.port, port)
    with unit_in_thread(tmp_path, monkeypatch) as settings:
        centre.wait_until(lambda heard: "main" in lines(heard), "/observation")
        telephone = Telephone(port, (tmp_path / "data/page.pin").read_text().strip())
        telephone.save(DRAWN)
        centre.wait_until(lambda heard: "baru" in lines(heard), "/observation")
        told = centre.wait_until(lambda heard: any(one.drawn for one in reported(heard)), "/reported")
        telephone.close()
        last = reported(told)[-1]
        assert (last.revision, last.outcome, last.drawn) == (0, "applied", {"dago-1": DRAWN})
        assert settings.drawn == {"dago-1"}
    again = Settings(load_unit(tmp_path / "unit.toml"), tmp_path / "unit.toml")
    assert again.config.cameras[0].zones == DRAWN, "kept over a restart"


def test_a_pin_that_cannot_be_read_closes_the_page_and_not_the_unit(
    tmp_path: Path, broker: Mosquitto, centre: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    write_unit(tmp_path, broker.port, port)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/page.pin").write_text("1234\n")
    with unit_in_thread(tmp_path, monkeypatch):
        centre.wait_until(lambda heard: "main" in lines(heard), "/observation")
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SIMPANG_MODELS", str(model_store(tmp_path)))
    write_unit(tmp_path, 1883, 8080)
    return Settings(load_unit(tmp_path / "unit.toml"), tmp_path / "unit.toml")


def draw(settings: Settings) -> None:
    settings.apply(settings.revision, settings.redrawn({"dago-1": DRAWN}), frozenset({"dago-1"}))


def test_what_does_not_work_is_taken_back(settings: Settings) -> None:
    before = settings.config
    draw(settings)
    assert settings.on_trial
    settings.roll_back("no picture any more")
    assert (settings.config.cameras, settings.drawn, settings.drawn_zones) == (before.cameras, frozenset(), {})
    report = settings.report
    assert (report.outcome, report.reason) == ("rolled_back", "what was drawn at the unit: no picture any more")


def test_it_holds_until_the_centre_sends_another_revision(settings: Settings) -> None:
    draw(settings)
    settings.confirm()
    settings.apply(4, settings.config.model_copy(update={"interval_s": 30}))
    assert (settings.revision, settings.drawn) == (4, frozenset())
    settings.roll_back("it fails")
    assert settings.drawn == {"dago-1"}
    assert settings.report.reason == "revision 4: it fails"


def test_the_page_belongs_to_the_card(settings: Settings, tmp_path: Path) -> None:
    assert settings.config.page is not None
    assert settings.redrawn({"dago-1": DRAWN}).page == settings.config.page
    assert settings.redrawn({"elsewhere": DRAWN}) == settings.config
