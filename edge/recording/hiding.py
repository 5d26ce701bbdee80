"""People and plates, made unrecognisable in a picture that leaves the unit (UU 27/2022 on personal data).

Hidden whole are persons, and motorcycles and bicycles with the head above them; of cars, buses and trucks the lower
part, where the plate is, also seen from behind. What was seen in the picture before or after is hidden as well, for a
detector blinks; a picture in which nobody looked is hidden whole. The blur is that of edge.parking.evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import cv2
import numpy as np

from contract import VehicleClass
from edge.detection.detections import CLASSES, Detections
from edge.frame import Image
from edge.parking.evidence import blurred_whole, slices
from edge.parking.seen import Box
from edge.recording.film import Shot, Spot

_PLATES = frozenset({VehicleClass.CAR, VehicleClass.ANGKOT, VehicleClass.BUS, VehicleClass.TRUCK})
_PLATE_FROM = 0.4
"""Of the height of a vehicle's box: plates are below."""
_HEAD = 0.35
"""Of the height of a two-wheeler's box, hidden above it: the rider's head may stand out."""
_MARGIN = 0.08
"""Of a box's size, hidden around it: it lags a little behind who moves."""


def spots(found: Detections | None, width: int, height: int) -> tuple[Spot, ...] | None:
    """What must be hidden of what was detected in a picture of so many pixels."""
    if found is None:
        return None
    boxes = found.boxes / np.array([width, height, width, height], np.float32)
    return tuple(_spot(Box(*box), CLASSES[kind]) for box, kind in zip(boxes.tolist(), found.classes, strict=True))


def hidden(image: Image, spots: Iterable[Spot] | None) -> Image:
    """The picture as it may leave; `image` itself stays as it is."""
    blurred = blurred_whole(image)
    if spots is None:
        return blurred
    shown = image.copy()
    for spot in spots:
        top = spot.y0 + _PLATE_FROM * (spot.y1 - spot.y0) if spot.plate_only else spot.y0
        area = slices(_wider(Box(spot.x0, top, spot.x1, spot.y1)), image)
        shown[area] = blurred[area]
    return shown


def hidden_shots(shots: Sequence[Shot], quality: int) -> Iterator[tuple[datetime, bytes]]:
    """When and what each picture shows, as JPEG, as it may leave; what cannot be read is left out."""
    for number, shot in enumerate(shots):
        image = cv2.imdecode(np.frombuffer(shot.jpeg, np.uint8), cv2.IMREAD_COLOR)
        if image is not None:
            shown = hidden(image.astype(np.uint8, copy=False), _around(shots, number))
            _, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])
            yield shot.time, jpeg.tobytes()


def _around(shots: Sequence[Shot], number: int) -> tuple[Spot, ...] | None:
    if shots[number].spots is None:
        return None
    near = shots[max(0, number - 1) : number + 2]
    return tuple(spot for shot in near for spot in shot.spots or ())


def _spot(box: Box, vehicle: VehicleClass) -> Spot:
    if vehicle in _PLATES:
        return Spot(*box, plate_only=True)
    if vehicle is VehicleClass.PERSON:
        return Spot(*box, plate_only=False)
    return Spot(box.x0, box.y0 - _HEAD * (box.y1 - box.y0), box.x1, box.y1, plate_only=False)


def _wider(box: Box) -> Box:
    dx, dy = _MARGIN * (box.x1 - box.x0), _MARGIN * (box.y1 - box.y0)
    return Box(box.x0 - dx, box.y0 - dy, box.x1 + dx, box.y1 + dy)
