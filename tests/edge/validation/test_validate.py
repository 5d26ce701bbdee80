"""`simpang edge validate` in a real terminal: keys pressed one by one at what it shows."""

from __future__ import annotations

import csv
import json
import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from edge.cli import app
from models.registry import registry
from tests.support.data import DATA, FOOTAGE

ZONES = '[[lines]]\nid = "main"\na = [0.0, 0.5]\nb = [1.0, 0.5]\nright = "down"\nleft = "up"\n'
SECONDS = 6
CROSSINGS = [
    # time, direction, class
    (0.5, "down", "car"),
    (1.0, "down", "car"),
    (1.5, "up", "truck"),
    (99.0, "down", "bus"),
]
MODEL = DATA / "models" / registry()["nanodet-m-320"].file


class Terminal:
    """A program in a terminal of its own; what it writes can be waited for."""

    def __init__(self, *command: str) -> None:
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 90))
        self.before = termios.tcgetattr(slave)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simpang", *command], stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        self._slave = slave
        self.text = ""

    def wait_for(self, part: str, patience_s: float = 120.0) -> None:
        """Wait until `part` was written since the last wait."""
        until_s = time.monotonic() + patience_s
        while part not in self.text:
            ready, _, _ = select.select([self._master], [], [], max(0.0, until_s - time.monotonic()))
            assert ready, f"waited for {part!r}:\n{self.text[-2000:]}"
            self.text += os.read(self._master, 65_536).decode(errors="replace")
        self.text = self.text.split(part, 1)[1]

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def ends(self) -> int:
        """Its exit code; the terminal must be as it was."""
        code = self._process.wait(60)
        assert termios.tcgetattr(self._slave) == self.before
        os.close(self._slave)
        os.close(self._master)
        return code


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Grey pictures of which nobody could count anything: the counts are given."""
    path = tmp_path / "clip.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (320, 180))
    for number in range(10 * SECONDS):
        writer.write(np.full((180, 320, 3), 60 + number, np.uint8))
    writer.release()
    (tmp_path / "zones.toml").write_text(ZONES)
    with (tmp_path / "crossings.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["time_s", "frame", "line", "direction", "class", "track"])
        rows.writerows([time_s, 0, "main", direction, kind, 1] for time_s, direction, kind in CROSSINGS)
    return path


def validate(recording: Path, *more: str) -> list[str]:
    folder = recording.parent
    given = ["--zones", str(folder / "zones.toml"), "--out", str(folder / "out"), *more]
    return ["edge", "validate", str(recording), *given]


def test_a_person_counts_beside_simpang(recording: Path) -> None:
    """Held at once, so that no key depends on how quick the machine is."""
    terminal = Terminal(*validate(recording, "--crossings", str(recording.parent / "crossings.csv"), "--speed", "0.5"))
    terminal.wait_for("▶")
    terminal.press(" ")
    terminal.wait_for("jeda / held")
    terminal.press("c")
    terminal.wait_for("+ car down")
    terminal.press("mu")
    terminal.wait_for("taken back")
    terminal.press("\x1b[AT")
    terminal.wait_for("+ truck up")
    assert "angkot up" not in terminal.text
    terminal.press(" ")
    terminal.wait_for("▶ 00:02")
    terminal.press("q")
    terminal.wait_for("validation.csv")
    assert terminal.ends() == 0
    told = json.loads((recording.parent / "out" / "validation.json").read_text())
    assert (told["hand"], told["simpang"], told["off"], told["off_by_class"]) == (2, 3, 1, 1)
    assert [one[2:] for one in told["extra"]] == [["down", "car"]]
    assert 2 <= told["seconds"] < SECONDS
    with (recording.parent / "out" / "validation.csv").open() as file:
        rows = {(row["direction"], row["class"]): (row["hand"], row["simpang"]) for row in csv.DictReader(file)}
    assert rows == {("down", "car"): ("1", "2"), ("up", "truck"): ("1", "1")}


def test_it_ends_by_itself_and_counts_what_was_shown(recording: Path) -> None:
    """With the real detector, on pictures that hold no vehicle."""
    more = ["--model", str(MODEL), "--threads", "1", "--minutes", "0.05", "--speed", "8", "--start", "1"]
    terminal = Terminal(*validate(recording, *more))
    terminal.wait_for("You marked no vehicle")
    terminal.wait_for("validation.csv")
    assert terminal.ends() == 0
    told = json.loads((recording.parent / "out" / "validation.json").read_text())
    assert (told["hand"], told["simpang"], told["percent"]) == (0, 0, None)
    assert told["seconds"] == pytest.approx(3.0, abs=0.11)


def test_ctrl_c_ends_a_sitting_with_what_was_marked(recording: Path) -> None:
    terminal = Terminal(*validate(recording, "--crossings", str(recording.parent / "crossings.csv"), "--speed", "0.1"))
    terminal.wait_for("▶")
    terminal.press("c\x03")
    terminal.wait_for("validation.csv")
    assert terminal.ends() == 0
    assert json.loads((recording.parent / "out" / "validation.json").read_text())["hand"] == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"video": "nowhere.mp4"}, "no such video"),
        ({"--zones": "nowhere.toml"}, "nowhere.toml"),
        ({"--crossings": "zones.toml"}, "not a crossings.csv"),
        ({"--model": "yolo-99"}, "neither a file nor one of"),
        ({}, "run this in a terminal"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(recording: Path, changes: dict[str, str], says: str) -> None:
    folder = recording.parent
    video = str(folder / changes.get("video", recording.name))
    given = {"--zones": "zones.toml", "--crossings": "crossings.csv"} | {
        k: v for k, v in changes.items() if k != "video"
    }
    if "--model" in changes:
        del given["--crossings"]
    options = [
        part for name, value in given.items() for part in (name, value if name == "--model" else str(folder / value))
    ]
    result = CliRunner().invoke(app, ["edge", "validate", video, *options, "--out", str(folder / "out")][1:])
    assert result.exit_code == 2
    assert says in result.stderr
    assert not (folder / "out").exists()


def test_zones_without_a_line_are_refused(recording: Path) -> None:
    given = [
        "validate",
        str(recording),
        "--zones",
        str(FOOTAGE / "car_park.toml"),
        "--out",
        str(recording.parent / "out"),
    ]
    result = CliRunner().invoke(app, [*given, "--crossings", str(recording.parent / "crossings.csv")])
    assert result.exit_code == 2
    assert "no line to count on" in result.stderr
