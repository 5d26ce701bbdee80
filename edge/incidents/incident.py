"""An incident candidate: what is known of it, what is told of it, and what of it outlives the process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from contract import Evidence, IncidentEvent, IncidentKind, Model, VehicleClass
from contract.base import Sha256, Slug, UtcTime
from edge.parking.case import Picture
from edge.parking.seen import Box


class Incident(Model):
    """Something on the road that an operator should look at. One id from opened to closed, over any restart."""

    case: Slug
    incident: IncidentKind
    zone: Slug
    vehicle: VehicleClass | None = None
    opened: UtcTime = Field(description="When it began, before the hold-off.")
    closed: UtcTime | None = Field(default=None, description="When it was last seen.")
    evidence: tuple[Sha256, ...] = Field(default=(), max_length=4)

    def ended(self, seen: datetime) -> Incident:
        """The same, last seen at `seen`."""
        return self.model_copy(update={"closed": max(seen, self.opened)})


class OpenIncident(Model):
    """An incident that goes on, and where."""

    incident: Incident
    box: tuple[float, float, float, float]


class IncidentState(Model):
    """What one camera's watch hands to its successor after a restart; the caller keeps it."""

    saved: UtcTime
    incidents: tuple[OpenIncident, ...] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """A rule's word, in one picture: this is there, since `since_s` of the stream's clock.

    `fixed`: it stays in its place, so that two places are two incidents; of what moves there is one in a zone.
    """

    kind: IncidentKind
    zone: str
    box: Box
    since_s: float
    vehicle: VehicleClass | None = None
    fixed: bool = False
    seen_s: float | None = None
    """When it was last known to be there, if that was earlier: something may hide it now."""


@dataclass(frozen=True, slots=True)
class IncidentNotice:
    """Something to tell about an incident; the runtime numbers and sends it."""

    phase: Literal["opened", "closed"]
    incident: Incident
    picture: Picture | None = None

    def event(self, *, camera: str, boot_id: str, seq: int, time: datetime) -> IncidentEvent:
        """The message for the outbox."""
        return IncidentEvent(
            **self.incident.model_dump(), phase=self.phase, camera=camera, boot_id=boot_id, seq=seq, time=time
        )

    def evidence(self, *, camera: str, boot_id: str, seq: int, time: datetime) -> Evidence | None:
        """The picture as a message, if there is one."""
        if self.picture is None:
            return None
        return self.picture.message(self.incident.case, camera=camera, boot_id=boot_id, seq=seq, time=time)


def incident_id(camera: str, kind: IncidentKind, zone: str, opened: datetime, box: Box) -> str:
    """Unique within the unit, the same when a clip is replayed: time of day first, for people."""
    place = ",".join(f"{side:.4f}" for side in box)
    digest = hashlib.sha256(f"{camera}|{kind}|{zone}|{opened.isoformat()}|{place}".encode()).hexdigest()
    return f"i{opened:%Y%m%d-%H%M%S}-{digest[:6]}"
