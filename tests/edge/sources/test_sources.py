"""Sources without a network: clocks that never fall, recordings that are spoilt, cameras that hang."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.backoff import Backoff
from edge.frame import SourceError
from edge.sources import SourceChange, is_live, open_camera, open_source, shown
from edge.sources.clock import TOLERANCE_S, StreamClock
from edge.sources.directory import PictureDirectory
from edge.sources.live import LiveSource, Picture
from tests.support.data import FOOTAGE

STAMPS = st.one_of(st.none(), st.floats(-1e9, 1e9), st.just(0.0))


@given(st.lists(st.tuples(st.floats(0, 30), STAMPS, st.booleans()), max_size=60))
def test_the_stream_clock_never_falls_and_never_strays(frames: list[tuple[float, float | None, bool]]) -> None:
    clock, now, last = StreamClock(100.0), 100.0, 0.0
    for waited_s, stamp, reconnected in frames:
        now += waited_s
        if reconnected:
            clock.reconnected()
        time_s = clock.tick(stamp, now)
        assert time_s >= last
        assert time_s <= now - 100.0 + TOLERANCE_S + 1e-6
        last = time_s


def test_a_sane_stream_keeps_its_own_pace_however_late_it_is_read() -> None:
    clock = StreamClock(0.0)
    arrivals = [0.5, 0.51, 0.52, 1.9, 1.91]
    times = [clock.tick(7000 + index / 5, now) for index, now in enumerate(arrivals)]
    assert [later - earlier for earlier, later in pairwise(times)] == pytest.approx([0.2] * 4)


ADDRESSES = [
    ("rtsp://admin:pw@10.0.0.9:554/ch1?key=1", True, "rtsp://10.0.0.9:554/ch1"),
    ("http://cam/video.mjpg", True, "http://cam/video.mjpg"),
    ("/dev/video0", True, "/dev/video0"),
    ("0", True, "0"),
    ("clip.mp4", False, "clip.mp4"),
    ("rtsp://u:p@[fe80::1]:554/x", True, "rtsp://[fe80::1]:554/x"),
    ("rtsp://u:p@host:port/x", True, "rtsp://…"),
]


@pytest.mark.parametrize(("address", "live", "for_people"), ADDRESSES)
def test_an_address_is_known_by_its_form_and_shown_without_its_password(
    address: str, live: bool, for_people: str
) -> None:
    assert is_live(address) is live
    assert shown(address) == for_people


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Twelve numbered pictures, the grey level of each ten times its number; the sixth is spoilt."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(12):
        cv2.imwrite(str(folder / f"frame_{number}.png"), np.full((48, 64, 3), 10 * number, np.uint8))
    (folder / "frame_6.png").write_bytes(b"half a pict")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def test_a_directory_is_read_in_the_order_of_its_numbers_and_a_spoilt_picture_is_passed_over(pictures: Path) -> None:
    source = PictureDirectory(pictures, fps=4)
    frames = list(source.frames())
    assert [int(frame.image[0, 0, 0]) // 10 for frame in frames] == [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11]
    assert [frame.time_s for frame in frames][-1] == 11 / 4
    assert [path.name for path in source.unreadable] == ["frame_6.png"]


def test_a_directory_without_a_single_picture_says_so(tmp_path: Path, pictures: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no picture"):
        open_source(str(tmp_path / "empty"))
    for path in pictures.glob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(SourceError, match="none of its 12 pictures can be read"):
        list(open_source(str(pictures)).frames())


def test_a_usb_camera_that_is_not_there_is_told_as_lost() -> None:
    changes: list[SourceChange] = []
    told = threading.Event()

    def note(change: SourceChange) -> None:
        changes.append(change)
        told.set()

    source = open_source("/dev/video77", on_change=note)
    reader = threading.Thread(target=lambda: list(source.frames()))
    reader.start()
    assert told.wait(30)
    source.close()
    reader.join(30)
    assert "/dev/video77: no such USB camera: is it plugged in and powered?" in changes[0].reason


def test_a_truncated_clip_gives_what_it_holds(tmp_path: Path) -> None:
    clip = FOOTAGE / "street_cars.mp4"
    whole = sum(1 for _ in open_source(str(clip)).frames())
    cut = tmp_path / "cut.avi"
    convert(clip, cut)
    data = cut.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    assert 0 < sum(1 for _ in open_source(str(cut)).frames()) < whole


def convert(clip: Path, to: Path) -> None:
    """A copy in a container that may be cut off anywhere."""
    writer = cv2.VideoWriter(str(to), cv2.VideoWriter.fourcc(*"MJPG"), 24, (320, 176))
    for frame in islice(open_source(str(clip)).frames(), 60):
        writer.write(cv2.resize(frame.image, (320, 176)))
    writer.release()


def test_a_recording_in_the_place_of_a_camera_never_ends_and_its_clock_goes_on(pictures: Path) -> None:
    source = open_camera(str(pictures))
    frames = list(islice(source.frames(), 15))
    source.close()
    assert [frame.index for frame in frames] == list(range(15))
    assert all(one.time_s < other.time_s for one, other in pairwise(frames))
    assert frames[-1].time_s > 1.1, "it went into a second round of 11 tenths of a second"


class Hanging:
    """A camera that gives one picture and then hangs, as some drivers do."""

    def __init__(self, let_go: threading.Event) -> None:
        self._let_go = let_go
        self._given = False

    def read(self) -> Picture:
        if self._given:
            self._let_go.wait()
            raise SourceError("let go")
        self._given = True
        return Picture(np.zeros((4, 4, 3), np.uint8), math.nan)

    def close(self) -> None:
        """Nothing to release."""


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_camera_that_hangs_is_left_behind_and_opened_anew(let_go: threading.Event) -> None:
    changes: list[SourceChange] = []
    source = LiveSource(
        "camera", lambda: Hanging(let_go), on_change=changes.append, stall_s=0.2, backoff=Backoff(0.05, 0.1)
    )
    frames = list(islice(source.frames(), 3))
    source.close()
    assert len(frames) == 3
    assert [change.lost for change in changes] == [True, False, True, False]
    assert "no picture for 0.2 s" in changes[0].reason
