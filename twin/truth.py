"""What really happened in a scene, by the rules that a camera is counted by.

A vehicle is where the bottom centre of its whole box is in the picture (contract/zones.py), also while a bus hides it.
Crossings are interpolated between steps of a tenth of a second, so truth does not depend on the picture rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TypedDict

import cv2
import numpy as np
from numpy.typing import NDArray

from contract import AreaZone, NoParkingZone, Point, VehicleClass, Zones
from contract.zones import segments_cross, side
from twin.pose import Pose
from twin.render.vehicles import look
from twin.scene import Scene

NEAR_LINE_M = 16.0
"""Only those closer to a line than this can cross it within a step."""
STANDING_MPS = 0.1
QUEUE_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Crossed:
    """One vehicle over one line."""

    time_s: float
    line: str
    direction: str
    kind: VehicleClass
    vehicle: int


@dataclass(slots=True)
class Parked:
    """A vehicle that stood in a no-parking zone; `to_s` is None while it stands there still."""

    zone: str
    kind: VehicleClass
    vehicle: int
    from_s: float
    to_s: float | None
    before_start: bool

    def seconds(self, now_s: float) -> float:
        """How long it stood, until `now_s` at most."""
        return (now_s if self.to_s is None else self.to_s) - self.from_s


@dataclass(frozen=True, slots=True)
class Moved:
    """A vehicle that was seen in an entry zone and later in an exit zone."""

    time_s: float
    entry: str
    exit: str
    kind: VehicleClass
    vehicle: int


@dataclass(frozen=True, slots=True)
class Queue:
    """How far the queue reaches back from a stop line at one instant."""

    time_s: float
    approach: str
    vehicles: int
    metres: float


class ClipTruth(TypedDict):
    """One clip in truth.json: the keys of hand-counted clips, and more."""

    zones: str
    light: str
    fps: float
    counts: dict[str, dict[str, dict[str, int]]]
    crossings: list[tuple[int, str, str]]
    parking: dict[str, dict[str, int]]
    note: str
    scene: str
    seed: int
    seconds: float
    crossed: list[dict[str, object]]
    parked: list[dict[str, object]]
    movements: list[dict[str, object]]
    queues: list[dict[str, object]]


@dataclass
class Observer:
    """Sees everything that happens in a scene; `step` wants the poses of every step in the order of time."""

    scene: Scene
    zones: Zones
    crossed: list[Crossed] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    queues: list[Queue] = field(default_factory=list)
    now_s: float = 0.0
    _feet: dict[tuple[int, str], tuple[Point, float]] = field(default_factory=dict)
    _done: set[tuple[int, str]] = field(default_factory=set)
    _entries: dict[int, str] = field(default_factory=dict)
    _standing: dict[tuple[int, str], Parked] = field(default_factory=dict)
    _steps: int = 0

    def __post_init__(self) -> None:
        self._no_parking = [zone for zone in self.zones.zones if isinstance(zone, NoParkingZone)]
        areas = [zone for zone in self.zones.zones if isinstance(zone, AreaZone)]
        self._ends = [zone for zone in areas if zone.kind in {"entry", "exit"}]
        self._polygons = {zone.id: np.array(zone.polygon, np.float32) for zone in self.zones.zones}

    def step(self, poses: Iterable[Pose], time_s: float) -> None:
        """Note what has happened up to `time_s`."""
        present = []
        for pose in poses:
            if pose.model.kind is VehicleClass.PERSON:
                continue
            present.append(pose)
            self._cross(pose, time_s)
            if pose.speed < STANDING_MPS:
                self._stand(pose, time_s)
            elif self._steps % 5 == pose.id % 5:
                self._pass(pose, time_s)
        self._leave({pose.id: pose for pose in present}, time_s)
        if self._steps % round(QUEUE_EVERY_S / 0.1) == 0:
            self._measure_queues(present, time_s)
        self._steps += 1
        self.now_s = time_s

    def foot(self, pose: Pose) -> Point | None:
        """Bottom centre of the vehicle's box, normalised; None when it is not in the picture."""
        seen = look(self.scene.camera, pose)
        if seen is None:
            return None
        width, height = self.scene.camera.size
        return seen.foot[0] / width, seen.foot[1] / height

    def _cross(self, pose: Pose, time_s: float) -> None:
        for drawn, line in zip(self.scene.lines, self.zones.lines, strict=True):
            key = (pose.id, line.id)
            if key in self._done or _away(drawn.a, drawn.b, (pose.x, pose.y)) > NEAR_LINE_M:
                continue
            here = self.foot(pose)
            if here is None:
                self._feet.pop(key, None)
                continue
            offset = side(line.a, line.b, here)
            before = self._feet.get(key)
            if before and segments_cross(before[0], here, line.a, line.b):
                past = side(line.a, line.b, before[0])
                moment = before[1] + (time_s - before[1]) * past / (past - offset)
                direction = line.right if offset > 0 else line.left
                self.crossed.append(Crossed(round(moment, 3), line.id, direction, pose.model.kind, pose.id))
                self._done.add(key)
                self._feet.pop(key)
            elif offset != 0:
                self._feet[key] = (here, time_s)

    def _stand(self, pose: Pose, time_s: float) -> None:
        known = [zone for zone in self._no_parking if (pose.id, zone.id) in self._standing]
        if known:
            return
        here = self.foot(pose)
        for zone in self._no_parking if here else ():
            if here and _inside(self._polygons[zone.id], here):
                one = Parked(zone.id, pose.model.kind, pose.id, round(time_s, 2), None, self._steps == 0)
                self._standing[pose.id, zone.id] = one
                self.parked.append(one)

    def _leave(self, present: dict[int, Pose], time_s: float) -> None:
        """End the stay of whoever moves or is gone, and forget those who left the road."""
        for key in [key for key in self._standing if key[0] not in present or present[key[0]].speed > 0.5]:
            self._standing.pop(key).to_s = round(time_s, 2)
        if self._steps % 100 == 0:
            self._feet = {key: kept for key, kept in self._feet.items() if key[0] in present}
            self._done = {key for key in self._done if key[0] in present}
            self._entries = {key: kept for key, kept in self._entries.items() if key in present}

    def _pass(self, pose: Pose, time_s: float) -> None:
        here = self.foot(pose) if self._ends else None
        for zone in self._ends if here else ():
            if here is None or not _inside(self._polygons[zone.id], here):
                continue
            if zone.kind == "entry":
                self._entries.setdefault(pose.id, zone.id)
            elif entry := self._entries.pop(pose.id, None):
                self.moved.append(Moved(round(time_s, 1), entry, zone.id, pose.model.kind, pose.id))

    def _measure_queues(self, poses: list[Pose], time_s: float) -> None:
        for way in self.scene.carriageways:
            (x0, y0), (ux, uy) = way.start, way.direction
            waiting = []
            for pose in poses:
                s, d = (pose.x - x0) * ux + (pose.y - y0) * uy, -(pose.x - x0) * uy + (pose.y - y0) * ux
                on_lanes = pose.carriageway == way.id and abs(d) < way.half_width
                if on_lanes and pose.speed < 1.5 and s < way.stop_s:
                    waiting.append(s - pose.model.length / 2)
            reach = way.stop_s
            for rear in sorted(waiting, reverse=True):
                if reach - rear > 20:
                    break
                reach = rear
            number = sum(rear >= reach for rear in waiting)
            self.queues.append(Queue(round(time_s, 1), way.id, number, round(way.stop_s - reach, 1)))

    def counts(self) -> dict[str, dict[str, dict[str, int]]]:
        """Line -> direction -> class -> vehicles."""
        found: dict[str, dict[str, dict[str, int]]] = {
            line.id: {line.right: {}, line.left: {}} for line in self.zones.lines
        }
        for one in self.crossed:
            classes = found[one.line][one.direction]
            classes[one.kind] = classes.get(one.kind, 0) + 1
        return found

    def cases(self) -> dict[str, int]:
        """No-parking zone -> vehicles that stood there longer than its grace."""
        return {
            zone.id: sum(one.zone == zone.id and one.seconds(self.now_s) > zone.grace_s for one in self.parked)
            for zone in self._no_parking
        }

    def as_clip(self, *, light: str, fps: float, seed: int) -> ClipTruth:
        """Everything so far in the shape of truth.json."""
        return ClipTruth(
            zones="zones.toml",
            light=light,
            fps=fps,
            counts=self.counts(),
            crossings=[(math.ceil(one.time_s * fps), one.direction, one.kind.value) for one in self.crossed],
            parking={"cases": self.cases()},
            note="rendered by the digital twin: synthetic, exact",
            scene=self.scene.id,
            seed=seed,
            seconds=round(self.now_s, 2),
            crossed=[asdict(one) for one in self.crossed],
            parked=[asdict(one) for one in self.parked],
            movements=[asdict(one) for one in self.moved],
            queues=[asdict(one) for one in self.queues],
        )


def _inside(polygon: NDArray[np.float32], point: Point) -> bool:
    return cv2.pointPolygonTest(polygon, point, measureDist=False) >= 0


def _away(a: tuple[float, float], b: tuple[float, float], p: tuple[float, float]) -> float:
    """Distance of a point to a segment."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    share = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy)
    share = min(max(share, 0.0), 1.0)
    return math.hypot(p[0] - a[0] - share * dx, p[1] - a[1] - share * dy)
