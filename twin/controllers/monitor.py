"""The conflict monitor: it watches what the signals show, knows nothing of why, and trips for good on any violation.

It stands for the malfunction management unit of NEMA TS 2 section 4, with what this project promises besides: minimum
green and pedestrian clearance. It has its own clock, its own table of conflicts and its own minimums.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from twin.controllers.plan import ControllerPlan

_TOLERANCE_S = 1e-6
"""For the rounding of a clock, not for the controller."""


@dataclass(frozen=True, slots=True)
class Indications:
    """What is lit, 16 bits each, bit 0 for phase 1. Every phase shows one colour, and one pedestrian signal."""

    greens: int
    yellows: int
    walks: int = 0
    clears: int = 0


@dataclass(frozen=True, slots=True)
class _Minimums:
    green_s: float
    yellow_s: float
    all_red_s: float
    walk_s: float
    ped_clear_s: float
    conflicts: int


class ConflictMonitor:
    """`tripped` is None or what was seen; only `reset` clears it, as a technician at the cabinet does."""

    def __init__(self, plan: ControllerPlan) -> None:
        conflicts = plan.conflicts()
        self._card = {
            1 << (number - 1): _Minimums(
                phase.minimum_green_s,
                phase.yellow_s,
                phase.all_red_s,
                phase.walk_s,
                phase.ped_clear_s,
                conflicts[number],
            )
            for number, phase in plan.phases.items()
        }
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.tripped: str | None = None
        self._last = Indications(0, 0)
        self._green_at: dict[int, float] = {}
        self._yellow_at: dict[int, float] = {}
        self._red_at: dict[int, float] = {}
        self._walk_at: dict[int, float] = {}
        self._clear_at: dict[int, float] = {}

    def watch(self, now: float, shown: Indications) -> bool:
        """Whether all is well, now and before. `now` is in seconds and never goes back."""
        if self.tripped is None and shown != self._last:  # every rule is about a change
            self.tripped = next(self._violations(now, shown), None)
            self._remember(now, shown)
        return self.tripped is None

    def _violations(self, now: float, shown: Indications) -> Iterator[str]:
        for bit, card in self._card.items():
            for found in (*self._vehicles(now, bit, card, shown), *self._pedestrians(now, bit, card, shown)):
                yield f"phase {bit.bit_length()}: {found}"

    def _vehicles(self, now: float, bit: int, card: _Minimums, shown: Indications) -> Iterator[str]:
        green, yellow = shown.greens & bit, shown.yellows & bit
        was_green, was_yellow = self._last.greens & bit, self._last.yellows & bit
        if green and yellow:
            yield "green and yellow at once"
        if (green or yellow) and (shown.greens | shown.yellows) & card.conflicts:
            yield "green or yellow together with a conflicting phase"
        if green and not was_green:
            if was_yellow:
                yield "green straight after yellow"
            yield from self._too_soon(now, bit, card)
        if was_green and not green:
            if not yellow:
                yield "green went out without a yellow"
            if _short(now, self._green_at[bit], card.green_s):
                yield "green shorter than its minimum"
        if yellow and not (was_yellow or was_green):
            yield "yellow without a green before it"
        if was_yellow and not yellow and _short(now, self._yellow_at[bit], card.yellow_s):
            yield "yellow shorter than its minimum"

    def _too_soon(self, now: float, bit: int, card: _Minimums) -> Iterator[str]:
        """A green waits for the all-red of every conflicting phase, and a phase for its own."""
        for other, red_at in self._red_at.items():
            if other & (card.conflicts | bit) and _short(now, red_at, self._card[other].all_red_s):
                yield f"green within the all-red of phase {other.bit_length()}"

    def _pedestrians(self, now: float, bit: int, card: _Minimums, shown: Indications) -> Iterator[str]:
        walk, clear = shown.walks & bit, shown.clears & bit
        was_walk, was_clear = self._last.walks & bit, self._last.clears & bit
        if (walk or clear) and not shown.greens & bit:
            yield "pedestrians on the road without their green"
        if walk and clear:
            yield "walk and clearance at once"
        if walk and was_clear:
            yield "walk during a clearance"
        if was_walk and not walk:
            if not clear:
                yield "walk without a clearance after it"
            if _short(now, self._walk_at[bit], card.walk_s):
                yield "walk shorter than its minimum"
        if clear and not (was_clear or was_walk):
            yield "clearance without a walk"
        if was_clear and not clear and _short(now, self._clear_at[bit], card.ped_clear_s):
            yield "pedestrian clearance cut short"

    def _remember(self, now: float, shown: Indications) -> None:
        last = self._last
        lit, was_lit = shown.greens | shown.yellows, last.greens | last.yellows
        for began, at in (
            (shown.greens & ~last.greens, self._green_at),
            (shown.yellows & ~last.yellows, self._yellow_at),
            (was_lit & ~lit, self._red_at),
            (shown.walks & ~last.walks, self._walk_at),
            (shown.clears & ~last.clears, self._clear_at),
        ):
            at.update(dict.fromkeys((bit for bit in self._card if began & bit), now))
        self._last = shown


def _short(now: float, since: float, least_s: float) -> bool:
    return now - since < least_s - _TOLERANCE_S
