"""For those who watch the collector: `/metrics` (Prometheus) and `/health`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import BaseModel

from collector.ingest.figures import Figures
from collector.store.ledger_reading import Clock
from collector.store.reading import Reader


class Healthy(BaseModel):
    """The store answers."""

    status: Literal["ok"] = "ok"
    time: datetime
    units: int
    online: int


class _Fleet(Collector):
    """The units, read when Prometheus asks."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        labels = ("site", "unit")
        online = GaugeMetricFamily("simpang_unit_online", "1 when the unit is there.", labels=labels)
        missing = GaugeMetricFamily("simpang_unit_missing", "Kept messages that never arrived.", labels=labels)
        silent = GaugeMetricFamily("simpang_unit_silent_seconds", "Since its last message.", labels=labels)
        skew = GaugeMetricFamily("simpang_unit_skew_seconds", "Its clock minus ours.", labels=labels)
        now = self._clock()
        for unit in self._reader.units():
            name = (unit.site, unit.unit)
            online.add_metric(name, unit.online)
            missing.add_metric(name, unit.missing)
            silent.add_metric(name, (now - unit.last_seen).total_seconds())
            if unit.skew_s is not None:
                skew.add_metric(name, unit.skew_s)
        yield from (online, missing, silent, skew)


def routes(reader: Reader, clock: Clock, figures: Figures) -> APIRouter:
    """`/metrics` and `/health`."""
    router = APIRouter(tags=["monitoring"])
    fleet = CollectorRegistry()
    fleet.register(_Fleet(reader, clock))

    @router.get("/metrics", summary="Prometheus metrics", response_class=Response)
    def metrics() -> Response:
        return Response(generate_latest(figures.registry) + generate_latest(fleet), media_type=CONTENT_TYPE_LATEST)

    @router.get("/health", summary="Whether the store answers")
    def health() -> Healthy:
        units = reader.units()
        return Healthy(time=clock(), units=len(units), online=sum(unit.online for unit in units))

    return router
