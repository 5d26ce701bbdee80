"""The series behind one small interface, and the console's questions answered from it, whichever store it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from collector.store.ledger_reading import Clock, LedgerReader
from collector.store.points import from_us
from collector.store.reading import ApproachRow, CaseRow, Picture, QualityRow, Span, UnitStatus, Volume
from collector.store.schema import APPROACH, LEVELS, QUALITY, RAW, VOLUME, Level, Measurement, Point
from contract import CameraCondition, Light, VehicleClass

_ALWAYS = {
    APPROACH.name: {"pcu", "interval_s"},
    QUALITY.name: {"grade", "fps", "light", "condition", "interval_s"},
}
"""Fields without which a point of a measurement makes no row."""


class Series(Protocol):
    """Points in and out. Raises `StoreError`."""

    def put(self, points: Iterable[Point], level: Level = RAW) -> None:
        """Keep `points`; one with the same measurement, tags and time is replaced."""
        ...

    def points(
        self, measurement: Measurement, span: Span, *, cameras: Sequence[str] | None = None, level: Level = RAW
    ) -> Iterator[Point]:
        """Points within the span, oldest first."""
        ...

    def folded(
        self,
        measurement: Measurement,
        span: Span,
        step_s: int,
        *,
        cameras: Sequence[str] | None = None,
        level: Level = RAW,
    ) -> Iterator[Point]:
        """Points folded into buckets of `step_s` as the schema says, oldest first; they have the `folded` fields."""
        ...


class SeriesReader:
    """`collector.store.reading.Reader` over a ledger and any series."""

    def __init__(self, ledger: LedgerReader, series: Series, clock: Clock) -> None:
        self._ledger = ledger
        self._series = series
        self._clock = clock

    def units(self) -> Sequence[UnitStatus]:
        """Every unit ever heard of, by name."""
        return self._ledger.units()

    def volumes(self, span: Span, step_s: int, *, cameras: Sequence[str] | None = None) -> Sequence[Volume]:
        """Counts summed into buckets of `step_s` seconds, oldest first; what was not seen is left out."""
        level = level_for(span, step_s, self._clock())
        step = timedelta(seconds=step_s)
        rows = []
        for point in self._series.folded(VOLUME, span, step_s, cameras=cameras, level=level):
            _, unit, camera, line, direction = point.tags
            ended = from_us(point.time_us) + step
            for field, count in zip(VOLUME.folded, point.values, strict=True):
                if isinstance(count, int) and count:
                    rows.append(
                        Volume(
                            time=ended,
                            unit=unit,
                            camera=camera,
                            line=line,
                            direction=direction,
                            vehicle=VehicleClass(field.name),
                            count=count,
                        )
                    )
        return rows

    def approaches(self, span: Span, *, cameras: Sequence[str] | None = None) -> Sequence[ApproachRow]:
        """Approach measures, oldest first."""
        return [_approach_row(point) for point in self._whole(APPROACH, span, cameras)]

    def quality(self, span: Span, *, cameras: Sequence[str] | None = None) -> Sequence[QualityRow]:
        """Quality of every interval, oldest first."""
        return [_quality_row(point) for point in self._whole(QUALITY, span, cameras)]

    def _whole(self, measurement: Measurement, span: Span, cameras: Sequence[str] | None) -> Iterator[Point]:
        """Points with every field that is always written. InfluxDB shows a point while its fields are still arriving:
        half of one is left out, and is there in the next look."""
        needed = [place for place, field in enumerate(measurement.fields) if field.name in _ALWAYS[measurement.name]]
        for point in self._series.points(measurement, span, cameras=cameras):
            if all(point.values[place] is not None for place in needed):
                yield point

    def cases(self, span: Span, *, open_only: bool = False) -> Sequence[CaseRow]:
        """Cases that were open at some time within the span, newest first."""
        return self._ledger.cases(span, open_only=open_only)

    def pictures(self, unit: str, case: str) -> Sequence[Picture]:
        """Evidence of one case, oldest first."""
        return self._ledger.pictures(unit, case)


def level_for(span: Span, step_s: int, now: datetime) -> Level:
    """The finest level that still holds the whole span, or the coarsest that divides `step_s`."""
    age_days = (now - span.start) / timedelta(days=1)
    for level in LEVELS:
        if level.days == 0 or age_days < level.days:
            return level if level.step_s == 0 or step_s % level.step_s == 0 else RAW
    return RAW


def _approach_row(point: Point) -> ApproachRow:
    _, unit, camera, approach = point.tags
    values = {field.name: value for field, value in zip(APPROACH.fields, point.values, strict=True)}
    ended = from_us(point.time_us) + _seconds(values.pop("interval_s"))
    del values["density_veh_km"]
    return ApproachRow.model_validate({"time": ended, "unit": unit, "camera": camera, "approach": approach, **values})


def _quality_row(point: Point) -> QualityRow:
    _, unit, camera = point.tags
    values = {field.name: value for field, value in zip(QUALITY.fields, point.values, strict=True)}
    reasons, fps = values["reasons"], values["fps"]
    return QualityRow(
        time=from_us(point.time_us) + _seconds(values["interval_s"]),
        unit=unit,
        camera=camera,
        grade=str(values["grade"]),
        reasons=tuple(reasons.split(",")) if isinstance(reasons, str) and reasons else (),
        fps=fps if isinstance(fps, int | float) else 0.0,
        light=Light(str(values["light"])),
        condition=CameraCondition(str(values["condition"])),
    )


def _seconds(value: object) -> timedelta:
    return timedelta(seconds=value) if isinstance(value, int | float) else timedelta()
