"""From a message to its points. Pure; the schema says what the points are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from collector.store.schema import (
    APPROACH,
    CAMERA_HEALTH,
    EVENT,
    HEALTH,
    MOVEMENT,
    QUALITY,
    VOLUME,
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


def to_us(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def from_us(time_us: int) -> datetime:
    """The instant, in UTC."""
    return _EPOCH + timedelta(microseconds=time_us)


def points_of(topic: Topic, message: Model) -> Iterator[Point]:
    """The points of one message; none for what is no series (states, evidence, configuration)."""
    if isinstance(message, Observation):
        start = to_us(message.start)
        for camera in message.cameras:
            yield from _observed((topic.site, topic.unit, camera.camera), start, message.interval_s, camera)
    elif isinstance(message, Health):
        yield from _healthy(topic, message)
    elif isinstance(message, ParkingEvent | IncidentEvent | CameraEvent):
        yield _event(topic, message)


_Where = tuple[str, str, str]


def _observed(where: _Where, start: int, interval_s: float, camera: CameraObservation) -> Iterator[Point]:
    blind = camera.quality.grade == "blind"
    for way, counts in _summed(((x.line, x.direction), x.counts) for x in camera.lines):
        if counts or not blind:
            yield Point(VOLUME, start, (*where, *way), _by_class(counts))
    for way, counts in _summed(((x.origin, x.destination), x.counts) for x in camera.movements):
        if counts or not blind:
            yield Point(MOVEMENT, start, (*where, *way), _by_class(counts))
    for approach in camera.approaches:
        yield Point(APPROACH, start, (*where, approach.approach), _approach(approach, interval_s))
    yield Point(QUALITY, start, where, _quality(camera.quality, interval_s))


_Way = tuple[str, str]
_Counts = dict[VehicleClass, int]
_PLACES = {id(kind): place for place, kind in enumerate(TRAFFIC)}


def _summed(counted: Iterator[tuple[_Way, _Counts]]) -> Iterator[tuple[_Way, _Counts]]:
    """Each way once: a second point of the same name and time would replace the first."""
    ways: dict[_Way, _Counts] = {}
    for way, counts in counted:
        ways[way] = dict(Counter(ways[way]) + Counter(counts)) if way in ways else counts
    yield from ways.items()


def _by_class(counts: _Counts) -> tuple[int, ...]:
    # By identity: looking up a member of an enumeration calls its hash, written in Python, six times a line.
    found = [0] * len(TRAFFIC)
    for kind, number in counts.items():
        place = _PLACES.get(id(kind))
        if place is not None:
            found[place] = number
    return tuple(found)


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
        quality.light.value,
        quality.occlusion,
        quality.unconfirmed,
        quality.condition.value,
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
