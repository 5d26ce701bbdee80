"""Cameras that vanish and return, as real servers: RTSP from GStreamer, MJPEG from FFmpeg."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import islice, pairwise

import pytest

from edge.backoff import Backoff
from edge.frame import Frame
from edge.sources import SourceChange
from edge.sources.live import Connect, Connection, LiveSource
from edge.sources.mjpeg import connect_mjpeg
from edge.sources.rtsp import connect_rtsp
from tests.support.cameras import MjpegCamera, RtspCamera
from tests.support.data import FOOTAGE
from tests.support.mosquitto import free_port

CLIP = FOOTAGE / "street_cars.mp4"


def live(connect: Connect, changes: list[SourceChange]) -> LiveSource:
    """A source that tries again soon."""
    return LiveSource("camera", connect, on_change=changes.append, backoff=Backoff(0.1, 0.3))


def rising(frames: list[Frame]) -> bool:
    return all(one.time_s <= other.time_s and one.wall <= other.wall for one, other in pairwise(frames))


@pytest.mark.parametrize(("kind", "connect"), [(RtspCamera, connect_rtsp), (MjpegCamera, connect_mjpeg)])
def test_a_camera_that_loses_power_and_returns(
    kind: type[RtspCamera | MjpegCamera], connect: Callable[[str], Connection]
) -> None:
    changes: list[SourceChange] = []
    with kind(CLIP) as camera:
        source = live(lambda: connect(camera.address), changes)
        came = source.frames()
        before = list(islice(came, 10))
        camera.kill()
        threading.Timer(0.5, camera.start).start()
        after = list(islice(came, 40))
        source.close()
    assert [change.lost for change in changes[-2:]] == [True, False], changes
    assert after[-1].image.shape == (352, 640, 3)
    assert rising(before + after)
    assert after[-1].time_s - before[0].time_s < 60


def first_change(address: str) -> SourceChange:
    """What a source of `address` tells first; it is closed then."""
    changes: list[SourceChange] = []
    told = threading.Event()

    def note(change: SourceChange) -> None:
        changes.append(change)
        told.set()

    source = LiveSource("camera", lambda: connect_rtsp(address), on_change=note)
    reader = threading.Thread(target=lambda: list(source.frames()))
    reader.start()
    assert told.wait(30)
    source.close()
    reader.join(30)
    assert not reader.is_alive(), "a source that waits can be closed"
    return changes[0]


def test_nobody_answers() -> None:
    change = first_change(f"rtsp://user:secret@127.0.0.1:{free_port()}/1")
    assert change.lost
    assert "the camera does not answer (Connection refused): check power, cable and address" in change.reason
    assert "secret" not in change.reason


def test_a_wrong_path_is_told_from_a_dead_camera() -> None:
    with RtspCamera(CLIP) as camera:
        change = first_change(camera.address.replace("/camera", "/elsewhere"))
    assert "answers but gives no stream: check path, user name and password" in change.reason
