"""The city's own authority in a test: real certificates, a Mosquitto that asks for them, and callers that show them."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from provisioning.authority import Authority, Identity
from provisioning.broker import BrokerFiles, install
from provisioning.files import write
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.mqtt import Heard

PASSPHRASE = "empat kata di sini"
SITE = "bandung"
_PATIENCE_S = 30.0

# paho leaves its properties untyped.
_properties: Callable[[int], Properties] = Properties


def now() -> datetime:
    """Whole seconds, as certificates have them."""
    return datetime.now(UTC).replace(microsecond=0)


def authority(folder: Path) -> Authority:
    """A new authority."""
    return Authority.create(folder, "Kota Uji", PASSPHRASE, now())


def put(identity: Identity, folder: Path) -> Path:
    """Write `identity` as a card has it: ca.pem, unit.pem, unit.key."""
    for name, content in (("ca.pem", identity.ca), ("unit.pem", identity.certificate), ("unit.key", identity.key)):
        write(folder / name, content)
    return folder


class GuardedBroker(Mosquitto):
    """Mosquitto with the very configuration that `simpang provision broker` writes."""

    def __init__(self, authority: Authority, folder: Path) -> None:
        self.files = folder / "simpang"
        self._authority = authority
        self._at = BrokerFiles(str(self.files), str(folder), free_port(), self.host)
        self.refresh(hosts=("127.0.0.1",))
        super().__init__(folder, port=self._at.port)
        written = (self.files / "simpang.conf").read_text(encoding="utf-8")
        self._config.write_text(f"user root\nlog_type all\n{written}", encoding="utf-8")

    def refresh(self, hosts: tuple[str, ...] = ()) -> None:
        """Write its files anew, from what the authority knows now."""
        install(self._authority, SITE, hosts=hosts, at=self._at, out=self.files, now=now())


class Caller:
    """Somebody who shows the certificate in `folder` (none: shows nothing), in MQTT v5, with a session that lasts."""

    def __init__(self, broker: Mosquitto, ca: Path, folder: Path | None, client_id: str = "anything") -> None:
        self._broker = broker
        self._said = threading.Condition()
        self.accepted: bool | None = None
        """None until the broker took or refused us."""
        self.heard: list[Heard] = []
        self._granted = 0
        self._acknowledged: dict[int, ReasonCode] = {}
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv5, reconnect_on_failure=False
        )
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        certificate = (str(folder / "unit.pem"), str(folder / "unit.key")) if folder else (None, None)
        self._client.tls_set(str(ca), *certificate)

    def __enter__(self) -> Self:
        try:
            session = _properties(PacketTypes.CONNECT)
            session.SessionExpiryInterval = 3600
            self._client.connect(self._broker.host, self._broker.port, clean_start=False, properties=session)
        except (ssl.SSLError, ConnectionError):
            self.accepted = False
            return self
        self._client.loop_start()
        self._wait(lambda: self.accepted is not None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes = b"{}") -> str:
        """The broker's answer to a message at QoS 1, in its own words."""
        mid = self._client.publish(topic, payload, qos=1).mid
        self._wait(lambda: mid in self._acknowledged)
        return str(self._acknowledged[mid])

    def subscribe(self, *topics: str) -> None:
        """Ask for topics, and wait for the answer; what is granted says nothing of what will arrive."""
        self._granted = 0
        self._client.subscribe([(topic, 1) for topic in topics])
        self._wait(lambda: self._granted > 0)

    def wait_for(self, topic: str) -> None:
        """Until something came on `topic`."""
        self._wait(lambda: any(one.topic == topic for one in self.heard))

    def wait_until(self, holds: Callable[[list[Heard]], bool]) -> list[Heard]:
        """Until `holds` is true of what came; returns that."""
        self._wait(lambda: holds(self.heard))
        return list(self.heard)

    def _wait(self, holds: Callable[[], bool]) -> None:
        with self._said:
            assert self._said.wait_for(holds, _PATIENCE_S), f"waited {_PATIENCE_S} s in vain; heard {self.heard}"

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        self._tell(not reason.is_failure)

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, _reason: ReasonCode, _told: Properties | None
    ) -> None:
        if self.accepted is None:
            # Under TLS 1.3 the broker refuses after the handshake: it just hangs up.
            self._tell(False)

    def _tell(self, accepted: bool) -> None:
        with self._said:
            self.accepted = accepted
            self._said.notify_all()

    def _on_publish(
        self, _client: Client, _data: object, mid: int, reason: ReasonCode, _told: Properties | None
    ) -> None:
        with self._said:
            self._acknowledged[mid] = reason
            self._said.notify_all()

    def _on_subscribe(self, *_: object) -> None:
        with self._said:
            self._granted += 1
            self._said.notify_all()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with self._said:
            self.heard.append(Heard(message.topic, bytes(message.payload), message.retain))
            self._said.notify_all()
