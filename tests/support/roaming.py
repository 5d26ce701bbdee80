"""Units that report to whichever node of a cluster they reach, and to the next when one dies: an outbox in memory."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import cycle

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from contract import Model, Topic, encode

_WINDOW = 50
"""Messages under way on one connection."""


class Roaming(threading.Thread):
    """One connection at a time that speaks for several units. A message is gone only when a node acknowledged it."""

    def __init__(
        self,
        name: str,
        ports: Sequence[int],
        password: str,
        messages: Iterable[tuple[Topic, Model]],
        gate: threading.Event,
    ) -> None:
        """Half of the messages go at once, the rest when `gate` is set."""
        super().__init__(name=name, daemon=True)
        self._ports, self._password = cycle(ports), password
        self._left = deque((str(topic), encode(message)) for topic, message in messages)
        self._away: dict[int, tuple[str, bytes]] = {}
        self._gate, self._kept = gate, len(self._left) // 2
        self.moves = 0
        """Connections beyond the first."""

    def run(self) -> None:
        """Until every message is acknowledged."""
        while self._left or self._away:
            # A new client for each connection, as the units do (docs/decisions/0012).
            self._left.extendleft(reversed(self._away.values()))
            self._away.clear()
            try:
                self._speak(next(self._ports))
            except OSError:
                time.sleep(0.2)  # the node is away; nothing tells when it is back
            self.moves += 1

    def _speak(self, port: int) -> None:
        client = Client(CallbackAPIVersion.VERSION2, self.name, protocol=MQTTv311)
        client.username_pw_set("simpang", self._password)
        client.on_publish = self._told
        client.connect("127.0.0.1", port, keepalive=5)
        while self._left or self._away:
            while self._may_send() and len(self._away) < _WINDOW and client.is_connected():
                topic, payload = self._left.popleft()
                self._away[client.publish(topic, payload, 1).mid] = (topic, payload)
            if client.loop(0.05) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return
        client.disconnect()

    def _may_send(self) -> bool:
        return len(self._left) > (0 if self._gate.is_set() else self._kept)

    def _told(self, _client: Client, _data: object, mid: int, _reason: ReasonCode, _more: object) -> None:
        self._away.pop(mid, None)
