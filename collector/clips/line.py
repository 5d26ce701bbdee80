"""The line to the units: questions go out, offers and pieces come in, over a connection of its own."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.clips.settings import ClipSettings
from collector.config import BrokerSettings
from contract import (
    ClipChunk,
    ClipDone,
    ClipOffer,
    ClipRequest,
    ContractError,
    Kind,
    Topic,
    decode,
    encode,
    subscription,
)

log = logging.getLogger(__name__)

Heard = Callable[[str, ClipOffer | ClipChunk], None]
"""Called with the unit and what it said, on the line's own thread."""


class ClipLine:
    """Keeps a connection to the broker; what cannot go now is lost, and asked again by who needs it."""

    def __init__(
        self, site: str, broker: BrokerSettings, settings: ClipSettings, heard: Heard, back: Callable[[], None]
    ) -> None:
        """`back` is called whenever the broker has accepted us."""
        self._site, self._broker = site, broker
        self._heard, self._back = heard, back
        version = MQTTv5 if broker.protocol == "5" else MQTTv311
        client = Client(CallbackAPIVersion.VERSION2, client_id=settings.client_id, protocol=version)
        if broker.username is not None:
            client.username_pw_set(broker.username, broker.password())
        if broker.ca_file is not None:
            context = ssl.create_default_context(cafile=str(broker.ca_file))
            cert, key = settings.cert_file or broker.cert_file, settings.key_file or broker.key_file
            if cert is not None:
                context.load_cert_chain(cert, key)
            client.tls_set_context(context)
        client.reconnect_delay_set(1, 15)
        client.on_connect = self._connected
        client.on_message = self._message
        self._client = client

    def start(self) -> None:
        """Begin calling the broker, and never stop trying."""
        self._client.connect_async(self._broker.host, self._broker.port, self._broker.keepalive_s)
        self._client.loop_start()

    def stop(self) -> None:
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, unit: str, message: ClipRequest | ClipDone) -> None:
        """To a unit; lost when the broker is not there."""
        kind = Kind.CLIP_REQUEST if isinstance(message, ClipRequest) else Kind.CLIP_DONE
        if self._client.is_connected():
            self._client.publish(str(Topic(self._site, unit, kind)), encode(message), kind.qos)

    def _connected(
        self, client: Client, _userdata: object, _flags: ConnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("broker %s:%d refuses the clip desk: %s", self._broker.host, self._broker.port, reason)
            return
        kinds = (Kind.CLIP_OFFER, Kind.CLIP_CHUNK)
        client.subscribe([(subscription(kind, site=self._site), kind.qos) for kind in kinds])
        self._back()

    def _message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            topic, said = decode(message.topic, bytes(message.payload))
        except (ContractError, UnicodeDecodeError) as error:
            log.warning("clips: %s", error)
            return
        if isinstance(said, ClipOffer | ClipChunk):
            self._heard(topic.unit, said)
