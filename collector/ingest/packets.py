"""The MQTT packets that come and go by the thousand: PUBLISH (MQTT 5.0 and 3.1.1, section 3.3) and PUBACK. Pure.

Everything else is paho's. It reads a PUBLISH as well, but spends a third of the collector's time on it, most of that
on properties that nobody sent; here they are stepped over. Whether both read the same is a test.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

_PUBLISH = 3
_LENGTH_BYTES = 4
_PUBACK = Struct(">BBH")


class PacketError(ConnectionError):
    """What came is not MQTT: the connection is worth nothing any more."""


class Publish(NamedTuple):
    """A message as it came. `mid`: its number for the acknowledgement, 0 at QoS 0."""

    topic: bytes
    payload: bytes
    qos: int
    retain: bool
    mid: int


def packet_at(data: bytes, begin: int) -> tuple[int, int] | None:
    """Where the body of the packet at `begin` begins and where it ends; None while it has not come whole."""
    found = _varint(data, begin + 1)
    if found is None:
        return None
    body, length = found
    return (body, body + length) if body + length <= len(data) else None


def is_publish(head: int) -> bool:
    """Whether a packet's first byte is that of a PUBLISH at QoS 0 or 1, the only ones that we ask for."""
    return head >> 4 == _PUBLISH and head & 0b100 == 0


def read_publish(data: bytes, head: int, body: int, end: int, *, properties: bool) -> Publish:
    """The PUBLISH whose first byte is `head` and whose body is `data[body:end]`; `properties`: MQTT 5.0."""
    qos = head >> 1 & 1
    after = body + 2 + int.from_bytes(data[body : body + 2], "big")
    topic, mid = data[body + 2 : after], 0
    if qos:
        mid = int.from_bytes(data[after : after + 2], "big")
        after += 2
    if properties:
        found = _varint(data, after)
        after = sum(found) if found else end + 1
    if after > end:
        raise PacketError("the broker sent a PUBLISH that ends before its payload")
    return Publish(topic, data[after:end], qos, bool(head & 1), mid)


def puback(mid: int) -> bytes:
    """Its acknowledgement: without a reason code it means success (5.0, section 3.4.2.1; 3.1.1, section 3.4)."""
    return _PUBACK.pack(0x40, 2, mid)


def _varint(data: bytes, begin: int) -> tuple[int, int] | None:
    """The place after a variable byte integer, and its value; None while it has not come whole."""
    if begin < len(data) and data[begin] < 0x80:
        return begin + 1, data[begin]
    value = 0
    for place in range(_LENGTH_BYTES):
        if begin + place >= len(data):
            return None
        byte = data[begin + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return begin + place + 1, value
    raise PacketError("the broker sent a length of more than four bytes")
