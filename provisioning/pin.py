"""The PIN of a unit's own page: drawn when its card is prepared, written to the card and printed on its label."""

from __future__ import annotations

import secrets

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without look-alikes: 0 and o, 1, i and l."""


def new_pin() -> str:
    """Eight characters, 39 bits; the page lets nobody try more than a few a minute."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))
