"""Software updates over the line: the order from the centre, and what became of it at the unit.

The order says where a bundle lies; what counts is its signature (provisioning/update). Nothing that a broker or whoever
holds it could say makes a unit run code that the depot has not signed.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contract.base import Model, UtcTime
from contract.messages import Message


class UpdateSet(Model):
    """Fetch update `number` from the folder `address`, and run it."""

    number: int = Field(
        ge=1, le=2**31, description="Of the signed bundle; only a higher one than that in force counts."
    )
    time: UtcTime
    address: str = Field(
        max_length=300,
        pattern=r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._-]+)*/$",
        description="Folder of the bundle: sums, their signature, wheels. The unit shows its own certificate there.",
    )
    spread_s: int = Field(
        default=300,
        ge=0,
        le=86_400,
        description="The unit waits a random part of this first, so that not all fetch at once.",
    )


class UpdateStanding(Model):
    """What software runs, and what is coming."""

    number: int = Field(ge=0, le=2**31, description="Update in force; 0 is what the card was made with.")
    candidate: int = Field(default=0, ge=0, le=2**31, description="Update that is being fetched, tried, or has failed.")
    phase: Literal["idle", "fetching", "trial", "failed"] = "idle"
    fetched_bytes: int = Field(
        default=0, ge=0, description="Of the candidate, over the line: what was there is not sent."
    )
    reason: str | None = Field(default=None, max_length=500)


class UpdateReported(Message, UpdateStanding):
    """What software the unit runs, and what became of the last order."""
