"""A parking case: what is known of it, what is told of it, and what of it outlives the process."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Base64Bytes, Field

from contract.base import Model, Sha256, Slug, UtcTime
from contract.events import ParkingEvent
from contract.messages import Evidence
from contract.vehicles import VehicleClass
from edge.parking.seen import Box

Moment = Literal["opened", "confirmed"]


class Case(Model):
    """One vehicle that stands where it may not. One id from opened to closed, over any restart."""

    case: Slug
    zone: Slug
    vehicle: VehicleClass
    opened: UtcTime = Field(description="Since when it stands there while standing is forbidden.")
    confirmed: UtcTime | None = None
    closed: UtcTime | None = Field(default=None, description="When it was last seen there.")
    since_before_start: bool = False
    evidence: tuple[Sha256, ...] = Field(default=(), max_length=4)


class OpenCase(Model):
    """A case that goes on, with what it takes to know the vehicle again."""

    case: Case
    box: tuple[float, float, float, float]
    stood_s: float = Field(ge=0)
    patch: Base64Bytes = Field(description="Grey pixels of the vehicle, row by row (edge.parking.appearance).")


class ParkingState(Model):
    """What one camera's watch hands to its successor after a restart; the caller keeps it."""

    saved: UtcTime
    cases: tuple[OpenCase, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Evidence: the JPEG and its hash."""

    moment: Moment
    jpeg: bytes

    @property
    def sha256(self) -> str:
        """Lower-case hexadecimal."""
        return hashlib.sha256(self.jpeg).hexdigest()

    def message(self, case: str, *, camera: str, boot_id: str, seq: int, time: datetime) -> Evidence:
        """As it is sent, for the parking case or the incident `case`."""
        return Evidence.model_validate(
            {
                "case": case,
                "camera": camera,
                "moment": self.moment,
                "sha256": self.sha256,
                "jpeg": base64.b64encode(self.jpeg),
                "boot_id": boot_id,
                "seq": seq,
                "time": time,
            }
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell about a case; the runtime numbers and sends it."""

    phase: Literal["opened", "updated", "closed"]
    case: Case
    picture: Picture | None = None

    def event(self, *, camera: str, boot_id: str, seq: int, time: datetime) -> ParkingEvent:
        """The message for the outbox."""
        return ParkingEvent(
            **self.case.model_dump(), phase=self.phase, camera=camera, boot_id=boot_id, seq=seq, time=time
        )

    def evidence(self, *, camera: str, boot_id: str, seq: int, time: datetime) -> Evidence | None:
        """The picture as a message, if there is one."""
        if self.picture is None:
            return None
        return self.picture.message(self.case.case, camera=camera, boot_id=boot_id, seq=seq, time=time)


def case_id(camera: str, zone: str, opened: datetime, box: Box) -> str:
    """Unique within the unit, the same when a clip is replayed: time of day first, for people."""
    place = ",".join(f"{side:.4f}" for side in box)
    digest = hashlib.sha256(f"{camera}|{zone}|{opened.isoformat()}|{place}".encode()).hexdigest()
    return f"p{opened:%Y%m%d-%H%M%S}-{digest[:6]}"
