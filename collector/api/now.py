"""How things stand: the junctions with their units as GeoJSON (RFC 7946), and the units by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from collector.store.ledger_reading import Clock
from collector.store.reading import Reader, UnitStatus
from contract import CameraCondition, Junction, Site, UtcTime


class PlacePoint(BaseModel):
    """[longitude, latitude], WGS 84."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]


class CameraNow(BaseModel):
    """One camera and whether it can be counted from."""

    id: str
    name: str
    online: bool
    condition: CameraCondition | None = Field(description="Absent until its unit has told.")
    last_seen: UtcTime | None


class JunctionNow(BaseModel):
    """A junction's properties. `state`: all cameras online, some, or none; `unknown` where none ever reported."""

    id: str
    name: str
    state: Literal["online", "partly", "offline", "unknown"]
    cameras: list[CameraNow]


class Feature(BaseModel):
    """One junction."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: PlacePoint
    properties: JunctionNow


class Junctions(BaseModel):
    """All junctions."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    time: datetime
    features: list[Feature]


def routes(site: Site, reader: Reader, clock: Clock) -> APIRouter:
    """`/api/v1/junctions` and `/api/v1/units`."""
    router = APIRouter(prefix="/api/v1", tags=["now"])

    @router.get("/junctions", summary="Junctions and how they are, as GeoJSON")
    def junctions() -> Junctions:
        units = {unit.unit: unit for unit in reader.units() if unit.site == site.site.id}
        return Junctions(time=clock(), features=[_feature(junction, units) for junction in site.junctions])

    @router.get("/units", summary="Units and how they are")
    def every_unit() -> Sequence[UnitStatus]:
        return reader.units()

    return router


def _feature(junction: Junction, units: dict[str, UnitStatus]) -> Feature:
    latitude, longitude = junction.position
    cameras = [_camera(camera.id, camera.name, units.get(camera.unit)) for camera in junction.cameras]
    heard = [camera for camera in cameras if camera.last_seen is not None]
    online = sum(camera.online for camera in cameras)
    state: Literal["online", "partly", "offline", "unknown"] = "offline"
    if not heard:
        state = "unknown"
    elif online:
        state = "online" if online == len(cameras) else "partly"
    return Feature(
        id=junction.id,
        geometry=PlacePoint(coordinates=(longitude, latitude)),
        properties=JunctionNow(id=junction.id, name=junction.name, state=state, cameras=cameras),
    )


def _camera(camera: str, name: str, unit: UnitStatus | None) -> CameraNow:
    health = unit.health if unit else None
    condition = next((one.condition for one in health.cameras if one.camera == camera), None) if health else None
    return CameraNow(
        id=camera,
        name=name,
        online=unit is not None and unit.online,
        condition=condition,
        last_seen=unit.last_seen if unit else None,
    )
