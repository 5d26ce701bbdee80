"""`simpang edge replay` on real footage, and on what a technician may give it by mistake."""

from __future__ import annotations

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from edge.cli import app
from edge.frame import Image
from tests.support.data import DATA

FOOTAGE = DATA / "footage"
MODEL = DATA / "models" / "yolox_nano_384x640_heads_float16.tflite"


def replay(video: Path, zones: Path, out: Path, *more: str, model: str = str(MODEL)) -> Result:
    given = ["replay", str(video), "--zones", str(zones), "--out", str(out), "--model", model, "--threads", "1", *more]
    return CliRunner().invoke(app, given)


def test_a_dual_carriageway_is_counted(tmp_path: Path) -> None:
    """Golden: by hand 5 cars up, 3 cars and a motorcycle down."""
    result = replay(FOOTAGE / "dual_carriageway.mp4", FOOTAGE / "dual_carriageway.toml", tmp_path)
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["frames"] == 240
    assert set(summary["ms_per_frame"]) == {"decode", "inference", "pipeline"}
    assert summary["counts"] == {"main": {"up": {"car": 5}, "down": {"car": 3, "motorcycle": 1}}}
    assert summary["movements"] == {}
    with (tmp_path / "crossings.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time_s", "frame", "line", "direction", "class", "track"]
    assert len(rows) == 9
    assert len({row["track"] for row in rows}) == len(rows)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A whole clip in a folder where it may be spoiled."""
    return Path(shutil.copy(FOOTAGE / "street_cars.mp4", tmp_path / "clip.mp4"))


def film(path: Path, images: list[Image]) -> Path:
    """A clip of its own, 5 pictures a second."""
    height, width = images[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 5, (width, height))
    for image in images:
        writer.write(image)
    writer.release()
    return path


def test_a_line_that_nobody_crossed_is_still_there(tmp_path: Path) -> None:
    clip = film(tmp_path / "part.mp4", pictures(FOOTAGE / "street_cars.mp4", 10))
    zones = tmp_path / "zones.toml"
    zones.write_text('[[lines]]\nid = "sky"\na = [0.1, 0.05]\nb = [0.9, 0.05]\nright = "down"\nleft = "up"\n')
    assert replay(clip, zones, tmp_path / "out").exit_code == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["counts"] == {"sky": {"down": {}, "up": {}}}


TOLL_ZONES = """
[[lines]]
id = "main"
a = [0.0, 0.5292]
b = [1.0, 0.5292]
right = "down"
left = "up"

[[zones]]
id = "near-left"
kind = "entry"
polygon = [[0.0, 0.6], [0.42, 0.6], [0.42, 1.0], [0.0, 1.0]]

[[zones]]
id = "far-left"
kind = "exit"
polygon = [[0.2, 0.3], [0.45, 0.3], [0.45, 0.45], [0.2, 0.45]]
"""


def pictures(video: Path, number: int) -> list[Image]:
    """The first pictures of a clip."""
    capture = cv2.VideoCapture(str(video))
    found = [np.asarray(image, np.uint8) for there, image in (capture.read() for _ in range(number)) if there]
    capture.release()
    return found


def test_turning_movements_and_an_overlay(tmp_path: Path) -> None:
    """Seven seconds of a toll road: who enters at the lower left leaves at the upper left, and it can be watched."""
    begun = pictures(FOOTAGE / "toll_noon.mp4", 35)
    film(tmp_path / "part.mp4", begun)
    (tmp_path / "zones.toml").write_text(TOLL_ZONES)
    result = replay(tmp_path / "part.mp4", tmp_path / "zones.toml", tmp_path / "out", "--overlay")
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert set(summary["ms_per_frame"]) == {"decode", "inference", "overlay", "pipeline"}
    (movement,) = (sum(kinds.values()) for ends in summary["movements"].values() for kinds in ends.values())
    assert 3 <= movement <= sum(summary["counts"]["main"]["up"].values())
    drawn = pictures(tmp_path / "out" / "overlay.mp4", 99)
    assert len(drawn) == len(begun) == 35
    panel = (slice(0, 60), slice(0, 100))
    assert drawn[-1][panel].mean() < 0.6 * begun[-1][panel].mean(), "the panel with the counts is dark"


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
        ("", "is empty"),
        ('site = "bandung"\n', "no zones file (it has site)"),
        ("lines = []\n", "nothing to count"),
    ],
)
def test_bad_zones_get_one_clear_message(tmp_path: Path, clip: Path, zones: str, says: str) -> None:
    (tmp_path / "zones.toml").write_text(zones)
    result = replay(clip, tmp_path / "zones.toml", tmp_path / "out")
    assert result.exit_code == 2
    assert "zones.toml" in result.stderr
    assert says in result.stderr


def test_results_that_cannot_be_written_are_refused_before_the_work(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    result = replay(clip, FOOTAGE / "street_cars.toml", tmp_path / "taken")
    assert result.exit_code == 2
    assert "taken is a file, not a folder: give another name" in result.stderr
    assert "pictures" not in result.stderr


def test_a_missing_zones_file_is_named(tmp_path: Path, clip: Path) -> None:
    result = replay(clip, tmp_path / "zones.tml", tmp_path / "out")
    assert result.exit_code == 2
    assert f"{tmp_path}/zones.tml: cannot be read (No such file or directory)" in result.stderr


def test_a_replay_that_is_stopped_keeps_what_it_counted(tmp_path: Path) -> None:
    """Its output goes to a file: progress is told in lines there, and SIGTERM loses no more than Ctrl-C."""
    given = [str(FOOTAGE / "toll_noon.mp4"), "--zones", str(FOOTAGE / "toll_noon.toml"), "--out", str(tmp_path / "out")]
    command = [sys.executable, "-m", "simpang", "edge", "replay", *given, "--threads", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = next(line for line in process.stderr if "pictures" in line)
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert re.match(r"toll_noon.mp4: \d+ of \d+ pictures", first)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["stopped"] is True
    assert 0 < summary["frames"] < summary["promised"]
    assert f"stopped after {summary['frames']} of {summary['promised']} pictures" in rest


def test_an_unknown_model_is_named(tmp_path: Path, clip: Path) -> None:
    result = replay(clip, FOOTAGE / "street_cars.toml", tmp_path / "out", model="yolo-99")
    assert result.exit_code == 2
    assert "neither a file nor one of" in result.stderr
