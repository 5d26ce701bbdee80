"""What a tracker would have seen: boxes at places that a test names, and a picture that shows them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contract import VehicleClass
from edge.frame import Image
from edge.parking import Box, Seen

SIDE = 90
"""Pixels of the picture, each way."""
_ROAD: Image = np.random.default_rng(1).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
_VEHICLE: Image = np.random.default_rng(2).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
"""Textures, so that the pixels can tell whether somebody still stands where nobody is seen any more."""


def one(track: int, x: float, y: float, vehicle: VehicleClass = VehicleClass.CAR, size: float = 0.08) -> Seen:
    """Somebody whose bottom centre is at (x, y); a person's box is half as wide as high."""
    half = size / 4 if vehicle is VehicleClass.PERSON else size / 2
    return Seen(track, vehicle, Box(x - half, y - size, x + half, y))


LOOKS = 16
"""Vehicles look different, unless their numbers differ by a multiple of this: so a tracker may lose a number."""


def picture(seen: Sequence[Seen]) -> Image:
    """The road with everybody on it."""
    image = _ROAD.copy()
    for other in seen:
        x0, y0, x1, y1 = (min(max(round(side * SIDE), 0), SIDE) for side in other.box)
        looks = np.roll(_VEHICLE, 5 * (other.track % LOOKS), axis=0)
        image[y0:y1, x0:x1] = looks[: y1 - y0, : x1 - x0]
    return image
