"""Alerts by MQTT: one JSON message an alert at `<topic>/<kind>`, QoS 1, for other systems of the city.

A connection for each letter: there are few, and a broker that is away delays nothing else. Under MQTT v5 a broker says
when it does not let us publish; under 3.1.1 Mosquitto takes the message and drops it.
"""

from __future__ import annotations

import json
import threading

from paho.mqtt.client import Client
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.alerts.channel import ChannelError, Letter
from collector.alerts.settings import MqttSettings
from collector.config import BrokerSettings
from collector.ingest.session import new_client

_PATIENCE_S = 15.0


class Mqtt:
    """The collector's broker, under another name and, where there are certificates, with another certificate."""

    def __init__(self, settings: MqttSettings, broker: BrokerSettings) -> None:
        own = {"cert_file": settings.cert_file, "key_file": settings.key_file} if settings.cert_file else {}
        self._broker = broker.model_copy(update={"client_id": settings.client_id, **own})
        self._topic = settings.topic

    def send(self, letter: Letter) -> None:
        """Returns once the broker has taken every message."""
        sent = [
            (
                f"{self._topic}/{notice.alert.finding.kind}",
                {"id": f"{letter.id}-{number}", **notice.model_dump(mode="json"), "sentence": said},
            )
            for number, (notice, said) in enumerate(letter.notices)
        ]
        _Sending(self._broker, [(topic, json.dumps(body)) for topic, body in sent or [self._trial(letter)]]).run()

    def _trial(self, letter: Letter) -> tuple[str, dict[str, object]]:
        return f"{self._topic}/test", {"id": letter.id, "sentence": letter.text.body}


class _Sending:
    """One connection, from hello to goodbye."""

    def __init__(self, broker: BrokerSettings, messages: list[tuple[str, str]]) -> None:
        self._broker, self._messages = broker, messages
        self._open: set[int] = set()
        self._over = threading.Event()
        self._fault = ""

    def run(self) -> None:
        """Say everything; `ChannelError` if any of it was not taken."""
        at = f"mqtt: {self._broker.host}:{self._broker.port}"
        client = self._client()
        try:
            client.connect(self._broker.host, self._broker.port, self._broker.keepalive_s)
        except OSError as error:
            raise ChannelError(f"{at}: {error}") from None
        client.loop_start()
        try:
            if not self._over.wait(_PATIENCE_S):
                raise ChannelError(f"{at} did not take it within {_PATIENCE_S:.0f} s")
        finally:
            client.disconnect()
            client.loop_stop()
        if self._fault:
            raise ChannelError(f"{at}: {self._fault}")

    def _client(self) -> Client:
        client = new_client(self._broker, Client)
        client.on_connect = self._connected
        client.on_publish = self._published
        client.on_disconnect = self._ended
        return client

    def _connected(self, client: Client, _data: object, _flags: object, reason: ReasonCode, _more: object) -> None:
        if reason.is_failure:
            self._end(f"refused: {reason}")
            return
        for topic, body in self._messages:
            self._open.add(client.publish(topic, body, qos=1).mid)

    def _published(
        self, _client: Client, _data: object, mid: int, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            self._end(f"not allowed to publish at {self._messages[0][0]}: {reason}")
        self._open.discard(mid)
        if not self._open:
            self._over.set()

    def _ended(self, _client: Client, _data: object, _flags: object, reason: ReasonCode, _more: object) -> None:
        self._end(f"the line ended: {reason}")

    def _end(self, fault: str) -> None:
        if not self._over.is_set():
            self._fault = fault
        self._over.set()
