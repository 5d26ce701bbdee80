"""From a camera to a candidate: `simpang model sample`, `teach`, the page, `adapt`, on a real clip."""

from __future__ import annotations

import json
from pathlib import Path
from socket import socket

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from models.adaptation.page_app import create_page
from models.adaptation.review import Review
from models.cli import app
from models.labelled import read_image, read_set
from models.registry import ModelError, registry, resolve
from tests.support.data import DATA

CLIP = DATA / "footage" / "toll_noon.mp4"


def model(*given: str) -> Result:
    return CliRunner().invoke(app, list(given))


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "toll"
    given = ["sample", str(CLIP), "--camera", "toll-1", "--consent", "Dishub, uji / test", "--out", str(out)]
    result = model(*given, "--stretch", "0.4", "--most", "24", "--minutes", "0.25")
    assert result.exit_code == 0, result.output
    assert model("teach", str(out)).exit_code == 0
    return out


def test_a_sample_says_who_allowed_it_and_is_labelled(sampled: Path) -> None:
    consent = json.loads((sampled / "consent.json").read_text())
    assert consent["allowed_by"] == "Dishub, uji / test"
    assert consent["delete_by"] > consent["taken"]
    pictures = read_set(sampled)
    assert 20 <= len(pictures) <= 24
    assert sum(len(one.boxes) for one in pictures) > 2 * len(pictures)
    assert {read_image(sampled / one.file).shape for one in pictures} == {(360, 640, 3)}


def test_a_sample_keeps_to_its_cap_and_its_own_folder(tmp_path: Path) -> None:
    given = ["sample", str(CLIP), "--camera", "toll-1", "--consent", "Dishub", "--out", str(tmp_path / "out")]
    assert model(*given, "--minutes", "0.1", "--stretch", "0.4", "--cap-mb", "0.2").exit_code == 0
    assert 0 < sum(path.stat().st_size for path in (tmp_path / "out").glob("*.jpg")) <= 200_000
    again = model(*given)
    assert again.exit_code == 2
    assert "never mixed with another" in again.stderr


def test_a_camera_that_sends_nothing_is_not_waited_for_beyond_the_minutes(tmp_path: Path) -> None:
    with socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        address = f"rtsp://127.0.0.1:{unheard.getsockname()[1]}/stream"
        given = ["sample", address, "--camera", "toll-1", "--consent", "Dishub", "--out", str(tmp_path / "out")]
        result = model(*given, "--minutes", "0.1")
    assert result.exit_code == 2
    assert "sent no picture in 6 s" in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_there_is_called_missing(tmp_path: Path) -> None:
    result = model("teach", str(tmp_path / "contoh"))
    assert result.exit_code == 2
    assert "there is no such folder; simpang model sample makes one" in result.stderr


@pytest.mark.parametrize(
    ("changed", "says"),
    [({"--camera": "Toll 1"}, "camera"), ({"--consent": "x"}, "allowed_by"), ({"CLIP": "none.mp4"}, "no such video")],
)
def test_what_is_wrong_with_a_wish_is_told(tmp_path: Path, changed: dict[str, str], says: str) -> None:
    options = {"--camera": "toll-1", "--consent": "Dishub", "--out": str(tmp_path / "out")} | changed
    clip = options.pop("CLIP", str(CLIP))
    result = model("sample", clip, *(word for pair in options.items() for word in pair))
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.output


def test_a_person_corrects_and_only_what_was_checked_is_learnt(sampled: Path, tmp_path: Path) -> None:
    """The last word is the page's; two batches of training gain nothing, and so nothing is offered."""
    out = tmp_path / "out"
    assert model("adapt", str(sampled), "--out", str(out), "--name", "toll").stderr.count("0 pictures are checked") == 1
    page = TestClient(create_page(Review(sampled)))
    assert "Koreksi" in page.get("/").text
    assert page.get("/correct.js").status_code == 200
    number = page.get("/api/pictures/0").json()["of"]
    for place in range(number):
        shown = page.get(f"/api/pictures/{place}").json()
        answer = page.put(f"/api/pictures/{place}", json={"boxes": shown["boxes"], "seconds": 6})
        assert answer.json()["checked"] is True
    added = {"box": [50, 60, 20, 30], "kind": "bus"}
    page.put("/api/pictures/0", json={"boxes": [added, {"box": [0, 0, 5, 700], "kind": None}], "seconds": 12})
    first = read_set(sampled)[0]
    assert first.boxes.tolist() == [[20, 30, 50, 60]], "corners in order"
    assert first.ignored.tolist() == [[0, 0, 5, 360]], "within the picture"
    options = ["--out", str(out), "--name", "toll", "--epochs", "1", "--batches", "2", "--rate", "0.000001"]
    result = model("adapt", str(sampled), *options)
    assert result.exit_code == 1, result.output
    assert "not offered" in result.output
    verdict = json.loads((out / "report.json").read_text())
    assert verdict["offered"] is False
    assert verdict["person_minutes"] == pytest.approx((6 * number + 12) / 60, abs=0.06)
    assert verdict["learnt_from"] + verdict["tested_on"] <= number
    assert not list(out.glob("toll.*"))


@pytest.mark.parametrize(
    ("place", "said", "status"),
    [
        (0, {"boxes": [{"box": [0, 0, 5, 5], "kind": "tank"}], "seconds": 1}, 422),
        (0, {"boxes": [{"box": [0, 0, -5, 5], "kind": "car"}], "seconds": 1}, 422),
        (0, {"boxes": [], "seconds": 1, "extra": 1}, 422),
        (999, {"boxes": [], "seconds": 1}, 404),
    ],
)
def test_the_page_refuses_what_is_no_correction(
    sampled: Path, place: int, said: dict[str, object], status: int
) -> None:
    before = (sampled / "annotations.json").read_bytes()
    assert TestClient(create_page(Review(sampled))).put(f"/api/pictures/{place}", json=said).status_code == status
    assert (sampled / "annotations.json").read_bytes() == before


def test_the_page_answers_to_no_foreign_name(sampled: Path) -> None:
    page = TestClient(create_page(Review(sampled)), base_url="http://evil.example")
    assert page.get("/api/pictures/0/image").status_code == 400


ENTRY = """\
name = "{name}"
file = "{name}.tflite"
sha256 = "{sha256}"
width = 640
height = 384
decoder = "yolox"
labels = "simpang"
licence = "Apache-2.0"
origin = "adapted"
"""


def test_an_adapted_model_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPANG_MODELS", str(tmp_path))
    bundled = resolve("simpang-nano")
    (tmp_path / "dago.tflite").write_bytes(bundled.path.read_bytes())
    (tmp_path / "dago.toml").write_text(ENTRY.format(name="dago", sha256=bundled.spec.sha256))
    assert resolve("dago").path == tmp_path / "dago.tflite"
    assert next(iter(registry())) == "simpang-nano"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = 3\n", "name"),
        ("\x00", "not an entry"),
        (ENTRY.format(name="simpang-nano", sha256="0" * 64), "a name of its own"),
    ],
)
def test_a_spoilt_entry_is_told_and_spoils_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    monkeypatch.setenv("SIMPANG_MODELS", str(tmp_path))
    (tmp_path / "bad.toml").write_text(text)
    assert resolve("simpang-nano").spec.name == "simpang-nano"
    with pytest.raises(ModelError, match=says):
        resolve("bad")
