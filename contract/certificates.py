"""Certificates renewed over the line, before they end: the unit makes a key and asks, the depot signs.

The key never leaves the unit. What comes back is believed for its signature by the authority on the card, not for who
sent it.
"""

from __future__ import annotations

from pydantic import Field

from contract.base import Model, UtcTime
from contract.messages import Message


class CertificateRequest(Message):
    """A unit asks for a certificate for its next key (retained, until it has one)."""

    csr: str | None = Field(
        default=None,
        max_length=4000,
        description="PKCS #10 in PEM (RFC 2986), its common name the unit's. None: no more.",
    )


class CertificateSet(Model):
    """The depot's answer."""

    time: UtcTime
    certificate: str = Field(max_length=8000, description="PEM, for the key of the request.")
