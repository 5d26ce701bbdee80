"""One camera's share of one interval, while it is still being counted, and what is told of it in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from contract import (
    ApproachMeasure,
    CameraCondition,
    CameraObservation,
    LineCount,
    MovementCount,
    VehicleClass,
    Zones,
    pcu,
)
from edge.aggregation.quality import judge
from edge.measures import ApproachTotals, Reading

_MAX_LINES, _MAX_MOVEMENTS, _MAX_APPROACHES = 64, 256, 16
"""What an observation has room for (`contract.CameraObservation`)."""


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """What a camera is meant to count, and how often it is meant to look."""

    zones: Zones
    target_fps: float


@dataclass(frozen=True, slots=True)
class Sight:
    """What one picture that was looked at says of the quality of counting."""

    condition: CameraCondition
    boxes: int = 0
    overlapping: int = 0
    """Of the boxes, those that another covers by a third or more."""
    begun: int = 0
    """Tracks that began with this picture."""
    unconfirmed: int = 0
    """Tracks that ended with it before they were sure."""
    readings: tuple[Reading, ...] = ()
    """What it says of each approach; nothing when it cannot be counted from."""


@dataclass(slots=True)
class CameraTally:
    """Counts and quality of one camera, growing. Plain enough to be written down as JSON and read again."""

    counts: dict[str, dict[str, dict[VehicleClass, int]]] = field(default_factory=dict)
    """Line -> direction -> class -> vehicles."""
    movements: dict[str, dict[str, dict[VehicleClass, int]]] = field(default_factory=dict)
    """Origin -> destination -> class -> vehicles."""
    watched_s: dict[CameraCondition, float] = field(default_factory=dict)
    """Seconds in which pictures came, by what they were worth; what is missing of the interval, none came."""
    frames: int = 0
    boxes: int = 0
    overlapping: int = 0
    begun: int = 0
    unconfirmed: int = 0
    approaches: dict[str, ApproachTotals] = field(default_factory=dict)

    def cross(self, line: str, direction: str, vehicle: VehicleClass) -> None:
        """One vehicle more over a line."""
        classes = self.counts.setdefault(line, {}).setdefault(direction, {})
        classes[vehicle] = classes.get(vehicle, 0) + 1

    def turn(self, origin: str, destination: str, vehicle: VehicleClass) -> None:
        """One vehicle more that went through the junction."""
        classes = self.movements.setdefault(origin, {}).setdefault(destination, {})
        classes[vehicle] = classes.get(vehicle, 0) + 1

    @property
    def counted(self) -> bool:
        """Whether any vehicle was."""
        return bool(self.counts or self.movements)

    def look(self, sight: Sight) -> None:
        """One picture more."""
        self.frames += 1
        self.boxes += sight.boxes
        self.overlapping += sight.overlapping
        self.begun += sight.begun
        self.unconfirmed += sight.unconfirmed
        for reading in sight.readings:
            self.approaches.setdefault(reading.approach, ApproachTotals()).add(reading)

    def watch(self, condition: CameraCondition, seconds: float) -> None:
        """Pictures of this worth came for so long."""
        self.watched_s[condition] = self.watched_s.get(condition, 0.0) + seconds

    def observation(self, camera: str, plan: CameraPlan, duration_s: float, *, whole: bool) -> CameraObservation:
        """What is told of the camera. Blind, it says only what was really seen: no line stands there with a 0."""
        quality = judge(self, duration_s, plan.target_fps, whole=whole)
        lines = tuple(self._lines(plan.zones, zeros=quality.grade != "blind"))[:_MAX_LINES]
        movements = tuple(self._movements())[:_MAX_MOVEMENTS]
        approaches = tuple(self._approaches(plan.zones))[:_MAX_APPROACHES] if quality.grade != "blind" else ()
        return CameraObservation(
            camera=camera, lines=lines, movements=movements, approaches=approaches, quality=quality
        )

    def _lines(self, zones: Zones, *, zeros: bool) -> Iterator[LineCount]:
        """The lines of the plan, then those that were counted under an earlier one."""
        planned = [(line.id, direction) for line in zones.lines for direction in (line.right, line.left)]
        counted = [(line, direction) for line, directions in self.counts.items() for direction in directions]
        for line, direction in dict.fromkeys([*planned, *counted]):
            counts = self.counts.get(line, {}).get(direction, {})
            if counts or zeros:
                yield LineCount(line=line, direction=direction, counts=counts)

    def _movements(self) -> Iterator[MovementCount]:
        """Those that were seen: of the many pairs of zones most are no way through the junction."""
        for origin, destinations in self.movements.items():
            for destination, counts in destinations.items():
                yield MovementCount(origin=origin, destination=destination, counts=counts)

    def _approaches(self, zones: Zones) -> Iterator[ApproachMeasure]:
        """The flow that arrives, and what stood and moved there.

        A line of an approach is drawn so that arriving traffic passes to its right.
        """
        flows: dict[str, float] = {}
        for line in zones.lines:
            if line.approach is not None:
                arrived = self.counts.get(line.id, {}).get(line.right, {})
                flows[line.approach] = flows.get(line.approach, 0.0) + pcu(arrived)
        for approach, flow in flows.items():
            yield self.approaches.get(approach, ApproachTotals()).measure(approach, round(flow, 3))
