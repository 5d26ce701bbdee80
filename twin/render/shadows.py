"""Shadows on the road: of the sun, and the dark under every vehicle that even clouds leave."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from twin.camera import NEAR_M, Pinhole
from twin.pose import Pose
from twin.render.canvas import SHIFT, Image, fixed
from twin.render.light import LightSetting
from twin.render.vehicles import placed
from twin.shapes import mesh_of

UNDER = 0.62
"""How much light reaches the road beneath a vehicle."""


def cast(image: Image, camera: Pinhole, light: LightSetting, poses: Sequence[Pose]) -> None:
    """Darken the road where vehicles keep the light away."""
    sun = np.zeros(image.shape[:2], np.uint8)
    under = np.zeros(image.shape[:2], np.uint8)
    for pose in poses:
        _add(under, camera, pose, light, strength=200, slant=False)
        if light.sun > 0.08 and not light.dark:
            _add(sun, camera, pose, light, strength=255, slant=True)
    darkest = light.sun / (light.sun + light.sky) * 0.85 if light.sun > 0.08 else 0.0
    share = 1 - cv2.GaussianBlur(under, (0, 0), 1.6).astype(np.float32) / 255 * (1 - UNDER)
    if darkest:
        share *= 1 - cv2.GaussianBlur(sun, (0, 0), 0.7).astype(np.float32) / 255 * darkest
    image[:] = cv2.multiply(image, cv2.merge([share] * 3), dtype=cv2.CV_8U)


def _add(mask: Image, camera: Pinhole, pose: Pose, light: LightSetting, *, strength: int, slant: bool) -> None:
    points = placed(mesh_of(pose.model.shape).corners, pose)
    if slant:
        dx, dy, dz = light.to_sun
        points[:, 0] -= points[:, 2] * dx / dz
        points[:, 1] -= points[:, 2] * dy / dz
    points[:, 2] = 0
    pixels, depth = camera.project(points)
    if depth.min() < NEAR_M:
        return
    cv2.fillConvexPoly(mask, cv2.convexHull(fixed(pixels)), (strength,), cv2.LINE_AA, SHIFT)
