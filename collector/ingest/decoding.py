"""One MQTT message becomes a message of the contract, or a dead letter that says why not."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from collector.store.writing import DeadLetter, Received
from contract import ContractError, Evidence, decode


def read(topic: str, payload: bytes, arrived: datetime, *, retained: bool = False) -> Received | DeadLetter:
    """Never raises, whatever the bytes are."""
    try:
        parsed, message = decode(topic, payload)
    except ContractError as error:
        return DeadLetter(topic, payload, str(error).replace(f"{topic}: ", "")[:2000], arrived)
    if isinstance(message, Evidence) and sha256(message.jpeg).hexdigest() != message.sha256:
        return DeadLetter(topic, payload, "the picture is not the one that its sha256 names", arrived)
    return Received(parsed, message, arrived, retained)
