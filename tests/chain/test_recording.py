"""A recording on its way: a real unit, a real Mosquitto, the centre's desk, and each of them failing in the middle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

import edge.recording.fetching
import edge.recording.ring
from collector.broker import EmbeddedBroker
from collector.clips.book import ClipBook
from collector.clips.desk import ClipDesk
from collector.clips.fetch import Fetch
from collector.clips.film import index_of, picture_of
from collector.clips.line import ClipLine
from collector.clips.settings import ClipSettings
from collector.config import BrokerSettings
from contract import ClipChunk, IncidentEvent, ParkingEvent, decode
from edge.recording.archive import Archive
from edge.recording.film import Shot, Spot
from edge.recording.settings import RecordingConfig
from tests.support.collecting import wait_until
from tests.support.data import FOOTAGE
from tests.support.edge_process import EdgeProcess, camera, unit_in_thread, unit_toml
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.mqtt import Listener
from tests.support.unit import EVERYTHING

UNIT, CASE = "edge-dago", "p20261124-050000-abcdef"
RECORDING = '[recording]\nring = "card"\nkbit_s = {kbit_s}\n'


def recording_unit(folder: Path, port: int, *cameras: str, kbit_s: int = 4000) -> EdgeProcess:
    (folder / "unit.toml").write_text(unit_toml(port, *cameras) + RECORDING.format(kbit_s=kbit_s))
    return EdgeProcess(folder)


def record_a_case(data: Path) -> None:
    """A minute of a street that lies in the unit's archive, pinned for a case an hour ago."""
    noise = np.random.default_rng(7)
    begun = datetime.now(UTC) - timedelta(hours=1)
    folder = data / "recording"
    archive = Archive(RecordingConfig(ring="card"), folder, folder / "ring")
    archive.pin("dago-1", CASE, begun + timedelta(seconds=20), begun + timedelta(seconds=20))
    spot = (Spot(0.25, 0.25, 0.75, 0.75, plate_only=False),)
    for start in range(0, 60, 4):
        shots = []
        for step in range(20):
            image = noise.integers(0, 256, (180, 320, 3), np.uint8)
            _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 40])
            shots.append(Shot(begun + timedelta(seconds=start + step / 5), jpeg.tobytes(), spot))
        archive.add("dago-1", shots)


class Centre:
    """The desk and its line; `fetch` is how the recording stands."""

    def __init__(self, folder: Path, broker: Mosquitto | EmbeddedBroker, protocol: Literal["5", "3.1.1"] = "5") -> None:
        self.book = ClipBook(folder / "clips.sqlite")
        self.desk = ClipDesk(self.book, folder / "clips", lambda: datetime.now(UTC), chunk_bytes=48_000)
        settings = BrokerSettings(host=broker.host, port=broker.port, protocol=protocol)
        self.line = ClipLine("bandung", settings, ClipSettings(), self.desk.hear, self.desk.wake)
        self.desk.line = self.line
        self.desk.start()
        self.line.start()

    def fetch(self, case: str) -> Fetch:
        found = self.desk.of(UNIT, case)
        assert found is not None
        return found

    def close(self) -> None:
        self.line.stop()
        self.desk.stop()
        self.book.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


@contextmanager
def bytes_on_the_line(broker: Mosquitto) -> Iterator[Callable[[], int]]:
    """How many bytes of recordings have gone over it."""
    with Listener(broker.host, broker.port, "simpang/v1/+/+/clip/chunk", client_id="meter") as meter:

        def total() -> int:
            pieces = [decode(one.topic, one.payload)[1] for one in meter.heard()]
            return sum(len(one.data) for one in pieces if isinstance(one, ClipChunk))

        yield total


