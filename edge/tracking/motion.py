"""How the vehicles of a picture move: a Kalman filter over all tracks at once.

Each centre moves with a constant velocity that accelerations disturb. All noise is in lengths of the vehicle itself
(the root of its box's area), so that a lorry near the camera and a motorcycle far off obey the same numbers, and in
seconds, so that a missing picture changes nothing but the time. Both axes share one covariance: a camera sees no
difference between them that would be worth a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

JITTER = 0.08
"""Standard deviation of a box's centre, in lengths: what detectors tremble by."""

ACCELERATION = 1.5
"""Lengths per second, gained or lost within a second: hard braking of a car is 6 m/s²."""

SPEED = 3.0
"""Speed of a vehicle of which nothing is known, in lengths per second: 45 km/h for a car, 22 for a motorcycle."""

_SIZE_GAIN = 0.5
"""Part of a new box in the size of a track."""


@dataclass(slots=True)
class Motion:
    """n vehicles: `centre` and `velocity` (n, 2) in pixels and pixels per second, `size` (n, 2) width and height.

    `place`, `both` and `speed` (n,) are the covariance of one axis: of the place, between place and velocity, and of
    the velocity.
    """

    centre: Array
    velocity: Array
    size: Array
    place: Array
    both: Array
    speed: Array

    @classmethod
    def begin(cls, boxes: Array, velocity: Array, variance: Array) -> Motion:
        """Vehicles seen for the first time in `boxes` (n, 4); `variance` (n,) of a velocity axis in lengths²/s²."""
        centre, size = measured(boxes)
        area = size.prod(axis=1)
        return cls(centre, velocity, size, JITTER**2 * area, np.zeros(len(boxes)), variance * area)

    @property
    def length(self) -> Array:
        """(n,) root of the box's area, in pixels."""
        return np.asarray(np.sqrt(self.size.prod(axis=1)))

    def predict(self, elapsed_s: float) -> None:
        """Move all on by `elapsed_s`."""
        drift = ACCELERATION**2 * self.size.prod(axis=1)
        self.centre = self.centre + elapsed_s * self.velocity
        self.place = self.place + elapsed_s * (2 * self.both + elapsed_s * (self.speed + drift * elapsed_s / 3))
        self.both = self.both + elapsed_s * (self.speed + drift * elapsed_s / 2)
        self.speed = self.speed + drift * elapsed_s

    def correct(self, rows: NDArray[np.intp], boxes: Array) -> None:
        """Take the box that each of `rows` was seen in."""
        centre, size = measured(boxes)
        noise = JITTER**2 * self.size[rows].prod(axis=1)
        place, both = self.place[rows], self.both[rows]
        gain = place / (place + noise)
        pull = both / (place + noise)
        surprise = centre - self.centre[rows]
        self.centre[rows] += gain[:, None] * surprise
        self.velocity[rows] += pull[:, None] * surprise
        self.place[rows] = (1 - gain) * place
        self.both[rows] = (1 - gain) * both
        self.speed[rows] -= pull * both
        self.size[rows] = self.size[rows] ** (1 - _SIZE_GAIN) * size**_SIZE_GAIN


def measured(boxes: Array) -> tuple[Array, Array]:
    """(n, 4) boxes -> (n, 2) centres and (n, 2) sizes, at least a pixel each way."""
    low, high = boxes[:, :2], boxes[:, 2:]
    return (low + high) / 2, np.maximum(high - low, 1.0)
