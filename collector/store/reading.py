"""What the console, the API and the boards ask of a store: small typed rows, the same from InfluxDB and from SQLite.

Times are UTC. A span is half open, [start, end), and an interval belongs to the span, and to the bucket, in which it
began: [06:00, 07:00) is that hour and nothing else. A row carries the time at which its interval or bucket ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from pydantic import Field

from contract import (
    CameraCondition,
    ConfigReported,
    Event,
    Health,
    Light,
    Model,
    Sha256,
    Slug,
    State,
    UpdateReported,
    UtcTime,
    VehicleClass,
)


class Span(NamedTuple):
    """From `start` on and before `end`, both aware of their zone."""

    start: datetime
    end: datetime


class UnitStatus(Model):
    """How a unit is, by its births, deaths and health."""

    site: Slug
    unit: Slug
    state: State
    last_seen: UtcTime = Field(description="Arrival of its last message of any kind, by the collector's clock.")
    health: Health | None = None
    missing: int = Field(default=0, ge=0, description="Kept messages that never arrived (holes in seq).")
    skew_s: float | None = Field(default=None, description="Unit's clock minus the collector's, at the last message.")
    silent: bool = Field(default=False, description="No message of any kind for three intervals.")
    reported: ConfigReported | None = Field(default=None, description="The configuration it says it runs with.")

    update: UpdateReported | None = Field(default=None, description="The software it says it runs, and what is coming.")

    @property
    def online(self) -> bool:
        """Whether the unit says, or its last will did not deny, that it is there, and it has been heard lately."""
        return self.state.status == "online" and not self.silent


class Volume(Model):
    """Vehicles of one class that crossed one line in one direction within one bucket of time."""

    time: UtcTime
    unit: Slug
    camera: Slug
    line: Slug
    direction: Slug
    vehicle: VehicleClass
    count: int = Field(ge=0)


class ApproachRow(Model):
    """One approach over one interval; what could not be measured is absent."""

    time: UtcTime
    unit: Slug
    camera: Slug
    approach: Slug
    pcu: float = Field(ge=0)
    occupancy: float | None = None
    queue_m: float | None = None
    queue_veh: int | None = None
    speed_kmh: float | None = None
    headway_s: float | None = None


class QualityRow(Model):
    """How far one camera's numbers of one interval can be trusted."""

    time: UtcTime
    unit: Slug
    camera: Slug
    grade: str
    reasons: tuple[str, ...] = ()
    fps: float = Field(ge=0)
    light: Light
    condition: CameraCondition


class CaseRow(Model):
    """A parking case, incident or camera trouble as its last event left it, and what an operator said of it."""

    site: Slug
    unit: Slug
    event: Event
    verdict: str | None = Field(default=None, description="`accepted` or `rejected`, once an operator has judged.")
    verdict_reason: str | None = None
    verdict_by: str | None = None
    verdict_time: UtcTime | None = None


class Picture(Model):
    """One evidence picture."""

    sha256: Sha256
    case: Slug
    moment: str
    time: UtcTime
    jpeg: bytes


class Reader(Protocol):
    """The questions. Raises `StoreError` when the store cannot answer now."""

    def units(self) -> Sequence[UnitStatus]:
        """Every unit ever heard of, by name."""
        ...

    def volumes(self, span: Span, step_s: int, *, cameras: Sequence[str] | None = None) -> Sequence[Volume]:
        """Counts summed into buckets of `step_s` seconds, oldest first; buckets without vehicles are left out."""
        ...

    def approaches(self, span: Span, *, cameras: Sequence[str] | None = None) -> Sequence[ApproachRow]:
        """Approach measures, oldest first."""
        ...

    def quality(self, span: Span, *, cameras: Sequence[str] | None = None) -> Sequence[QualityRow]:
        """Quality of every interval, oldest first."""
        ...

    def cases(self, span: Span, *, open_only: bool = False) -> Sequence[CaseRow]:
        """Cases that were open at some time within the span, newest first."""
        ...

    def pictures(self, unit: str, case: str) -> Sequence[Picture]:
        """Evidence of one case, oldest first."""
        ...
