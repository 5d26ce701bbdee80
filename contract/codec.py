"""Messages to bytes and back. Nothing that does not validate gets past `decode`."""

from __future__ import annotations

import zlib
from typing import Any

from pydantic import TypeAdapter, ValidationError

from contract.base import ContractError, Model, explain
from contract.certificates import CertificateRequest, CertificateSet
from contract.clips import ClipChunk, ClipDone, ClipOffer, ClipRequest
from contract.events import Event
from contract.messages import ConfigReported, ConfigSet, Evidence, Health, Observation, State
from contract.signals import SignalReply, SignalRequest, SignalStatus
from contract.topics import Kind, Topic
from contract.updates import UpdateReported, UpdateSet

MAX_PAYLOAD = 256 * 1024
"""Bytes; larger than any honest message (an evidence picture is some 85 kB)."""

_ZLIB = b"\x78"
"""Begins what `pack` has packed; no JSON does."""

MODELS: dict[Kind, TypeAdapter[Any]] = {
    Kind.STATE: TypeAdapter(State),
    Kind.OBSERVATION: TypeAdapter(Observation),
    Kind.EVENT: TypeAdapter(Event),
    Kind.EVIDENCE: TypeAdapter(Evidence),
    Kind.HEALTH: TypeAdapter(Health),
    Kind.CONFIG_SET: TypeAdapter(ConfigSet),
    Kind.CONFIG_REPORTED: TypeAdapter(ConfigReported),
    Kind.UPDATE_SET: TypeAdapter(UpdateSet),
    Kind.UPDATE_REPORTED: TypeAdapter(UpdateReported),
    Kind.CERTIFICATE_REQUEST: TypeAdapter(CertificateRequest),
    Kind.CERTIFICATE_SET: TypeAdapter(CertificateSet),
    Kind.CLIP_REQUEST: TypeAdapter(ClipRequest),
    Kind.CLIP_OFFER: TypeAdapter(ClipOffer),
    Kind.CLIP_CHUNK: TypeAdapter(ClipChunk),
    Kind.CLIP_DONE: TypeAdapter(ClipDone),
    Kind.SIGNAL_REQUEST: TypeAdapter(SignalRequest),
    Kind.SIGNAL_REPLY: TypeAdapter(SignalReply),
    Kind.SIGNAL_STATUS: TypeAdapter(SignalStatus),
}
"""The payload of each kind."""


def encode(message: Model) -> bytes:
    """Compact UTF-8 JSON without the fields that are absent."""
    return message.model_dump_json(exclude_none=True).encode()


def pack(payload: bytes) -> bytes:
    """The same as `decode` reads it, by zlib (RFC 1950) where that is shorter: for lines that are paid by the byte."""
    return min(zlib.compress(payload, 9), payload, key=len)


def decode(topic: str, payload: bytes) -> tuple[Topic, Model]:
    """Read one MQTT message, packed or not; `ContractError` says what is wrong with it.

    Strict: a number in quotes is not a number. Never raises anything else, whatever the bytes are.
    """
    parsed = Topic.parse(topic)
    text = _unpacked(parsed, payload) if payload.startswith(_ZLIB) else payload
    if len(text) > MAX_PAYLOAD:
        raise ContractError(f"{parsed}: {len(text)} bytes, more than the {MAX_PAYLOAD} allowed")
    try:
        message: Model = MODELS[parsed.kind].validator.validate_json(text, strict=True)
    except ValidationError as error:
        raise explain(error, str(parsed)) from None
    except RecursionError:
        raise ContractError(f"{parsed}: nested too deeply") from None
    return parsed, message


def _unpacked(topic: Topic, payload: bytes) -> bytes:
    """No more of it than would be refused: some bytes can unfold to gigabytes."""
    unfolding = zlib.decompressobj()
    try:
        text = unfolding.decompress(payload, MAX_PAYLOAD + 1)
    except zlib.error as error:
        raise ContractError(f"{topic}: packed, but not by zlib ({error})") from None
    if len(text) <= MAX_PAYLOAD and (not unfolding.eof or unfolding.unused_data):
        raise ContractError(f"{topic}: packed, but cut short or followed by something else")
    return text
