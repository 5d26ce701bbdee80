"""Cycle and splits, by PKJI 2023 chapter 5 after Webster as in MKJI 1997. Seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SENSIBLE: dict[int, tuple[float, float]] = {2: (40, 80), 3: (50, 100), 4: (80, 130)}
"""Phases -> cycles that PKJI recommends; no cycle is above 130 s. Noted."""
LONGEST_S = 130.0
LEAST_GREEN_S = 10.0
"""A shorter green is discouraged. Noted."""


class OversaturatedError(ValueError):
    """The critical flow ratios leave no cycle that serves all."""


@dataclass(frozen=True, slots=True)
class Splits:
    """A fixed-time plan. `greens` in the order of the flow ratios; `optimum_s`: the cycle before it was bounded."""

    cycle_s: float
    greens: tuple[float, ...]
    optimum_s: float


def lost_time(intergreens: Sequence[tuple[float, float]]) -> float:
    """wHH = sum of yellow and all-red of each phase; `intergreens` are (yellow_s, all_red_s). Read (MKJI LTI)."""
    return sum(yellow + all_red for yellow, all_red in intergreens)


def optimum_cycle(lost_s: float, ratios: Sequence[float]) -> float:
    """s = (1.5 wHH + 5) / (1 - RAS), RAS the sum of the critical flow ratios. Read (MKJI), numbers agree with PKJI.

    Raises `OversaturatedError` when RAS reaches 1.
    """
    total = _sum(ratios)
    if total >= 1:
        raise OversaturatedError(f"the critical flow ratios add up to {total:.2f}: no cycle serves them all")
    return (1.5 * lost_s + 5) / (1 - total)


def splits(lost_s: float, ratios: Sequence[float], *, least_green_s: float = LEAST_GREEN_S) -> Splits:
    """wHi = (s - wHH) (Rq/J)i / RAS, within the sensible cycles for that many phases and the least green. Noted.

    A phase that would get less than `least_green_s` gets that, and the rest is shared among the others by their ratios.
    When there is no cycle that serves all (oversaturated), the longest sensible one is shared out.
    """
    _sum(ratios)
    shortest, longest = SENSIBLE.get(len(ratios), (80.0, LONGEST_S))
    try:
        optimum = optimum_cycle(lost_s, ratios)
    except OversaturatedError:
        optimum = longest
    needed = lost_s + least_green_s * len(ratios)
    cycle = max(min(max(optimum, shortest), longest), needed)
    return Splits(cycle, _share_out(cycle - lost_s, ratios, least_green_s), optimum)


def _share_out(green_s: float, ratios: Sequence[float], least_s: float) -> tuple[float, ...]:
    """Shares by ratio, none below `least_s`; they add up to `green_s`."""
    short: set[int] = set()
    while True:
        rest_s = green_s - least_s * len(short)
        weight = sum(ratio for index, ratio in enumerate(ratios) if index not in short)
        greens = [
            least_s if index in short else rest_s * ratio / weight if weight else green_s / len(ratios)
            for index, ratio in enumerate(ratios)
        ]
        fallen = {index for index, green in enumerate(greens) if green < least_s - 1e-9} - short
        if not fallen:
            return tuple(greens)
        short |= fallen


def _sum(ratios: Sequence[float]) -> float:
    if not ratios or any(ratio < 0 for ratio in ratios):
        raise ValueError("give the critical flow ratio of each phase, none below 0")
    return sum(ratios)
