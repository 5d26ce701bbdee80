"""Drawing in metres: polygons of the world, cut at the image plane and filled with smooth edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from twin.camera import NEAR_M, Floats, Pinhole
from twin.scene import Metres

Image = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Bgr = tuple[float, float, float]

SHIFT = 3
"""Fractional bits of pixel coordinates handed to OpenCV."""

FAR = np.float32(1e6)


@dataclass
class Canvas:
    """A picture under construction and how far away what it shows stands."""

    camera: Pinhole
    image: Image
    nearest: NDArray[np.float32] = field(init=False)
    """(h, w) metres to the thing that stands at a pixel; `FAR` where there is only ground or sky."""

    def __post_init__(self) -> None:
        self.nearest = np.full(self.image.shape[:2], FAR, np.float32)

    def pixels(self, points: Sequence[tuple[float, float, float]] | Floats) -> Floats | None:
        """(n, 3) corners of a flat polygon to its (m, 2) pixels, cut at the image plane; None when it lies behind."""
        world = in_front(self.camera, np.asarray(points, float))
        return None if world is None else self.camera.project(world)[0]

    def fill(self, points: Sequence[tuple[float, float, float]] | Floats, colour: Bgr) -> None:
        """Fill a convex polygon of the world."""
        seen = self.pixels(points)
        if seen is not None:
            cv2.fillConvexPoly(self.image, fixed(seen), colour, cv2.LINE_AA, SHIFT)

    def mask_of(self, corners: Sequence[Metres]) -> Mask:
        """(h, w) 0..255: the pixels of a convex polygon on the road."""
        mask = np.zeros(self.image.shape[:2], np.uint8)
        add_ground(mask, self.camera, corners)
        return mask


def add_ground(mask: Mask, camera: Pinhole, corners: Sequence[Metres], value: int = 255) -> None:
    """Fill a convex polygon of the road into a mask."""
    world = in_front(camera, np.array([(x, y, 0.0) for x, y in corners]))
    if world is not None:
        cv2.fillConvexPoly(mask, fixed(camera.project(world)[0]), (value,), cv2.LINE_AA, SHIFT)


def fixed(pixels: Floats) -> NDArray[np.int32]:
    """Pixels to OpenCV's fixed point; far outside is brought near, where it does not overflow."""
    return np.asarray(np.round(np.clip(pixels, -20_000, 20_000) * (1 << SHIFT)), np.int32)


def in_front(camera: Pinhole, world: Floats) -> Floats | None:
    """A flat convex polygon (n, 3) without what lies behind the image plane; None when nothing is left."""
    depth = (world - camera.position) @ camera.rotation[2] - NEAR_M
    if (depth >= 0).all():
        return world
    if (depth < 0).all():
        return None
    kept = []
    for index in range(len(world)):
        after = (index + 1) % len(world)
        if depth[index] >= 0:
            kept.append(world[index])
        if (depth[index] >= 0) != (depth[after] >= 0):
            share = depth[index] / (depth[index] - depth[after])
            kept.append(world[index] + share * (world[after] - world[index]))
    return np.array(kept) if len(kept) >= 3 else None
