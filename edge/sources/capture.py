"""OpenCV's VideoCapture as a `Connection`: shared by RTSP and USB cameras."""

from __future__ import annotations

import math

import cv2
import numpy as np

from edge.frame import Image, SourceError
from edge.sources.live import Picture


class Capture:
    """An opened `cv2.VideoCapture`; `name` is what errors call it."""

    def __init__(self, name: str, device: cv2.VideoCapture) -> None:
        self._name = name
        self._device = device

    def read(self) -> Picture:
        """The next picture, with the stream's timestamp where the backend has one."""
        came, image = self._device.read()
        if not came:
            raise SourceError(f"{self._name}: the stream broke off: check cable, power and network")
        return Picture(as_image(image), timestamp_s(self._device))

    def close(self) -> None:
        """Release the device."""
        self._device.release()


def timestamp_s(device: cv2.VideoCapture) -> float | None:
    """Presentation time in seconds of the frame read last; None where the backend does not know it."""
    milliseconds = device.get(cv2.CAP_PROP_POS_MSEC)
    return milliseconds / 1000 if math.isfinite(milliseconds) and milliseconds >= 0 else None


def decoded(data: bytes) -> Image | None:
    """A JPEG, PNG, … as an image; None when it is none."""
    image: object = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    return image.astype(np.uint8, copy=False) if isinstance(image, np.ndarray) else None


def as_image(image: cv2.typing.MatLike) -> Image:
    """OpenCV's array as the BGR bytes that it is."""
    return np.asarray(image, dtype=np.uint8)
