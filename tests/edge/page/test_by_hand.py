"""A person counts the live street on the unit's page: question by question, with tracks of which all is known."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract import CameraCondition, CameraHealth, Line, VehicleClass
from edge.config import UnitConfig, load_unit
from edge.frame import Frame
from edge.page import Answers, Lookout, Standing, StreetSeat
from edge.page.answers import Answer, Question
from edge.runtime.desk import utc_now
from edge.tracking import Track
from tests.support.data import FOOTAGE
from tests.support.edge_process import camera, unit_toml

PIN = "kkkk2345"
LINE = Line.model_validate({"id": "utara", "a": [0.1, 0.5], "b": [0.9, 0.5], "right": "masuk", "left": "keluar"})


class Unit:
    """An `edge.page.Host`."""

    def __init__(self, config: UnitConfig) -> None:
        health = CameraHealth(camera="dago-1", condition=CameraCondition.OK, fps=10)
        self._standing = Standing(config, online=False, cameras=(health,))

    def standing(self) -> Standing:
        return self._standing

    def draw(self, drawn: object) -> None:
        assert not drawn, "nobody draws here"


class Telephone:
    """Asks, signed in unless told otherwise."""

    def __init__(self, folder: Path, lines: tuple[Line, ...] = (LINE,)) -> None:
        (folder / "unit.toml").write_text(unit_toml(1883, camera("dago-1", FOOTAGE / "toll_noon.mp4")))
        self.lookout = Lookout()
        seat = StreetSeat(lambda: {"dago-1": lines}, folder / "validation", "simpang-nano")
        self.lookout.also = seat.looked
        self._answers = Answers(Unit(load_unit(folder / "unit.toml")), self.lookout, PIN, seat=seat)
        self.token = ""
        signed_in = self.ask("POST", "sign-in", {"pin": PIN})
        self.token = (signed_in.cookie or "").partition("=")[2].partition(";")[0]

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        return self._answers.answer(Question(method, f"/api/{path}", json.dumps(body).encode(), self.token, "::1"))

    def json(self, method: str, path: str, body: object = None) -> Any:
        answer = self.ask(method, path, body)
        assert answer.status == HTTPStatus.OK, answer.content
        return json.loads(answer.content)

    def mark(self, time_s: float, **other: str) -> Answer:
        return self.ask(
            "POST", "mark", {"time_s": time_s, "line": "utara", "direction": "masuk", "vehicle": "car"} | other
        )

    def sees(self, time_s: float, y: float) -> None:
        """The street: one car at a height of the picture, 0..100."""
        frame = Frame(np.zeros((100, 100, 3), np.uint8), 0, time_s, utc_now())
        box = np.array([40, y - 10, 60, y], np.float32)
        self.lookout.looked("dago-1", frame, [Track(1, box, time_s, 0.0, hits=9, vehicle=VehicleClass.CAR)])


@pytest.fixture
def telephone(tmp_path: Path) -> Telephone:
    return Telephone(tmp_path)


def test_both_counts_are_laid_side_by_side_at_the_end(telephone: Telephone, tmp_path: Path) -> None:
    begun = telephone.json("POST", "count", {"camera": "dago-1", "minutes": 15})
    assert (begun["seconds"], begun["held"], [line["id"] for line in begun["lines"]]) == (900, False, ["utara"])
    assert telephone.ask("GET", "watch/dago-1/0").status == HTTPStatus.NO_CONTENT, "no picture yet"
    for step in range(20):
        telephone.sees(100 + step / 5, 20 + step * 4)
    shown = telephone.ask("GET", "watch/dago-1/0")
    assert shown.status == HTTPStatus.OK
    assert shown.position_s == pytest.approx(3.8)
    assert shown.content.startswith(b"\xff\xd8")
    assert telephone.json("GET", "result") == {"ready": False, "rows": [], "sentences": [], "files": ""}
    for time_s in (1.5, 3.0):
        assert telephone.mark(time_s).status == HTTPStatus.OK
    assert json.loads(telephone.mark(3.1).content) == {"marks": 3}
    assert telephone.json("POST", "unmark", {}) == {"marks": 2}
    telephone.json("POST", "counted", {"seconds": 3.8})
    result = telephone.json("GET", "result")
    assert [(row["vehicle"], row["hand"], row["simpang"], row["percent"]) for row in result["rows"]] == [
        ("car", 2, 1, "-50.0")
    ]
    (kept,) = (tmp_path / "validation").iterdir()
    assert json.loads((kept / "validation.json").read_text())["hand"] == 2
    assert (kept / "validation.csv").exists()


def test_a_camera_that_was_lost_goes_on_with_the_same_count(telephone: Telephone) -> None:
    telephone.json("POST", "count", {"camera": "dago-1", "minutes": 1})
    telephone.sees(500.0, 20)
    telephone.sees(510.0, 20)
    telephone.sees(0.0, 20)  # opened anew, its clock begins at 0
    telephone.sees(5.0, 20)
    assert telephone.ask("GET", "watch/dago-1/0").position_s == pytest.approx(15.0)


@pytest.mark.parametrize(
    "wrong",
    [{"line": "selatan"}, {"direction": "naik"}, {"vehicle": "person"}],
    ids=["line", "direction", "class"],
)
def test_a_mark_that_makes_no_sense_is_refused(telephone: Telephone, wrong: dict[str, str]) -> None:
    telephone.json("POST", "count", {"camera": "dago-1", "minutes": 1})
    assert telephone.mark(1.0, **wrong).status == HTTPStatus.CONFLICT
    assert telephone.json("POST", "unmark", {}) == {"marks": 0}


def test_nobody_counts_without_a_line_a_beginning_or_the_pin(telephone: Telephone, tmp_path: Path) -> None:
    assert telephone.mark(1.0).status == HTTPStatus.CONFLICT
    assert telephone.ask("POST", "counted", {"seconds": 1}).status == HTTPStatus.CONFLICT
    assert telephone.ask("POST", "count", {"camera": "dago-1", "minutes": 0}).status == HTTPStatus.BAD_REQUEST
    empty = Telephone(tmp_path, lines=())
    refused = empty.ask("POST", "count", {"camera": "dago-1", "minutes": 1})
    assert (refused.status, json.loads(refused.content)["id"]) == (
        HTTPStatus.CONFLICT,
        "kamera ini belum punya garis: gambar dulu",
    )
    telephone.token = ""
    for method, path in (("POST", "count"), ("GET", "watch/dago-1/0"), ("POST", "mark"), ("GET", "result")):
        assert telephone.ask(method, path, {}).status == HTTPStatus.UNAUTHORIZED
