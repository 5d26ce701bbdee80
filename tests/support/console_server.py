"""Serve the console over the example city: for designers, screenshots and the browser tests.

    python -m tests.support.console_server --port 8080

It prints the address and, on the next line, a password drawn for operator `demo` (and `tamu`, who may only view). The
store is the real SQLite one in a temporary folder; the evening goes on, a minute of traffic every minute.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from collector.alerts.alert import Alert, Finding
from collector.alerts.book import AlertBook
from collector.alerts.rules import Step
from collector.alerts.settings import AlertKind
from collector.announcements.book import FILE, AnnouncementBook
from collector.clips.book import FILE as CLIP_FILE
from collector.clips.book import ClipBook
from collector.clips.desk import ClipDesk
from collector.console.accounts import Role
from collector.console.app import build
from collector.console.operators import Operators
from collector.console.settings import ConsoleSettings
from collector.console.users_cli import BOOK, one_time_operator
from collector.store.sqlite import SqliteStore
from tests.support.drawn_clip import DrawnUnit
from tests.support.drawn_evidence import CAR, draw_evidence
from tests.support.example_city import EVENING, MINUTE, ExampleCity, bandung


class Clock:
    """The example's evening, which goes on from `start`."""

    def __init__(self, start: datetime) -> None:
        self._ahead = start - datetime.now(UTC)

    def __call__(self) -> datetime:
        """Now, in the example."""
        return datetime.now(UTC) + self._ahead


def serve(folder: Path, port: int, *, open_views: bool, language: str) -> None:
    """Run until interrupted. `port` 0 takes a free one."""
    clock = Clock(EVENING + timedelta(seconds=4))
    store = SqliteStore(folder / "store.sqlite3", clock)
    city = ExampleCity(bandung())
    store.write(list(city.past(timedelta(minutes=66))))
    operators = Operators(folder / BOOK)
    passwords = [
        f"{name}:{one_time_operator(operators, clock(), name=name, role=role)}"
        for name, role in (("demo", Role.MANAGE), ("tamu", Role.VIEW))
    ]
    app = FastAPI(lifespan=_going_on(store, city, clock))
    settings = ConsoleSettings(
        data=folder, open_views=open_views, language=language, poll_s=1, contact="dishub@example.org"
    )
    told = AnnouncementBook(folder / FILE)
    alerts = AlertBook(folder / "alerts.sqlite3")
    alerts.advance(lambda _: example_alerts(clock()), {}, clock())
    clips = ClipBook(folder / CLIP_FILE)
    desk = ClipDesk(clips, folder / "clips", clock)
    desk.line = DrawnUnit(desk)
    desk.start()
    build(
        app,
        bandung(),
        store,
        operators,
        settings,
        judge=store,
        picture=picture,
        announcements=told,
        recordings=desk,
        alerts=alerts,
        clock=clock,
    )
    listener = socket.create_server(("127.0.0.1", port))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    sys.stdout.write(f"{address}\n{' '.join(passwords)}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
    desk.stop()
    clips.close()
    alerts.close()
    told.close()
    operators.close()
    store.close()


def example_alerts(now: datetime) -> Step:
    """Two that stand: a dark unit, and a camera that somebody covered."""
    found = (
        (
            Finding(
                kind=AlertKind.CAMERA,
                subject="antapani-1",
                unit="bandung/edge-antapani",
                values={"camera": "antapani-1", "condition": "covered"},
            ),
            47,
        ),
        (
            Finding(
                kind=AlertKind.UNIT_DOWN,
                subject="bandung/edge-cikutra",
                unit="bandung/edge-cikutra",
                values={"unit": "edge-cikutra"},
            ),
            12,
        ),
    )
    alerts = [Alert(finding=finding, since=now - ago * MINUTE, told=now - ago * MINUTE) for finding, ago in found]
    return Step({alert.finding.key: alert for alert in alerts}, [])


def picture(camera: str) -> bytes | None:
    """Stands for a camera: a drawn street of this very second. One camera is covered and gives nothing."""
    if camera == "antapani-1":
        return None
    now = datetime.now(UTC)
    return draw_evidence(CAR, now.second, "langsung", camera, now)


def _going_on(
    store: SqliteStore, city: ExampleCity, clock: Clock
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The evening goes on while the server runs."""

    async def run() -> None:
        end = city.now + MINUTE
        while True:
            await asyncio.sleep(max(0.0, (end - clock()).total_seconds()))
            await asyncio.to_thread(store.write, list(city.minute(end)))
            end += MINUTE

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(run())
        yield
        task.cancel()

    return lifespan


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Serve the console over an invented evening in Bandung.")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--open", action="store_true", help="map and junction pages without sign-in")
    parser.add_argument("--language", default="id", choices=["id", "en"])
    parser.add_argument("--folder", type=Path, help="where to keep store and operators; default: a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        serve(given.folder or Path(folder), given.port, open_views=given.open, language=given.language)


if __name__ == "__main__":
    main()
