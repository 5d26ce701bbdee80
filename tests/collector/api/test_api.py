"""The API over a real SQLite store: what is asked, what is answered, and how it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from collector.api import create_app
from collector.store.reading import UnitStatus
from collector.store.sqlite import SqliteStore
from collector.store.writing import Received, StoreDownError
from contract import CameraObservation, Kind, LineCount, Observation, Quality, Site, Topic, VehicleClass, parse_site

ROOT = Path(__file__).parents[3]
MORNING = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
"""06:00 in Bandung."""
NOW = MORNING + timedelta(hours=2, minutes=10)


@pytest.fixture(scope="module")
def site() -> Site:
    return parse_site((ROOT / "config" / "bandung.toml").read_text(encoding="utf-8"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "s.sqlite", lambda: NOW)
    made.write([counted(minute) for minute in range(130)])
    yield made
    made.close()


def counted(minute: int) -> Received:
    start = MORNING + timedelta(minutes=minute)
    camera = CameraObservation(
        camera="dago-1",
        lines=(
            LineCount(line="selatan", direction="masuk", counts={VehicleClass.MOTORCYCLE: 10, VehicleClass.CAR: 2}),
        ),
        quality=Quality(grade="good", frames=600, fps=10),
    )
    end = start + timedelta(minutes=1)
    message = Observation(boot_id="a" * 32, time=end, seq=minute, start=start, interval_s=60, cameras=(camera,))
    return Received(Topic("bandung", "edge-dago", Kind.OBSERVATION), message, end)


@pytest.fixture
def client(site: Site, store: SqliteStore) -> TestClient:
    return TestClient(create_app(site, store, lambda: NOW, feed_per_minute=3))


def test_junctions_are_geojson_with_their_state(client: TestClient) -> None:
    told = client.get("/api/v1/junctions").raise_for_status().json()
    assert told["type"] == "FeatureCollection"
    assert len(told["features"]) == 25
    dago = next(feature for feature in told["features"] if feature["id"] == "dago")
    assert dago["geometry"] == {"type": "Point", "coordinates": [107.6136, -6.8853]}
    assert dago["properties"]["state"] == "online"
    assert {feature["properties"]["state"] for feature in told["features"]} == {"online", "unknown"}


def test_volumes_by_step_class_and_approach(client: TestClient) -> None:
    asked = {"start": MORNING.isoformat(), "end": (MORNING + timedelta(hours=1)).isoformat(), "step": "15m"}
    rows = client.get("/api/v1/volumes", params=asked).raise_for_status().json()["rows"]
    assert len(rows) == 8
    assert rows[0] == {
        "time": "2026-03-01T23:15:00Z",
        "junction": "dago",
        "camera": "dago-1",
        "approach": "selatan",
        "line": "selatan",
        "direction": "masuk",
        "vehicle": "motorcycle",
        "count": 150,
    }
    cars = client.get("/api/v1/volumes", params={**asked, "vehicle": "car", "approach": "selatan"}).json()["rows"]
    assert [row["count"] for row in cars] == [30] * 4
    assert client.get("/api/v1/volumes", params={**asked, "approach": "utara"}).json()["rows"] == []
    assert client.get("/api/v1/volumes", params={**asked, "junction": "pasteur"}).json()["rows"] == []


def test_volumes_as_csv(client: TestClient) -> None:
    asked = {"start": MORNING.isoformat(), "end": (MORNING + timedelta(hours=1)).isoformat(), "step": "1h"}
    reply = client.get("/api/v1/volumes.csv", params=asked).raise_for_status()
    assert reply.headers["content-type"].startswith("text/csv")
    assert reply.text.splitlines() == [
        "time,junction,camera,approach,line,direction,vehicle,count",
        "2026-03-02T00:00:00Z,dago,dago-1,selatan,selatan,masuk,motorcycle,600",
        "2026-03-02T00:00:00Z,dago,dago-1,selatan,selatan,masuk,car,120",
    ]


REFUSED = [
    # asked                                                              says
    ({"start": "yesterday"}, "start: "),
    ({"start": "2026-03-01T00:00:00"}, "timezone"),
    ({"start": "2026-03-02T00:00:00Z", "end": "2026-03-01T00:00:00Z"}, "not before end"),
    ({"start": "2021-03-02T00:00:00Z", "end": "2026-03-01T00:00:00Z"}, "ask for less"),
    ({"step": "7m"}, "step: "),
    ({"camera": "nowhere-1"}, "not in the site file"),
    ({"junction": "nowhere"}, "not in the site file"),
    ({"vehicle": "horse"}, "vehicle: "),
    ({"colour": "red"}, "colour: "),
]


@pytest.mark.parametrize(("asked", "says"), REFUSED)
def test_refused_with_a_reason_for_people(client: TestClient, asked: dict[str, str], says: str) -> None:
    reply = client.get("/api/v1/volumes", params=asked)
    assert reply.status_code == (404 if "site file" in says else 422)
    told = reply.json()
    assert says in told["error"]
    assert told["advice"]


def test_the_feed_has_closed_hours_of_the_citys_day_and_is_cached(client: TestClient) -> None:
    first = client.get("/api/v1/open/hourly", params={"day": "2026-03-02"}).raise_for_status()
    told = first.json()
    assert told["complete"] is False
    assert [(row["hour"], row["vehicle"], row["count"]) for row in told["rows"]] == [
        ("2026-03-01T23:00:00Z", "car", 120),
        ("2026-03-01T23:00:00Z", "motorcycle", 600),
        ("2026-03-02T00:00:00Z", "car", 120),
        ("2026-03-02T00:00:00Z", "motorcycle", 600),
    ]
    tag = first.headers["etag"]
    again = client.get("/api/v1/open/hourly", params={"day": "2026-03-02"}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    before = client.get("/api/v1/open/hourly", params={"day": "2026-02-20", "format": "csv"})
    assert before.text == "hour,junction,vehicle,count\r\n"
    assert before.headers["cache-control"] == "public, max-age=86400"
    too_many: httpx.Response = client.get("/api/v1/open/hourly", params={"day": "2026-03-02"})
    assert too_many.status_code == 429
    assert int(too_many.headers["retry-after"]) == 60


def test_metrics_and_health(client: TestClient) -> None:
    text = client.get("/metrics").raise_for_status().text
    assert 'simpang_unit_online{site="bandung",unit="edge-dago"} 1.0' in text
    assert 'simpang_unit_missing{site="bandung",unit="edge-dago"} 0.0' in text
    assert "simpang_collector_stored_total 0.0" in text
    assert client.get("/health").json() == {"status": "ok", "time": "2026-03-02T01:10:00Z", "units": 1, "online": 1}


def test_a_store_that_is_down_is_told_as_such(site: Site, store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> list[UnitStatus]:
        raise StoreDownError("InfluxDB does not answer")

    monkeypatch.setattr(store, "units", down)
    client = TestClient(create_app(site, store, lambda: NOW))
    for path in ("/health", "/api/v1/junctions", "/api/v1/units"):
        reply = client.get(path)
        assert reply.status_code == 503
        assert reply.json()["error"] == "InfluxDB does not answer"


def test_what_is_not_there_is_told_in_the_same_form(client: TestClient) -> None:
    reply = client.get("/api/v1/nothing")
    assert reply.status_code == 404
    assert set(reply.json()) == {"error", "advice", "time"}


def test_the_page_about_the_api_needs_no_way_out(client: TestClient) -> None:
    page = client.get("/api/docs").text
    assert not re.search(r"https?://", page)
    parts = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    assert parts
    assert [client.get(part).status_code for part in parts] == [200] * len(parts)
