"""`simpang bridge advise`: the advisers of a bridge's junctions in one process, at the broker like everybody who asks.

It holds nothing that must survive: killed and started again, it has to hear an interval before it asks for anything.
Nothing is queued: a wish that cannot go now is not a wish any more.
"""

from __future__ import annotations

import logging
import queue
import threading
from datetime import UTC, datetime

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from contract import (
    ContractError,
    Kind,
    Model,
    Observation,
    SignalReply,
    SignalRequest,
    SignalStatus,
    Topic,
    decode,
    encode,
    subscription,
)
from contract.signals import SignalRole
from contract.signing import Signer
from signal_bridge.advice.adviser import Adviser
from signal_bridge.key_file import load_key
from signal_bridge.settings import AdviserSettings, BridgeSettings

log = logging.getLogger(__name__)

_EVERY_S = 1.0
_MOST_WAITING = 2000


class Advising:
    """`run` until `stop` is set."""

    def __init__(self, settings: BridgeSettings, adviser: AdviserSettings, signer: Signer) -> None:
        self._settings = settings
        self.advisers = [Adviser(one, one.adaptive, signer) for one in settings.junctions if one.adaptive is not None]
        self._inbox: queue.Queue[tuple[Topic, Model, datetime]] = queue.Queue(_MOST_WAITING)
        self._client = self._new_client(adviser)
        self._said: dict[str, str | None] = {}

    def run(self, stop: threading.Event) -> None:
        """Hear and ask, once a second."""
        broker = self._settings.broker
        self._client.connect_async(broker.host, broker.port, broker.keepalive_s)
        self._client.loop_start()
        try:
            while not stop.wait(_EVERY_S):
                self.step(datetime.now(UTC))
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def step(self, now: datetime) -> None:
        """Take in what came, and ask what there is to ask."""
        while not self._inbox.empty():
            self._hear(*self._inbox.get_nowait())
        for adviser in self.advisers:
            request = adviser.tick(now)
            if request is not None:
                self._ask(request)
            self._tell(adviser)

    def _hear(self, topic: Topic, message: Model, arrived: datetime) -> None:
        own = topic.unit == self._settings.id
        for adviser in self.advisers:
            match message:
                case Observation():
                    adviser.hear_observation(topic.unit, message, arrived)
                case SignalStatus() if own:
                    adviser.hear_status(message, arrived)
                case SignalReply() if own:
                    adviser.hear_reply(message, arrived)

    def _ask(self, request: SignalRequest) -> None:
        if not self._client.is_connected():
            log.warning("junction %s: the broker is away, nothing is asked", request.junction)
            return
        topic = Topic(self._settings.site, self._settings.id, Kind.SIGNAL_REQUEST)
        self._client.publish(str(topic), encode(request), Kind.SIGNAL_REQUEST.qos)
        phases = ", ".join(map(str, request.phases))
        log.info(
            "junction %s: %s %s of phase %s: %s", request.junction, request.id, request.action, phases, request.why
        )

    def _tell(self, adviser: Adviser) -> None:
        """A line whenever what keeps it silent changes between seeing and not seeing; not for each second of green."""
        why = adviser.silent if adviser.silent in {"away", "blind", "against"} else None
        if self._said.get(adviser.junction, "") != why:
            self._said[adviser.junction] = why
            log.info("junction %s: %s", adviser.junction, f"asks for nothing: {why}" if why else "sees and may ask")

    def _new_client(self, adviser: AdviserSettings) -> Client:
        broker = self._settings.broker
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"{self._settings.site}-{adviser.client_id}", protocol=broker.version
        )
        if broker.ca is not None:
            certificate, key = adviser.certificate or broker.certificate, adviser.certificate_key or broker.key
            try:
                client.tls_set(str(broker.ca), str(certificate) if certificate else None, str(key) if key else None)
            except OSError as error:
                raise ContractError(f"adviser: ca, certificate or key cannot be used: {error}") from None
        client.reconnect_delay_set(1, 15)
        client.on_connect = self._connected
        client.on_message = self._arrived
        client.on_publish = self._published
        return client

    def _connected(
        self, client: Client, _userdata: object, _flags: ConnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("broker: it refuses the adviser: %s", reason)
            return
        site, own = self._settings.site, self._settings.id
        units = {unit for adviser in self.advisers for unit in adviser.settings.units}
        topics = [subscription(Kind.OBSERVATION, site=site, unit=unit) for unit in sorted(units)]
        topics += [subscription(kind, site=site, unit=own) for kind in (Kind.SIGNAL_STATUS, Kind.SIGNAL_REPLY)]
        client.subscribe([(topic, 1) for topic in topics])

    @staticmethod
    def _published(_client: Client, _userdata: object, _mid: int, reason: ReasonCode, _told: Properties | None) -> None:
        if reason.is_failure:
            log.error("broker: it refuses the adviser's requests: %s: check its access list", reason)

    def _arrived(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            topic, found = decode(message.topic, bytes(message.payload))
        except ContractError as error:
            log.warning("not heard: %s", error)
            return
        try:
            self._inbox.put_nowait((topic, found, datetime.now(UTC)))
        except queue.Full:
            log.warning("the inbox is full: %s is dropped", topic)


def open_advising(settings: BridgeSettings) -> Advising:
    """The advisers of these settings. `ContractError` says what is missing."""
    adviser = settings.adviser
    if adviser is None:
        raise ContractError("bridge.toml has no [adviser] section: see config/bridge.example.toml")
    if not any(one.adaptive is not None for one in settings.junctions):
        raise ContractError(
            "no junction of bridge.toml has an [junctions.adaptive] section: there is nothing to advise"
        )
    signer = Signer(load_key(adviser.file), key=adviser.key, who=adviser.who, role=SignalRole.AUTOMATIC)
    return Advising(settings, adviser, signer)
