"""What bridges say, made to order: statuses and replies of a junction, and requests with a key of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.store.writing import Received
from contract import Kind, Model, PhaseState, SignalReply, SignalRequest, SignalStatus, Topic
from contract.signals import SignalRole
from contract.signing import Signer

BRIDGE = "bridge-dago"
BOOT = "0f" * 16
NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
PROGRAM = Signer(Ed25519PrivateKey.generate(), key="adaptif-1", who="adaptif", role=SignalRole.AUTOMATIC)


def heard(message: Model, arrived: datetime = NOON, *, bridge: str = BRIDGE) -> Received:
    """As the collector takes it from the broker."""
    kinds: dict[type[Model], Kind] = {
        SignalStatus: Kind.SIGNAL_STATUS,
        SignalReply: Kind.SIGNAL_REPLY,
        SignalRequest: Kind.SIGNAL_REQUEST,
    }
    return Received(Topic("bandung", bridge, kinds[type(message)]), message, arrived)


def status(time: datetime = NOON, **fields: Any) -> SignalStatus:
    """Dago, armed, north green for 12 s and east red, unless `fields` say otherwise."""
    body: dict[str, Any] = {
        "boot_id": BOOT,
        "time": time,
        "junction": "dago",
        "mode": "remote",
        "age_s": 0.4,
        "phases": (
            phase(2, "green", 12.0, "utara", "selatan"),
            phase(4, "red", 14.0, "timur", "barat"),
        ),
        "pattern": 3,
        "watchdog_s": 10,
        "authority": "advisory",
        "armed": True,
    }
    return SignalStatus.model_validate(body | fields)


def phase(number: int, aspect: str, shown_s: float, *approaches: str) -> PhaseState:
    """A phase with bounds of 10 to 60 s."""
    return PhaseState.model_validate(
        {
            "phase": number,
            "aspect": aspect,
            "shown_s": shown_s,
            "approaches": approaches,
            "min_green_s": 10,
            "max_green_s": 60,
        }
    )


def request(time: datetime = NOON, *, signer: Signer = PROGRAM, **wish: Any) -> SignalRequest:
    """The program asks for 15 s more on phase 2, unless `wish` says otherwise."""
    body: dict[str, Any] = {"action": "extend", "phases": (2,), "seconds": 15, "why": "antrean utara 84 m"}
    return signer.request(junction="dago", not_before=time, expires=time + timedelta(minutes=2), **body | wish)


def reply(to: SignalRequest, outcome: str, time: datetime = NOON, **fields: Any) -> SignalReply:
    """The bridge's word on `to`."""
    body: dict[str, Any] = {
        "boot_id": BOOT,
        "time": time,
        "request": to.id,
        "junction": to.junction,
        "outcome": outcome,
        "text_id": f"kata: {outcome}",
        "text_en": f"word: {outcome}",
    }
    return SignalReply.model_validate(body | fields)
