"""Noise that looks like surfaces: asphalt, plaster, leaves. Tiles without a seam; made once and shared."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from twin.camera import Floats

TILE = 512
"""Side of the noise tile in texels."""

Grey = NDArray[np.float32]


@cache
def tile(cell: int) -> Grey:
    """(TILE, TILE) smooth noise of cells `cell` texels wide, mean 0, deviation 1."""
    count = max(2, TILE // cell)
    coarse = np.random.default_rng(90_000 + cell).normal(size=(count, count)).astype(np.float32)
    around = np.pad(coarse, 2, mode="wrap")
    scale = TILE / count
    fine = cv2.resize(around, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    edge = round(2 * scale)
    cut: Grey = np.ascontiguousarray(fine[edge : edge + TILE, edge : edge + TILE])
    cut -= cut.mean()
    even: Grey = cut / cut.std()
    return even


def sample(x: Floats, y: Floats, *, cell_m: float, cell: int = 8) -> Grey:
    """Noise of cells `cell_m` metres wide at world places `x`, `y` (any one shape)."""
    texels = cell / cell_m
    u = np.mod(x * texels, TILE).astype(np.float32)
    v = np.mod(y * texels, TILE).astype(np.float32)
    found: Grey = np.asarray(
        cv2.remap(tile(cell), u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), dtype=np.float32
    )
    return found


@cache
def grain_bank(height: int, width: int) -> NDArray[np.int16]:
    """Sensor noise, larger than the picture by 64 pixels each way, deviation 16; cut out anywhere for a new picture."""
    random = np.random.default_rng(7)
    colour = random.normal(0, 16, (height + 64, width + 64, 3))
    grey = random.normal(0, 16, (height + 64, width + 64, 1))
    blurred = cv2.GaussianBlur(0.55 * colour + 0.8 * grey, (0, 0), 0.6) * 1.5
    return blurred.astype(np.int16)
