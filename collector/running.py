"""One collector: broker (if embedded), store, stream and upkeep, begun in order and ended in order."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from collector.alerts.desk import AlertDesk, channels
from collector.broker import EmbeddedBroker
from collector.config import CollectorConfig
from collector.ingest.queue_stream import QueueStream
from collector.ingest.stream import Stream
from collector.signals.board import SignalBoard
from collector.store.ledger_reading import Clock, utc_now
from collector.store.opening import open_store
from collector.store.store import Store
from collector.upkeep import Upkeep
from contract import parse_site


class Running(NamedTuple):
    """What runs."""

    store: Store
    stream: Stream | QueueStream
    signals: SignalBoard


@contextmanager
def running(
    config: CollectorConfig, *, embedded_broker: bool = False, clock: Clock = utc_now, site: str | None = None
) -> Iterator[Running]:
    """A context in which messages are collected, of `site` alone if one is given.

    `StoreError`, `ContractError`, OSError when it cannot begin.
    """
    broker = config.broker
    _rarely_look_for_cycles()
    with ExitStack() as stack:
        if embedded_broker:
            stack.enter_context(EmbeddedBroker(broker.host, broker.port))
            broker = broker.model_copy(update={"protocol": "3.1.1", "share": None})
        store = open_store(config.store, clock)
        stack.callback(store.close)
        signals = SignalBoard()
        stream: Stream | QueueStream
        if config.queue is not None:
            stream = QueueStream(store, config.queue, config.batches, clock=clock, site=site, signals=signals)
        else:
            stream = Stream(store, broker, config.batches, clock=clock, site=site, signals=signals)
        thread = threading.Thread(target=stream.run, name="stream", daemon=True)
        upkeep = Upkeep(store, config.pictures_days, clock)
        upkeep.start()
        stack.callback(upkeep.stop)
        thread.start()
        stack.callback(thread.join)
        stack.callback(stream.stop)
        if config.alerts is not None:
            desk = AlertDesk(
                store,
                config.alerts,
                parse_site(config.site.read_text(encoding="utf-8"), config.site.name),
                channels(config.alerts, broker),
                clock,
            )
            desk.start()
            stack.callback(desk.stop)
        yield Running(store, stream, signals)


def _rarely_look_for_cycles() -> None:
    """Messages are trees and are freed without Python's search for cycles, which would walk over thousands of them
    again and again: with its usual thresholds it costs three quarters of decoding."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
