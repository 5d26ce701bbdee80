"""What was: volumes by junction, camera, approach, class and step; as JSON or CSV."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from collector.api.counting import COLUMNS, VolumeRow, rows_of, to_csv
from collector.store.ledger_reading import Clock
from collector.store.reading import Reader, Span
from contract import Site, Slug, UtcTime, VehicleClass

_STEPS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600}
_MOST_BUCKETS = 3000
"""Buckets in one answer: a month of quarters of an hour."""


class Question(BaseModel):
    """What is asked for. Without times: the last day."""

    model_config = ConfigDict(extra="forbid")

    start: UtcTime | None = Field(default=None, description="From when on, with a time zone.")
    end: UtcTime | None = Field(default=None, description="Until before when, with a time zone.")
    step: Literal["1m", "5m", "15m", "1h"] = "15m"
    junction: Slug | None = None
    camera: Slug | None = None
    approach: Slug | None = None
    vehicle: VehicleClass | None = None

    def span(self, now: datetime) -> Span:
        """The span, aligned to nothing. Raises HTTP 422 where it makes no sense."""
        end = self.end or now
        start = self.start or end - timedelta(days=1)
        if start >= end:
            raise HTTPException(422, f"start ({start.isoformat()}) is not before end ({end.isoformat()})")
        if (end - start).total_seconds() / _STEPS[self.step] > _MOST_BUCKETS:
            raise HTTPException(422, f"more than {_MOST_BUCKETS} steps of {self.step}: ask for less, or a longer step")
        return Span(start, end)


class History(BaseModel):
    """The answer."""

    start: UtcTime
    end: UtcTime
    step_s: int
    rows: list[VolumeRow]


def routes(site: Site, reader: Reader, clock: Clock) -> APIRouter:
    """`/api/v1/volumes` and its CSV."""
    router = APIRouter(prefix="/api/v1", tags=["history"])

    def answer(asked: Question) -> History:
        span = asked.span(clock())
        step_s = _STEPS[asked.step]
        volumes = reader.volumes(span, step_s, cameras=_cameras(site, asked))
        rows = [
            row
            for row in rows_of(site, volumes)
            if asked.approach in {None, row.approach} and asked.vehicle in {None, row.vehicle}
        ]
        return History(start=span.start, end=span.end, step_s=step_s, rows=rows)

    @router.get("/volumes", summary="Volumes by line and class")
    def volumes(asked: Annotated[Question, Query()]) -> History:
        return answer(asked)

    @router.get(
        "/volumes.csv",
        summary="The same as CSV",
        response_model=None,
        responses={200: {"content": {"text/csv": {}}}},
    )
    def volumes_csv(asked: Annotated[Question, Query()]) -> Response:
        name = f"simpang-{asked.junction or site.site.id}-{asked.step}.csv"
        return Response(
            to_csv(COLUMNS, answer(asked).rows),
            media_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return router


def _cameras(site: Site, asked: Question) -> list[str]:
    places = site.camera_places
    if asked.camera is not None and asked.camera not in places:
        raise HTTPException(404, f"camera {asked.camera!r} is not in the site file")
    if asked.junction is not None and asked.junction not in {junction.id for junction in site.junctions}:
        raise HTTPException(404, f"junction {asked.junction!r} is not in the site file")
    return [
        camera
        for camera, (junction, _) in places.items()
        if asked.camera in {None, camera} and asked.junction in {None, junction.id}
    ]
