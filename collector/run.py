"""One collector: broker (if embedded), store, stream, upkeep and the HTTP API, begun in order and ended in order."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import uvicorn
from fastapi import FastAPI

from collector.api import create_app
from collector.broker import EmbeddedBroker
from collector.config import CollectorConfig
from collector.ingest.stream import Stream
from collector.store.ledger_reading import Clock, utc_now
from collector.store.opening import open_store
from collector.store.store import Store
from collector.upkeep import Upkeep
from contract import Site

log = logging.getLogger(__name__)


class Running(NamedTuple):
    """What runs."""

    store: Store
    stream: Stream


@contextmanager
def running(config: CollectorConfig, *, embedded_broker: bool = False, clock: Clock = utc_now) -> Iterator[Running]:
    """A context in which messages are collected. `StoreError`, OSError when it cannot begin."""
    broker = config.broker
    with ExitStack() as stack:
        if embedded_broker:
            stack.enter_context(EmbeddedBroker(broker.host, broker.port))
            broker = broker.model_copy(update={"protocol": "3.1.1", "share": None})
        store = open_store(config.store, clock)
        stack.callback(store.close)
        stream = Stream(store, broker, config.batches, clock=clock)
        thread = threading.Thread(target=stream.run, name="stream", daemon=True)
        upkeep = Upkeep(store, config.pictures_days, clock)
        upkeep.start()
        stack.callback(upkeep.stop)
        thread.start()
        stack.callback(thread.join)
        stack.callback(stream.stop)
        yield Running(store, stream)


def serve(config: CollectorConfig, site: Site, *, embedded_broker: bool = False) -> None:
    """Collect and serve the API until SIGINT or SIGTERM."""
    with running(config, embedded_broker=embedded_broker) as parts:
        app = create_app(
            site,
            parts.store,
            utc_now,
            figures=parts.stream.figures,
            feed_per_minute=config.http.feed_per_minute,
        )
        listen(app, config)


def listen(app: FastAPI, config: CollectorConfig) -> None:
    """Serve `app` until SIGINT or SIGTERM."""
    log.info("API: http://%s:%d/api/docs", config.http.host, config.http.port)
    uvicorn.run(app, host=config.http.host, port=config.http.port, log_level="warning", access_log=False)
