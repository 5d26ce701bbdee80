"""Which kept messages of a unit never arrived: holes in `seq`.

A unit numbers what goes through its outbox, one by one, over restarts. Messages may come twice and, with several
collectors, in any order; a hole that is filled late is closed. A fallen `seq` under a boot never heard before is a new
outbox (a new card): it is counted by itself, and is no gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

MOST_HOLES = 1000
"""Holes remembered of one outbox; a unit that sends every other number must not fill the collector's memory."""


class Run(NamedTuple):
    """Consecutive numbers, both ends included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many."""
        return self.last - self.first + 1


def runs(numbers: Iterable[int]) -> Iterator[Run]:
    """`numbers`, in any order and with repetitions, as the fewest runs, lowest first."""
    first = last = None
    for number in sorted(numbers):
        if first is None or last is None:
            first = last = number
        elif number <= last + 1:
            last = number
        else:
            yield Run(first, last)
            first = last = number
    if first is not None and last is not None:
        yield Run(first, last)


@dataclass
class Outbox:
    """What has arrived from one outbox: everything from `low` to `high` but `holes` (disjoint, in order).

    `lost`: messages in holes that were forgotten because there were too many; a late fill closes those no more.
    """

    low: int
    high: int
    holes: list[Run] = field(default_factory=list)
    lost: int = 0

    @classmethod
    def begun_by(cls, run: Run) -> Outbox:
        """What came before the first message ever heard is not ours to miss."""
        return cls(run.first, run.last)

    def take(self, run: Run) -> None:
        """`run` has arrived, for the first time or again."""
        if run.first > self.high + 1:
            self.holes.append(Run(self.high + 1, run.first - 1))
        if run.last < self.low - 1:
            self.holes.insert(0, Run(run.last + 1, self.low - 1))
        self.low, self.high = min(self.low, run.first), max(self.high, run.last)
        if self.holes:
            self.holes = [part for hole in self.holes for part in _without(hole, run)]
        while len(self.holes) > MOST_HOLES:
            self.lost += self.holes.pop(0).length

    def could_hold(self, run: Run) -> bool:
        """Whether `run` may come from this outbox under a boot not heard before: it is new, or it fills a hole."""
        return run.first > self.high or any(hole.first <= run.first and run.last <= hole.last for hole in self.holes)

    @property
    def missing(self) -> int:
        """How many messages have not arrived."""
        return self.lost + sum(hole.length for hole in self.holes)


def _without(hole: Run, run: Run) -> Iterator[Run]:
    if run.last < hole.first or hole.last < run.first:
        yield hole
        return
    if hole.first < run.first:
        yield Run(hole.first, run.first - 1)
    if run.last < hole.last:
        yield Run(run.last + 1, hole.last)
