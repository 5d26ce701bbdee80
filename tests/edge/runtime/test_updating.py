"""Orders for new software pass through the unit, and reports come back: through a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract import UpdateReported, UpdateSet, UpdateStanding, decode, encode
from edge.runtime.updating import ORDER, REPORT, Updating
from tests.support.data import FOOTAGE
from tests.support.edge_process import camera, unit_in_thread, unit_toml
from tests.support.mosquitto import Mosquitto
from tests.support.mqtt import Listener
from tests.support.unit import EVERYTHING

WANTED = UpdateSet(number=3, time=datetime(2026, 3, 2, 6, 0, tzinfo=UTC), address="https://updates.example/3/")
STANDING = UpdateStanding(number=2, candidate=3, phase="fetching", fetched_bytes=1000)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


def test_an_order_is_left_where_the_system_finds_it_and_its_report_is_passed_on(
    tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = tmp_path / "data/update"
    (tmp_path / "unit.toml").write_text(unit_toml(broker.port, camera("dago-1", FOOTAGE / "toll_noon.mp4")))
    letters.mkdir(parents=True)
    (letters / REPORT).write_text(STANDING.model_dump_json())
    with Listener(broker.host, broker.port, EVERYTHING) as centre, unit_in_thread(tmp_path, monkeypatch):
        centre.client.publish(EVERYTHING.replace("#", "update/set"), encode(WANTED), qos=1, retain=True)
        (heard, *_) = centre.wait_until(bool, "/update/reported")
        _, told = decode(heard.topic, heard.payload)
        assert isinstance(told, UpdateReported)
        assert (told.number, told.candidate, told.phase, told.fetched_bytes) == (2, 3, "fetching", 1000)
        (letters / REPORT).write_text(UpdateStanding(number=3).model_dump_json())
        centre.wait_until(lambda heard: len(heard) == 2, "/update/reported")
    assert UpdateSet.model_validate_json((letters / ORDER).read_bytes()) == WANTED


def test_what_is_no_order_is_not_left(tmp_path: Path) -> None:
    box = Updating(tmp_path, "bandung", "edge-dago")
    for payload in (b"", b"{}", b"\xff", encode(WANTED).replace(b"https", b"http")):
        box.take(payload)
    assert not (tmp_path / "update" / ORDER).exists()
    box.take(encode(WANTED))
    before = (tmp_path / "update" / ORDER).stat().st_mtime_ns
    box.take(encode(WANTED))
    assert (tmp_path / "update" / ORDER).stat().st_mtime_ns == before, "said again at each connection"


def test_a_report_is_told_once_and_a_spoilt_one_never(tmp_path: Path) -> None:
    box = Updating(tmp_path, "bandung", "edge-dago")
    assert box.news() is None
    (tmp_path / "update").mkdir()
    (tmp_path / "update" / REPORT).write_text(STANDING.model_dump_json())
    assert [box.news(), box.news()] == [STANDING, None]
    (tmp_path / "update" / REPORT).write_text("{")
    assert box.news() is None
