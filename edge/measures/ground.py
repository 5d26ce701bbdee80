"""From the picture to metres on the road: the homography through a camera's calibration points, and places in areas.

Four points fit exactly; of more the residual tells how well they agree. The road is taken to be a plane.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contract import Calibration, ContractError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """The plane of the road, seen by one camera."""

    matrix: Array
    """(3, 3), from normalised picture coordinates; its third row is positive on our side of the horizon."""
    residual_m: float
    """Root mean square distance between the places given and where the homography puts them."""

    @classmethod
    def fit(cls, calibration: Calibration) -> Ground:
        """Least squares through all points. Raises `ContractError` when they determine no plane."""
        image, metres = np.array(calibration.image), np.array(calibration.metres)
        found, _ = cv2.findHomography(image, metres)
        matrix = np.asarray(found, np.float64)  # of None, which is found for no plane, a lone NaN
        depth = _homogeneous(image) @ matrix[2] if matrix.shape == (3, 3) else np.zeros(1)
        if not (np.all(depth > 0) or np.all(depth < 0)):
            raise ContractError(
                "calibration: the points determine no road plane: check that picture points and places in metres "
                "are in the same order, and that none lies at the horizon"
            )
        ground = cls(matrix * np.sign(depth[0]), 0.0)
        apart = ((ground.metres(image) - metres) ** 2).sum(axis=1)
        return cls(ground.matrix, float(np.sqrt(apart.mean())))

    def metres(self, points: Array) -> Array:
        """(n, 2) normalised picture points -> (n, 2) metres; NaN at the horizon and above it."""
        seen = _homogeneous(points) @ self.matrix.T
        depth = np.where(seen[:, 2:] > 1e-12, seen[:, 2:], np.nan)
        return np.asarray(seen[:, :2] / depth, np.float64)


def inside(polygon: Array, points: Array) -> NDArray[np.bool_]:
    """Which of (n, 2) points lie in the polygon of (m, 2) corners, by the even-odd rule."""
    x, y = points[:, :1], points[:, 1:]
    (x0, y0), (x1, y1) = polygon.T, np.roll(polygon, -1, axis=0).T
    spans = (y0 > y) != (y1 > y)
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    cut = x0 + (y - y0) * (x1 - x0) / rise
    return np.asarray((spans & (x < cut)).sum(axis=1) % 2 == 1, np.bool_)


def _homogeneous(points: Array) -> Array:
    return np.column_stack([points, np.ones(len(points))])
