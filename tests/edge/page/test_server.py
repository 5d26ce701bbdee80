"""The page over real HTTP, with a unit that only remembers what it was asked."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract import CameraCondition, CameraHealth, VehicleClass, Zones
from edge.config import PageConfig, UnitConfig, load_unit
from edge.frame import Frame
from edge.page import Answers, Lookout, Page, Standing
from edge.page.trying import LASTS_S
from edge.runtime.desk import utc_now
from edge.tracking import Track
from tests.support.data import FOOTAGE
from tests.support.edge_process import camera, unit_toml
from tests.support.mosquitto import free_port

PIN = "kkkk2345"
LINE = {"id": "utara", "a": [0.1, 0.5], "b": [0.9, 0.5], "right": "masuk", "left": "keluar"}
DRAWN = {"lines": [LINE], "zones": [{"kind": "queue", "id": "q", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]]}]}


@dataclass
class Unit:
    """An `edge.page.Host`."""

    stands: Standing
    drawn: list[Mapping[str, Zones]] = field(default_factory=list)

    def standing(self) -> Standing:
        return self.stands

    def draw(self, drawn: Mapping[str, Zones]) -> None:
        self.drawn.append(drawn)


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    (tmp_path / "unit.toml").write_text(unit_toml(free_port(), camera("dago-1", FOOTAGE / "toll_noon.mp4")))
    config: UnitConfig = load_unit(tmp_path / "unit.toml")
    health = CameraHealth(camera="dago-1", condition=CameraCondition.OK, fps=10, inference_ms=50, last_frame=utc_now())
    return Unit(Standing(config, online=False, cameras=(health,)))


@dataclass
class Telephone:
    """One caller, with its cookie."""

    port: int
    cookie: str = ""

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        told = {"Content-Type": "application/json", "Cookie": self.cookie} | headers
        line.request(method, path, None if body is None else json.dumps(body), told)
        answer = line.getresponse()
        self.cookie = (answer.getheader("Set-Cookie") or self.cookie).partition(";")[0]
        content = answer.read()
        line.close()
        return answer.status, content

    def json(self, method: str, path: str, body: object = None) -> Any:
        status, content = self.ask(method, path, body)
        assert status == 200, content
        return json.loads(content)


@dataclass
class Opened:
    """A page that listens."""

    port: int
    lookout: Lookout
    now_s: float = 0.0

    def clock(self) -> float:
        return self.now_s


@pytest.fixture
def page(unit: Unit) -> Iterator[Opened]:
    opened = Opened(free_port(), Lookout(lambda: 0.0))
    answers = Answers(unit, opened.lookout, PIN, opened.clock)
    config = PageConfig.model_validate({"address": "127.0.0.1", "port": opened.port})
    served = Page(config, unit.stands.config.broker, answers)
    served.start()
    for _ in range(1000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", opened.port)) == 0:
                break
    yield opened
    served.stop()


@pytest.fixture
def telephone(page: Opened) -> Telephone:
    made = Telephone(page.port)
    made.json("POST", "/api/sign-in", {"pin": "KKKK 2345"})
    return made


def test_without_the_pin_there_is_nothing_but_the_door(page: Opened) -> None:
    stranger = Telephone(page.port)
    assert stranger.ask("GET", "/")[0] == 200
    asked = [("GET", one) for one in ("unit", "doctor", "picture/dago-1", "try/dago-1")]
    asked += [("POST", one) for one in ("check", "try", "save", "sign-out")]
    assert {stranger.ask(method, f"/api/{path}", {})[0] for method, path in asked} == {401}
    assert stranger.ask("GET", "/api/secrets")[0] == 404
    assert stranger.ask("GET", "/../pin.py")[0] == 404


def test_pins_cannot_be_tried_through(page: Opened) -> None:
    thief = Telephone(page.port)
    told = [thief.ask("POST", "/api/sign-in", {"pin": f"aaaa{number}"})[0] for number in range(7)]
    assert told == [403] * 5 + [429] * 2
    assert thief.ask("POST", "/api/sign-in", {"pin": PIN})[0] == 429, "not even the right one, now"
    page.now_s += 31
    assert thief.ask("POST", "/api/sign-in", {"pin": PIN})[0] == 200


def test_nobody_asks_too_often(page: Opened) -> None:
    told = [Telephone(page.port).ask("GET", "/icon.svg")[0] for _ in range(70)]
    assert (told.count(200), told.count(429)) == (60, 10)


def test_what_a_foreign_page_could_send_is_not_taken(page: Opened, telephone: Telephone, unit: Unit) -> None:
    body = {"camera": "dago-1", "zones": DRAWN}
    assert telephone.ask("POST", "/api/save", body, **{"Content-Type": "text/plain"})[0] == 415
    assert telephone.ask("POST", "/api/save", {"camera": "x" * 70_000})[0] == 413
    assert telephone.ask("POST", "/api/save", ["no", "drawing"])[0] == 400
    assert not unit.drawn


def test_a_drawing_is_looked_at_and_saved(page: Opened, telephone: Telephone, unit: Unit) -> None:
    refused = telephone.json("POST", "/api/save", {"camera": "dago-1", "zones": {"lines": [LINE | {"left": "masuk"}]}})
    assert (refused["accepted"], refused["refusals"][0]["where"]) == (False, "garis utara")
    assert not telephone.json("POST", "/api/save", {"camera": "other", "zones": DRAWN})["accepted"]
    assert not unit.drawn
    told = telephone.json("POST", "/api/save", {"camera": "dago-1", "zones": DRAWN})
    assert (told["accepted"], told["aim"]["coverage"]) == (True, {"q": 1.0})
    assert unit.drawn == [{"dago-1": Zones.model_validate(DRAWN)}]
    unit.stands = replace(unit.stands, phase="trial")
    assert telephone.ask("POST", "/api/save", {"camera": "dago-1", "zones": DRAWN})[0] == 409


def seen(time_s: float, y: float) -> tuple[Frame, tuple[Track]]:
    """A car at height `y` of a picture of 100 x 100."""
    track = Track(1, np.array([40, y - 10, 60, y], np.float32), time_s, 0.0, hits=9, vehicle=VehicleClass.CAR)
    frame = Frame(np.zeros((100, 100, 3), np.uint8), int(time_s * 10), time_s, utc_now())
    return frame, (track,)


def test_what_is_counted_while_it_is_tried(page: Opened, telephone: Telephone) -> None:
    assert telephone.json("GET", "/api/try/dago-1") == {}
    telephone.json("POST", "/api/try", {"camera": "dago-1", "zones": DRAWN})
    for step in range(20):
        page.lookout.looked("dago-1", *seen(100 + step / 5, 20 + step * 4))
    tried = telephone.json("GET", "/api/try/dago-1")["tried"]
    assert tried["lines"] == [
        {"name": "utara", "direction": "masuk", "counts": {"car": 1}},
        {"name": "utara", "direction": "keluar", "counts": {}},
    ]
    assert (tried["vehicles"], tried["zones"], tried["seconds"]) == (1, {"q": 1}, 3.8)
    page.lookout.looked("dago-1", *seen(100 + LASTS_S, 50))
    for step in range(20):
        page.lookout.looked("dago-1", *seen(300 + step / 5, 96 - step * 4))
    over = telephone.json("GET", "/api/try/dago-1")["tried"]
    assert (over["left_s"], over["lines"]) == (0, tried["lines"]), "two minutes and no more"


def test_the_picture_is_there_while_somebody_looks_and_kept_nowhere(
    page: Opened, telephone: Telephone, tmp_path: Path
) -> None:
    page.lookout.looked("dago-1", *seen(1.0, 50))
    assert telephone.ask("GET", "/api/picture/dago-1")[0] == 204, "nobody looked until now"
    page.lookout.looked("dago-1", *seen(1.2, 50))
    status, jpeg = telephone.ask("GET", "/api/picture/dago-1")
    assert (status, jpeg[:2]) == (200, b"\xff\xd8")
    assert telephone.ask("GET", "/api/picture/other")[0] == 204
    assert not list(tmp_path.rglob("*.jpg"))


def test_the_list_at_the_end_is_the_doctors(page: Opened, telephone: Telephone) -> None:
    found = {one["check"]: one for one in telephone.json("GET", "/api/doctor")["findings"]}
    assert found["camera"]["subject"] == "dago-1"
    assert found["network"]["grade"] == "broken"
    assert found["disk"]["grade"] == "ok"
    assert telephone.json("POST", "/api/sign-out", {}) == {}
    assert telephone.ask("GET", "/api/doctor")[0] == 401


def test_callers_who_only_hold_the_line_are_too_many_one_day_and_forgotten_the_next(page: Opened) -> None:
    idle = [socket.create_connection(("127.0.0.1", page.port), 20) for _ in range(16)]
    for line in idle:
        line.sendall(b"GET /icon.svg HTTP/1.1\r\n\r\n")
        assert line.recv(20).startswith(b"HTTP/1.1 200")
    with socket.create_connection(("127.0.0.1", page.port), 20) as one_too_many:
        assert one_too_many.recv(1) == b"", "turned away at the door"
    for line in idle:
        line.close()
    for _ in range(200):
        with suppress(OSError, http.client.HTTPException):
            assert Telephone(page.port).ask("GET", "/icon.svg")[0] == 200
            break
    else:
        pytest.fail("the places of those who left are not free again")


def test_it_listens_on_a_private_address_or_not_at_all(unit: Unit, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    config = PageConfig.model_validate({"address": "8.8.8.8", "port": free_port()})
    served = Page(config, unit.stands.config.broker, Answers(unit, Lookout(), PIN))
    served.start()
    served.stop()
    assert "the page stays closed" in caplog.text
