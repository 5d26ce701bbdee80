"""`simpang collector run`: collect, and serve the API and the console, until SIGINT or SIGTERM."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from collector.alerts.book import AlertBook
from collector.announcements.book import FILE, AnnouncementBook
from collector.api import create_app
from collector.calling import under_another_name
from collector.clips.book import FILE as CLIP_FILE
from collector.clips.book import ClipBook
from collector.clips.desk import ClipDesk
from collector.clips.line import ClipLine
from collector.config import CollectorConfig
from collector.console.app import build
from collector.console.operators import Operators
from collector.console.signals import Signals
from collector.console.snapshots import snapshots
from collector.console.users_cli import BOOK
from collector.running import Running, running
from collector.signals.actions import ActionBook
from collector.signals.office import Office
from collector.signals.sending import MqttSender
from collector.store.ledger_reading import utc_now
from contract import Site
from contract.signals import SignalRole

log = logging.getLogger(__name__)


def serve(config: CollectorConfig, site: Site, *, embedded_broker: bool = False) -> None:
    """Returns once the last request is answered and the last batch is in the store."""
    with ExitStack() as stack:
        parts = stack.enter_context(running(config, embedded_broker=embedded_broker, site=site.site.id))
        if embedded_broker:
            log.info("broker (embedded, without certificates): %s:%d", config.broker.host, config.broker.port)
            config = config.model_copy(update={"broker": config.broker.model_copy(update={"protocol": "3.1.1"})})
        app = _application(config, site, parts, stack)
        address = f"http://{config.http.host}:{config.http.port}"
        log.info("API: %s/api/docs%s", address, f"  console: {address}/" if config.console else "")
        uvicorn.run(app, host=config.http.host, port=config.http.port, log_level="warning", access_log=False)


def _application(config: CollectorConfig, site: Site, parts: Running, stack: ExitStack) -> FastAPI:
    app = create_app(
        site, parts.store, utc_now, figures=parts.stream.figures, feed_per_minute=config.http.feed_per_minute
    )
    if config.console is not None:
        operators = Operators(config.console.data / BOOK)
        stack.callback(operators.close)
        look = snapshots(config.console.pictures) if config.console.pictures else None
        announcements = AnnouncementBook(config.console.data / FILE)
        stack.callback(announcements.close)
        build(
            app,
            site,
            parts.store,
            operators,
            config.console,
            judge=parts.store,
            picture=look,
            signals=_signals(config, site, parts, stack),
            announcements=announcements,
            recordings=_clips(config, site, config.console.data, stack),
            alerts=_alerts(config, stack),
        )
    return app


def _alerts(config: CollectorConfig, stack: ExitStack) -> AlertBook | None:
    """The alert desk's book, through a connection of the console's own."""
    if config.alerts is None:
        return None
    book = AlertBook(config.alerts.book)
    stack.callback(book.close)
    return book


def _signals(config: CollectorConfig, site: Site, parts: Running, stack: ExitStack) -> Signals:
    """What the bridges say; and, where `[signals]` names keys, an office that may ask them for something."""
    book, office = ActionBook(parts.store.ledger.path), None
    if config.signals is not None:
        sender = MqttSender(site.site.id, under_another_name(config.broker, config.signals))
        sender.start()
        stack.callback(sender.stop)
        office = Office(parts.signals, book, config.signals.keys, sender, utc_now)
        trouble = office.trouble(SignalRole.CONFIGURE)
        if trouble is not None:
            log.error("signals: %s", trouble)
    return Signals(parts.signals, book, utc_now, office=office)


def _clips(config: CollectorConfig, site: Site, data: Path, stack: ExitStack) -> ClipDesk | None:
    """Where recordings are fetched, if `[clips]` says so."""
    settings = config.clips
    if settings is None:
        return None
    book = ClipBook(data / CLIP_FILE)
    stack.callback(book.close)
    desk = ClipDesk(book, data / "clips", utc_now, days=settings.days, chunk_bytes=settings.chunk_bytes)
    line = ClipLine(site.site.id, config.broker, settings, desk.hear, desk.wake)
    desk.line = line
    desk.start()
    stack.callback(desk.stop)
    line.start()
    stack.callback(line.stop)
    return desk
