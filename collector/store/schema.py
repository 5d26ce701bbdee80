"""The series that a store keeps: which measurements there are, by what they are told apart, and of what type they are.

One definition for InfluxDB, for SQLite and for `docs/store.md`. Tags are names from the site file (bounded), never a
value, a case or a text; a tag and a field never share a name, and a field has one type for ever, because InfluxDB 1.x
loses points on a type conflict and InfluxDB 3 refuses a tag that is also a field.

A point carries the time at which its interval **began**: [06:00, 07:00) then is exactly that hour, here as in
`GROUP BY time()`. What has no interval (health) carries its own time.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from contract import TRAFFIC

Value = int | float | bool | str | None


class Kind(StrEnum):
    """Type of a field, for ever."""

    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    STRING = "string"


class Fold(StrEnum):
    """How values of several points become one, when time is divided more coarsely."""

    SUM = "sum"
    MEAN = "mean"
    MAX = "max"


class Field(NamedTuple):
    """A field; one without `fold` is not kept beyond the raw points."""

    name: str
    kind: Kind
    fold: Fold | None = None


class Measurement(NamedTuple):
    """A table of points: its tags in fixed order, its fields in fixed order."""

    name: str
    tags: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def folded(self) -> tuple[Field, ...]:
        """The fields that coarser levels have."""
        return tuple(field for field in self.fields if field.fold)


class Point(NamedTuple):
    """One point. `time_us`: microseconds since 1970; `tags` and `values` in the measurement's order, None: absent."""

    measurement: Measurement
    time_us: int
    tags: tuple[str, ...]
    values: tuple[Value, ...]


class Level(NamedTuple):
    """How finely, and for how long, points are kept. `step_s` 0: as they came; `days` 0: for good."""

    name: str
    step_s: int
    days: int


RAW = Level("raw", 0, 90)
QUARTER = Level("m15", 900, 2 * 366)
HOUR = Level("h1", 3600, 0)
LEVELS = (RAW, QUARTER, HOUR)

_CLASSES = tuple(Field(kind.value, Kind.INTEGER, Fold.SUM) for kind in TRAFFIC)

VOLUME = Measurement("volume", ("site", "unit", "camera", "line", "direction"), _CLASSES)
"""Vehicles over a line, by class; 0 is a measurement. A blind camera leaves no point."""

MOVEMENT = Measurement("movement", ("site", "unit", "camera", "origin", "destination"), _CLASSES)
"""Turning movements, by class."""

APPROACH = Measurement(
    "approach",
    ("site", "unit", "camera", "approach"),
    (
        Field("pcu", Kind.FLOAT, Fold.SUM),
        Field("occupancy", Kind.FLOAT, Fold.MEAN),
        Field("density_veh_km", Kind.FLOAT, Fold.MEAN),
        Field("queue_m", Kind.FLOAT, Fold.MAX),
        Field("queue_veh", Kind.INTEGER, Fold.MAX),
        Field("speed_kmh", Kind.FLOAT, Fold.MEAN),
        Field("headway_s", Kind.FLOAT, Fold.MEAN),
        Field("interval_s", Kind.FLOAT, Fold.SUM),
    ),
)
"""What stood and moved on one approach. `sum(pcu) / sum(interval_s) * 3600` is the flow in pcu an hour."""

QUALITY = Measurement(
    "quality",
    ("site", "unit", "camera"),
    (
        Field("grade", Kind.STRING),
        Field("reasons", Kind.STRING),
        Field("frames", Kind.INTEGER, Fold.SUM),
        Field("fps", Kind.FLOAT, Fold.MEAN),
        Field("light", Kind.STRING),
        Field("occlusion", Kind.FLOAT, Fold.MEAN),
        Field("unconfirmed", Kind.FLOAT, Fold.MEAN),
        Field("condition", Kind.STRING),
        Field("countable", Kind.INTEGER, Fold.SUM),
        Field("interval_s", Kind.FLOAT, Fold.SUM),
    ),
)
"""How far the numbers of an interval can be trusted; `countable` is 0 when blind, else 1."""

HEALTH = Measurement(
    "health",
    ("site", "unit"),
    (
        Field("uptime_s", Kind.FLOAT),
        Field("temperature_c", Kind.FLOAT),
        Field("throttled", Kind.BOOLEAN),
        Field("under_voltage", Kind.BOOLEAN),
        Field("disk_free_mb", Kind.FLOAT),
        Field("memory_mb", Kind.FLOAT),
        Field("outbox_depth", Kind.INTEGER),
        Field("outbox_dropped", Kind.INTEGER),
        Field("clock_offset_s", Kind.FLOAT),
    ),
)
"""How a unit itself was doing."""

CAMERA_HEALTH = Measurement(
    "camera_health",
    ("site", "unit", "camera"),
    (
        Field("condition", Kind.STRING),
        Field("fps", Kind.FLOAT),
        Field("inference_ms", Kind.FLOAT),
        Field("reconnects", Kind.INTEGER),
    ),
)
"""How a camera was doing, as its unit sees it."""

FLEET = Measurement(
    "fleet",
    ("site", "unit"),
    (
        Field("online", Kind.FLOAT, Fold.MEAN),
        Field("missing", Kind.INTEGER, Fold.MAX),
        Field("silent_s", Kind.FLOAT, Fold.MAX),
        Field("skew_s", Kind.FLOAT, Fold.MEAN),
    ),
)
"""What the collector itself thinks of a unit, once a minute: is it there (1 or 0), how much is missing."""

EVENT = Measurement(
    "event",
    ("site", "unit", "camera", "type"),
    (
        Field("case", Kind.STRING),
        Field("what", Kind.STRING),
        Field("phase", Kind.STRING),
        Field("zone", Kind.STRING),
        Field("lasted_s", Kind.FLOAT),
        Field("standing", Kind.INTEGER),
    ),
)
"""Cases for the boards, at the time they were opened; `standing` is 1 until closed. The ledger is the record."""

SIGNAL_ACTION = Measurement(
    "signal_action",
    ("site", "unit", "junction", "action", "kind", "role", "outcome"),
    (
        Field("request", Kind.STRING),
        Field("who", Kind.STRING),
        Field("reason", Kind.STRING),
        Field("asked_s", Kind.FLOAT),
        Field("granted_s", Kind.FLOAT),
        Field("lasted_s", Kind.FLOAT),
    ),
)
"""What was asked of signals and is over, for the boards, at the time when it began to act (if it never did: ended).

`unit` is the bridge; `kind` says for whom a priority was (else `none`), `role` who may have asked: a person's level, or
`automatic`. The ledger holds every word.
"""

MEASUREMENTS = (VOLUME, MOVEMENT, APPROACH, QUALITY, HEALTH, CAMERA_HEALTH, FLEET, EVENT, SIGNAL_ACTION)
ROLLED_UP = tuple(measurement for measurement in MEASUREMENTS if measurement.folded)
