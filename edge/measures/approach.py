"""What one approach does, picture by picture, and what that makes of an interval.

       upstream                       front     A vehicle is where the bottom centre of its box is. The queue is the
    ┌──────────────────────────────────┐ ┃      chain of standing vehicles from the front of the queue zone back to
    │  ▭▶     ▭▶    ▪  ▪  ▪   ▪   ▪  ▪ │ ┃ line the last that is not further than `GAP_M` behind another. Downstream
    └──────────────────────────────────┘ ┃      is the right-hand side of the approach's line, where arrivals go.

Speed and density are Edie's: metres driven by seconds spent, seconds spent by length and time. The speed so is the
harmonic mean over the tracks, each with the weight of its way. Without calibration nothing is told in metres.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from contract import TRAFFIC, ApproachMeasure, AreaZone, ContractError, Line, Zones
from edge.counting import Crossing
from edge.measures.ground import Array, Ground, inside
from edge.tracking import Track

log = logging.getLogger(__name__)

GAP_M = 20.0
"""A vehicle that stands further behind the last one waits for something else (the twin's truth holds the same)."""
STILL_S = 1.5
"""A vehicle that has not moved for so long stands."""
_MOVED = 0.2
"""Displacement in sizes of the box from which a vehicle has moved; the trembling of a detector stays below."""
_BLIND_S = 2.0
"""Pictures further apart do not vouch for the time between them: what was watched there is not known."""
_MAX_KMH, _MAX_VEH_KM, _MAX_M = 250.0, 2000.0, 5000.0
"""Bounds of the contract. Beyond them the calibration is wrong, and the measure absent."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one picture says of one approach. None: cannot be had (no queue zone, no calibration)."""

    approach: str
    elapsed_s: float
    """Watched since the picture before; 0 after a gap."""
    present: int | None = None
    standing: int | None = None
    queue_m: float | None = None
    length_m: float | None = None
    """Length of the queue zone along the road."""
    driven_m: float = 0.0
    driving_s: float = 0.0
    """Of all vehicles in the zone in this picture and the one before."""
    gaps_s: float = 0.0
    gaps: int = 0
    """Headways that ended with this picture, summed, and their number."""


@dataclass(slots=True)
class ApproachTotals:
    """The readings of an interval, added up. Plain enough to be written down as JSON and read again."""

    zone_s: float = 0.0
    covered_s: float = 0.0
    metric_s: float = 0.0
    density: float = 0.0
    """Vehicles per km, times seconds."""
    queue_m: float | None = None
    queue_veh: int | None = None
    driven_m: float = 0.0
    driving_s: float = 0.0
    gaps_s: float = 0.0
    gaps: int = 0

    def add(self, one: Reading) -> None:
        """One picture more."""
        self.gaps_s += one.gaps_s
        self.gaps += one.gaps
        if one.present is None:
            return
        self.zone_s += one.elapsed_s
        self.covered_s += one.elapsed_s if one.present else 0.0
        self.queue_veh = max(self.queue_veh or 0, one.standing or 0)
        if one.length_m is not None and one.queue_m is not None:
            self.metric_s += one.elapsed_s
            self.density += one.elapsed_s * one.present / one.length_m * 1000
            self.queue_m = max(self.queue_m or 0.0, one.queue_m)
            self.driven_m += one.driven_m
            self.driving_s += one.driving_s

    def measure(self, approach: str, pcu: float) -> ApproachMeasure:
        """What is told of the interval; a measure that nothing vouches for is absent."""
        watched = self.zone_s > 0
        speed = max(0.0, self.driven_m) / self.driving_s * 3.6 if self.driving_s > 0 else None
        return ApproachMeasure(
            approach=approach,
            pcu=pcu,
            occupancy=round(min(1.0, self.covered_s / self.zone_s), 3) if watched else None,
            density_veh_km=_within(self.density / self.metric_s, _MAX_VEH_KM) if self.metric_s > 0 else None,
            queue_m=_within(self.queue_m, _MAX_M) if watched else None,
            queue_veh=self.queue_veh if watched else None,
            speed_kmh=_within(speed, _MAX_KMH),
            headway_s=_within(self.gaps_s / self.gaps, 86_400) if self.gaps else None,
        )


@dataclass(slots=True)
class _Seen:
    """One track: where it came to rest, and since when it has not moved from there."""

    anchor: tuple[float, float]
    since_s: float
    along_m: float
    """Metres along the road, NaN outside the zone or without calibration."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """The road as a scale in metres: downstream is up, `front` the downstream end of the zone."""

    ground: Ground
    unit: Array
    front: float
    length: float

    def along(self, points: Array) -> Array:
        return np.asarray(self.ground.metres(points) @ self.unit, np.float64)


@dataclass(slots=True)
class ApproachWatch:
    """Watches one approach. O(tracks) a picture; a track not in the picture is forgotten at once."""

    approach: str
    lines: tuple[Line, ...]
    polygon: Array | None
    ground: Ground | None = None
    _axis: _Axis | None = field(init=False)
    _tracks: dict[int, _Seen] = field(default_factory=dict)
    _crossed: dict[str, float] = field(default_factory=dict)
    _last_s: float | None = None

    def __post_init__(self) -> None:
        self._axis = _axis(self.lines, self.polygon, self.ground)

    def step(
        self, tracks: Sequence[Track], crossings: Sequence[Crossing], size: tuple[int, int], time_s: float
    ) -> Reading:
        """Take the tracks of a picture of `size` (width, height), which can be counted from."""
        elapsed_s = 0.0 if self._last_s is None else time_s - self._last_s
        if not 0 < elapsed_s <= _BLIND_S:
            elapsed_s = 0.0
            self._tracks.clear()
            self._crossed.clear()
        self._last_s = time_s
        gaps_s, gaps = self._headways(crossings)
        if self.polygon is None:
            return Reading(self.approach, elapsed_s, gaps_s=gaps_s, gaps=gaps)
        traffic = [track for track in tracks if track.vehicle in TRAFFIC]
        boxes = np.array([track.box for track in traffic], np.float64).reshape(-1, 4)
        places = _feet(boxes) / size
        within = inside(self.polygon, places)
        along = np.full(len(traffic), np.nan)
        if self._axis is not None:
            along = np.where(within, self._axis.along(places), np.nan)
        driven_m, driving_s, still = self._follow(traffic, boxes, along, time_s, elapsed_s)
        standing = within & still
        return Reading(
            self.approach,
            elapsed_s,
            present=int(within.sum()),
            standing=int(standing.sum()),
            queue_m=None if self._axis is None else _reach(self._axis.front - along[standing]),
            length_m=None if self._axis is None else self._axis.length,
            driven_m=driven_m,
            driving_s=driving_s,
            gaps_s=gaps_s,
            gaps=gaps,
        )

    def _follow(
        self, tracks: Sequence[Track], boxes: Array, along: Array, time_s: float, elapsed_s: float
    ) -> tuple[float, float, NDArray[np.bool_]]:
        """Metres and seconds driven in the zone since the last picture, and which tracks stand."""
        driven_m = driving_s = 0.0
        still = np.zeros(len(tracks), np.bool_)
        known: dict[int, _Seen] = {}
        sizes = np.sqrt(np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 1), axis=1))
        rows = zip(tracks, _feet(boxes).tolist(), sizes.tolist(), along.tolist(), strict=True)
        for i, (track, (x, y), size, metres) in enumerate(rows):
            before = self._tracks.get(track.id)
            anchor, since_s = ((x, y), time_s) if before is None else (before.anchor, before.since_s)
            if (x - anchor[0]) ** 2 + (y - anchor[1]) ** 2 > (_MOVED * size) ** 2:
                anchor, since_s = (x, y), time_s
            still[i] = time_s - since_s >= STILL_S
            if before is not None and np.isfinite(step_m := metres - before.along_m):
                driven_m += step_m
                driving_s += elapsed_s
            known[track.id] = _Seen(anchor, since_s, metres)
        self._tracks = known
        return driven_m, driving_s, still

    def _headways(self, crossings: Sequence[Crossing]) -> tuple[float, int]:
        """Seconds between arrivals over each line; a vehicle told late leaves their sum as it is."""
        arriving = {(line.id, line.right) for line in self.lines}
        gaps_s, gaps = 0.0, 0
        for one in sorted(crossings, key=lambda crossing: crossing.time_s):
            if (one.line, one.direction) not in arriving:
                continue
            before = self._crossed.get(one.line)
            if before is not None:
                gaps_s += max(0.0, one.time_s - before)
                gaps += 1
            self._crossed[one.line] = one.time_s if before is None else max(before, one.time_s)
        return gaps_s, gaps


def watches(zones: Zones) -> list[ApproachWatch]:
    """A watch for each approach that a line counts; its first queue zone is where it waits."""
    ground = None
    if zones.calibration is not None:
        try:
            ground = Ground.fit(zones.calibration)
        except ContractError as error:
            # Counting goes on; only what needs metres is absent.
            log.warning("%s; nothing is measured in metres", error)
    queues = [zone for zone in zones.zones if isinstance(zone, AreaZone) and zone.kind == "queue"]
    made = []
    for name in dict.fromkeys(line.approach for line in zones.lines if line.approach is not None):
        lines = tuple(line for line in zones.lines if line.approach == name)
        polygon = next((np.array(zone.polygon) for zone in queues if zone.approach == name), None)
        made.append(ApproachWatch(name, lines, polygon, ground))
    return made


def _axis(lines: Sequence[Line], polygon: Array | None, ground: Ground | None) -> _Axis | None:
    """The scale square to the approach's first line; None where the metres are not known."""
    if ground is None or polygon is None or not lines:
        return None
    a, b = np.array(lines[0].a), np.array(lines[0].b)
    beside = (a + b) / 2 + 0.01 * np.array([a[1] - b[1], b[0] - a[0]])
    (ax, ay), (bx, by), (px, py) = ground.metres(np.array([a, b, beside])).tolist()
    square = np.array([ay - by, bx - ax])
    towards = square @ np.array([px - (ax + bx) / 2, py - (ay + by) / 2])
    unit = square / np.hypot(*square) * np.sign(towards)
    corners = ground.metres(polygon) @ unit
    length = float(np.ptp(corners))
    return _Axis(ground, unit, float(corners.max()), length) if np.isfinite(length) and length > 0 else None


def _feet(boxes: Array) -> Array:
    """(n, 4) boxes -> (n, 2) bottom centres."""
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])


def _reach(behind: Array) -> float:
    """How far the chain of standing vehicles, each so many metres behind the front, reaches back from it."""
    reach = 0.0
    for metres in sorted(behind[np.isfinite(behind)].tolist()):
        if metres - reach > GAP_M:
            break
        reach = max(reach, metres)
    return reach


def _within(value: float | None, most: float) -> float | None:
    return None if value is None or not 0 <= value <= most else round(value, 2)
