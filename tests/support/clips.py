"""Frames of real clips at the pace a test needs, and a drawn street scene where a test must know everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from edge.frame import Image


def clip(path: Path, *, per_second: float) -> Iterator[tuple[float, Image]]:
    """(time in seconds, picture) of a clip, about `per_second` of them a second; the others are not even decoded."""
    capture = cv2.VideoCapture(str(path))
    assert capture.isOpened(), f"{path} cannot be opened"
    fps = capture.get(cv2.CAP_PROP_FPS)
    step = max(1, round(fps / per_second))
    index = 0
    while capture.grab():
        if index % step == 0:
            ok, image = capture.retrieve()
            assert ok, f"{path}: frame {index} cannot be decoded"
            yield index / fps, image.astype(np.uint8, copy=False)
        index += 1
    capture.release()
    assert index > 0, f"{path} has no frames"


def street(*, seed: int = 1, width: int = 640, height: int = 360) -> Image:
    """A still street: sky, houses with windows, a road with markings and texture."""
    random = np.random.default_rng(seed)
    scene = np.empty((height, width, 3), np.uint8)
    scene[: height // 4] = (210, 190, 170)
    scene[height // 4 :] = (95, 100, 98)
    for _ in range(40):
        x, y = int(random.integers(0, width)), int(random.integers(height // 6, height // 2))
        w, h = int(random.integers(20, 70)), int(random.integers(20, 80))
        colour = tuple(int(c) for c in random.integers(30, 220, 3))
        cv2.rectangle(scene, (x, y), (x + w, y + h), colour, -1)
        cv2.rectangle(scene, (x + w // 3, y + h // 4), (x + w // 2, y + h // 2), (40, 45, 50), -1)
    for x in range(-width, 2 * width, 60):
        cv2.line(scene, (x, height), (width // 2 + (x - width // 2) // 4, height // 2), (230, 235, 235), 2)
    coarse = random.integers(-12, 12, (height // 4, width // 4)).astype(np.float32)
    grain = cv2.resize(coarse, (width, height))
    return np.clip(scene + grain[..., None], 0, 255).astype(np.uint8)


class Sensor:
    """Films a still scene: every picture has noise of its own, the same from run to run."""

    def __init__(self, *, seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        self._noise = self._random.standard_normal((512, 1024, 3)).astype(np.float32)

    def film(self, scene: Image, *, noise: float = 2.0) -> Image:
        """`scene` with noise of this standard deviation in grey levels; smaller than 512 x 1024."""
        height, width = scene.shape[:2]
        y, x = (int(start) for start in self._random.integers(0, (512 - height, 1024 - width)))
        return np.clip(scene + noise * self._noise[y : y + height, x : x + width], 0, 255).astype(np.uint8)
