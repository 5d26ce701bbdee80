"""Is the same thing still in the same place? Asked of the pixels when the tracker has lost sight of a vehicle.

A patch of 24 x 24 grey pixels is compared by normalised correlation, so that a change of light (a cloud, headlights
that sweep over it, the switch to infrared) does not matter as long as the pattern stays.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.frame import Image
from edge.parking.seen import Box

SIDE = 24
"""Pixels of a patch, each way."""

_SAME = 0.65
_PLAIN = 5.0
"""Standard deviation in grey levels under which a patch shows nothing that could be known again."""

Patch = NDArray[np.uint8]
"""Shape (SIDE, SIDE), grey."""


def patch(image: Image, box: Box) -> Patch:
    """What `image` shows in `box`."""
    height, width = image.shape[:2]
    left, right = _span(box.x0, box.x1, width)
    top, bottom = _span(box.y0, box.y1, height)
    small = cv2.resize(image[top:bottom, left:right], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def same(one: Patch, other: Patch) -> bool | None:
    """Whether two patches show the same thing; None when one of them shows nothing to go by."""
    a, b = one.astype(np.float32).ravel(), other.astype(np.float32).ravel()
    a, b = a - a.mean(), b - b.mean()
    # The means are gone: what is left of each is its spread, times the root of the number of pixels.
    spreads = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if min(spreads) < _PLAIN * a.size**0.5:
        return None
    return bool(a @ b > _SAME * spreads[0] * spreads[1])


def blend(old: Patch, new: Patch, part: float) -> Patch:
    """`old` moved towards `new`, so that a patch follows the light."""
    return np.rint(old + part * (new.astype(np.float32) - old)).astype(np.uint8)


def _span(low: float, high: float, size: int) -> tuple[int, int]:
    """Normalised bounds as a range of pixels that is inside the picture and never empty."""
    first = min(max(round(low * size), 0), size - 1)
    return first, min(max(round(high * size), first + 1), size)
