"""From sets of colour bits to the status of each phase; the same for every protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from signal_bridge.controller import Aspect, PhaseStatus, Walk

_Shown = TypeVar("_Shown", Aspect, Walk)


@dataclass(frozen=True, slots=True)
class Colours:
    """Sixteen bits for each indication, bit 0 for phase 1; None where it could not be read."""

    reds: int | None
    yellows: int | None
    greens: int | None
    dont_walks: int | None
    ped_clears: int | None
    walks: int | None

    def shown(self) -> int:
        """Phases with a vehicle colour: those the controller surely has."""
        return (self.reds or 0) | (self.yellows or 0) | (self.greens or 0)

    def phase(self, number: int, since: float | None = None) -> PhaseStatus:
        """What phase `number` shows; unknown unless it is exactly one thing."""
        bit = 1 << (number - 1)
        aspect = _only(((Aspect.GREEN, self.greens), (Aspect.YELLOW, self.yellows), (Aspect.RED, self.reds)), bit)
        walk = _only(((Walk.WALK, self.walks), (Walk.CLEAR, self.ped_clears), (Walk.DONT_WALK, self.dont_walks)), bit)
        return PhaseStatus(aspect or Aspect.UNKNOWN, walk or Walk.UNKNOWN, since)


def _only(candidates: tuple[tuple[_Shown, int | None], ...], bit: int) -> _Shown | None:
    """The one candidate whose bit is set; None if there is none, another, or one that could not be read."""
    if any(bits is None for _, bits in candidates):
        return None
    shown = [what for what, bits in candidates if bits and bits & bit]
    return shown[0] if len(shown) == 1 else None
