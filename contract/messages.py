"""What a unit says: state, observations, evidence, health and configuration. Events have a file of their own.

All instants are UTC source time, units stand in the field names. Identity is in the topic (`contract.topics`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Base64Bytes, Field

from contract.base import Count, Model, Sha256, Share, Slug, UtcTime
from contract.vehicles import Counts
from contract.zones import Zones

BootId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="Drawn anew whenever the program starts.")]
Seq = Annotated[
    int,
    Field(
        ge=0,
        le=2**62,
        description="Place in the unit's outbox; goes up by one for each kept message and survives restarts, "
        "so that a hole is a loss. A seq that falls back under a new boot_id means a new outbox.",
    ),
]


class Message(Model):
    """Header of everything a unit sends."""

    boot_id: BootId
    time: UtcTime = Field(description="When it was so, by the unit's clock.")


class Kept(Message):
    """A message that went through the outbox and is therefore numbered."""

    seq: Seq


class State(Message):
    """Birth and death of a unit (retained; the death is the MQTT last will)."""

    status: Literal["online", "offline"]
    reason: Literal["started", "stopped", "connection_lost"]
    started: UtcTime = Field(description="Start of this boot; a death older than a birth is stale.")
    software: str = Field(max_length=40, description="Version of Simpang.")
    model: str | None = Field(default=None, max_length=60, description="Detector in use.")
    cameras: tuple[Slug, ...] = Field(default=(), max_length=16)


class Light(StrEnum):
    """Light on the scene, by the picture itself."""

    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"
    UNKNOWN = "unknown"


class CameraCondition(StrEnum):
    """What the picture of a camera is worth. Only `ok` and `night` can be counted from."""

    OK = "ok"
    NIGHT = "night"
    LOST = "lost"
    BLACK = "black"
    FROZEN = "frozen"
    COVERED = "covered"
    DEFOCUSED = "defocused"
    MOVED = "moved"


class Quality(Model):
    """How far the counts of an interval can be trusted. `blind` means: no number, which is not the number 0."""

    grade: Literal["good", "degraded", "blind"]
    reasons: tuple[Literal["low_fps", "camera", "dark", "occlusion", "unconfirmed", "part_interval"], ...] = ()
    frames: int = Field(ge=0, le=1_000_000, description="Frames that were looked at.")
    fps: float = Field(ge=0, le=240, description="Frames looked at per second of the interval.")
    light: Light = Light.UNKNOWN
    occlusion: Share | None = Field(default=None, description="Share of boxes that overlap another by a third.")
    unconfirmed: Share | None = Field(default=None, description="Share of tracks that ended before they were sure.")
    condition: CameraCondition = CameraCondition.OK


class LineCount(Model):
    """Crossings of one line in one direction."""

    line: Slug
    direction: Slug = Field(description="The line's name for that side: what `right` or `left` says in the zones.")
    counts: Counts


class MovementCount(Model):
    """Vehicles that went from an entry zone to an exit zone (turning movement)."""

    origin: Slug
    destination: Slug
    counts: Counts


class ApproachMeasure(Model):
    """What stood and moved on one approach; a measure that could not be had is absent."""

    approach: Slug
    pcu: float = Field(ge=0, le=1e6, description="Passenger car units counted in the interval (PKJI 2023).")
    occupancy: Share | None = Field(default=None, description="Share of time the detection zone was covered.")
    density_veh_km: float | None = Field(default=None, ge=0, le=2000)
    queue_m: float | None = Field(default=None, ge=0, le=5000, description="Longest standing queue.")
    queue_veh: Count | None = None
    speed_kmh: float | None = Field(default=None, ge=0, le=250, description="Space-mean speed.")
    headway_s: float | None = Field(default=None, ge=0, le=86_400)


class CameraObservation(Model):
    """One camera's share of an interval."""

    camera: Slug
    lines: tuple[LineCount, ...] = Field(default=(), max_length=64)
    movements: tuple[MovementCount, ...] = Field(default=(), max_length=256)
    approaches: tuple[ApproachMeasure, ...] = Field(default=(), max_length=16)
    quality: Quality


class Observation(Kept):
    """All cameras of a unit over one interval; `time` is the end of it."""

    start: UtcTime
    interval_s: float = Field(gt=0, le=3600)
    cameras: tuple[CameraObservation, ...] = Field(min_length=1, max_length=16)


class Evidence(Kept):
    """A picture of a case. Faces and plates of uninvolved people are blurred before it leaves the unit."""

    case: Slug
    camera: Slug
    moment: Literal["opened", "confirmed", "closed"]
    sha256: Sha256
    jpeg: Base64Bytes = Field(max_length=90_000, description="JPEG, at most 60 kB, base64 in JSON.")


class CameraHealth(Model):
    """One camera as the unit sees it."""

    camera: Slug
    condition: CameraCondition
    fps: float = Field(ge=0, le=240)
    inference_ms: float | None = Field(default=None, ge=0, le=60_000)
    reconnects: int = Field(default=0, ge=0)
    last_frame: UtcTime | None = None


class Health(Message):
    """How the unit itself is doing; may be lost on the way, never numbered."""

    uptime_s: float = Field(ge=0)
    temperature_c: float | None = Field(default=None, ge=-40, le=150)
    throttled: bool | None = None
    under_voltage: bool | None = None
    disk_free_mb: float = Field(ge=0)
    memory_mb: float = Field(ge=0, description="Resident memory of the program.")
    outbox_depth: int = Field(ge=0)
    outbox_dropped: int = Field(default=0, ge=0, description="Messages given up because the disk was full.")
    pictures_held: int | None = Field(
        default=None, ge=0, description="Pictures of cases that wait for a free line or the next day's budget, if any."
    )
    clock_offset_s: float | None = Field(default=None, description="Against NTP, where known.")
    supply: Literal["mains", "battery"] | None = Field(default=None, description="What feeds it, where a UPS tells.")
    battery_percent: float | None = Field(default=None, ge=0, le=100)
    restart: Literal["power", "orderly", "watchdog", "crash"] | None = Field(
        default=None, description="Why the board started last; `power`: without having been asked to stop."
    )
    worn_percent: int | None = Field(default=None, ge=0, le=200, description="Of its life, where the storage tells.")
    written_gb: float | None = Field(default=None, ge=0, description="Written to the storage, over all starts.")
    door_open: bool | None = None
    tilted: bool | None = Field(default=None, description="The box does not stand as it was mounted.")
    cameras: tuple[CameraHealth, ...] = Field(default=(), max_length=16)


class ConfigSet(Model):
    """Configuration from the centre, to be validated and applied, or refused, by the unit."""

    revision: int = Field(ge=1, le=2**31)
    time: UtcTime
    config: dict[str, Any] = Field(description="The unit's configuration, as in unit.toml.")


class ConfigReported(Message):
    """What the unit runs with, and what became of the last `config/set`."""

    revision: int = Field(ge=0, le=2**31)
    outcome: Literal["applied", "refused", "rolled_back"]
    reason: str | None = Field(default=None, max_length=500)
    drawn: dict[Slug, Zones] | None = Field(
        default=None,
        max_length=16,
        description="Cameras whose lines and zones a technician drew at the unit since that revision, as they are now. "
        "The next revision replaces them: it should carry them.",
    )
