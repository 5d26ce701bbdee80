"""How an order becomes a request: Ed25519 (RFC 8032) over `SignalOrder.canonical()`, with a key that a file holds.

The file is PKCS #8 in PEM, without a passphrase, readable by its owner alone: whoever can read it can ask for green in
its name. `simpang bridge key` draws one and prints the entry for the bridge's register of public keys.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from contract.base import ContractError, Slug, explain
from contract.signals import SignalOrder, SignalRequest, SignalRole

_OTHERS = 0o077
DRAW = "draw one with  simpang bridge key  and register it at the bridge"


class Signer:
    """One private key and whose it is: the `id`, `who` and `role` under which a bridge has the public half."""

    def __init__(self, private: Ed25519PrivateKey, *, key: Slug, who: Slug, role: SignalRole) -> None:
        self._private = private
        self.key, self.who, self.role = key, who, role

    def request(
        self, *, junction: str, not_before: datetime, expires: datetime, why: str, **wish: Any
    ) -> SignalRequest:
        """A signed request with a name and a nonce of its own; `ContractError` when it makes no sense.

        `wish` are the remaining fields of a `SignalOrder`: action, phases, approach, kind, route, pattern, seconds,
        target.
        """
        try:
            order = SignalOrder(
                id=secrets.token_hex(8),
                junction=junction,
                who=self.who,
                role=self.role,
                key=self.key,
                nonce=secrets.token_hex(16),
                not_before=not_before,
                expires=expires,
                why=why,
                **wish,
            )
        except ValidationError as error:
            raise explain(error, "request") from None
        return SignalRequest(**order.model_dump(), signature=self._private.sign(order.canonical()).hex())

    @property
    def public(self) -> str:
        """The public half, as the register wants it: 64 hexadecimal digits."""
        return public_hex(self._private)


def public_hex(private: Ed25519PrivateKey) -> str:
    """The public half of a key, 64 hexadecimal digits."""
    return private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()


def to_pem(private: Ed25519PrivateKey) -> bytes:
    """A key as its file holds it."""
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def parse_key(pem: bytes, mode: int, where: str) -> Ed25519PrivateKey:
    """The key in a file of this content and mode; `ContractError` says what is wrong with it and what to do."""
    if mode & _OTHERS:
        raise ContractError(f"{where}: others may read this private key: chmod 600 {where}")
    try:
        private = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ContractError(f"{where}: this is no Ed25519 private key in PEM without a passphrase: {DRAW}") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise ContractError(f"{where}: this key is not Ed25519: {DRAW}")
    return private
