"""Build the console onto a FastAPI application: routes, pages, static files, and the one look at the store for all.

NiceGUI keeps its pages for the process, so one process serves one console; everything else belongs to the `Console`
that `build` returns.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from nicegui import ui

from collector.alerts.book import AlertBook
from collector.announcements.book import AnnouncementBook
from collector.api import announcements as announcements_api
from collector.api import signals as signals_api
from collector.clips.desk import ClipDesk
from collector.console.clips import ClipRoom
from collector.console.context import Console, PictureOf
from collector.console.door import routes
from collector.console.operators import Operators
from collector.console.pages import alerts as alerts_page
from collector.console.pages import announcements as announcements_page
from collector.console.pages import audit, cases, clips, junction, units, wall
from collector.console.pages import signals as signals_page
from collector.console.poller import Poller
from collector.console.settings import ConsoleSettings
from collector.console.signals import SignalDesk, Signals
from collector.store.ledger_reading import utc_now
from collector.store.reading import Reader
from collector.store.writing import Judge
from contract import Site


def build(
    app: FastAPI,
    city: Site,
    reader: Reader,
    operators: Operators,
    settings: ConsoleSettings,
    *,
    judge: Judge | None = None,
    picture: PictureOf | None = None,
    signals: Signals | None = None,
    announcements: AnnouncementBook | None = None,
    recordings: ClipDesk | None = None,
    alerts: AlertBook | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Console:
    """Add the console to `app`. Call it last: what NiceGUI serves lies under everything that `app` has not taken.

    `judge` takes verdicts into the store beside the operators' own book. `picture` gives a camera's picture just now;
    without it no live pictures are offered. `signals`: what the bridges say; with an office, operators may ask of them.
    `announcements`: what operators tell drivers. `recordings`: where operators may ask for those of a case.
    `alerts`: the book of the alert desk, for who knows of what.
    """
    poller = Poller(city, reader, settings.thresholds, every_s=settings.poll_s, clock=clock)
    office = signals.office if signals else None
    desk = SignalDesk(office, operators, clock) if office else None
    room = ClipRoom(recordings, operators, clock) if recordings is not None else None
    console = Console(
        city, reader, operators, settings, poller, picture, judge, signals, desk, announcements, room, alerts
    )
    app.include_router(routes(console))
    if room is not None:
        app.include_router(clips.routes(console, room))
    app.mount("/konsol", StaticFiles(directory=Path(str(files("collector.console") / "static"))))
    for page in (wall, junction, cases, signals_page, announcements_page, alerts_page, units, audit):
        page.add(console)
    _while_running(app, poller.running)
    if announcements is not None:
        app.include_router(announcements_api.routes(city, announcements, clock))
    if signals is not None:
        app.include_router(signals_api.routes(console, signals))
        _while_running(app, signals.running)
    ui.run_with(
        app, title="Simpang", dark=True, language="id", show_welcome_message=False, reconnect_timeout=30, tailwind=False
    )
    return console


def _while_running(app: FastAPI, more: Callable[[], AbstractAsyncContextManager[None]]) -> None:
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: FastAPI) -> AsyncIterator[Mapping[str, object]]:
        async with inner(running) as state, more():
            yield state or {}

    app.router.lifespan_context = lifespan
