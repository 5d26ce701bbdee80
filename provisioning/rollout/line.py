"""The console's line to the broker: orders out, and what units say of themselves in."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from contract import ContractError, Kind, Model, Topic, decode, encode, subscription
from provisioning.rollout.judging import View

_PATIENCE_S = 15.0
_UNKNOWN = View()
HEARD = (Kind.STATE, Kind.HEALTH, Kind.CONFIG_REPORTED, Kind.UPDATE_REPORTED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the broker is, and who calls. Without `tls` the line is plain, for a laboratory."""

    host: str
    port: int
    name: str
    tls: Path | None = None
    """Folder with ca.pem, <name>.pem and <name>.key, as `simpang provision ca issue --role console` writes it."""


class Line:
    """Keeps what units of `site` say of `kinds`; used as a context. `clock` is monotonic."""

    def __init__(
        self,
        place: Place,
        site: str,
        *,
        kinds: tuple[Kind, ...] = HEARD,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place, self._site, self._kinds, self._clock = place, site, kinds, clock
        self._views: dict[str, View] = {}
        self._latest: dict[tuple[str, Kind], Model] = {}
        self._news = threading.Condition()
        self._accepted: bool | None = None
        self._said = ""
        self._answers: dict[int, ReasonCode] = {}
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"{place.name}-rollout", protocol=MQTTv5)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message

    def views(self) -> dict[str, View]:
        """What is known now."""
        with self._news:
            return dict(self._views)

    def latest(self, kind: Kind) -> dict[str, Model]:
        """The last message of a kind, by unit."""
        with self._news:
            return {unit: message for (unit, one), message in self._latest.items() if one is kind}

    def order(self, unit: str, kind: Kind, message: Model) -> None:
        """Send (retained), and wait until the broker has it. `ContractError` when it does not take it."""
        topic = str(Topic(self._site, unit, kind))
        mid = self._client.publish(topic, encode(message), kind.qos, kind.retained).mid
        with self._news:
            self._news.wait_for(lambda: mid in self._answers, _PATIENCE_S)
            answer = self._answers.get(mid)
        if answer is None or answer.is_failure:
            raise ContractError(f"{unit}: the broker does not take the order ({answer or 'no answer'})")

    def wait(self, seconds: float) -> None:
        """Until something is heard, `seconds` at the longest."""
        with self._news:
            self._news.wait(seconds)

    def get_to_know(self, units: Iterable[str], seconds: float) -> None:
        """Until it is known of each of `units` that it is away, or what it sees; `seconds` at the longest."""
        wanted = tuple(units)
        with self._news:
            self._news.wait_for(lambda: all(self._views.get(unit, _UNKNOWN).known for unit in wanted), seconds)

    def __enter__(self) -> Self:
        place = self._place
        try:
            if place.tls is not None:
                own, key = place.tls / f"{place.name}.pem", place.tls / f"{place.name}.key"
                self._client.tls_set(str(place.tls / "ca.pem"), str(own), str(key))
            self._client.connect(place.host, place.port)
        except (OSError, ssl.SSLError) as error:
            raise ContractError(f"broker {place.host}:{place.port}: {error.strerror or error}") from None
        self._client.loop_start()
        with self._news:
            self._news.wait_for(lambda: self._accepted is not None, _PATIENCE_S)
        if not self._accepted:
            self._client.loop_stop()
            raise ContractError(
                f"broker {place.host}:{place.port}: it refuses {place.name} ({self._said or 'it hangs up'}): "
                "is that a console's certificate, and is it in the broker's access list?"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        # Again after each break: the session is not kept, what is retained comes anew.
        client.subscribe([(subscription(kind, site=self._site), kind.qos) for kind in self._kinds])
        self._tell(accepted=not reason.is_failure, said=str(reason))

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        if self._accepted is None:
            self._tell(accepted=False, said=str(reason))

    def _tell(self, *, accepted: bool, said: str) -> None:
        with self._news:
            self._accepted, self._said = accepted, said
            self._news.notify_all()

    def _on_publish(
        self, _client: Client, _data: object, mid: int, reason: ReasonCode, _told: Properties | None
    ) -> None:
        with self._news:
            self._answers[mid] = reason
            self._news.notify_all()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        # What is no message of ours says nothing of the unit's health.
        with suppress(ContractError):
            topic, told = decode(message.topic, bytes(message.payload))
            with self._news:
                before = self._views.get(topic.unit, View())
                self._latest[topic.unit, topic.kind] = told
                self._views[topic.unit] = before.heard(told, self._clock(), kept=message.retain)
                self._news.notify_all()
