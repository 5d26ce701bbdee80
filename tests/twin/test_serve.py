"""The twin's cameras on the air, read by the edge's own source as it reads any MJPEG camera."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import cv2
import numpy as np
import pytest

from contract import parse_zones
from edge.sources import open_source
from twin.camera_feed import CameraFeed
from twin.scenes import SCENES
from twin.serve import TwinServer

TITLES = ("dago", "samsat")


@pytest.fixture(scope="module")
def server() -> Iterator[TwinServer]:
    began = datetime.now(UTC)
    feeds = {name: CameraFeed(SCENES[name], 1, began=began) for name in TITLES}
    with TwinServer(feeds, fps=6) as running:
        yield running


def _get(url: str) -> bytes:
    with urlopen(url, timeout=20) as answer:
        body: bytes = answer.read()
    return body


def _fault(server: TwinServer, camera: str, name: str) -> None:
    urlopen(Request(f"{server.url}/{camera}/fault/{name}", method="POST"), timeout=20).close()


def test_the_edge_reads_the_stream_as_a_camera(server: TwinServer) -> None:
    source = open_source(f"{server.url}/dago.mjpg")
    try:
        frames = list(islice(source.frames(), 6))
    finally:
        source.close()
    assert all(frame.image.shape == (360, 640, 3) for frame in frames)
    times = [frame.time_s for frame in frames]
    assert times == sorted(times)
    assert times[-1] > times[0]
    assert np.abs(frames[0].image.astype(int) - frames[-1].image).max() > 20


def test_a_snapshot_zones_and_truth(server: TwinServer) -> None:
    still = cv2.imdecode(np.frombuffer(_get(f"{server.url}/samsat.jpg"), np.uint8), cv2.IMREAD_COLOR)
    assert still.shape == (360, 640, 3)
    zones = parse_zones(_get(f"{server.url}/samsat/zones.toml").decode())
    truth = json.loads(_get(f"{server.url}/samsat/truth.json"))
    assert set(truth["counts"]) == {line.id for line in zones.lines}
    assert json.loads(_get(server.url + "/"))["cameras"].keys() == set(TITLES)


def test_power_loss_silences_a_camera_and_the_other_goes_on(server: TwinServer) -> None:
    assert _get(f"{server.url}/dago.jpg")
    _fault(server, "dago", "power_loss")
    try:
        channel = server.channels["dago"]
        number = 0
        while (found := channel.newest(number, 20.0)) is not None:
            number = found[0]
        with pytest.raises(HTTPError, match="503"):
            _get(f"{server.url}/dago.jpg")
        assert _get(f"{server.url}/samsat.jpg")
    finally:
        _fault(server, "dago", "none")
    while (back := channel.newest(number, 20.0)) is None:
        number += 1
    assert back[1]


@pytest.mark.parametrize("path", ["/nowhere.mjpg", "/dago/secrets", "/dago"])
def test_what_is_not_there_is_said(server: TwinServer, path: str) -> None:
    with pytest.raises(HTTPError, match="404"):
        _get(server.url + path)


def test_an_unknown_fault_is_refused(server: TwinServer) -> None:
    with pytest.raises(HTTPError, match="404"):
        _fault(server, "dago", "melted")
    assert server.channels["dago"].feed.fault == "none"
