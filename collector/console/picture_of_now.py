"""The whole city as it stands: what one look at the store becomes for every page. Pure: rows and a time in, state out.

Everything here compares by value, so that a page redraws only what really changed. A number that nobody measured is
None and stays None up to the screen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil
from statistics import median

from collector.console.judging import (
    CYCLE_S,
    NOT_MEASURED,
    CameraWord,
    Condition,
    Measures,
    Reason,
    Thresholds,
    judge_approach,
    judge_junction,
    measures,
)
from collector.store.reading import ApproachRow, CaseRow, QualityRow, Span, UnitStatus, Volume
from contract import Approach, Camera, CameraCondition, Junction, Line, Site, VehicleClass

BIN_S = 300
"""Bars of the last hour: five minutes each; the last one is still being filled."""
HOUR = timedelta(hours=1)
RECENT = timedelta(minutes=10)
CASES = timedelta(hours=24)
_LONGEST_STEP_S = 60
RECENT_INTERVALS = 3
"""Intervals that judge an approach, and after which a silent camera is called silent."""

Counts = Mapping[VehicleClass, int]


@dataclass(frozen=True, slots=True)
class Reports:
    """What one look at the store brought. `recent` are volumes in steps of `step_s`, `hour` five-minute bins."""

    units: Sequence[UnitStatus] = ()
    recent: Sequence[Volume] = ()
    hour: Sequence[Volume] = ()
    approaches: Sequence[ApproachRow] = ()
    quality: Sequence[QualityRow] = ()
    cases: Sequence[CaseRow] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """One direction over one line: last interval, and the bins of the last hour (None where nothing was seen)."""

    camera: str
    line: Line
    direction: str
    approach: Approach | None
    interval: Counts | None
    bins: tuple[Counts | None, ...]

    @property
    def hour(self) -> Counts:
        """Sum of the seen bins."""
        return total(part for part in self.bins if part is not None)


@dataclass(frozen=True, slots=True)
class ApproachNow:
    """One arm: judged where a camera measures it."""

    approach: Approach
    condition: Condition | None
    reason: Reason | None = None
    measured: Measures = NOT_MEASURED


@dataclass(frozen=True, slots=True)
class CameraNow:
    """One camera: what it is worth, and since when."""

    camera: Camera
    condition: CameraCondition | None
    grade: str | None
    reasons: tuple[str, ...] = ()
    fps: float | None = None
    light: str | None = None
    time: datetime | None = None
    interval_s: float = 60.0


@dataclass(frozen=True, slots=True)
class JunctionNow:
    """One junction, judged and counted."""

    junction: Junction
    condition: Condition
    reason: Reason | None
    approaches: tuple[ApproachNow, ...]
    cameras: tuple[CameraNow, ...]
    flows: tuple[Flow, ...]
    time: datetime | None
    """End of the last interval anybody there counted."""
    seen_share: float
    """Part of the last hour's bins in which somebody saw something, 0..1."""

    @property
    def interval(self) -> int | None:
        """Vehicles over all lines in the last interval; None when nobody saw."""
        known = [sum(flow.interval.values()) for flow in self.flows if flow.interval is not None]
        return sum(known) if known else None

    @property
    def hour(self) -> int | None:
        """Vehicles over all lines in the bins of the last hour; None when nobody saw."""
        if not any(part is not None for flow in self.flows for part in flow.bins):
            return None
        return sum(sum(flow.hour.values()) for flow in self.flows)

    @property
    def degraded(self) -> bool:
        """Whether the last interval is to be read with care."""
        return any(camera.grade == "degraded" for camera in self.cameras)


@dataclass(frozen=True, slots=True)
class CityNow:
    """Everything the console shows, as of `time`."""

    time: datetime
    hour: Span
    junctions: tuple[JunctionNow, ...] = ()
    units: tuple[UnitStatus, ...] = ()
    cases: tuple[CaseRow, ...] = ()
    by_id: Mapping[str, JunctionNow] = field(default_factory=dict)

    def tally(self) -> Counter[Condition]:
        """How many junctions stand how."""
        return Counter(junction.condition for junction in self.junctions)


