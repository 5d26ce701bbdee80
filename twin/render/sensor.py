"""What camera and encoder do to a picture: soft lens, grain, a tinted tone curve, JPEG blocks, a caption."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from twin.render.canvas import Image
from twin.render.noise import grain_bank


@dataclass
class Sensor:
    """One camera's way with light. `seed` draws its grain, the same for the same pictures in order."""

    grain: float = 3.0
    """Deviation of the noise in grey levels."""
    blur_px: float = 0.5
    contrast: float = 1.08
    sharpen: float = 0.3
    """Over-sharpening of cheap cameras, with halos."""
    gamma: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """BGR white balance."""
    detail: float = 1.0
    """Below 1, the picture is scaled down to this part and up again: an encoder's cheap scaler."""
    jpeg: int | None = None
    """Quality of one round of compression inside the camera; None for none."""
    seed: int = 0
    _random: np.random.Generator = field(init=False, repr=False, compare=False)
    _tone: Image = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)
        levels = np.linspace(0, 1, 256) ** self.gamma * 255
        curve = (levels - 118) * self.contrast + 118
        self._tone = np.clip(curve[None, :, None] * np.array(self.tint), 0, 255).astype(np.uint8)

    def expose(self, picture: Image, *, gain: float = 1.0) -> Image:
        """The picture as the camera gives it; `gain` multiplies its grain (night)."""
        seen: cv2.typing.MatLike = picture
        if self.detail < 1:
            small = cv2.resize(seen, None, fx=self.detail, fy=self.detail, interpolation=cv2.INTER_AREA)
            seen = cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        if self.blur_px > 0.25:
            seen = cv2.GaussianBlur(seen, (0, 0), self.blur_px)
        if self.sharpen:
            seen = cv2.addWeighted(seen, 1 + self.sharpen, cv2.GaussianBlur(seen, (0, 0), 1.2), -self.sharpen, 0)
        seen = cv2.LUT(seen, self._tone)
        if self.grain:
            seen = self._grainy(np.asarray(seen, np.uint8), self.grain * gain)
        if self.jpeg is not None:
            _, code = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, self.jpeg])
            seen = cv2.imdecode(code, cv2.IMREAD_COLOR)
        return np.asarray(seen, np.uint8)

    def _grainy(self, picture: Image, deviation: float) -> Image:
        height, width = picture.shape[:2]
        v, u = self._random.integers(0, 64, 2)
        grain = grain_bank(height, width)[v : v + height, u : u + width]
        noisy = cv2.addWeighted(picture, 1.0, grain, deviation / 16, 0, dtype=cv2.CV_8U)
        return np.asarray(noisy, np.uint8)


def caption(picture: Image, left: str, right: str) -> None:
    """Burn two texts into the upper left corner, one line, white on the picture with a dark rim, as recorders do."""
    scale = picture.shape[0] / 360 * 0.42
    at = (round(8 * scale / 0.42), round(14 * scale / 0.42))
    for colour, thick in (((12, 12, 12), 3), ((240, 240, 240), 1)):
        cv2.putText(picture, f"{left}  {right}", at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thick, cv2.LINE_AA)
