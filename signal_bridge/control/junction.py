"""A signalised junction as a control sees it: streams, the stages that let them go, and the view of its cameras.

    stream   one movement over the stop line, from a lane into an exit; the controller has a lamp for each
    stage    streams that are green together; written like a lamp test, one letter a stream: G, g or r
             (G protected, g green but giving way, r red)

Pure data: no clock, no I/O. What a control may know is in `View` and nothing more: a camera at the stop line sees
some 60 to 100 m of each approach, and that an exit is full; it does not know who will turn where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

GREEN = frozenset("Gg")


@dataclass(frozen=True, slots=True)
class Stream:
    """One movement: where its traffic waits and where it goes."""

    lane: str
    exit: str
    """The lane behind the junction that takes it up."""


@dataclass(frozen=True)
class Junction:
    """Streams, stages and the local plan (green seconds of each stage, in order)."""

    id: str
    streams: tuple[Stream, ...]
    stages: tuple[str, ...]
    greens: tuple[float, ...]
    least: tuple[float, ...] = ()
    """Least green of each stage where pedestrians cross in it (walk and clearance); 0 where none do."""
    offset_s: float | None = None
    """When the first stage of the local plan begins, in its cycle, by the clock of all; None: it keeps no clock."""

    def __post_init__(self) -> None:
        if not self.stages or len(self.stages) != len(self.greens):
            raise ValueError(f"junction {self.id!r}: {len(self.stages)} stages for {len(self.greens)} green times")
        for stage in self.stages:
            if len(stage) != len(self.streams) or not set(stage) <= {"G", "g", "r"}:
                raise ValueError(f"junction {self.id!r}: stage {stage!r} does not give each stream G, g or r")

    @cached_property
    def lanes(self) -> tuple[str, ...]:
        """Every lane with a stop line here, in a fixed order."""
        return tuple(dict.fromkeys(stream.lane for stream in self.streams))

    def lanes_of(self, stage: int) -> frozenset[str]:
        """Lanes that have green in a stage."""
        lamps = self.stages[stage]
        return frozenset(stream.lane for stream, lamp in zip(self.streams, lamps, strict=True) if lamp in GREEN)

    def greenable(self, lanes: frozenset[str]) -> tuple[int, ...]:
        """Streams from these lanes that have green in some stage."""
        return tuple(
            index
            for index, stream in enumerate(self.streams)
            if stream.lane in lanes and any(stage[index] in GREEN for stage in self.stages)
        )

    def least_green_s(self, stage: int, floor_s: float) -> float:
        """Minimum green of a stage: the floor, or what its pedestrians need."""
        return max(floor_s, self.least[stage] if self.least else 0.0)


class Seen(NamedTuple):
    """A vehicle that a camera sees on its way to the stop line."""

    distance_m: float
    """From its front to the stop line."""
    speed_ms: float


class Coming(NamedTuple):
    """Who is on the way to a lane, by what the neighbours' cameras counted."""

    covers_s: float
    """Until so many seconds from now nobody else is to be expected from there."""
    arrivals: tuple[tuple[float, float], ...]
    """(seconds until one arrives at the stop line, how probably in this lane), soonest first."""


@dataclass(frozen=True, slots=True)
class View:
    """What the junction's cameras say now."""

    time_s: float
    lanes: Mapping[str, tuple[Seen, ...]]
    """By lane with a stop line; nearest first. A vehicle that may yet choose among k lanes stands in one of them."""
    departed: Mapping[str, int] = field(default_factory=dict)
    """Vehicles that crossed each stop line since the view before."""
    room: Mapping[str, float] = field(default_factory=dict)
    """Vehicles that a jammed exit can still take up; an exit that flows, or that no camera sees, is absent."""
    stranded: int = 0
    """Vehicles that stand inside the junction, mostly to turn across the oncoming traffic."""
    coming: Mapping[str, Coming] = field(default_factory=dict)
    """By lane, where a neighbour tells of it."""


class Control(Protocol):
    """Chooses stages. Called about once a second while a stage is green and its minimum green is over."""

    def choose(self, view: View, stage: int, green_s: float) -> int:
        """The stage wanted next, given that `stage` has been green for `green_s`; the same stage means: stay."""
        ...

    def watch(self, view: View, stage: int | None) -> None:
        """Take note of a view; called once a second always. `stage` is None between two stages."""
        ...
