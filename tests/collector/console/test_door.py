"""The plain ways in and out, over HTTP: sign-in, pictures, the page for citizens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from collector.console.accounts import Role
from collector.console.context import Console
from collector.console.door import inside, routes
from collector.console.operators import Operators
from collector.console.poller import Poller
from collector.console.settings import ConsoleSettings
from collector.store.sqlite import SqliteStore
from tests.support.example_city import EVENING, MINUTE, PLACES, ExampleCity, bandung

NOW = EVENING + timedelta(seconds=5)
PASSWORD = "satu-dua-tiga"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path_factory.mktemp("store") / "store.sqlite3", lambda: NOW)
    store.write(list(ExampleCity(bandung()).past(3 * MINUTE)))
    yield store
    store.close()


@pytest.fixture
def console(store: SqliteStore, tmp_path: Path) -> Iterator[Console]:
    operators = Operators(tmp_path / "operators.sqlite3")
    operators.add("sari", Role.OPERATE, PASSWORD, NOW)
    settings = ConsoleSettings(data=tmp_path, contact="dishub@example.org")
    poller = Poller(bandung(), store, settings.thresholds, every_s=60, clock=lambda: NOW)
    yield Console(bandung(), store, operators, settings, poller, picture=lambda camera: camera.encode())
    operators.close()


@pytest.fixture
def client(console: Console) -> TestClient:
    app = FastAPI()
    app.include_router(routes(console))
    return TestClient(app, follow_redirects=False)


def sign_in(client: TestClient) -> None:
    client.post("/masuk", data={"name": "sari", "password": PASSWORD})


def test_signing_in_sets_a_cookie_that_scripts_cannot_read(client: TestClient) -> None:
    answer = client.post("/masuk", data={"name": "sari", "password": PASSWORD, "lanjut": "/parkir"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/parkir"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    answer = client.post("/keluar")
    assert answer.headers["location"] == "/masuk"
    assert "simpang_session" not in client.cookies


def test_a_wrong_password_is_told_in_words_and_the_name_stays(client: TestClient) -> None:
    answer = client.post("/masuk", data={"name": "sari<b>", "password": "wrong"})
    assert answer.status_code == 403
    assert "salah" in answer.text
    assert "sari&lt;b&gt;" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("/simpang/bip", "/simpang/bip"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\nb", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_elsewhere(client: TestClient, address: str, safe: str) -> None:
    assert inside(address) == safe
    answer = client.get("/bahasa/en", params={"lanjut": address})
    assert answer.headers["location"] == safe


def test_a_book_that_is_gone_is_told_and_opens_nothing(client: TestClient, console: Console) -> None:
    console.operators.close()
    answer = client.post("/masuk", data={"name": "sari", "password": PASSWORD})
    assert answer.status_code == 403
    assert "Buku operator" in answer.text


def test_evidence_is_for_those_who_are_signed_in(client: TestClient, store: SqliteStore) -> None:
    (picture, *_) = store.pictures("edge-bip", "parkir-42")
    address = f"/bukti/edge-bip/parkir-42/{picture.sha256}.jpg"
    assert client.get(address).status_code == 403
    sign_in(client)
    answer = client.get(address)
    assert answer.content == picture.jpeg
    assert answer.headers["cache-control"] == "private, no-store"
    assert client.get(f"/bukti/edge-bip/parkir-42/{'0' * 64}.jpg").status_code == 404


def test_live_pictures_are_of_known_cameras_and_for_the_signed_in(client: TestClient) -> None:
    assert client.get("/gambar/bip-1.jpg").status_code == 403
    sign_in(client)
    assert client.get("/gambar/bip-1.jpg").content == b"bip-1"
    assert client.get("/gambar/no-such.jpg").status_code == 404


def test_the_language_is_remembered(client: TestClient) -> None:
    assert "Kata sandi" in client.get("/masuk").text
    client.get("/bahasa/en")
    assert "Password" in client.get("/masuk").text
    assert client.get("/bahasa/xx").status_code == 404


def test_citizens_see_every_junction_without_signing_in(client: TestClient, console: Console) -> None:
    asyncio.run(console.poller.look())
    page = client.get("/publik")
    assert page.status_code == 200
    assert page.text.count("<strong>") == 25
    assert "Wajah tidak dikenali" in page.text
    assert "dishub@example.org" in page.text
    assert "Macet" in page.text
    assert "<script" not in page.text
    assert "edge-" not in page.text, "units are nobody's business"


class Broken:
    """A store that is away, and returns."""

    def __init__(self, store: SqliteStore) -> None:
        self.store, self.away, self.asked = store, False, 0

    def __getattr__(self, name: str) -> object:
        self.asked += name == "units"
        if self.away:
            raise ConnectionError("no route to the store")
        return getattr(self.store, name)


def test_a_store_that_is_away_leaves_the_last_picture_and_is_told(
    client: TestClient, console: Console, store: SqliteStore
) -> None:
    asyncio.run(console.poller.look())
    before = console.poller.city
    assert len(before.units) == 25 - sum(place.unknown for place in PLACES.values())
    poller = console.poller
    vars(poller)["_reader"] = broken = Broken(store)
    broken.away = True
    asyncio.run(poller.look())
    assert poller.city is before
    assert poller.trouble is not None
    assert "no route" in poller.trouble.text
    assert "terlambat" in client.get("/publik").text
    first = poller.trouble
    asyncio.run(poller.look())
    assert poller.trouble is first, "since when does not move"
    broken.away = False
    asyncio.run(poller.look())
    assert poller.trouble is None


def test_one_look_serves_everybody(client: TestClient, console: Console, store: SqliteStore) -> None:
    vars(console.poller)["_reader"] = counting = Broken(store)
    asyncio.run(console.poller.look())
    for _ in range(20):
        client.get("/publik")
    assert counting.asked == 1
