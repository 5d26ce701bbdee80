"""A person's count and Simpang's, side by side: by class and hour, with denominators, and vehicle by vehicle.

Two counts may agree because what was missed and what was counted twice are as many. So each mark is also paired with
the crossing of the same line and direction that lies nearest in time: what finds no partner was missed, or is too much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from contract import TRAFFIC, VehicleClass

Passage = tuple[float, str, str, VehicleClass]
"""Seconds of the recording, line, direction, class."""

_Key = TypeVar("_Key")

PAIR_S = 3.0
"""A person presses late, and early when the vehicle slows; two lanes are seldom confused beyond that."""


@dataclass(frozen=True, slots=True)
class Row:
    """One class in one direction in one stretch of time."""

    from_s: float
    to_s: float
    line: str
    direction: str
    vehicle: VehicleClass
    hand: int
    simpang: int

    @property
    def error(self) -> int:
        """Vehicles too many (positive) or too few."""
        return self.simpang - self.hand

    @property
    def percent(self) -> float | None:
        """Of the hand count; None where a person counted nobody."""
        return round(100 * self.error / self.hand, 1) if self.hand else None


@dataclass(frozen=True, slots=True)
class Score:
    """How Simpang counted what a person counted."""

    rows: tuple[Row, ...]
    hand: int
    simpang: int
    off: int
    """Sum over lines and directions of the differences of the totals, each without its sign."""
    off_by_class: int
    missed: tuple[Passage, ...]
    """Marks without a crossing."""
    extra: tuple[Passage, ...]
    """Crossings without a mark."""
    other_class: int
    """Pairs that are called by different classes."""

    @property
    def percent(self) -> float | None:
        """`off` in percent of the hand count; None when nobody was counted."""
        return round(100 * self.off / self.hand, 1) if self.hand else None


def score(hand: Iterable[Passage], simpang: Iterable[Passage], until_s: float, bin_s: float) -> Score:
    """Compare two counts of the first `until_s` seconds, in bins of `bin_s`."""
    person = sorted(one for one in hand if one[0] <= until_s)
    counted = sorted(one for one in simpang if one[0] <= until_s and one[3] in TRAFFIC)
    pairs = _pairs(person, counted)
    with_mark, with_crossing = {j for _, j in pairs}, {i for i, _ in pairs}
    return Score(
        rows=tuple(_rows(person, counted, until_s, bin_s)),
        hand=len(person),
        simpang=len(counted),
        off=_off(Counter(one[1:3] for one in person), Counter(one[1:3] for one in counted)),
        off_by_class=_off(Counter(one[1:] for one in person), Counter(one[1:] for one in counted)),
        missed=tuple(one for i, one in enumerate(person) if i not in with_crossing),
        extra=tuple(one for j, one in enumerate(counted) if j not in with_mark),
        other_class=sum(person[i][3] is not counted[j][3] for i, j in pairs),
    )


def _off(one: Counter[_Key], other: Counter[_Key]) -> int:
    return sum(abs(one[key] - other[key]) for key in one.keys() | other.keys())


def _rows(hand: Sequence[Passage], simpang: Sequence[Passage], until_s: float, bin_s: float) -> Iterable[Row]:
    tallies = [Counter((int(one[0] // bin_s), *one[1:]) for one in count) for count in (hand, simpang)]
    for key in sorted(tallies[0].keys() | tallies[1].keys()):
        number, line, direction, vehicle = key
        begins_s = number * bin_s
        ends_s = min(until_s, begins_s + bin_s)
        yield Row(begins_s, ends_s, line, direction, vehicle, tallies[0][key], tallies[1][key])


def _pairs(hand: Sequence[Passage], simpang: Sequence[Passage]) -> list[tuple[int, int]]:
    """Which mark belongs to which crossing: the most pairs, then the nearest in time, then the same class."""
    if not hand or not simpang:
        return []
    apart = np.abs(np.array([one[0] for one in hand])[:, None] - np.array([one[0] for one in simpang]))
    same_way = np.array([[one[1:3] == other[1:3] for other in simpang] for one in hand])
    same_class = np.array([[one[3] is other[3] for other in simpang] for one in hand])
    worth = np.where(same_way & (apart <= PAIR_S), 10 * PAIR_S - apart + same_class, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if worth[i, j] > 0]
