"""SNMPv1 messages (RFC 1157) in BER, by pyasn1: the four PDUs that NTCIP controllers are read and set with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import namedtype, tag, univ

Oid = tuple[int, ...]
Value = int | bytes | Oid | None
"""INTEGER (and the counters, gauges and ticks that are integers), OCTET STRING, OBJECT IDENTIFIER, NULL."""


class SnmpError(ValueError):
    """Bytes that are no SNMPv1 message we know."""


class Pdu(IntEnum):
    """Context tags of RFC 1157; what else there is, a trap, does not belong on this line."""

    GET = 0
    GET_NEXT = 1
    RESPONSE = 2
    SET = 3


class ErrorStatus(IntEnum):
    """error-status of a response."""

    NO_ERROR = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    BAD_VALUE = 3
    READ_ONLY = 4
    GEN_ERR = 5


@dataclass(frozen=True, slots=True)
class Binding:
    """An object and its value; None in a request to read."""

    oid: Oid
    value: Value = None


@dataclass(frozen=True, slots=True)
class Message:
    """One SNMPv1 message. `error_index` counts bindings from 1."""

    pdu: Pdu
    request_id: int
    bindings: tuple[Binding, ...]
    community: bytes
    error_status: int = 0
    error_index: int = 0


def _application(number: int) -> univ.Integer:
    """An INTEGER by another tag, [APPLICATION number]: Counter, Gauge, TimeTicks of RFC 1155."""
    tagged = tag.Tag(tag.tagClassApplication, tag.tagFormatSimple, number)
    return univ.Integer(tagSet=tag.TagSet(univ.Integer.tagSet.baseTag, tagged))


def _pdu(pdu: Pdu) -> univ.Sequence:
    tagged = tag.Tag(tag.tagClassContext, tag.tagFormatConstructed, pdu)
    return univ.Sequence(componentType=_PDU, tagSet=tag.TagSet(univ.Sequence.tagSet.baseTag, tagged))


_VALUE = namedtype.NamedTypes(
    namedtype.NamedType("integer", univ.Integer()),
    namedtype.NamedType("octets", univ.OctetString()),
    namedtype.NamedType("oid", univ.ObjectIdentifier()),
    namedtype.NamedType("null", univ.Null()),
    namedtype.NamedType("counter", _application(1)),
    namedtype.NamedType("gauge", _application(2)),
    namedtype.NamedType("ticks", _application(3)),
)
_BINDING = namedtype.NamedTypes(
    namedtype.NamedType("name", univ.ObjectIdentifier()),
    namedtype.NamedType("value", univ.Choice(componentType=_VALUE)),
)
_PDU = namedtype.NamedTypes(
    namedtype.NamedType("request-id", univ.Integer()),
    namedtype.NamedType("error-status", univ.Integer()),
    namedtype.NamedType("error-index", univ.Integer()),
    namedtype.NamedType("variable-bindings", univ.SequenceOf(componentType=univ.Sequence(componentType=_BINDING))),
)
_MESSAGE = namedtype.NamedTypes(
    namedtype.NamedType("version", univ.Integer()),
    namedtype.NamedType("community", univ.OctetString()),
    namedtype.NamedType(
        "data",
        univ.Choice(componentType=namedtype.NamedTypes(*(namedtype.NamedType(pdu.name, _pdu(pdu)) for pdu in Pdu))),
    ),
)


def encode(message: Message) -> bytes:
    """The BER of a message."""
    shell = univ.Sequence(componentType=_MESSAGE)
    shell["version"] = 0
    shell["community"] = message.community
    pdu = shell["data"][message.pdu.name]
    pdu["request-id"] = message.request_id
    pdu["error-status"] = message.error_status
    pdu["error-index"] = message.error_index
    bindings = pdu["variable-bindings"]
    bindings.clear()
    for index, binding in enumerate(message.bindings):
        bindings[index]["name"] = binding.oid
        kind, value = _typed(binding.value)
        bindings[index]["value"][kind] = value
    return bytes(encoder.encode(shell))


def _typed(value: Value) -> tuple[str, int | bytes | Oid | univ.Null]:
    match value:
        case int():
            return "integer", value
        case bytes():
            return "octets", value
        case tuple():
            return "oid", value
        case None:
            return "null", univ.Null("")


def decode(data: bytes) -> Message:
    """The message in `data`, nothing before and nothing after it. Raises `SnmpError`."""
    try:
        shell, rest = decoder.decode(data, asn1Spec=univ.Sequence(componentType=_MESSAGE))
        version, kind = int(shell["version"]), shell["data"].getName()
    except (PyAsn1Error, ValueError, IndexError, OverflowError, RecursionError):
        raise SnmpError(f"no SNMP message: {data[:16].hex(' ')} ...") from None
    if rest or version != 0:
        raise SnmpError("bytes follow the message" if rest else f"SNMP version {version + 1}, not 1")
    pdu = shell["data"].getComponent()
    try:
        return Message(
            pdu=Pdu[kind],
            request_id=int(pdu["request-id"]),
            bindings=tuple(Binding(tuple(map(int, b["name"])), _plain(b["value"])) for b in pdu["variable-bindings"]),
            community=bytes(shell["community"]),
            error_status=int(pdu["error-status"]),
            error_index=int(pdu["error-index"]),
        )
    except (PyAsn1Error, ValueError):
        raise SnmpError(f"an incomplete SNMP message: {data[:16].hex(' ')} ...") from None


def _plain(choice: univ.Choice) -> Value:
    value = choice.getComponent()
    match choice.getName():
        case "octets":
            return bytes(value)
        case "oid":
            return tuple(map(int, value))
        case "null":
            return None
        case _:
            return int(value)


def dotted(oid: Oid) -> str:
    """`1.3.6.1`, as people and net-snmp write it."""
    return ".".join(map(str, oid))
