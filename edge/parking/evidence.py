"""The picture of a parking case: the vehicle in its zone, everybody else blurred, small enough for a bad line."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from contract.vehicles import VehicleClass
from contract.zones import Polygon
from edge.frame import Image
from edge.parking.seen import Box, Seen

MAX_BYTES = 60_000
_MAX_WIDTH = 960
_MARGIN = 0.6
"""Of the vehicle's own size, shown around it and its zone."""

_QUALITIES = (85, 75, 65, 55, 45, 35)
_HEAD = 0.4
"""Upper part of a person's box in which the face is."""

_ZONE_COLOUR, _CASE_COLOUR = (0, 200, 255), (0, 0, 255)


def picture(image: Image, box: Box, zone: Polygon, others: Sequence[Seen]) -> bytes:
    """JPEG of at most 60 kB around `box`, with the zone drawn and `others` blurred.

    A person is blurred whole outside the vehicle's box, and the head also inside it (a rider, a driver who gets
    off); a neighbouring vehicle is blurred where it does not hide the one in question.
    """
    shown = image.copy()
    height, width = image.shape[:2]
    _hide(shown, others, box)
    corners = np.array([(x * width, y * height) for x, y in zone]).round().astype(np.int32)
    cv2.polylines(shown, [corners], isClosed=True, color=_ZONE_COLOUR, thickness=2)
    left, top, right, bottom = _pixels(box, image)
    cv2.rectangle(shown, (left, top), (right, bottom), _CASE_COLOUR, 2)
    return _compressed(_cut(shown, box, zone))


def _hide(shown: Image, others: Sequence[Seen], box: Box) -> None:
    """Blur the uninvolved in `shown`, in place."""
    original, blurred = shown.copy(), blurred_whole(shown)
    for other in others:
        area = slices(other.box, shown)
        shown[area] = blurred[area]
    own = slices(box, shown)
    shown[own] = original[own]
    for person in (one for one in others if one.vehicle is VehicleClass.PERSON):
        body = person.box
        head = slices(body._replace(y1=body.y0 + _HEAD * (body.y1 - body.y0)), shown)
        shown[head] = blurred[head]


def blurred_whole(image: Image) -> Image:
    """The picture on a raster so coarse that no plate and no face is left, then smoothed."""
    height, width = image.shape[:2]
    raster = cv2.resize(image, (max(1, width // 20), max(1, height // 20)), interpolation=cv2.INTER_AREA)
    return cv2.resize(raster, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _cut(image: Image, box: Box, zone: Polygon) -> Image:
    """The part with the vehicle and its zone, at most `_MAX_WIDTH` pixels wide."""
    xs, ys = [x for x, _ in zone], [y for _, y in zone]
    dx, dy = _MARGIN * (box.x1 - box.x0), _MARGIN * (box.y1 - box.y0)
    around = Box(min(box.x0 - dx, *xs), min(box.y0 - dy, *ys), max(box.x1 + dx, *xs), max(box.y1 + dy, *ys))
    left, top, right, bottom = _pixels(around, image)
    part = image[top:bottom, left:right]
    return _scaled(part, min(1.0, _MAX_WIDTH / part.shape[1]))


def _compressed(image: Image) -> bytes:
    """The best JPEG that fits; the picture shrinks when no quality does."""
    while True:
        for quality in _QUALITIES:
            done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
            if done and len(jpeg) <= MAX_BYTES:
                return jpeg.tobytes()
        image = _scaled(image, 0.8)


def _scaled(image: Image, factor: float) -> Image:
    if factor == 1.0:
        return image
    height, width = image.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def slices(box: Box, image: Image) -> tuple[slice, slice]:
    """`box` as an index into `image`."""
    left, top, right, bottom = _pixels(box, image)
    return slice(top, bottom), slice(left, right)


def _pixels(box: Box, image: Image) -> tuple[int, int, int, int]:
    """`box` in whole pixels inside `image`, at least one pixel wide and high."""
    height, width = image.shape[:2]
    left, top = min(max(int(box.x0 * width), 0), width - 1), min(max(int(box.y0 * height), 0), height - 1)
    right, bottom = min(max(round(box.x1 * width), left + 1), width), min(max(round(box.y1 * height), top + 1), height)
    return left, top, right, bottom
