"""From a message to its points. Pure; the schema says what the points are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import itemgetter

from collector.store.schema import (
    APPROACH,
    CAMERA_HEALTH,
    EVENT,
    HEALTH,
    MOVEMENT,
    QUALITY,
    VOLUME,
    Measurement,
    Point,
    Value,
)
from contract import (
    TRAFFIC,
    ApproachMeasure,
    CameraEvent,
    CameraObservation,
    Event,
    Health,
    IncidentEvent,
    Model,
    Observation,
    ParkingEvent,
    Quality,
    Topic,
    VehicleClass,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


Where = tuple[str, str, str]
"""(site, unit, camera)."""


def to_us(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def from_us(time_us: int) -> datetime:
    """The instant, in UTC."""
    return _EPOCH + timedelta(microseconds=time_us)


def points_of(topic: Topic, message: Model) -> list[Point]:
    """The points of one message; none for what is no series (states, evidence, configuration)."""
    if isinstance(message, Observation):
        start, interval_s = to_us(message.start), message.interval_s
        points: list[Point] = []
        for camera in message.cameras:
            points += _observed((topic.site, topic.unit, camera.camera), start, interval_s, camera)
        return points
    if isinstance(message, Health):
        return list(_healthy(topic, message))
    if isinstance(message, ParkingEvent | IncidentEvent | CameraEvent):
        return [_event(topic, message)]
    return []


def _observed(where: Where, start: int, interval_s: float, camera: CameraObservation) -> list[Point]:
    crossed = [((x.line, x.direction), x.counts) for x in camera.lines]
    return [*_counted(VOLUME, where, start, camera, crossed), *beside_lines(where, start, interval_s, camera)]


def beside_lines(where: Where, start: int, interval_s: float, camera: CameraObservation) -> list[Point]:
    """The points of a camera without those of its lines."""
    turned = [((x.origin, x.destination), x.counts) for x in camera.movements]
    points = _counted(MOVEMENT, where, start, camera, turned) if turned else []
    points += [Point(APPROACH, start, (*where, x.approach), _approach(x, interval_s)) for x in camera.approaches]
    points.append(Point(QUALITY, start, where, _quality(camera.quality, interval_s)))
    return points


_Way = tuple[str, str]
_Counts = dict[VehicleClass, int]
_Counted = list[tuple[_Way, _Counts]]


def _counted(
    measurement: Measurement, where: Where, start: int, camera: CameraObservation, counted: _Counted
) -> list[Point]:
    """A blind camera that counted nothing leaves no point, rather than zeros."""
    blind = camera.quality.grade == "blind"
    return [
        Point(measurement, start, (*where, *way), by_class(counts))
        for way, counts in _summed(counted)
        if counts or not blind
    ]


def _summed(counted: _Counted) -> _Counted:
    """Each way once: a second point of the same name and time would replace the first."""
    if len(dict(counted)) == len(counted):
        return counted
    ways: dict[_Way, _Counts] = {}
    for way, counts in counted:
        ways[way] = dict(Counter(ways[way]) + Counter(counts)) if way in ways else counts
    return list(ways.items())


def by_class(counts: _Counts) -> tuple[int, ...]:
    """The counts in the order of `TRAFFIC`; 0 for a class that was not seen."""
    # By identity: an enumeration's hash is written in Python, and would be called for each.
    return _places(tuple(map(id, counts)))((*counts.values(), 0))


@lru_cache(maxsize=4096)
def _places(kinds: tuple[int, ...]) -> Callable[[tuple[int, ...]], tuple[int, ...]]:
    """What puts the counts of `kinds`, in the order in which a unit said them and followed by 0, into ours."""
    return itemgetter(*[kinds.index(id(kind)) if id(kind) in kinds else len(kinds) for kind in TRAFFIC])


def _approach(measured: ApproachMeasure, interval_s: float) -> tuple[Value, ...]:
    return (
        measured.pcu,
        measured.occupancy,
        measured.density_veh_km,
        measured.queue_m,
        measured.queue_veh,
        measured.speed_kmh,
        measured.headway_s,
        interval_s,
    )


def _quality(quality: Quality, interval_s: float) -> tuple[Value, ...]:
    return (
        quality.grade,
        ",".join(quality.reasons),
        quality.frames,
        quality.fps,
        str(quality.light),
        quality.occlusion,
        quality.unconfirmed,
        str(quality.condition),
        int(quality.grade != "blind"),
        interval_s,
    )


def _healthy(topic: Topic, health: Health) -> Iterator[Point]:
    time_us = to_us(health.time)
    values = (
        health.uptime_s,
        health.temperature_c,
        health.throttled,
        health.under_voltage,
        health.disk_free_mb,
        health.memory_mb,
        health.outbox_depth,
        health.outbox_dropped,
        health.clock_offset_s,
    )
    yield Point(HEALTH, time_us, (topic.site, topic.unit), values)
    for camera in health.cameras:
        seen = (camera.condition.value, camera.fps, camera.inference_ms, camera.reconnects)
        yield Point(CAMERA_HEALTH, time_us, (topic.site, topic.unit, camera.camera), seen)


def _event(topic: Topic, event: Event) -> Point:
    zone: str | None = None
    match event:
        case ParkingEvent():
            what, zone = event.vehicle.value, event.zone
        case IncidentEvent():
            what, zone = event.incident.value, event.zone
        case CameraEvent():
            what = event.condition.value
    until = event.closed or event.time
    values = (event.case, what, event.phase, zone, (until - event.opened).total_seconds(), int(event.phase != "closed"))
    return Point(EVENT, to_us(event.opened), (topic.site, topic.unit, event.camera, event.type), values)
