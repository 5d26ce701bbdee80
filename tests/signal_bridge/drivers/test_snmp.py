"""SNMPv1 messages: as net-snmp and others write them, and nothing taken for one that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_bridge.drivers.snmp import Binding, Message, Pdu, SnmpError, decode, dotted, encode

HOLD = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 1, 1, 5, 1, 4, 1)

# What net-snmp 5.9.3 sends for `snmpget -v1 -c public ... HOLD` and `snmpset -v1 -c administrator ... HOLD i 34`,
# and how an agent answers the first with 34.
VECTORS = [
    (
        Message(Pdu.GET, 0x43960462, (Binding(HOLD),), b"public"),
        "3030 020100 0406 7075626c6963 a023 020443960462 020100 020100 3015 3013"
        "060f 2b060104018936040201010501 0401 0500",
    ),
    (
        Message(Pdu.SET, 0x3791A6F7, (Binding(HOLD, 34),), b"administrator"),
        "3038 020100 040d 61646d696e6973747261746f72 a324 02043791a6f7 020100 020100 3016 3014"
        "060f 2b060104018936040201010501 0401 020122",
    ),
    (
        Message(Pdu.RESPONSE, 0x43960462, (Binding(HOLD, 34),), b"public"),
        "3031 020100 0406 7075626c6963 a224 020443960462 020100 020100 3016 3014"
        "060f 2b060104018936040201010501 0401 020122",
    ),
]

oids = st.lists(st.integers(0, 2**28), min_size=1, max_size=12).map(lambda tail: (1, 3, *tail))
values = st.one_of(st.integers(-(2**31), 2**31 - 1), st.binary(max_size=30), oids, st.none())
messages = st.builds(
    Message,
    pdu=st.sampled_from(Pdu),
    request_id=st.integers(0, 2**31 - 1),
    bindings=st.lists(st.builds(Binding, oids, values), max_size=6).map(tuple),
    community=st.binary(max_size=12),
    error_status=st.integers(0, 5),
    error_index=st.integers(0, 6),
)


@pytest.mark.parametrize(("message", "wire"), VECTORS, ids=["get", "set", "response"])
def test_byte_for_byte(message: Message, wire: str) -> None:
    assert encode(message).hex(" ") == bytes.fromhex(wire).hex(" ")
    assert decode(bytes.fromhex(wire)) == message


def test_a_foreign_set_of_octets() -> None:
    wire = bytes.fromhex(
        "3047 020100 040d 61646d696e6973747261746f72 a333 020100 020100 020100 3028 3026"
        "060d 2b0601040189360402 0b020500 0415 f120202020202020202020202020 33383235020002"
    )
    oid = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 11, 2, 5, 0)
    priority = bytes.fromhex("f1") + b" " * 13 + b"3825" + bytes.fromhex("020002")
    message = Message(Pdu.SET, 0, (Binding(oid, priority),), b"administrator")
    assert decode(wire) == message
    assert encode(message) == wire


@pytest.mark.parametrize(("tag", "kind"), [("41", "counter"), ("42", "gauge"), ("43", "ticks")])
def test_the_kinds_of_integer_are_integers(tag: str, kind: str) -> None:
    wire = VECTORS[2][1].replace("020122", f"{tag}0122")
    assert decode(bytes.fromhex(wire)).bindings == (Binding(HOLD, 34),), kind


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("nothing", ""),
        ("half a message", VECTORS[0][1][:50]),
        ("bytes behind it", VECTORS[0][1] + "00"),
        ("version 2c", VECTORS[0][1].replace("020100", "020101", 1)),
        ("a trap", VECTORS[0][1].replace("a023", "a422")),
        ("a length beyond the end", VECTORS[0][1].replace("3030", "307f")),
        ("octets where the number belongs", VECTORS[0][1].replace("020443960462", "040443960462")),
        ("no length at all", "3080 0201000406"),
    ],
)
def test_what_is_no_message(name: str, wire: str) -> None:
    with pytest.raises(SnmpError):
        decode(bytes.fromhex(wire))


@given(messages)
def test_round_trip(message: Message) -> None:
    assert decode(encode(message)) == message


def take(data: bytes) -> Message | None:
    """The message, or None when it was refused as it should be: anything else that is raised fails the test."""
    try:
        return decode(data)
    except SnmpError:
        return None


@given(st.binary(max_size=120))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    taken = take(data)
    assert taken is None or take(encode(taken)) == taken


@given(messages, st.data())
def test_a_damaged_message_is_a_message_or_refused(message: Message, data: st.DataObject) -> None:
    wire = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 4))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    taken = take(bytes(wire))
    assert taken is None or take(encode(taken)) == taken


def test_dotted() -> None:
    assert dotted(HOLD) == "1.3.6.1.4.1.1206.4.2.1.1.5.1.4.1"
