"""Open data: vehicles per junction, hour and class. No cameras, no pictures; closed hours only; cached and limited."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from collector.api.counting import to_csv
from collector.api.faults import Fault
from collector.api.limits import Limiter
from collector.store.ledger_reading import Clock
from collector.store.reading import Reader, Span
from contract import Site, UtcTime, VehicleClass

_SETTLED = timedelta(minutes=5)
"""After its end, before an hour is published."""

LICENCE = "CC BY 4.0"


class HourRow(BaseModel):
    """Vehicles of one class over all lines of a junction towards it and from it, within the hour that began then."""

    hour: UtcTime
    junction: str
    vehicle: VehicleClass
    count: int


class Day(BaseModel):
    """One day, by the city's clock."""

    site: str
    day: date
    licence: str = LICENCE
    complete: bool = Field(description="Whether all hours of the day are over.")
    rows: list[HourRow]


class Asked(BaseModel):
    """Which day, and as what."""

    model_config = ConfigDict(extra="forbid")

    day: Annotated[date, Field(ge=date(2020, 1, 2), le=date(2099, 12, 30))]
    format: Literal["json", "csv"] = "json"


def routes(site: Site, reader: Reader, clock: Clock, *, per_minute: int) -> APIRouter:
    """`/api/v1/open/hourly`."""
    limiter = Limiter(per_minute)

    def limited(request: Request) -> None:
        wait_s = limiter.wait_s(request.client.host if request.client else "", clock())
        if wait_s:
            raise HTTPException(429, f"more than {per_minute} requests a minute", headers={"Retry-After": str(wait_s)})

    router = APIRouter(prefix="/api/v1/open", tags=["open data"], dependencies=[Depends(limited)])

    @router.get(
        "/hourly",
        summary="Vehicles per junction, hour and class of one day",
        response_model=Day,
        responses={
            200: {"content": {"text/csv": {}}},
            304: {"description": "Not modified."},
            429: {"model": Fault, "description": "Too many requests."},
        },
    )
    def hourly(request: Request, asked: Annotated[Asked, Query()]) -> Response:
        told = _day(site, reader, asked.day, clock())
        if asked.format == "csv":
            body, kind = to_csv(tuple(HourRow.model_fields), told.rows), "text/csv"
        else:
            body, kind = told.model_dump_json(), "application/json"
        tag = f'"{sha256(body.encode()).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": f"public, max-age={86_400 if told.complete else 300}"}
        if tag in {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=kind, headers=headers)

    return router


def _day(site: Site, reader: Reader, day: date, now: datetime) -> Day:
    start = datetime.combine(day, time(), site.timezone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), site.timezone).astimezone(UTC)
    published = (now - _SETTLED).replace(minute=0, second=0, microsecond=0)
    counts: Counter[tuple[datetime, str, VehicleClass]] = Counter()
    if start < published:
        for volume in reader.volumes(Span(start, min(end, published)), 3600, cameras=list(site.camera_places)):
            junction, _ = site.camera_places[volume.camera]
            counts[volume.time - timedelta(hours=1), junction.id, volume.vehicle] += volume.count
    rows = [
        HourRow(hour=hour, junction=junction, vehicle=vehicle, count=count)
        for (hour, junction, vehicle), count in sorted(counts.items())
    ]
    return Day(site=site.site.id, day=day, complete=end <= published, rows=rows)
