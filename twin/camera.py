"""A pinhole camera on a mast above a flat road: metres to pixels, and back for points on the road.

World frame, right-handed, in metres: x to the right and y away from the junction as the camera looks, z up, the road
at z = 0. The camera stands at (x, y, height), is turned by `yaw_deg` about the vertical (positive to the right) and
looks down by `tilt_deg` below the horizon. No lens distortion: lines drawn straight over the picture stay straight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NEAR_M = 1.0
"""Points closer to the image plane than this are not in any picture."""


@dataclass(frozen=True)
class Pinhole:
    """Where the camera stands and what it sees; angles in degrees, lengths in metres, pictures in pixels."""

    x: float
    y: float
    height: float
    yaw_deg: float
    tilt_deg: float
    fov_deg: float
    size: tuple[int, int] = (640, 360)

    @cached_property
    def position(self) -> Floats:
        """(3,) the centre of projection."""
        return np.array([self.x, self.y, self.height])

    @cached_property
    def focal_px(self) -> float:
        """Focal length in pixels, from the horizontal field of view."""
        return self.size[0] / 2 / math.tan(math.radians(self.fov_deg) / 2)

    @cached_property
    def rotation(self) -> Floats:
        """(3, 3): rows are the picture's right, down and forward in world axes."""
        yaw, tilt = math.radians(self.yaw_deg), math.radians(self.tilt_deg)
        right = np.array([math.cos(yaw), -math.sin(yaw), 0.0])
        ahead = np.array([math.sin(yaw), math.cos(yaw), 0.0])
        forward = math.cos(tilt) * ahead + np.array([0.0, 0.0, -math.sin(tilt)])
        return np.stack([right, np.cross(forward, right), forward])

    @cached_property
    def ground_homography(self) -> Floats:
        """(3, 3): homogeneous (x, y, 1) on the road to homogeneous pixels."""
        columns = np.column_stack([self.rotation[:, 0], self.rotation[:, 1], -self.rotation @ self.position])
        return self._intrinsics @ columns

    @cached_property
    def _intrinsics(self) -> Floats:
        width, height = self.size
        return np.array([[self.focal_px, 0, width / 2], [0, self.focal_px, height / 2], [0, 0, 1]])

    @property
    def horizon_px(self) -> float:
        """Row of the horizon."""
        return self.size[1] / 2 - self.focal_px * math.tan(math.radians(self.tilt_deg))

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """World points (n, 3) to pixels (n, 2) and depths (n,) in metres; pixels mean nothing below `NEAR_M`."""
        seen = (points - self.position) @ self.rotation.T
        depth = seen[:, 2]
        safe = np.maximum(depth, NEAR_M)
        centre = np.array(self.size) / 2
        return seen[:, :2] * (self.focal_px / safe)[:, None] + centre, depth

    def project_ground(self, x: float, y: float) -> tuple[float, float]:
        """A point of the road to pixels; `ValueError` when it is not in front of the camera."""
        pixels, depth = self.project(np.array([[x, y, 0.0]]))
        if depth[0] < NEAR_M:
            raise ValueError(f"({x:.1f}, {y:.1f}) m is not in front of the camera")
        return float(pixels[0, 0]), float(pixels[0, 1])

    def ground(self, u: float, v: float) -> tuple[float, float]:
        """The point of the road under pixel (u, v); `ValueError` at and above the horizon."""
        ray = self.rotation.T @ np.array(
            [(u - self.size[0] / 2) / self.focal_px, (v - self.size[1] / 2) / self.focal_px, 1.0]
        )
        if ray[2] >= -1e-9:
            raise ValueError(f"pixel ({u:.0f}, {v:.0f}) is at or above the horizon: no road there")
        x, y, _ = self.position - ray * (self.height / ray[2])
        return float(x), float(y)
