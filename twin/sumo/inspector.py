"""An inspector who knows nothing of any control: he reads the lamps every second and writes down what is not allowed.

Minimum green, yellow and the red after it are checked for each stream; conflicting streams may not both be protected
green, nor one be green before its foe has been red for the clearance time; and a foe that was protected and only gives
way now has to have been cleared too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from signal_bridge.control.clearance import ALL_RED_S, YELLOW_S
from signal_bridge.control.junction import GREEN


@dataclass(slots=True)
class Inspector:
    """Watches one signal's lamps."""

    foes: frozenset[tuple[int, int]]
    minimum_green_s: float
    violations: Counter[str] = field(default_factory=Counter)
    _shown: str = ""
    _since_s: list[float] = field(default_factory=list)
    _red_since_s: dict[int, float] = field(default_factory=dict)
    _protected_s: dict[int, float] = field(default_factory=dict)
    """When each stream was last shown protected green."""

    def look(self, time_s: float, lamps: str) -> None:
        """Check one second of lamps."""
        if not self._shown:
            self._shown, self._since_s = lamps, [float("-inf")] * len(lamps)
            return
        for index, (before, now) in enumerate(zip(self._shown, lamps, strict=True)):
            if _kind(before) != _kind(now):
                self._change(index, _kind(before), lamps, time_s)
                self._since_s[index] = time_s
        self._shown = lamps
        self._protected_s.update((index, time_s) for index, lamp in enumerate(lamps) if lamp == "G")
        for one, other in self.foes:
            if lamps[one] == "G" and lamps[other] == "G":
                self.violations["conflicting_green"] += 1

    def _change(self, index: int, before: str, lamps: str, time_s: float) -> None:
        now = _kind(lamps[index])
        lasted_s = time_s - self._since_s[index]
        if before == "g" and now == "r":
            self.violations["no_yellow"] += 1
        if before == "g" and lasted_s < self.minimum_green_s:
            self.violations["short_green"] += 1
        if before == "y" and lasted_s < YELLOW_S:
            self.violations["short_yellow"] += 1
        if now == "r":
            self._red_since_s[index] = time_s
        if now == "g":
            self._clearance(index, lamps, time_s)

    def _clearance(self, index: int, lamps: str, time_s: float) -> None:
        """Whoever conflicts with a stream that turns green, and lost its own, must have been red long enough."""
        for one, other in self.foes:
            foe = other if one == index else one if other == index else None
            if foe is None:
                continue
            if time_s - self._red_since_s.get(foe, float("-inf")) < ALL_RED_S:
                self.violations["short_clearance"] += 1
            protected_s = self._protected_s.get(foe, float("-inf"))
            if lamps[foe] != "G" and time_s - protected_s < YELLOW_S + ALL_RED_S:
                self.violations["protection_withdrawn"] += 1


def _kind(lamp: str) -> str:
    return "g" if lamp in GREEN else lamp
