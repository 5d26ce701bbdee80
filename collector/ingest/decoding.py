"""One MQTT message becomes a message of the contract, or a dead letter that says why not."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from collector.store.writing import DeadLetter, Received
from contract import ContractError, Evidence, decode


def read(
    topic: str, payload: bytes, arrived: datetime, *, retained: bool = False, site: str | None = None
) -> Received | DeadLetter:
    """Never raises, whatever the bytes are. `site` is the only one whose units are heard; None hears every site's."""
    try:
        parsed, message = decode(topic, payload)
    except ContractError as error:
        return DeadLetter(topic, payload, str(error).replace(f"{topic}: ", "")[:2000], arrived)
    if site is not None and parsed.site != site:
        return DeadLetter(
            topic, payload, f"site {parsed.site!r} is unknown here: this centre is that of {site!r}", arrived
        )
    if isinstance(message, Evidence) and sha256(message.jpeg).hexdigest() != message.sha256:
        return DeadLetter(topic, payload, "the picture is not the one that its sha256 names", arrived)
    return Received(parsed, message, arrived, retained, payload)
