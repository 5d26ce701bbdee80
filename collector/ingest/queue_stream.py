"""A RabbitMQ quorum queue to store, nothing lost: what `stream` is to MQTT, over AMQP 0-9-1.

Units speak MQTT to whichever node they reach; its plugin puts their messages on the exchange `amq.topic`, with dots
for slashes, and the queue keeps each on a majority of the nodes before the unit is told. Collectors empty the queue
together. A message is acknowledged on the channel that brought it and only once the store has its batch; when a node or
a collector dies, the queue gives what was not acknowledged to another, and writing it again changes nothing.
"""

from __future__ import annotations

import logging
import random
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from pika.spec import Basic, BasicProperties

from collector.config import BatchSettings
from collector.ingest.batch import Batch, prepared
from collector.ingest.decoding import read
from collector.ingest.figures import Figures
from collector.ingest.queue_settings import QueueSettings
from collector.ingest.writing import WritingThreads
from collector.signals.board import SignalBoard
from collector.store.ledger_reading import Clock, utc_now
from collector.store.writing import Received, Writer

log = logging.getLogger(__name__)

ROUTES = "simpang.v1.#"
"""Everything that units and bridges say, as the MQTT plugin names topics."""
_IDLE_S = 0.2
_FIRST_S, _MOST_S = 0.5, 15.0
_UNREACHABLE = (AMQPError, OSError)

# Its stubs want whole seconds; it takes parts of one.
_wait: Callable[..., None] = pika.BlockingConnection.process_data_events


class QueueStream:
    """One collector's connection to the queue, and its batches. `run` returns once `stop` was called."""

    def __init__(
        self,
        store: Writer,
        queue: QueueSettings,
        batches: BatchSettings,
        *,
        figures: Figures | None = None,
        clock: Clock = utc_now,
        site: str | None = None,
        signals: SignalBoard | None = None,
    ) -> None:
        self._queue, self._limits, self._clock, self._site = queue, batches, clock, site
        self._signals = signals or SignalBoard()
        self.figures = figures or Figures()
        self._store = store
        self._writing = WritingThreads(store, self._written, self.figures)
        self._done: deque[Batch] = deque()
        self._stopping = threading.Event()
        self.subscribed = threading.Event()
        self._connection: pika.BlockingConnection | None = None
        self._epoch = 0
        self._batch = Batch(0)
        self._under_way = 0

    def run(self) -> None:
        """Read until stopped; goes to the next node when one does not answer, for ever."""
        self._writing.start()
        nodes, wait_s = cycle(random.sample(self._queue.nodes, len(self._queue.nodes))), _FIRST_S
        while not self._stopping.is_set():
            node = next(nodes)
            try:
                with self._channel(node) as channel:
                    wait_s = _FIRST_S
                    self._consume(channel)
            except _UNREACHABLE as error:
                log.warning("node %s: %s", node, str(error) or type(error).__name__)
                self._stopping.wait(random.uniform(wait_s / 2, wait_s))
                wait_s = min(wait_s * 2, _MOST_S)
        self._hand_over(final=True)
        self._writing.stop()

    def stop(self) -> None:
        """End `run`, from any thread."""
        self._stopping.set()

    @contextmanager
    def _channel(self, node: str) -> Iterator[BlockingChannel]:
        """A channel on `node` with the queue declared, and everything that belongs to it ended afterwards."""
        connection = pika.BlockingConnection(self._parameters(node))
        self._connection = connection
        try:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=self._queue.prefetch)
            channel.queue_declare(self._queue.name, durable=True, arguments={"x-queue-type": "quorum"})
            channel.queue_bind(self._queue.name, self._queue.exchange, ROUTES)
            channel.basic_consume(self._queue.name, self._on_message)
            self.figures.connections.inc()
            self.figures.connected.set(1)
            self.subscribed.set()
            yield channel
        finally:
            self._close_epoch()
            with suppress(*_UNREACHABLE):
                connection.close()

    def _consume(self, channel: BlockingChannel) -> None:
        while not self._stopping.is_set():
            _wait(channel.connection, self._batch.wait_s(self._limits, time.monotonic(), _IDLE_S))
            self._acknowledge(channel)
            self._hand_over(final=False)
        self._hand_over(final=True)
        # Once it is in the store it may be acknowledged still, so that nobody gets it again.
        self._writing.stop()
        self._acknowledge(channel)

    def _on_message(
        self, _channel: BlockingChannel, delivery: Basic.Deliver, _properties: BasicProperties, payload: bytes
    ) -> None:
        self.figures.received.inc()
        topic = (delivery.routing_key or "").replace(".", "/")
        taken = read(topic, payload, self._clock(), site=self._site)
        if isinstance(taken, Received):
            self._signals.hear(taken)
            taken = prepared(self._store, taken)
        if not len(self._batch):
            self._batch.begun_s = time.monotonic()
        self._batch.add(taken)
        self._batch.mids.append(delivery.delivery_tag or 0)
        self._under_way += 1
        self._hand_over(final=False)

    def _hand_over(self, *, final: bool) -> None:
        batch = self._batch
        wanted = len(batch) if final else batch.is_due(self._limits, time.monotonic())
        if wanted and self._writing.offer(batch):
            self._batch = Batch(self._epoch)

    def _written(self, batch: Batch) -> None:
        """Called by the writing thread: wakes the one that talks to the queue."""
        self._done.append(batch)
        connection = self._connection
        if connection is not None:
            with suppress(*_UNREACHABLE):
                connection.add_callback_threadsafe(lambda: None)

    def _acknowledge(self, channel: BlockingChannel) -> None:
        """Batches are written in the order in which they came, so the last of a batch stands for all before it."""
        while self._done:
            batch = self._done.popleft()
            self._under_way -= len(batch)
            if batch.epoch == self._epoch:
                channel.basic_ack(batch.mids[-1], multiple=True)
        self.figures.waiting.set(self._under_way)

    def _close_epoch(self) -> None:
        """What this channel brought is still written, and will come again."""
        self.figures.connected.set(0)
        self.subscribed.clear()
        self._connection = None
        self._epoch += 1
        if len(self._batch) and not self._writing.offer(self._batch):
            self._under_way -= len(self._batch)
        self._batch = Batch(self._epoch)

    def _parameters(self, node: str) -> pika.ConnectionParameters:
        host, _, port = node.rpartition(":")
        parameters = pika.ConnectionParameters(
            host=host,
            port=int(port),
            virtual_host=self._queue.vhost,
            credentials=pika.PlainCredentials(self._queue.username, self._queue.password()),
            heartbeat=self._queue.heartbeat_s,
            blocked_connection_timeout=self._queue.heartbeat_s,
        )
        if self._queue.ca_file is not None:
            context = ssl.create_default_context(cafile=str(self._queue.ca_file))
            parameters.ssl_options = pika.SSLOptions(context, host)
        return parameters
