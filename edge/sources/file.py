"""A video file, read as fast as it can be, on the clock of its own presentation times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from edge.frame import Frame, SourceError

_SANE_FPS = (0.1, 240.0)
_ASSUMED_FPS = 25.0


@dataclass(slots=True)
class VideoFile:
    """A clip. `began` is the instant its first picture stands for."""

    path: Path
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _capture: cv2.VideoCapture = field(init=False)
    fps: float = field(init=False)
    length: int = field(init=False)
    """Pictures that the container promises; a truncated file delivers fewer."""

    def __post_init__(self) -> None:
        if not self.path.is_file():
            raise SourceError(f"{self.path}: no such video file")
        self._capture = cv2.VideoCapture(str(self.path))
        if not self._capture.isOpened():
            raise SourceError(f"{self.path}: not a video that OpenCV can read, or cut off before its first picture")
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if _SANE_FPS[0] <= fps <= _SANE_FPS[1] else _ASSUMED_FPS
        self.length = max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))

    def frames(self) -> Iterator[Frame]:
        """Every picture, in order. Raises `SourceError` when there is not even one."""
        last = -1.0
        index = 0
        while True:
            there, image = self._capture.read()
            if not there:
                break
            stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            # Some containers give no times, or times that stand still: then the frame rate is the clock.
            time_s = stamp if stamp > last else last + 1 / self.fps
            if index == 0:
                time_s = max(0.0, stamp)
            last = time_s
            yield Frame(np.asarray(image, np.uint8), index, time_s, self.began + timedelta(seconds=time_s))
            index += 1
        if index == 0:
            raise SourceError(f"{self.path}: holds no picture that can be read")

    def close(self) -> None:
        """Release the file."""
        self._capture.release()
