"""A private key in a file of its own: drawn for whoever may ask for green, read by the adviser."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract import ContractError
from contract.signing import DRAW, parse_key, to_pem


def draw_key(path: Path) -> Ed25519PrivateKey:
    """Draw a key into a new file at `path`, mode 0600. OSError when it is there already or cannot be written."""
    private = Ed25519PrivateKey.generate()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(to_pem(private))
    return private


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key; `ContractError` says what is wrong with the file and what to do."""
    try:
        return parse_key(path.read_bytes(), path.stat().st_mode, str(path))
    except FileNotFoundError:
        raise ContractError(f"{path}: there is no private key: {DRAW}") from None
    except OSError as error:
        raise ContractError(f"{path}: the private key cannot be read: {error.strerror}") from None
