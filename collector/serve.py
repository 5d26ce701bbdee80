"""`simpang collector run`: collect, and serve the API and the console, until SIGINT or SIGTERM."""

from __future__ import annotations

import logging
from contextlib import ExitStack

import uvicorn
from fastapi import FastAPI

from collector.api import create_app
from collector.config import CollectorConfig
from collector.console.app import build
from collector.console.operators import Operators
from collector.console.snapshots import snapshots
from collector.console.users_cli import BOOK
from collector.running import Running, running
from collector.store.ledger_reading import utc_now
from contract import Site

log = logging.getLogger(__name__)


def serve(config: CollectorConfig, site: Site, *, embedded_broker: bool = False) -> None:
    """Returns once the last request is answered and the last batch is in the store."""
    with ExitStack() as stack:
        parts = stack.enter_context(running(config, embedded_broker=embedded_broker, site=site.site.id))
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
        build(app, site, parts.store, operators, config.console, judge=parts.store, picture=look)
    return app