def total(parts: Iterable[Counts]) -> Counts:
    """Sum by class, in the order of the classes."""
    summed: Counter[VehicleClass] = Counter()
    for part in parts:
        summed.update(part)
    return {kind: summed[kind] for kind in VehicleClass if summed[kind]}


def last_hour(now: datetime) -> Span:
    """Twelve bins of the clock, the last of which holds `now`: what came a moment ago is in it."""
    seconds = int(now.timestamp())
    end = datetime.fromtimestamp(seconds - seconds % BIN_S + BIN_S, UTC)
    return Span(end - HOUR, end)


def step_s(quality: Iterable[QualityRow]) -> int:
    """In which steps to ask for volumes so that none holds two intervals: the shortest interval, a minute at most."""
    ended: dict[str, list[datetime]] = defaultdict(list)
    for row in quality:
        ended[row.camera].append(row.time)
    gaps = [median(map(_seconds, pairwise(sorted(times)))) for times in ended.values() if len(times) > 1]
    return max(1, min(_LONGEST_STEP_S, *map(int, gaps))) if gaps else _LONGEST_STEP_S


def _seconds(pair: tuple[datetime, datetime]) -> float:
    return (pair[1] - pair[0]).total_seconds()


def survey(site: Site, reports: Reports, now: datetime, limits: Thresholds) -> CityNow:
    """Judge every junction of the site file, whether or not anything was heard of it."""
    looked = _Looked(reports, last_hour(now), now)
    junctions = tuple(_junction(junction, looked, limits) for junction in site.junctions)
    return CityNow(
        time=now,
        hour=looked.hour,
        junctions=junctions,
        units=tuple(reports.units),
        cases=tuple(reports.cases),
        by_id={one.junction.id: one for one in junctions},
    )


class _Looked:
    """The reports, by camera."""

    def __init__(self, reports: Reports, hour: Span, now: datetime) -> None:
        self.hour, self.now = hour, now
        self.units = {unit.unit: unit for unit in reports.units}
        self.quality: dict[str, list[QualityRow]] = defaultdict(list)
        self.approaches: dict[tuple[str, str], list[ApproachRow]] = defaultdict(list)
        self.recent: dict[tuple[str, str, str], list[Volume]] = defaultdict(list)
        self.bins: dict[tuple[str, str, str], dict[int, dict[VehicleClass, int]]] = defaultdict(dict)
        for row in sorted(reports.quality, key=lambda row: row.time):
            self.quality[row.camera].append(row)
        for measured in sorted(reports.approaches, key=lambda row: row.time):
            self.approaches[measured.camera, measured.approach].append(measured)
        for volume in reports.recent:
            self.recent[volume.camera, volume.line, volume.direction].append(volume)
        for volume in reports.hour:
            number = bin_of(volume.time, hour)
            if number is not None:
                kept = self.bins[volume.camera, volume.line, volume.direction].setdefault(number, {})
                kept[volume.vehicle] = kept.get(volume.vehicle, 0) + volume.count

    def interval_s(self, camera: str) -> float:
        """How long this camera's intervals are, from the times at which they ended."""
        gaps = [_seconds(pair) for pair in pairwise(row.time for row in self.quality[camera])]
        return median(gaps) if gaps and median(gaps) > 0 else 60.0

    def last(self, camera: str) -> QualityRow | None:
        """The last interval, unless it is too long ago to speak of now."""
        rows = self.quality[camera]
        if not rows:
            return None
        patience = timedelta(seconds=max(180.0, RECENT_INTERVALS * self.interval_s(camera)))
        return rows[-1] if self.now - rows[-1].time <= patience else None

    def seen(self, camera: str) -> frozenset[int]:
        """Bins of the hour in which the camera was not blind."""
        numbers = (bin_of(row.time, self.hour) for row in self.quality[camera] if row.grade != "blind")
        return frozenset(number for number in numbers if number is not None)


def bin_of(time: datetime, hour: Span) -> int | None:
    """Which bar of the hour an interval or bucket belongs to that ended at `time`; None outside."""
    number = ceil((time - hour.start).total_seconds() / BIN_S) - 1
    return number if 0 <= number < HOUR.total_seconds() // BIN_S else None


