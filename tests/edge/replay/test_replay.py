"""`simpang edge replay` on real footage, and on what a technician may give it by mistake."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edge.cli import app
from tests.support.data import DATA

FOOTAGE = DATA / "footage"
MODEL = DATA / "models" / "yolox_nano_384x640_heads_float16.tflite"


def replay(video: Path, zones: Path, out: Path, model: str = str(MODEL)) -> Result:
    return CliRunner().invoke(app, ["replay", str(video), "--zones", str(zones), "--out", str(out), "--model", model])


def test_a_dual_carriageway_is_counted(tmp_path: Path) -> None:
    """Golden: by hand 5 cars up, 3 cars and a motorcycle down; one car down is missed, as bench/counting.py shows."""
    result = replay(FOOTAGE / "dual_carriageway.mp4", FOOTAGE / "dual_carriageway.toml", tmp_path)
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["frames"] == 240
    assert set(summary["ms_per_frame"]) == {"decode", "inference", "pipeline"}
    up, down = summary["counts"]["main"]["up"], summary["counts"]["main"]["down"]
    assert 4 <= up["car"] <= 5
    assert 2 <= down["car"] <= 3
    assert down["motorcycle"] == 1
    with (tmp_path / "crossings.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time_s", "frame", "line", "direction", "class", "track"]
    assert len(rows) == sum(up.values()) + sum(down.values())
    assert len({row["track"] for row in rows}) == len(rows)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A whole clip in a folder where it may be spoiled."""
    return Path(shutil.copy(FOOTAGE / "street_cars.mp4", tmp_path / "clip.mp4"))


def test_a_line_that_nobody_crossed_is_still_there(tmp_path: Path, clip: Path) -> None:
    zones = tmp_path / "zones.toml"
    zones.write_text('[[lines]]\nid = "sky"\na = [0.1, 0.05]\nb = [0.9, 0.05]\nright = "down"\nleft = "up"\n')
    assert replay(clip, zones, tmp_path / "out").exit_code == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["counts"] == {"sky": {"down": {}, "up": {}}}


def spoil(clip: Path, how: str) -> None:
    if how == "missing":
        clip.unlink()
    elif how == "empty":
        clip.write_bytes(b"")
    elif how == "text":
        clip.write_text("not a video\n" * 100)
    else:
        clip.write_bytes(clip.read_bytes()[:20_000])


@pytest.mark.parametrize("how", ["missing", "empty", "text", "cut"])
def test_a_spoilt_video_gets_one_clear_message(tmp_path: Path, clip: Path, how: str) -> None:
    spoil(clip, how)
    result = replay(clip, FOOTAGE / "street_cars.toml", tmp_path / "out")
    assert result.exit_code == 2
    assert str(clip) in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("zones", "says"),
    [
        ("[[lines]]\nid = 3\n", "lines.0.id"),
        ('[[lines]]\nid = "main"\na = [0, 0.999]\nb = [1, 0.999]\nright = "r"\nleft = "l"\n', "cannot be crossed"),
        ("\x00", "not valid TOML"),
    ],
)
def test_bad_zones_get_one_clear_message(tmp_path: Path, clip: Path, zones: str, says: str) -> None:
    (tmp_path / "zones.toml").write_text(zones)
    result = replay(clip, tmp_path / "zones.toml", tmp_path / "out")
    assert result.exit_code == 2
    assert "zones.toml" in result.stderr
    assert says in result.stderr


def test_an_unknown_model_is_named(tmp_path: Path, clip: Path) -> None:
    result = replay(clip, FOOTAGE / "street_cars.toml", tmp_path / "out", model="yolo-99")
    assert result.exit_code == 2
    assert "neither a file nor one of" in result.stderr
