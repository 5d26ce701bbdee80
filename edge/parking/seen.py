"""What the tracker saw, as the parking rules need it: boxes in normalised coordinates and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.vehicles import VehicleClass
from contract.zones import Point, Polygon
from edge.frame import Image
from edge.tracking import Track

_WITHIN = 0.75
"""Share of a cut box that lies within the whole one, and that it has of its width or its height."""


class Box(NamedTuple):
    """Left, top, right and bottom, 0..1; x to the right, y down."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def area(self) -> float:
        """Share of the picture."""
        return (self.x1 - self.x0) * (self.y1 - self.y0)

    @property
    def foot(self) -> Point:
        """The bottom centre: where the vehicle stands."""
        return (self.x0 + self.x1) / 2, self.y1


class Seen(NamedTuple):
    """One tracked vehicle or person in one picture."""

    track: int
    vehicle: VehicleClass
    box: Box


def located(tracks: Iterable[Track], image: Image) -> list[Seen]:
    """The tracker's boxes, which are in pixels of `image`, in normalised coordinates."""
    found = list(tracks)
    if not found:
        return []
    height, width = image.shape[:2]
    boxes = np.array([track.box for track in found]) / np.array([width, height, width, height], np.float32)
    return [Seen(one.id, one.vehicle, Box(*box)) for one, box in zip(found, boxes.tolist(), strict=True)]


def shared(one: Box, other: Box) -> float:
    """Area that two boxes have in common."""
    x0, y0, x1, y1 = one
    u0, v0, u1, v1 = other
    # Most pairs of a picture have nothing in common: they must cost nearly nothing.
    if x1 <= u0 or u1 <= x0 or y1 <= v0 or v1 <= y0:
        return 0.0
    return (min(x1, u1) - max(x0, u0)) * (min(y1, v1) - max(y0, v0))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0..1."""
    common = shared(one, other)
    return common / (one.area + other.area - common) if common > 0 else 0.0


def covered(box: Box, by: Box) -> float:
    """Share of `box` that lies under `by`, 0..1."""
    common = shared(box, by)
    return common / box.area if common > 0 else 0.0


def cut(box: Box, whole: Box) -> bool:
    """Whether `box` is what an occluder leaves of `whole`: within it, and as high or as wide."""
    sides = (box.x1 - box.x0) / (whole.x1 - whole.x0), (box.y1 - box.y0) / (whole.y1 - whole.y0)
    return covered(box, whole) >= _WITHIN and max(sides) >= _WITHIN


def hidden(boxes: Sequence[Box], by: Sequence[Box]) -> NDArray[np.float64]:
    """(n, m) shares of each of n `boxes` that lie under each of m others: `covered` for many at once."""
    one, other = np.array(boxes).reshape(-1, 4), np.array(by).reshape(-1, 4)
    (x0, y0, x1, y1), (u0, v0, u1, v1) = one.T[:, :, None], other.T[:, None]
    wide, high = np.minimum(x1, u1) - np.maximum(x0, u0), np.minimum(y1, v1) - np.maximum(y0, v0)
    common = np.maximum(wide, 0) * np.maximum(high, 0)
    return np.asarray(common / np.maximum((x1 - x0) * (y1 - y0), 1e-12))


def inside(polygon: Polygon, point: Point) -> bool:
    """Whether `point` lies in `polygon` (even-odd rule)."""
    x, y = point
    within = False
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            within = not within
    return within
