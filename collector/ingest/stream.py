"""MQTT to store, nothing lost: the loop that reads, batches, hands over and acknowledges.

One thread talks to the broker, one to the store. A message is acknowledged on the connection that brought it and only
once the store has its batch; after a reconnect the broker sends again what was not acknowledged, and writing it again
changes nothing. Acknowledging an old message on a new connection could release another message of the same number.
"""

from __future__ import annotations

import logging
import random
import select
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from datetime import datetime

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.config import BatchSettings, BrokerSettings
from collector.ingest.batch import Batch, prepared
from collector.ingest.buffered import BufferedClient, BufferedSocket
from collector.ingest.decoding import read
from collector.ingest.figures import Figures
from collector.ingest.packets import Publish
from collector.ingest.session import connect, new_client, subscribe
from collector.ingest.writing import WritingThreads
from collector.signals.board import SignalBoard
from collector.store.ledger_reading import Clock, utc_now
from collector.store.writing import Received, Writer
from contract import Kind

log = logging.getLogger(__name__)

_TURN = 500
"""Packets read in one turn before acknowledgements and the clock get theirs."""

_IDLE_S = 0.5
_FIRST_S, _MOST_S = 0.5, 15.0


class Stream:
    """One collector's connection and its batches. `run` returns once `stop` was called."""

    def __init__(
        self,
        store: Writer,
        broker: BrokerSettings,
        batches: BatchSettings,
        *,
        figures: Figures | None = None,
        clock: Clock = utc_now,
        site: str | None = None,
        signals: SignalBoard | None = None,
    ) -> None:
        self._broker = broker
        self._signals = signals or SignalBoard()
        self._site = site
        self._limits = batches
        self._clock = clock
        self.figures = figures or Figures()
        self._store = store
        self._writing = WritingThreads(store, self._written, self.figures)
        self._done: deque[Batch] = deque()
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._stopping = threading.Event()
        self.subscribed = threading.Event()
        self._epoch = 0
        self._up = False
        self._batch = Batch(0)
        self._under_way = 0
        self._client = self._new_client()

    def run(self) -> None:
        """Read until stopped; reconnects for ever."""
        self._writing.start()
        wait_s = _FIRST_S
        try:
            while not self._stopping.is_set():
                if self._connected_once():
                    wait_s = _FIRST_S
                self._stopping.wait(random.uniform(wait_s / 2, wait_s))
                wait_s = min(wait_s * 2, _MOST_S)
        finally:
            self._finish()

    def stop(self) -> None:
        """End `run`, from any thread."""
        self._stopping.set()
        with suppress(OSError):
            self._waker.send(b"!")

    def _connected_once(self) -> bool:
        """One connection from beginning to end; whether the broker took us."""
        try:
            connect(self._client, self._broker)
        except OSError as error:
            log.warning("broker %s:%d does not answer: %s", self._broker.host, self._broker.port, error)
            return False
        taken = False
        while not self._stopping.is_set() and self._turn():
            taken = taken or self._up
        if not self._stopping.is_set():
            self._lost()
        return taken

    def _turn(self) -> bool:
        """One round of the loop; False when the connection is gone."""
        connection = self._client.buffered()
        if connection is None:
            return False
        writers = [connection.fileno()] if connection.wants_to_send else []
        wait_s = 0.0 if connection.ready else self._batch.wait_s(self._limits, time.monotonic(), _IDLE_S)
        readable, _, _ = select.select([connection.fileno(), self._wake.fileno()], writers, [], wait_s)
        if self._wake.fileno() in readable:
            self._wake.recv(4096)
        self._acknowledge(connection)
        try:
            connection.flush()
            well = self._read(connection)
            self._hand_over(final=False)
            well = well and self._client.loop_misc() == MQTTErrorCode.MQTT_ERR_SUCCESS
            if self._client.want_write():  # paho sends nothing by itself that a callback asked for
                self._client.loop_write()
            connection.flush()
        except OSError as error:
            log.warning("broker %s:%d: %s", self._broker.host, self._broker.port, error)
            return False
        return well

    def _read(self, connection: BufferedSocket) -> bool:
        """Take what has come, `_TURN` packets at most; False when the connection is gone."""
        published, now = 0, self._clock()
        for _ in range(_TURN):
            packet = connection.next_packet()
            if packet is None:
                break
            if isinstance(packet, Publish):
                published += 1
                self._hear(packet, now)
            elif self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return False
        self.figures.received.inc(published)
        return not connection.ended

    def _hand_over(self, *, final: bool) -> None:
        batch = self._batch
        wanted = len(batch) if final else batch.is_due(self._limits, time.monotonic())
        if wanted and self._writing.offer(batch):
            self._batch = Batch(self._epoch)

    def _written(self, batch: Batch) -> None:
        """Called by the writing thread."""
        self._done.append(batch)
        self._waker.send(b".")

    def _acknowledge(self, connection: BufferedSocket | None) -> None:
        while self._done:
            batch = self._done.popleft()
            self._under_way -= len(batch)
            if batch.epoch == self._epoch and self._up and connection is not None:
                connection.acknowledge(batch.mids)
        self.figures.waiting.set(self._under_way)

    def _hear(self, publish: Publish, now: datetime) -> None:
        try:
            topic = publish.topic.decode()
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        full = publish.qos == 0 and self._under_way >= self._broker.receive_maximum
        if full and topic.endswith(Kind.HEALTH):
            self.figures.dropped.inc()
            return
        taken = read(topic, publish.payload, now, retained=publish.retain, site=self._site)
        if isinstance(taken, Received):
            self._signals.hear(taken)
            taken = prepared(self._store, taken)
        if full and topic.endswith(Kind.SIGNAL_STATUS):
            return  # shown, as the newest word, also while the store is away
        if not len(self._batch):
            self._batch.begun_s = time.monotonic()
        self._batch.add(taken)
        self._under_way += 1
        if publish.qos:
            self._batch.mids.append(publish.mid)

    def _on_connect(
        self, client: Client, _userdata: object, _flags: ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("broker %s:%d refuses us: %s", self._broker.host, self._broker.port, reason)
            return
        self._up = True
        self.figures.connections.inc()
        self.figures.connected.set(1)
        subscribe(client, self._broker)

    def _on_subscribe(
        self, _client: Client, _userdata: object, _mid: int, reasons: list[ReasonCode], _more: Properties | None
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            log.error("broker refuses %d of %d subscriptions: %s", len(refused), len(reasons), refused[0])
        else:
            self.subscribed.set()

    def _lost(self) -> None:
        log.warning("connection to broker %s:%d is gone", self._broker.host, self._broker.port)
        self._close_epoch()

    def _close_epoch(self) -> None:
        """What this connection brought is still written, and will come again."""
        self._up = False
        self.figures.connected.set(0)
        self.subscribed.clear()
        self._epoch += 1
        if len(self._batch) and not self._writing.offer(self._batch):
            self._under_way -= len(self._batch)
        self._batch = Batch(self._epoch)

    def _finish(self) -> None:
        self._hand_over(final=True)
        self._writing.stop()
        self._acknowledge(self._client.buffered())
        if self._up:
            self._client.disconnect()
        self._wake.close()
        self._waker.close()

    def _new_client(self) -> BufferedClient:
        client = new_client(self._broker, BufferedClient)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        return client
