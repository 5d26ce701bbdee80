"""Build the console onto a FastAPI application: routes, pages, static files, and the one look at the store for all.

NiceGUI keeps its pages for the process, so one process serves one console; everything else belongs to the `Console`
that `build` returns.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from nicegui import ui

from collector.console.context import Console, PictureOf
from collector.console.door import routes
from collector.console.operators import Operators
from collector.console.pages import audit, cases, junction, units, wall
from collector.console.poller import Poller
from collector.console.settings import ConsoleSettings
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
    clock: Callable[[], datetime] = utc_now,
) -> Console:
    """Add the console to `app`. Call it last: what NiceGUI serves lies under everything that `app` has not taken.

    `judge` takes verdicts into the store beside the operators' own book. `picture` gives a camera's picture just now;
    without it no live pictures are offered.
    """
    poller = Poller(city, reader, settings.thresholds, every_s=settings.poll_s, clock=clock)
    console = Console(city, reader, operators, settings, poller, picture, judge)
    app.include_router(routes(console))
    app.mount("/konsol", StaticFiles(directory=Path(str(files("collector.console") / "static"))))
    for page in (wall, junction, cases, units, audit):
        page.add(console)
    _while_running(app, poller)
    ui.run_with(
        app, title="Simpang", dark=True, language="id", show_welcome_message=False, reconnect_timeout=30, tailwind=False
    )
    return console


def _while_running(app: FastAPI, poller: Poller) -> None:
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: FastAPI) -> AsyncIterator[Mapping[str, object]]:
        async with inner(running) as state, poller.running():
            yield state or {}

    app.router.lifespan_context = lifespan
