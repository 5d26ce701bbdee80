"""Two minutes of counting with what is drawn, before or after it is saved. Pure: pictures and their time are arguments.

The tracks are those of the unit's own pipeline, so what is counted here is what would be counted. Only zones to be
ignored make no difference yet: they act on what is detected, and that goes on as it is in force.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from contract import TRAFFIC, AreaZone, Model, Slug, Zones
from edge.counting import LineCounter, MovementCounter
from edge.measures.ground import inside
from edge.tracking import Track

LASTS_S = 120.0


class Count(Model):
    """Vehicles over one line in one direction, or from one entry to one exit, by class."""

    name: Slug
    direction: Slug
    counts: dict[str, int]


class Tried(Model):
    """What was counted so far."""

    seconds: float
    left_s: float
    vehicles: int
    """Different ones that were seen."""
    lines: tuple[Count, ...]
    movements: tuple[Count, ...]
    zones: dict[str, int]
    """Different vehicles that stood or drove in each zone."""


@dataclass(slots=True)
class Trying:
    """One such count of one camera; it begins with the first picture."""

    zones: Zones
    _began_s: float | None = None
    _now_s: float = 0.0
    _seen: set[int] = field(default_factory=set)
    _inside: dict[str, set[int]] = field(default_factory=dict)
    _crossed: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    _turned: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    _counters: list[LineCounter] = field(init=False)
    _turns: MovementCounter = field(init=False)

    def __post_init__(self) -> None:
        self._counters = [LineCounter(line) for line in self.zones.lines]
        self._turns = MovementCounter([zone for zone in self.zones.zones if isinstance(zone, AreaZone)])
        self._crossed = {(line.id, way): Counter() for line in self.zones.lines for way in (line.right, line.left)}
        self._inside = {zone.id: set() for zone in self.zones.zones}

    @property
    def over(self) -> bool:
        """Whether the two minutes have passed."""
        return self._spent_s >= LASTS_S

    @property
    def _spent_s(self) -> float:
        return 0.0 if self._began_s is None else self._now_s - self._began_s

    def step(self, tracks: Iterable[Track], size: tuple[int, int], time_s: float, index: int) -> None:
        """One picture of `size` (width, height) pixels."""
        if self._began_s is None:
            self._began_s = time_s
        if self.over:
            return
        self._now_s = time_s
        traffic = [track for track in tracks if track.vehicle in TRAFFIC]
        self._seen.update(track.id for track in traffic)
        for counter in self._counters:
            for one in counter.step(traffic, *size, time_s, index):
                self._crossed[one.line, one.direction][one.vehicle] += 1
        for way in self._turns.step(traffic, *size, time_s, index):
            self._turned.setdefault((way.origin, way.destination), Counter())[way.vehicle] += 1
        self._stand(traffic, size)

    def _stand(self, traffic: Sequence[Track], size: tuple[int, int]) -> None:
        if not traffic:
            return
        feet = np.array([track.foot for track in traffic], np.float64) / np.array(size, np.float64)
        for zone in self.zones.zones:
            there = inside(np.array(zone.polygon, np.float64), feet)
            self._inside[zone.id].update(track.id for track, stands in zip(traffic, there, strict=True) if stands)

    def told(self) -> Tried:
        """What was counted so far."""
        return Tried(
            seconds=round(self._spent_s, 1),
            left_s=round(max(0.0, LASTS_S - self._spent_s), 1),
            vehicles=len(self._seen),
            lines=_counts(self._crossed),
            movements=_counts(self._turned),
            zones={name: len(tracks) for name, tracks in self._inside.items()},
        )


def _counts(found: dict[tuple[str, str], Counter[str]]) -> tuple[Count, ...]:
    return tuple(Count(name=name, direction=way, counts=dict(counts)) for (name, way), counts in found.items())
