"""One ring: the phase it times, its intervals, and its pedestrians.

A ring knows how long its own intervals last and nothing of other rings; when a green may end and what comes next is
decided in `rings`.
"""

from __future__ import annotations

from enum import IntEnum
from math import inf

from twin.controllers.plan import Phase


class Interval(IntEnum):
    """What the vehicle signal of the ring's phase shows; `REST` is red with all clearance done."""

    REST = 0
    GREEN = 1
    YELLOW = 2
    ALL_RED = 3


class Ped(IntEnum):
    """What its pedestrians are shown."""

    DONT_WALK = 0
    WALK = 1
    CLEAR = 2


class Ring:
    """`number` is the phase that it times or timed last, 0 at first; `bit` is that phase among 16."""

    __slots__ = ("bit", "force_at", "interval", "number", "ped", "ped_since", "since", "timing")

    def __init__(self) -> None:
        self.number = 0
        self.bit = 0
        self.timing = Phase()
        self.interval = Interval.REST
        self.since = -inf
        self.ped = Ped.DONT_WALK
        self.ped_since = -inf
        self.force_at = inf

    def begin(self, now: float, number: int, timing: Phase, *, walk: bool, force_at: float) -> None:
        """Green for a phase; `force_at` is when a pattern wants it to end."""
        self.number, self.bit, self.timing = number, 1 << (number - 1), timing
        self.interval, self.since = Interval.GREEN, now
        self.force_at = force_at
        if walk:
            self.begin_walk(now)

    def begin_walk(self, now: float) -> None:
        """Pedestrians may walk, beside a green."""
        self.ped, self.ped_since = Ped.WALK, now

    def end(self, now: float) -> None:
        """Yellow."""
        self.interval, self.since = Interval.YELLOW, now

    def may_end(self, now: float) -> bool:
        """Minimum green has run, and no pedestrian is on the road."""
        return now - self.since >= self.timing.minimum_green_s and self.ped == Ped.DONT_WALK

    def time(self, now: float) -> None:
        """Whatever ends by the clock alone."""
        age = now - self.since
        if self.interval == Interval.YELLOW and age >= self.timing.yellow_s:
            self.interval, self.since = Interval.ALL_RED, now
        elif self.interval == Interval.ALL_RED and age >= self.timing.all_red_s:
            self.interval, self.since = Interval.REST, now
        if self.ped == Ped.WALK and now - self.ped_since >= self.timing.walk_s:
            self.ped, self.ped_since = Ped.CLEAR, now
        elif self.ped == Ped.CLEAR and now - self.ped_since >= self.timing.ped_clear_s:
            self.ped, self.ped_since = Ped.DONT_WALK, now
