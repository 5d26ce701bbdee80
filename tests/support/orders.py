"""Orders as an operator might give them, with one field or another changed."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from contract import SignalOrder

_NUMBERS = itertools.count(1)


def order(year: int = 2026, **fields: Any) -> SignalOrder:
    """Budi extends phase 2 at dago by 10 s, within a minute from noon of 2 March; unless `fields` say otherwise."""
    noon = datetime(year, 3, 2, 5, 0, tzinfo=UTC)
    number = next(_NUMBERS)
    body: dict[str, Any] = {
        "id": f"r{number}",
        "junction": "dago",
        "action": "extend",
        "phases": (2,),
        "seconds": 10,
        "who": "budi",
        "role": "operate",
        "why": "antrean panjang",
        "not_before": noon,
        "expires": noon + timedelta(seconds=60),
        "nonce": f"{number:032x}",
        "key": "budi-1",
    }
    return SignalOrder(**body | fields)
