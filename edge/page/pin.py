"""The PIN of one unit: on its label and in a file, drawn at random, never a default.

Eight letters of an alphabet without look-alikes are 38 bits; with a few attempts a minute nobody gets through them.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from contract import ContractError

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 8


def read_pin(file: Path | None, data: Path) -> str:
    """The PIN in `file`; without one, that of the data folder, which is drawn at the first start."""
    path = file or data / "page.pin"
    if file is None and not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        pin = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as new:
            new.write(f"{pin}\n")
        return pin
    try:
        found = path.read_text(encoding="ascii").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: the PIN of the unit's page cannot be read ({error}): write one there") from None
    if len(tidy(found)) < LENGTH:
        raise ContractError(f"{path}: a PIN has at least {LENGTH} letters or digits")
    return found


def tidy(typed: str) -> str:
    """As it is compared: people type capitals, spaces and hyphens."""
    return "".join(letter for letter in typed.lower() if letter.isalnum())


def agrees(typed: str, pin: str) -> bool:
    """Whether somebody knows the PIN; takes as long for a near miss as for any other."""
    return secrets.compare_digest(tidy(typed).encode(), tidy(pin).encode())
