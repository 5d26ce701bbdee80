"""Requests about signals: what makes no sense is refused, and what is signed is the same whoever writes the JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from contract import ContractError, SignalOrder, SignalRequest, decode, encode

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
TOPIC = "simpang/v1/bandung/bridge-dago/signal/request"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
ORDER: dict[str, Any] = {
    "id": "r1",
    "junction": "dago",
    "action": "extend",
    "phases": (2, 6),
    "seconds": 10,
    "who": "budi",
    "role": "operate",
    "why": "antrean panjang",
    "not_before": NOON,
    "expires": NOON + timedelta(seconds=60),
    "nonce": "0f" * 16,
    "key": "budi-1",
}


def signed(order: SignalOrder) -> SignalRequest:
    return SignalRequest(**order.model_dump(), signature=KEY.sign(order.canonical()).hex())


def test_a_request_survives_the_wire_with_its_signature() -> None:
    sent = signed(SignalOrder(**ORDER))
    _, received = decode(TOPIC, encode(sent))
    assert received == sent
    assert isinstance(received, SignalRequest)
    KEY.public_key().verify(bytes.fromhex(received.signature), received.canonical())


@given(st.randoms(use_true_random=False))
def test_what_is_signed_does_not_depend_on_how_the_json_was_written(draw: Random) -> None:
    sent = signed(SignalOrder(**ORDER))
    items = list(json.loads(encode(sent)).items())
    draw.shuffle(items)
    otherwise = json.dumps(dict(items), indent=3).replace("Z", "+00:00").replace("10.0", "10")
    _, received = decode(TOPIC, otherwise.encode())
    assert isinstance(received, SignalRequest)
    assert received.canonical() == sent.canonical()


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("another junction", {"junction": "pasteur"}),
    ("more seconds", {"seconds": 11}),
    ("other phases", {"phases": (4,)}),
    ("a later end", {"expires": NOON + timedelta(seconds=61)}),
    ("another nonce", {"nonce": "10" * 16}),
    ("another role", {"role": "manage"}),
    ("another reason", {"why": "ambulans"}),
]


@pytest.mark.parametrize("change", [row[1] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_every_field_is_signed(change: dict[str, Any]) -> None:
    assert SignalOrder(**ORDER).canonical() != SignalOrder(**{**ORDER, **change}).canonical()


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("an extension of nothing", {"phases": ()}, "extend needs phases"),
    ("an extension of no length", {"seconds": None}, "extend needs seconds"),
    ("a priority for nobody", {"action": "priority"}, "priority needs kind"),
    ("a priority from nowhere", {"action": "priority", "kind": "fire", "phases": ()}, "priority needs an approach"),
    ("a lease that ends before it begins", {"expires": NOON - timedelta(seconds=1)}, "expires must lie"),
    ("a lease for an hour", {"expires": NOON + timedelta(hours=1)}, "expires must lie 0 to 900 s"),
    ("flash", {"action": "pattern", "pattern": 255}, "pattern"),
    ("phase 17", {"phases": (17,)}, "phases.0"),
    ("an approval of nothing", {"action": "approve"}, "approve needs target"),
    ("no signature", {}, "signature: Field required"),
]


@pytest.mark.parametrize(("change", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_makes_no_sense_is_refused(change: dict[str, Any], says: str) -> None:
    body = json.loads(json.dumps({**ORDER, **change}, default=lambda value: value.isoformat()))
    if change:
        body["signature"] = "ab" * 64
    with pytest.raises(ContractError, match=says):
        decode(TOPIC, json.dumps({key: value for key, value in body.items() if value is not None}).encode())
