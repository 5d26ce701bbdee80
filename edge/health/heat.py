"""Looking less often when the unit is hot, before its firmware slows everything down.

A Raspberry Pi throttles from 80 °C (soft limit 60 °C on the 3B+); in a closed cabinet at noon it gets there. Counting
at six pictures a second is better than at ten that stutter.
"""

from __future__ import annotations

from dataclasses import dataclass

HOT_C, COOL_C = 78.0, 72.0
EASED = 0.6
"""Part of the wanted pictures a second that is looked at while it is hot."""


@dataclass(slots=True)
class Heat:
    """Whether the unit is hot, with hysteresis."""

    hot: bool = False

    def share(self, temperature_c: float | None, throttled: bool | None) -> float:
        """The share of the wanted pictures a second that should be looked at, after a reading."""
        if throttled or (temperature_c is not None and temperature_c >= HOT_C):
            self.hot = True
        elif temperature_c is None or temperature_c <= COOL_C:
            self.hot = False
        return EASED if self.hot else 1.0
