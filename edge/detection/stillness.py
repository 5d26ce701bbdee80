"""Whether anything moves: a picture that shows what the last one showed needs no network to say what is in it.

Each picture is compared with the one that was last looked into, not with the one before, so that what creeps is noticed
as soon as it has moved at all. A small change in one place is enough: a motorcycle far off is a few pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.frame import Image

WIDTH = 320
"""Pixels across that are compared, at least."""
MOVED = 9.0
"""Grey levels by which a spot of 3 x 3 pixels at this scale must have changed: above a sensor's noise by day, so that
at night, when that is greater, everything is looked into."""
LONGEST_S = 1.0
"""However still it is, the network is asked so often."""


@dataclass(slots=True)
class Stillness:
    """Judges the pictures of one camera, in the order of time."""

    still: int = 0
    """Pictures that needed no look."""
    _seen: NDArray[np.uint8] | None = None
    _seen_s: float = field(default=float("-inf"))

    def judge(self, image: Image, time_s: float) -> bool:
        """Whether `image` shows the same as the last that was looked into; if not, it is the one that is now."""
        every = max(1, image.shape[1] // WIDTH)
        # One channel of every so many pixels: a resized picture would cost more than all else here.
        grey = np.asarray(cv2.blur(np.ascontiguousarray(image[::every, ::every, 1]), (3, 3)), np.uint8)
        same = (
            self._seen is not None
            and time_s - self._seen_s < LONGEST_S
            and self._seen.shape == grey.shape
            and float(cv2.norm(grey, self._seen, cv2.NORM_INF)) < MOVED
        )
        if same:
            self.still += 1
        else:
            self._seen, self._seen_s = grey, time_s
        return same
