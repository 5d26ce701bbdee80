"""Volumes as the API tells them: by junction, camera, approach and direction, one row a bucket and class."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel

from collector.store.reading import Volume
from contract import Site, UtcTime, VehicleClass


class VolumeRow(BaseModel):
    """Vehicles of one class over one line within one bucket; `time` is when the bucket ended."""

    time: UtcTime
    junction: str
    camera: str
    approach: str | None
    line: str
    direction: str
    vehicle: VehicleClass
    count: int


COLUMNS = tuple(VolumeRow.model_fields)


def rows_of(site: Site, volumes: Iterable[Volume]) -> Iterator[VolumeRow]:
    """Join volumes with the site file; a camera that it does not know is left out."""
    for volume in volumes:
        place = site.camera_places.get(volume.camera)
        if place is None:
            continue
        junction, camera = place
        approach = next((line.approach for line in camera.lines if line.id == volume.line), None)
        yield VolumeRow(
            time=volume.time,
            junction=junction.id,
            camera=volume.camera,
            approach=approach,
            line=volume.line,
            direction=volume.direction,
            vehicle=volume.vehicle,
            count=volume.count,
        )


def to_csv(columns: Sequence[str], rows: Iterable[BaseModel]) -> str:
    """RFC 4180, with a header. Every value is a name, a number or a time: nothing a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        told = row.model_dump(mode="json")
        writer.writerow(["" if told[column] is None else told[column] for column in columns])
    return out.getvalue()
