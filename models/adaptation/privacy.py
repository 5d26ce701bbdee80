"""Training pictures without faces and plates: blurred where a face or a plate can be, before anything is written.

There is no detector of faces or plates here, and none is needed: they are where a head or a bumper is. A person's or
rider's head is the upper part of the box; a plate is in the lower middle of a vehicle's, and can be read only on a
vehicle that is near. Boxes are taken from a low score on, so that what is doubtful is blurred as well.
"""

from __future__ import annotations

import cv2
import numpy as np

from contract import VehicleClass
from edge.detection import Detections
from edge.detection.detections import CLASSES
from edge.frame import Image

_PEOPLE = frozenset({VehicleClass.PERSON, VehicleClass.MOTORCYCLE, VehicleClass.BICYCLE})
_HEAD = 0.35
"""Upper part of a person's or rider's box in which the face is."""
_PLATE_FROM, _PLATE_TO, _PLATE_MIDDLE = 0.5, 1.0, 0.6
"""A plate lies in the lower half of a vehicle's box, within this middle part of its width."""
_LEGIBLE = 40
"""Pixels of a vehicle's height from which a plate may be read: 5 pixels a letter."""
_RASTER = 12
"""Pixels that become one."""


def anonymous(image: Image, found: Detections) -> Image:
    """A copy of `image` in which no face and no plate of the road users in `found` can be told."""
    out = image.copy()
    for (x0, y0, x1, y1), kind in zip(found.boxes.tolist(), found.classes.tolist(), strict=True):
        high, wide = y1 - y0, x1 - x0
        if CLASSES[kind] in _PEOPLE:
            _coarsen(out, (x0, y0, x1, y0 + _HEAD * high))
        if CLASSES[kind] is not VehicleClass.PERSON and high >= _LEGIBLE:
            side = wide * (1 - _PLATE_MIDDLE) / 2
            _coarsen(out, (x0 + side, y0 + _PLATE_FROM * high, x1 - side, y0 + _PLATE_TO * high))
    return out


def _coarsen(image: Image, box: tuple[float, float, float, float]) -> None:
    height, width = image.shape[:2]
    left, top = max(int(box[0]), 0), max(int(box[1]), 0)
    right, bottom = min(int(np.ceil(box[2])), width), min(int(np.ceil(box[3])), height)
    if right <= left or bottom <= top:
        return
    part = image[top:bottom, left:right]
    small = max(1, (right - left) // _RASTER), max(1, (bottom - top) // _RASTER)
    raster = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
    image[top:bottom, left:right] = cv2.resize(raster, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
