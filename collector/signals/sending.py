"""Requests on their way to a bridge: a connection of its own, over which nothing is ever queued.

A request is a lease running out. One that cannot go now must not go later, so there is no session at the broker and
nothing is sent while the connection is down: whoever asked is told, and asks again.
"""

from __future__ import annotations

import logging
from typing import Protocol

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.calling import caller
from collector.config import BrokerSettings
from contract import Kind, SignalRequest, Topic, encode

log = logging.getLogger(__name__)

_DELIVERY_S = 5.0


class SignalError(ValueError):
    """What was asked of a signal cannot be sent; `key` names the sentence of the console (`refused.<key>`)."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


class Sender(Protocol):
    """Brings a request to the bridge named `bridge`. `SignalError` when it did not leave."""

    def send(self, bridge: str, request: SignalRequest) -> None:
        """Returns once the broker has it."""
        ...


class MqttSender:
    """Keeps a connection to the broker; `send` from any thread."""

    def __init__(self, site: str, broker: BrokerSettings) -> None:
        self._site, self._broker = site, broker
        client = caller(broker)
        client.on_connect = self._connected
        client.on_publish = self._published
        self._client = client
        self._refused: dict[int, str] = {}

    def start(self) -> None:
        """Begin calling the broker, and never stop trying."""
        self._client.connect_async(self._broker.host, self._broker.port, self._broker.keepalive_s)
        self._client.loop_start()

    def stop(self) -> None:
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, bridge: str, request: SignalRequest) -> None:
        """Returns once the broker has it; `SignalError` when it did not take it, or its access list does not let us."""
        if not self._client.is_connected():
            raise SignalError("broker_away", f"broker {self._broker.host}:{self._broker.port} does not answer")
        topic = str(Topic(self._site, bridge, Kind.SIGNAL_REQUEST))
        said = self._client.publish(topic, encode(request), Kind.SIGNAL_REQUEST.qos)
        try:
            said.wait_for_publish(_DELIVERY_S)
        except (ValueError, RuntimeError) as error:
            raise SignalError("broker_away", f"the broker did not take the request: {error}") from None
        if not said.is_published():
            raise SignalError("broker_away", f"the broker did not take the request within {_DELIVERY_S:.0f} s")
        refused = self._refused.pop(said.mid, None)
        if refused is not None:
            raise SignalError("not_allowed", f"the broker refuses requests from {self._broker.client_id!r}: {refused}")

    def _published(
        self, _client: Client, _userdata: object, mid: int, reason: ReasonCode, _told: Properties | None
    ) -> None:
        """Called before whoever waits for the message goes on. Only MQTT 5 says that an access list refused it."""
        if reason.is_failure:
            self._refused[mid] = str(reason)

    def _connected(
        self, _client: Client, _userdata: object, _flags: ConnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("broker %s:%d refuses the signal desk: %s", self._broker.host, self._broker.port, reason)
