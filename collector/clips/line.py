"""The line to the units: questions go out, offers and pieces come in, over a connection of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.calling import caller, under_another_name
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
        own = under_another_name(broker, settings)
        self._site, self._broker = site, own
        self._heard, self._back = heard, back
        client = caller(own)
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
