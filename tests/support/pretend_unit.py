"""A unit as the broker and the centre see it: says that it is there, and answers orders as a test wants it to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from contract import (
    CameraCondition,
    CameraHealth,
    ConfigReported,
    ConfigSet,
    Health,
    Kind,
    Model,
    State,
    Topic,
    UpdateReported,
    UpdateSet,
    decode,
    encode,
)
from tests.support.mosquitto import Mosquitto

BOOT = "b" * 32
Reply = Callable[[Model], list[Model]]
"""What it says to an order; a health message follows by itself."""


class PretendUnit:
    """Connects with the certificate in `folder` and obeys by `reply`."""

    def __init__(self, broker: Mosquitto, site: str, name: str, folder: Path, reply: Reply) -> None:
        self.name, self._site, self._reply = name, site, reply
        self.orders: list[Model] = []
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv5)
        self._client.tls_set(str(folder / "ca.pem"), str(folder / "unit.pem"), str(folder / "unit.key"))
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._place = (broker.host, broker.port)
        self._over = threading.Event()
        self._living = threading.Thread(target=self._live, name=name)

    def say(self, kind: Kind, message: Model) -> None:
        """Under its own name."""
        self._client.publish(str(Topic(self._site, self.name, kind)), encode(message), kind.qos, kind.retained)

    def __enter__(self) -> Self:
        self._client.connect(*self._place)
        self._client.loop_start()
        self._living.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._living.join()
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, *_: object) -> None:
        orders = [str(Topic(self._site, self.name, kind)) for kind in (Kind.CONFIG_SET, Kind.UPDATE_SET)]
        self._client.subscribe([(topic, 1) for topic in orders])
        now = datetime.now(UTC)
        born = State(
            boot_id=BOOT, time=now, status="online", reason="started", started=now, software="0.1.0", cameras=("c1",)
        )
        self.say(Kind.STATE, born)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        _, order = decode(message.topic, bytes(message.payload))
        self.orders.append(order)
        for answer in self._reply(order):
            self.say(Kind.CONFIG_REPORTED if isinstance(answer, ConfigReported) else Kind.UPDATE_REPORTED, answer)

    def _live(self) -> None:
        """A real one says how it is every half minute; a test is in a hurry."""
        while not self._over.wait(0.4):
            self._be_well()

    def _be_well(self) -> None:
        camera = CameraHealth(camera="c1", condition=CameraCondition.OK, fps=10)
        now = datetime.now(UTC)
        well = Health(
            boot_id=BOOT, time=now, uptime_s=1, disk_free_mb=1, memory_mb=1, outbox_depth=0, cameras=(camera,)
        )
        self.say(Kind.HEALTH, well)


def obeys(order: Model) -> list[Model]:
    """Does what it is told."""
    now = datetime.now(UTC)
    if isinstance(order, ConfigSet):
        return [ConfigReported(boot_id=BOOT, time=now, revision=order.revision, outcome="applied")]
    assert isinstance(order, UpdateSet)
    return [
        UpdateReported(boot_id=BOOT, time=now, number=0, candidate=order.number, phase="fetching"),
        UpdateReported(boot_id=BOOT, time=now, number=0, candidate=order.number, phase="trial"),
        UpdateReported(boot_id=BOOT, time=now, number=order.number),
    ]


def suffers(order: Model) -> list[Model]:
    """Tries, and falls back."""
    now = datetime.now(UTC)
    if isinstance(order, ConfigSet):
        reason = f"revision {order.revision}: no picture any more"
        return [ConfigReported(boot_id=BOOT, time=now, revision=0, outcome="rolled_back", reason=reason)]
    assert isinstance(order, UpdateSet)
    return [
        UpdateReported(boot_id=BOOT, time=now, number=0, candidate=order.number, phase="failed", reason="gone back")
    ]
