"""The site file: a city's junctions, their approaches and cameras, and what is drawn over each picture."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, ValidationError, field_validator, model_validator

from contract.base import Model, Slug, explain
from contract.zones import Zones, parse_toml

LatLon = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]
Name = Annotated[str, Field(min_length=1, max_length=80)]


class Approach(Model):
    """One arm of a junction, as traffic arrives on it (PKJI: pendekat)."""

    id: Slug
    name: Name
    bearing_deg: float = Field(ge=0, lt=360, description="Compass direction from the junction towards the arm.")
    lanes: int = Field(default=2, ge=1, le=12)
    width_m: float = Field(default=6.0, ge=2, le=40, description="Effective width LE of the approach.")
    storage_m: float | None = Field(default=None, gt=0, le=5000, description="Length to the next junction upstream.")


class Camera(Zones):
    """A fixed camera, the unit that watches it, and what is drawn over its picture."""

    id: Slug
    name: Name
    unit: Slug


class Junction(Model):
    """A signalised junction (simpang)."""

    id: Slug
    name: Name
    position: LatLon
    approaches: tuple[Approach, ...] = Field(default=(), max_length=8)
    cameras: tuple[Camera, ...] = Field(default=(), max_length=16)

    @model_validator(mode="after")
    def _approaches_exist(self) -> Junction:
        known = {approach.id for approach in self.approaches}
        if len(known) < len(self.approaches):
            raise ValueError(f"junction {self.id!r} names an approach twice")
        for camera in self.cameras:
            named = {line.approach for line in camera.lines} | {
                getattr(zone, "approach", None) for zone in camera.zones
            }
            unknown = sorted(one for one in named if one and one not in known)
            if unknown:
                raise ValueError(
                    f"camera {camera.id!r} speaks of approach {unknown[0]!r}, which junction {self.id!r} lacks; "
                    f"it has: {', '.join(sorted(known)) or 'none'}"
                )
        return self


class SiteInfo(Model):
    """The city."""

    id: Slug
    name: Name
    timezone: str
    centre: LatLon
    population: int = Field(gt=0, le=50_000_000, description="For PKJI's city size factor FUK.")

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"time zone {name!r} is unknown; Bandung's is Asia/Jakarta")
        return name


class Site(Model):
    """A whole site file."""

    site: SiteInfo
    junctions: tuple[Junction, ...] = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Site:
        for what, ids in (
            ("junction", [junction.id for junction in self.junctions]),
            ("camera", [camera.id for junction in self.junctions for camera in junction.cameras]),
        ):
            twice = sorted({one for one in ids if ids.count(one) > 1})
            if twice:
                raise ValueError(f"{what} id used twice: {', '.join(twice)}")
        return self

    @cached_property
    def timezone(self) -> ZoneInfo:
        """Local time of the city, in which parking hours are meant."""
        return ZoneInfo(self.site.timezone)

    @cached_property
    def camera_places(self) -> dict[str, tuple[Junction, Camera]]:
        """Camera id -> its junction and itself."""
        return {camera.id: (junction, camera) for junction in self.junctions for camera in junction.cameras}

    def cameras_of(self, unit: str) -> tuple[Camera, ...]:
        """The cameras that `unit` watches; empty when the site file does not know the unit."""
        return tuple(camera for _, camera in self.camera_places.values() if camera.unit == unit)


def parse_site(text: str, where: str = "site file") -> Site:
    """Read a site file; `ContractError` says what is wrong in `where` and what is expected."""
    try:
        return Site.model_validate(parse_toml(text, where))
    except ValidationError as error:
        raise explain(error, where) from None
