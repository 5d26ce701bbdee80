"""What the doctor has read, before it is judged. None: this board, or this moment, does not tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contract import CameraCondition
from edge.health.restart import Cause
from edge.health.supply import Supply


@dataclass(frozen=True, slots=True)
class MachineReading:
    """Power and heat, as the board tells them."""

    temperature_c: float | None = None
    slowed: bool | None = None
    """The board runs slower than it could, because of heat or power."""
    under_voltage: bool | None = None
    """Now, or at any time since the board started."""
    supply: Supply = field(default_factory=Supply)
    restart: Cause | None = None
    """Why the board started last."""


@dataclass(frozen=True, slots=True)
class BoxReading:
    """Switches at the box; `None` for those that are there and cannot be read."""

    fitted: tuple[Literal["door", "tilt"], ...] = ()
    door_open: bool | None = None
    tilted: bool | None = None


@dataclass(frozen=True, slots=True)
class DiskReading:
    """The disk that holds the data folder."""

    folder: str
    free_mb: float
    writable: bool
    fault: str = ""
    """Why not, in the system's words."""
    worn_percent: int | None = None
    """Of its life, as eMMC tells (JESD84-B51, DEVICE_LIFE_TIME_EST); SD cards do not."""
    errors: int | None = None
    """That ext4 has met since the file system was made."""
    size_gb: float | None = None
    written_gb: float | None = None
    """To the whole disk, over all starts that Simpang saw."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The clock, and how well it is kept (chrony, else systemd-timesyncd)."""

    now: datetime
    keeper: Literal["chrony", "timesyncd"] | None = None
    synchronised: bool | None = None
    stratum: int | None = None
    error_s: float | None = None
    """At most so far from true time: offset + root delay / 2 + root dispersion (RFC 5905, 11.2)."""


@dataclass(frozen=True, slots=True)
class NetworkReading:
    """The way to the broker."""

    host: str
    port: int
    address: str | None = None
    """Our own, on the network that leads there."""
    name_fault: str = ""
    """Why the broker's name has no address."""
    reach_fault: str = ""
    """Why the broker's port does not answer."""
    connect_ms: float | None = None


TlsFault = Literal["files", "server_expired", "server_unknown", "server_name", "own_expired", "own_refused", "other"]


@dataclass(frozen=True, slots=True)
class BrokerReading:
    """What the broker says to this unit."""

    encrypted: bool
    certificate_ends: datetime | None = None
    """Of the unit's own."""
    tls_fault: TlsFault | None = None
    detail: str = ""
    """The fault in its own words."""
    login: Literal["accepted", "refused", "not_tried", "in_use"] = "not_tried"
    """`in_use`: the unit itself holds the line, and a second one would cut it."""
    own_topic: bool | None = None
    """Whether it may report under its own name."""
    foreign_topic: bool | None = None
    """Whether it may report under another's name, which it must not."""


@dataclass(frozen=True, slots=True)
class OutboxReading:
    """What waits for the broker."""

    depth: int
    dropped: int = 0
    oldest: datetime | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ModelReading:
    """The detector on this machine."""

    name: str
    fault: str = ""
    picture_ms: float | None = None
    wanted_fps: float = 10.0
    """Of the camera that asks for most."""
    shared: bool = False
    """Measured while the unit itself was counting."""


@dataclass(frozen=True, slots=True)
class CameraReading:
    """One camera, watched for some seconds."""

    camera: str
    address: str
    """Without its password."""
    fault: str = ""
    frames: int = 0
    fps: float = 0.0
    wanted_fps: float = 10.0
    width: int = 0
    height: int = 0
    condition: CameraCondition | None = None
    sharpness: float | None = None
    """Fine detail against coarse contrast, as edge.condition.look measures it."""
    drawn: int = 1
    """Lines and zones over its picture."""


@dataclass(frozen=True, slots=True)
class Readings:
    """All of it."""

    machine: MachineReading
    disk: DiskReading
    box: BoxReading
    clock: ClockReading
    network: NetworkReading
    broker: BrokerReading
    outbox: OutboxReading
    model: ModelReading
    cameras: tuple[CameraReading, ...]
