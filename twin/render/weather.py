"""Rain in the picture: mirrors on the road, streaks in the air, drops on the glass."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from twin.render.canvas import Image
from twin.render.vehicles import Seen


def mirror_vehicles(image: Image, seen: Sequence[Seen], owner: NDArray[np.int32], wet: float) -> None:
    """Blur each vehicle's picture downwards onto the wet road below it."""
    height, width = image.shape[:2]
    for one in seen:
        x0, x1 = max(int(one.box[0]), 0), min(int(one.box[2]) + 1, width)
        y1 = min(int(one.box[3]), height - 1)
        y0 = max(int(one.box[1]), 0)
        reach = min(round((y1 - y0) * 0.7), height - y1)
        if x1 - x0 < 3 or reach < 3 or y1 - reach < 0:
            continue
        upside = cv2.blur(image[y1 - reach : y1, x0:x1][::-1], (1, 7))
        fade = np.linspace(0.38 * wet, 0, reach, dtype=np.float32)[:, None]
        share = np.where(owner[y1 : y1 + reach, x0:x1] == 0, fade, 0)[..., None]
        below = image[y1 : y1 + reach, x0:x1]
        below[:] = (below * (1 - share) + upside * share).astype(np.uint8)


def fall(image: Image, rain: float, random: np.random.Generator) -> None:
    """Streaks of rain, different in every picture."""
    height, width = image.shape[:2]
    veil = np.zeros((height, width), np.uint8)
    slant = float(random.uniform(-0.15, 0.25))
    count = int(rain * height * width / 900)
    starts = random.uniform((0, 0), (width, height), (count, 2))
    lengths = random.uniform(5, 18, count) * height / 360
    for (u, v), length in zip(starts, lengths, strict=True):
        end = (round(u + slant * length), round(v + length))
        cv2.line(veil, (round(u), round(v)), end, (int(random.integers(40, 110)),), 1, cv2.LINE_AA)
    soft = cv2.blur(veil, (1, 3))
    image[:] = cv2.add(image, cv2.merge([(soft * np.float32(0.5)).astype(np.uint8)] * 3))


def drops(image: Image, count: int, random: np.random.Generator) -> None:
    """Drops on the camera's glass: round, blurred, brighter than what is behind."""
    height, width = image.shape[:2]
    for _ in range(count):
        radius = int(random.integers(3, 12) * height / 360) + 2
        u, v = int(random.integers(radius, width - radius)), int(random.integers(radius, height - radius))
        area = image[v - radius : v + radius, u - radius : u + radius]
        disc = np.zeros(area.shape[:2], np.float32)
        cv2.circle(disc, (radius, radius), radius - 1, (0.75,), -1)
        share = cv2.GaussianBlur(disc, (0, 0), 1.0)[..., None]
        blurred = cv2.GaussianBlur(area, (0, 0), radius / 2)[::-1].astype(np.float32) + 10
        area[:] = np.clip(area * (1 - share) + blurred * share, 0, 255).astype(np.uint8)
