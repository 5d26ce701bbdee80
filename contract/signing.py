"""How an order becomes a request: Ed25519 (RFC 8032) over `SignalOrder.canonical()`, with a private key from a file.

The file is PKCS #8 in PEM, without a passphrase, readable by its owner alone: whoever can read it can ask for green in
its name. `simpang bridge key` draws one and prints the entry for the bridge's register of public keys.
"""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from contract.base import ContractError, Slug, explain
from contract.signals import SignalOrder, SignalRequest, SignalRole

_OTHERS = 0o077


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


def draw_key(path: Path) -> Ed25519PrivateKey:
    """Draw a key into a new file at `path`, mode 0600. OSError when it is there already or cannot be written."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    return private


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read a key; `ContractError` says what is wrong with the file and what to do."""
    draw = "draw one with  simpang bridge key  and register it at the bridge"
    try:
        mode, pem = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError:
        raise ContractError(f"{path}: there is no private key: {draw}") from None
    except OSError as error:
        raise ContractError(f"{path}: the private key cannot be read: {error.strerror}") from None
    if mode & _OTHERS:
        raise ContractError(f"{path}: others may read this private key: chmod 600 {path}")
    try:
        private = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ContractError(f"{path}: this is no Ed25519 private key in PEM without a passphrase: {draw}") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise ContractError(f"{path}: this key is not Ed25519: {draw}")
    return private
