"""The centre's private keys, read from their files when they are used."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract import ContractError
from contract.signing import DRAW, parse_key


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key; `ContractError` says what is wrong with the file and what to do."""
    try:
        return parse_key(path.read_bytes(), path.stat().st_mode, str(path))
    except FileNotFoundError:
        raise ContractError(f"{path}: there is no private key: {DRAW}") from None
    except OSError as error:
        raise ContractError(f"{path}: the private key cannot be read: {error.strerror}") from None
