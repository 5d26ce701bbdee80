"""Somebody who listens at the broker, as a collector would, and remembers what came in the order it came."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

_PATIENCE_S = 60.0

# paho leaves its properties untyped.
_properties: Callable[[int], Properties] = Properties


@dataclass(frozen=True, slots=True)
class Heard:
    """One message."""

    topic: str
    payload: bytes
    retained: bool


class Listener:
    """Subscribes to `topics` with a session that outlives the broker, and keeps trying to connect."""

    def __init__(self, host: str, port: int, *topics: str, client_id: str = "listener") -> None:
        self._topics = topics
        self._place = (host, port)
        self._heard: list[Heard] = []
        self._news = threading.Condition()
        self._ready = False
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv5)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = self._on_message

    def heard(self, kind: str = "") -> list[Heard]:
        """What came so far on topics that end in `kind`."""
        with self._news:
            return [one for one in self._heard if one.topic.endswith(kind)]

    def wait_until(self, holds: Callable[[list[Heard]], bool], kind: str = "") -> list[Heard]:
        """Wait until `holds` is true of what came on topics that end in `kind`; returns that."""

        def chosen() -> list[Heard]:
            return [one for one in self._heard if one.topic.endswith(kind)]

        with self._news:
            came = self._news.wait_for(lambda: holds(chosen()), _PATIENCE_S)
            found = chosen()
        assert came, f"waited {_PATIENCE_S} s in vain; heard {len(found)} on {kind or 'all topics'}: {found[-3:]}"
        return found

    def _on_connect(self, *_: object) -> None:
        self.client.subscribe([(topic, 1) for topic in self._topics])

    def _on_subscribe(self, *_: object) -> None:
        with self._news:
            self._ready = True
            self._news.notify_all()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        with self._news:
            self._heard.append(Heard(message.topic, bytes(message.payload), message.retain))
            self._news.notify_all()

    def __enter__(self) -> Self:
        session = _properties(PacketTypes.CONNECT)
        session.SessionExpiryInterval = 3600
        self.client.connect(*self._place, clean_start=False, properties=session)
        self.client.loop_start()
        with self._news:
            assert self._news.wait_for(lambda: self._ready, _PATIENCE_S), "the listener could not subscribe"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.disconnect()
        self.client.loop_stop()