def _junction(junction: Junction, looked: _Looked, limits: Thresholds) -> JunctionNow:
    cameras = tuple(_camera(camera, looked) for camera in junction.cameras)
    approaches = tuple(_approach(approach, junction, looked, limits) for approach in junction.approaches)
    units = [looked.units[camera.unit] for camera in junction.cameras if camera.unit in looked.units]
    offline = next((unit for unit in units if not unit.online), None)
    condition, reason = judge_junction(
        known=bool(units),
        online=any(unit.online for unit in units),
        offline_reason=("silent" if offline.state.status == "online" else offline.state.reason) if offline else "",
        cameras=[CameraWord(one.camera.id, one.condition, one.grade) for one in cameras],
        approaches=[(one.approach.name, one.condition, one.reason) for one in approaches if one.condition],
    )
    if condition in {Condition.OFFLINE, Condition.NO_DATA, Condition.CAMERA}:
        approaches = tuple(ApproachNow(one.approach, None) for one in approaches)
    seen = [len(looked.seen(camera.id)) for camera in junction.cameras]
    times = [one.time for one in cameras if one.time]
    return JunctionNow(
        junction=junction,
        condition=condition,
        reason=reason,
        approaches=approaches,
        cameras=cameras,
        flows=tuple(flow for camera in junction.cameras for flow in _flows(camera, junction, looked)),
        time=max(times, default=None),
        seen_share=max(seen, default=0) * BIN_S / HOUR.total_seconds(),
    )


def _camera(camera: Camera, looked: _Looked) -> CameraNow:
    unit, last = looked.units.get(camera.unit), looked.last(camera.id)
    health = unit.health if unit else None
    said = next((one for one in health.cameras if one.camera == camera.id), None) if health else None
    condition = last.condition if last else said.condition if said else None
    rows = looked.quality[camera.id]
    return CameraNow(
        camera=camera,
        condition=condition,
        grade=last.grade if last else None,
        reasons=last.reasons if last else (),
        fps=said.fps if said else last.fps if last else None,
        light=last.light if last else None,
        time=rows[-1].time if rows else None,
        interval_s=looked.interval_s(camera.id),
    )


def _approach(approach: Approach, junction: Junction, looked: _Looked, limits: Thresholds) -> ApproachNow:
    judged = []
    for camera in junction.cameras:
        last, rows = looked.last(camera.id), looked.approaches[camera.id, approach.id]
        if last is None or last.grade == "blind" or not rows:
            continue
        interval_s = looked.interval_s(camera.id)
        window_s = max(RECENT_INTERVALS * interval_s, CYCLE_S)
        fresh = [row for row in rows if (last.time - row.time).total_seconds() < window_s]
        if fresh:
            found = measures(fresh, interval_s)
            judged.append((*judge_approach(found, limits, storage_m=approach.storage_m), found))
    if not judged:
        return ApproachNow(approach, None)
    condition, reason, found = min(judged, key=lambda one: one[0].rank)
    return ApproachNow(approach, condition, reason, found)


def _flows(camera: Camera, junction: Junction, looked: _Looked) -> Iterable[Flow]:
    named = {approach.id: approach for approach in junction.approaches}
    seen, last = looked.seen(camera.id), looked.last(camera.id)
    for line in camera.lines:
        for direction in (line.right, line.left):
            key = (camera.id, line.id, direction)
            kept = looked.bins.get(key, {})
            yield Flow(
                camera=camera.id,
                line=line,
                direction=direction,
                approach=named.get(line.approach or ""),
                interval=_last_interval(looked.recent.get(key, ()), last, looked.interval_s(camera.id)),
                bins=tuple(
                    kept.get(number, {}) if number in seen or number in kept else None
                    for number in range(int(HOUR.total_seconds() // BIN_S))
                ),
            )


def _last_interval(recent: Sequence[Volume], last: QualityRow | None, interval_s: float) -> Counts | None:
    """Counts of the interval that `last` tells of: 0 when it saw and nothing came, None when it did not see.

    The store sums by steps of the clock (`step_s`) and an interval may begin anywhere in one, so that its bucket ended
    at most an interval before it did.
    """
    if last is None or last.grade == "blind":
        return None
    rows = [row for row in recent if (last.time - row.time).total_seconds() < interval_s]
    newest = max((row.time for row in rows), default=None)
    return total({row.vehicle: row.count} for row in rows if row.time == newest)
