"""A fixed-time signal: green, yellow, all-red, group after group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

YELLOW_S = 3.0
ALL_RED_S = 2.0
"""Least all-red; it is extended while anyone is still in the conflict area."""


class Aspect(Enum):
    """What a signal head shows."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(slots=True)
class Signal:
    """Steps through `plan`, pairs of a signal group and its green time in seconds."""

    plan: tuple[tuple[str, float], ...]
    _stage: int = 0
    _shown: Aspect = Aspect.GREEN
    _since_s: float = 0.0

    def aspect(self, group: str) -> Aspect:
        """What `group` sees now."""
        return self._shown if self.plan[self._stage][0] == group else Aspect.RED

    def advance(self, dt: float, is_clear: Callable[[], bool]) -> None:
        """Let `dt` seconds pass; the next green waits until `is_clear()`, the conflict area being empty."""
        self._since_s += dt
        if self._shown is Aspect.GREEN and self._since_s >= self.plan[self._stage][1]:
            self._show(Aspect.YELLOW)
        elif self._shown is Aspect.YELLOW and self._since_s >= YELLOW_S:
            self._show(Aspect.RED)
        elif self._shown is Aspect.RED and self._since_s >= ALL_RED_S and is_clear():
            self._stage = (self._stage + 1) % len(self.plan)
            self._show(Aspect.GREEN)

    def _show(self, aspect: Aspect) -> None:
        self._shown, self._since_s = aspect, 0.0