def test_a_fetching_goes_on_where_broker_unit_and_centre_failed(tmp_path: Path, broker: Mosquitto) -> None:
    record_a_case(tmp_path / "data")
    unit = recording_unit(tmp_path, broker.port, camera("dago-1", FOOTAGE / "toll_noon.mp4"))
    with bytes_on_the_line(broker) as sent, unit:
        unit.wait_for_log("connected")
        centre = Centre(tmp_path / "centre", broker)
        centre.desk.ask(UNIT, CASE, "sari", "tabrakan beruntun")
        wait_until(lambda: centre.fetch(CASE).got > 200_000, "the first pieces")
        broker.kill()
        broker.start()
        wait_until(lambda: centre.fetch(CASE).got > 500_000, "more of it after the broker")
        unit.kill()
        unit.start()
        wait_until(lambda: centre.fetch(CASE).got > 800_000, "more of it after the unit")
        centre.close()
        again = Centre(tmp_path / "centre", broker)
        assert again.fetch(CASE).got >= 800_000, "the file says how far it has come"
        with closing(again):
            wait_until(lambda: not again.fetch(CASE).open, "all of it")
            done = again.fetch(CASE)
            assert (done.state, done.by, done.why) == ("here", "sari", "tabrakan beruntun"), done
            path = again.desk.path(done)
            again.desk.ask(UNIT, "p-nobody", "sari", "salah ketik")
            wait_until(lambda: not again.fetch("p-nobody").open, "a refusal")
            assert (again.fetch("p-nobody").state, again.fetch("p-nobody").reason) == ("refused", "unknown")
        assert done.size == path.stat().st_size
        assert sent() < done.size + 20 * 48_000, "a failure costs a piece or two, not the way that was made"
        unit.wait_for_log("received")
        assert unit.stop() == 0, unit.log
    index = index_of(path)
    assert len(index.times) == 300
    shown = cv2.imdecode(np.frombuffer(picture_of(path, 150), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    hidden, beside = shown[70:110, 120:200].std(), shown[10:30, 10:300].std()
    assert hidden < 25, "who was seen is not to be recognised"
    assert beside > 50, "the rest is as it was"
    visits = (tmp_path / "data" / "recording" / "access.jsonl").read_text()
    assert visits.count('"why": "tabrakan beruntun"') == 2, "once by each run of the unit"
    assert visits.count('"why": "salah ketik"') == 1
    assert '"answer": "received"' in visits


def test_the_broker_of_the_demonstration_carries_it_too(tmp_path: Path) -> None:
    record_a_case(tmp_path / "data")
    with EmbeddedBroker(port=free_port()) as broker:
        text = unit_toml(broker.port, camera("dago-1", FOOTAGE / "toll_noon.mp4"))
        text = text.replace(f"port = {broker.port}", f'port = {broker.port}, protocol = "3.1.1"')
        (tmp_path / "unit.toml").write_text(text + RECORDING.format(kbit_s=8000))
        with EdgeProcess(tmp_path) as unit, closing(Centre(tmp_path / "centre", broker, "3.1.1")) as centre:
            unit.wait_for_log("connected")
            centre.desk.ask(UNIT, CASE, "sari", "tabrakan beruntun")
            wait_until(lambda: not centre.fetch(CASE).open, "all of it")
            assert centre.fetch(CASE).state == "here"


def test_a_parked_car_is_pinned_and_seen_at_the_centre(
    tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge.recording.ring, "AFTER", timedelta(seconds=3))
    monkeypatch.setattr(edge.recording.fetching, "SEALED", timedelta(seconds=6))
    zones = tmp_path / "parked.toml"
    zones.write_text(
        '[[zones]]\nid = "larangan"\nkind = "no_parking"\ngrace_s = 2\n'
        "polygon = [[0.02, 0.02], [0.98, 0.02], [0.98, 0.98], [0.02, 0.98]]\n"
    )
    recording_unit(tmp_path, broker.port, camera("dago-1", FOOTAGE / "car_park.mp4", zones))
    with (
        Listener(broker.host, broker.port, EVERYTHING) as heard,
        unit_in_thread(tmp_path, monkeypatch),
        closing(Centre(tmp_path / "centre", broker)) as centre,
    ):
        events = heard.wait_until(bool, "/event")
        _, event = decode(events[0].topic, events[0].payload)
        assert isinstance(event, ParkingEvent | IncidentEvent)
        pins = tmp_path / "data" / "recording" / "pins.json"
        wait_until(lambda: pins.exists() and event.case in pins.read_text(), "the pin, a second later")
        centre.desk.ask(UNIT, event.case, "sari", "mobil di larangan parkir")
        wait_until(lambda: not centre.fetch(event.case).open, "the recording")
        done = centre.fetch(event.case)
        assert done.state == "here", done
        index = index_of(centre.desk.path(done))
        assert index.camera == "dago-1"
        assert len(index.times) > 10
        assert index.times[0] <= event.time
        assert index.times[-1] >= event.opened, "the car is in it"
    assert not [one for one in threading.enumerate() if one.name in {"recorder", "clips"}]
