"""Looking over the cameras' shoulders while somebody has the page open: the newest picture, and a count being tried.

Nothing is kept on the disk, and nothing at all while nobody looks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import cv2

from contract import Zones
from edge.condition.look import look
from edge.frame import Frame, Image
from edge.page.trying import Tried, Trying
from edge.tracking import Track

LOOKING_S = 15.0
"""So long after the last question somebody is still taken to look."""
_WIDTH = 960
"""Pixels of the widest picture that a telephone is sent."""
_QUALITY = 70


class Lookout:
    """What the page sees of the cameras. `clock` is monotonic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked_s = float("-inf")
        self._lock = threading.Lock()
        self._pictures: dict[str, tuple[Image, float]] = {}
        self._trying: dict[str, Trying] = {}
        self.also: Callable[[str, Frame, Sequence[Track]], None] = lambda *_: None
        """Somebody else who looks: a person's count goes on while no picture is asked for."""

    def looked(self, camera: str, frame: Frame, tracks: Sequence[Track]) -> None:
        """An `edge.runtime.desk.Onlooker`: called on the camera's thread."""
        self.also(camera, frame, tracks)
        now_s = self._clock()
        height, width = frame.image.shape[:2]
        with self._lock:
            if now_s - self._asked_s > LOOKING_S:
                self._pictures.clear()
            else:
                self._pictures[camera] = (frame.image, now_s)
            trying = self._trying.get(camera)
            if trying is not None:
                trying.step(tracks, (width, height), frame.time_s, frame.index)

    def picture(self, camera: str) -> bytes | None:
        """The newest picture as a JPEG; None as long as none came. Asking is looking."""
        image = self._newest(camera)
        if image is None:
            return None
        return for_telephone(image)

    def measure(self, camera: str) -> tuple[int, int, float] | None:
        """Width, height and sharpness of the newest picture."""
        image = self._newest(camera)
        return None if image is None else (image.shape[1], image.shape[0], look(image).sharpness)

    def begin(self, camera: str, zones: Zones) -> None:
        """Count with these for two minutes; what was being tried before ends."""
        with self._lock:
            self._trying[camera] = Trying(zones)

    def tried(self, camera: str) -> Tried | None:
        """What was counted so far; None where nothing is being tried."""
        with self._lock:
            trying = self._trying.get(camera)
            return None if trying is None else trying.told()

    def _newest(self, camera: str) -> Image | None:
        now_s = self._clock()
        with self._lock:
            self._asked_s = now_s
            image, came_s = self._pictures.get(camera, (None, 0.0))
            return image if now_s - came_s <= LOOKING_S else None


def for_telephone(image: Image) -> bytes:
    """A picture as a telephone is sent it: JPEG, not too wide."""
    height, width = image.shape[:2]
    if width > _WIDTH:
        size = _WIDTH, round(height * _WIDTH / width)
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(image.dtype, copy=False)
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return jpeg.tobytes()
