"""The bridge's line to the broker: MQTT, requests in, replies and status out, a birth and a last will.

No session is kept at the broker: a request that could not be delivered at once is a lease running out, and must not
arrive late. Replies are queued while the broker is away; a status is not, it would be old.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Literal

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from contract import ContractError, Kind, SignalReply, SignalStatus, State, Topic, encode
from signal_bridge.settings import BridgeSettings

log = logging.getLogger(__name__)

_MOST_QUEUED = 500
_FAREWELL_S = 5.0


class Link:
    """Calls `on_request(topic, payload)` from its own thread. `start` returns at once, broker or no broker."""

    def __init__(self, settings: BridgeSettings, boot_id: str, on_request: Callable[[str, bytes], None]) -> None:
        self._settings, self._boot_id, self._on_request = settings, boot_id, on_request
        self._started = datetime.now(UTC)
        broker = settings.broker
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"{settings.site}-{settings.id}", protocol=broker.version
        )
        if broker.ca is not None:
            try:
                client.tls_set(
                    str(broker.ca),
                    str(broker.certificate) if broker.certificate else None,
                    str(broker.key) if broker.key else None,
                )
            except OSError as error:
                raise ContractError(f"broker: ca, certificate or key cannot be used: {error}") from None
        client.max_queued_messages_set(_MOST_QUEUED)
        client.reconnect_delay_set(1, 15)
        client.will_set(self._topic(Kind.STATE), encode(self._state("connection_lost")), 1, retain=True)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_message = self._arrived
        self._client = client

    def start(self) -> None:
        """Begin calling the broker, and never stop trying."""
        broker = self._settings.broker
        self._client.connect_async(broker.host, broker.port, broker.keepalive_s)
        self._client.loop_start()

    def publish(self, message: SignalReply | SignalStatus) -> None:
        """From any thread; returns at once."""
        if isinstance(message, SignalReply):
            self._client.publish(self._topic(Kind.SIGNAL_REPLY), encode(message), Kind.SIGNAL_REPLY.qos)
        elif self._client.is_connected():
            self._client.publish(self._topic(Kind.SIGNAL_STATUS), encode(message), Kind.SIGNAL_STATUS.qos)

    def stop(self) -> None:
        """Say goodbye, if there is anybody to say it to."""
        if self._client.is_connected():
            said = self._client.publish(self._topic(Kind.STATE), encode(self._state("stopped")), 1, retain=True)
            try:
                said.wait_for_publish(_FAREWELL_S)
            except (ValueError, RuntimeError):
                log.warning("broker: it went away before the farewell")
        self._client.disconnect()
        self._client.loop_stop()

    def _topic(self, kind: Kind) -> str:
        return str(Topic(self._settings.site, self._settings.id, kind))

    def _state(self, reason: Literal["started", "stopped", "connection_lost"]) -> State:
        return State(
            boot_id=self._boot_id,
            time=datetime.now(UTC),
            status="online" if reason == "started" else "offline",
            reason=reason,
            started=self._started,
            software=version("simpang"),
        )

    def _connected(
        self, client: Client, _userdata: object, _flags: ConnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("broker: it refuses the bridge: %s", reason)
            return
        log.info("broker: connected to %s:%d", self._settings.broker.host, self._settings.broker.port)
        client.subscribe(self._topic(Kind.SIGNAL_REQUEST), Kind.SIGNAL_REQUEST.qos)
        client.publish(self._topic(Kind.STATE), encode(self._state("started")), 1, retain=True)

    def _disconnected(
        self, _client: Client, _userdata: object, _flags: DisconnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        log.warning("broker: connection over: %s. What is leased runs out by itself", reason)

    def _subscribed(
        self, _client: Client, _userdata: object, _mid: int, reasons: list[ReasonCode], _told: Properties | None
    ) -> None:
        for reason in reasons:
            if reason.is_failure:
                log.error("broker: it refuses the subscription to requests: %s: check its access list", reason)

    def _arrived(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        if message.retain:
            log.warning("a retained request is not obeyed: %s", message.topic)
            return
        self._on_request(message.topic, bytes(message.payload))
