"""The ring on a real disk: restarts, kill -9, a disk that is full."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.frame import Frame
from edge.pacing import Pacer
from edge.recording import archive as archive_module
from edge.recording import copies as copies_module
from edge.recording import recorder as recorder_module
from edge.recording.archive import Archive
from edge.recording.copies import Copies, CopyError
from edge.recording.film import Shot, unpack
from edge.recording.recorder import Recorder, ring_folder
from edge.recording.settings import RecordingConfig

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
CONFIG = RecordingConfig(ring="card", ring_mb=4, pins_mb=10)
JPEG = cv2.imencode(
    ".jpg", np.random.default_rng(1).integers(0, 256, (150, 200, 3), np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 50]
)[1].tobytes()
"""Some 20 kB, as a street has."""


@pytest.fixture(autouse=True)
def _small_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "CARD_RESERVE_BYTES", 200_000)
    monkeypatch.setattr(copies_module, "CARD_RESERVE_BYTES", 200_000)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def record(archive: Archive, from_s: int, to_s: int, camera: str = "dago-1") -> None:
    for start in range(from_s, to_s, 4):
        archive.add(camera, [Shot(at(start + step / 5), JPEG, ()) for step in range(20)])


def opened(folder: Path, config: RecordingConfig = CONFIG) -> Archive:
    return Archive(config, folder, folder / "ring")


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_pin_outlives_the_ring_and_the_process_and_goes_in_its_time(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    record(archive, 0, 40)
    archive.pin("dago-1", "case", at(30), at(38))
    record(archive, 40, 200)
    assert size_of(tmp_path / "ring") <= 4_000_000
    again = opened(tmp_path)
    pin = again.of("case")
    assert pin is not None
    times = [shot.time for shot in again.shots(pin)]
    assert (times[0], times[-1]) == (at(10), at(70))
    assert len(times) == 301
    assert times == sorted(times)
    again.expire(at(38) + timedelta(hours=72))
    assert again.of("case") is None
    assert size_of(tmp_path / "pinned") == 0


def test_what_was_half_written_is_swept_away(tmp_path: Path) -> None:
    record(opened(tmp_path), 0, 8)
    (half := tmp_path / "ring" / "dago-1.1.2.zip.part").write_bytes(b"half")
    (stranger := tmp_path / "ring" / "notes.txt").write_bytes(b"somebody else's")
    opened(tmp_path)
    assert not half.exists()
    assert stranger.exists()


def test_pins_that_cannot_be_read_are_let_go_and_recording_goes_on(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    record(archive, 0, 40)
    archive.pin("dago-1", "case", at(30), at(38))
    (tmp_path / "pins.json").write_text("{")
    again = opened(tmp_path)
    assert again.of("case") is None
    again.expire(at(40))
    assert size_of(tmp_path / "pinned") == 0, "files of nobody"
    record(again, 40, 48)


_FOREVER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from edge.recording.archive import Archive
from edge.recording.film import Shot
from edge.recording.settings import RecordingConfig
folder = Path(sys.argv[1])
archive = Archive(RecordingConfig(ring="card", ring_mb=4, pins_mb=10), folder, folder / "ring")
begun, number = datetime(2026, 11, 24, 5, tzinfo=UTC), 0
while True:
    start = begun + timedelta(seconds=4 * number)
    archive.add("dago-1", [Shot(start + timedelta(seconds=step / 5), b"x" * 20_000, ()) for step in range(20)])
    archive.pin("dago-1", f"case-{number}", start, start)
    number += 1
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [3, 11, 20])
def test_kill_9_while_recording_leaves_whole_segments_and_pins(tmp_path: Path, after: int) -> None:
    process = subprocess.Popen([sys.executable, "-c", _FOREVER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(after):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    archive = opened(tmp_path)
    for folder in ("ring", "pinned"):
        assert all(len(unpack(path.read_bytes())) == 20 for path in (tmp_path / folder).glob("*.zip"))
    pin = archive.of(f"case-{after - 1}")
    assert pin is not None
    assert archive.shots(pin)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MB, less than the ring and a pin together."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_loses_pictures_and_nothing_else(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    archive = opened(small_disk)
    record(archive, 0, 40)
    archive.pin("dago-1", "case", at(30), at(38))
    record(archive, 40, 400)
    assert shutil.disk_usage(small_disk).free >= 100_000, "the disk is never filled"
    assert sum("pictures are lost" in one.message for one in caplog.records) <= 2, "said once a shelf"
    pin = archive.of("case")
    assert pin is not None
    with pytest.raises(CopyError, match="disk is as full as it may be"):
        Copies(archive, small_disk / "out", 40).of(pin)
    newest = max(path.name for path in (small_disk / "ring").glob("*.zip"))
    assert unpack((small_disk / "ring" / newest).read_bytes())[0].time > at(300), "the ring goes on turning"


def test_the_recorder_takes_a_few_pictures_a_second_and_makes_them_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "_WAITING", 64)
    archive = opened(tmp_path)
    recorder = Recorder(RecordingConfig(ring="card", fps=2), archive, lambda: at(10))
    picture = np.zeros((720, 1280, 3), np.uint8)
    for number in range(60):
        recorder.look("dago-1", Frame(picture, number, number / 10, at(number / 10)), None)
    recorder.look("dago-1", Frame(picture, 0, 0.0, at(8)), None)  # the camera was lost and is back
    recorder.pin("dago-1", "case", at(5))
    recorder.start()
    recorder.stop()
    pin = archive.of("case")
    assert pin is not None
    shots = archive.shots(pin)
    pacer = Pacer(2)
    assert [(shot.time - NOON).total_seconds() for shot in shots] == [
        *(one / 10 for one in range(60) if pacer.takes(one / 10)),
        8.0,
    ]
    small = cv2.imdecode(np.frombuffer(shots[0].jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert small is not None
    assert small.shape == (360, 640, 3)
    assert {shot.spots for shot in shots} == {None}
    for folder in ("ring", "pinned"):
        assert len(list((tmp_path / folder).glob("*.zip"))) == 2, "four seconds, and the rest"


def test_a_ring_in_memory_writes_to_the_card_only_what_is_pinned(tmp_path: Path) -> None:
    config = RecordingConfig(ring_mb=4, pins_mb=10)
    ring = ring_folder(config, tmp_path, f"test-{os.getpid()}")
    assert ring.is_relative_to("/dev/shm"), "nothing is written to a card"
    try:
        archive = Archive(config, tmp_path, ring)
        record(archive, 0, 40)
        assert size_of(tmp_path) == 0
        archive.pin("dago-1", "case", at(30), at(38))
        again = Archive(config, tmp_path, ring)
        assert len(list(ring.glob("*.zip"))) == 10, "it outlives the process"
        pin = again.of("case")
        assert pin is not None
        assert (len(again.shots(pin)), len(list((tmp_path / "pinned").glob("*.zip")))) == (150, 8)
    finally:
        shutil.rmtree(ring.parent)


def test_no_more_than_a_few_clips_lie_ready_and_none_longer_than_its_pin(tmp_path: Path) -> None:
    archive = opened(tmp_path, RecordingConfig(ring="card", ring_mb=4, pins_mb=10, pins_hours=1))
    record(archive, 0, 40)
    for number in range(6):
        archive.pin("dago-1", f"case-{number}", at(30), at(38))
    copies = Copies(archive, tmp_path / "out", 40)
    for number in range(6):
        pin = archive.of(f"case-{number}")
        assert pin is not None
        assert copies.of(pin).sha256 == copies.of(pin).sha256
    assert len(list((tmp_path / "out").iterdir())) == 4
    archive.expire(at(38) + timedelta(hours=1))
    copies.tidy()
    assert list((tmp_path / "out").iterdir()) == []
