"""Level of service of a signalised junction, by PM 96/2015 (the ministry's regulation on traffic management)."""

from __future__ import annotations

from typing import Literal

Level = Literal["A", "B", "C", "D", "E", "F"]

LIMITS: tuple[tuple[float, Level], ...] = ((5, "A"), (15, "B"), (25, "C"), (40, "D"), (60, "E"))
"""Mean delay in s/vehicle up to which a junction has that level; above the last it has F."""


def level_of_service(delay_s: float) -> Level:
    """The level for a mean delay in s/vehicle."""
    if delay_s < 0:
        raise ValueError("a delay is not below 0")
    return next((level for limit, level in LIMITS if delay_s <= limit), "F")
