"""Things that begin and end: parking cases, incidents, camera trouble. One case, one id, from opened to closed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from contract.base import Sha256, Slug, UtcTime
from contract.messages import CameraCondition, Kept
from contract.vehicles import VehicleClass


class _Case(Kept):
    case: Slug = Field(description="The same through all messages of one case; unique within the unit.")
    phase: Literal["opened", "updated", "closed"]
    camera: Slug
    opened: UtcTime
    closed: UtcTime | None = None


class ParkingEvent(_Case):
    """A vehicle that stands where and when it may not, past the zone's grace period."""

    type: Literal["parking"] = "parking"
    zone: Slug
    vehicle: VehicleClass
    confirmed: UtcTime | None = Field(default=None, description="When the grace period ran out.")
    since_before_start: bool = Field(default=False, description="It stood there when the unit began to look.")
    evidence: tuple[Sha256, ...] = Field(default=(), max_length=4)


class IncidentKind(StrEnum):
    """Candidates for an operator's eye, never facts."""

    WRONG_WAY = "wrong_way"
    STOPPED_VEHICLE = "stopped_vehicle"
    PERSON_ON_ROAD = "person_on_road"
    OBJECT_ON_ROAD = "object_on_road"


class IncidentEvent(_Case):
    """Something on the road that an operator should look at."""

    type: Literal["incident"] = "incident"
    incident: IncidentKind
    zone: Slug | None = None
    vehicle: VehicleClass | None = None
    evidence: tuple[Sha256, ...] = Field(default=(), max_length=4)


class CameraEvent(_Case):
    """A camera that cannot be counted from (opened), and is itself again (closed)."""

    type: Literal["camera"] = "camera"
    condition: CameraCondition


Event = Annotated[ParkingEvent | IncidentEvent | CameraEvent, Field(discriminator="type")]
