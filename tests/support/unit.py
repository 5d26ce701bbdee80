"""Parts of a unit for tests: an identity, messages to send, and what a collector would make of what it hears."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from contract import CameraObservation, Observation, Quality, State, decode
from contract.messages import Kept
from edge.config import Broker
from edge.outbox import Draft
from edge.publishing import Identity
from tests.support.mosquitto import Mosquitto
from tests.support.mqtt import Heard

SITE, UNIT = "bandung", "edge-dago"
EVERYTHING = f"simpang/v1/{SITE}/{UNIT}/#"
SIX = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def identity(boot: str = "a") -> Identity:
    """Who the unit is in this boot (one hexadecimal digit)."""
    return Identity(SITE, UNIT, boot * 32, SIX, "0.0", "yolox", ("dago-1",))


def line_to(broker: Mosquitto, **more: object) -> Broker:
    """The configuration of a plain line to `broker`."""
    return Broker.model_validate({"host": broker.host, "port": broker.port, **more})


def minute(number: int, boot: str = "a") -> Draft:
    """The observation of the minute that ends `number` minutes after six."""
    camera = CameraObservation(camera="dago-1", quality=Quality(grade="good", frames=600, fps=10))
    end = SIX + timedelta(minutes=number)

    def build(seq: int) -> Observation:
        start = end - timedelta(minutes=1)
        return Observation(boot_id=boot * 32, seq=seq, time=end, start=start, interval_s=60, cameras=(camera,))

    return build


def kept(heard: Iterable[Heard]) -> dict[int, Kept]:
    """Numbered messages by their number: what arrived more than once must be the same each time."""
    found: dict[int, Kept] = {}
    for one in heard:
        if one.topic.endswith("/config/set"):
            continue
        _, message = decode(one.topic, one.payload)
        if isinstance(message, Kept):
            assert found.setdefault(message.seq, message) == message, f"number {message.seq} was given twice"
    return found


def observations(heard: Iterable[Heard]) -> list[Observation]:
    """The observations among what was heard, each once, by number."""
    return [message for _, message in sorted(kept(heard).items()) if isinstance(message, Observation)]


def states(heard: Iterable[Heard]) -> list[State]:
    """Births and deaths in the order they came."""
    found = [decode(one.topic, one.payload)[1] for one in heard if one.topic.endswith("/state")]
    return [message for message in found if isinstance(message, State)]
