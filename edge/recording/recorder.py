"""The thread that records: takes pictures that were looked at anyway, makes them small, and shelves some seconds each.

The camera's thread hands over a reference and goes on; where the recorder is too slow, pictures are left out.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import cv2

from edge.detection.detections import Detections
from edge.frame import Frame, Image
from edge.pacing import Pacer
from edge.recording.archive import Archive
from edge.recording.film import Shot, Spot
from edge.recording.hiding import spots
from edge.recording.settings import RecordingConfig

log = logging.getLogger(__name__)

SEGMENT = timedelta(seconds=4)
"""What a kill -9 may cost of a case that is going on."""
_WAITING = 6
"""Whole pictures of 2 MP are 6 MB each."""
_TURN_S = 1.0
_END_S = 10.0
"""How long shelving the last seconds may take; a card that hangs is not waited for."""
_MEMORY = Path("/dev/shm")


class _Taken(NamedTuple):
    camera: str
    image: Image
    time: datetime
    spots: tuple[Spot, ...] | None


class Recorder:
    """Records all cameras of a unit from `start` to `stop`."""

    def __init__(self, config: RecordingConfig, archive: Archive, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._archive = archive
        self._clock = clock
        self._pacers: dict[str, tuple[Pacer, float]] = {}
        self._asked: queue.SimpleQueue[tuple[str, str, datetime]] = queue.SimpleQueue()
        self._taken: queue.Queue[_Taken] = queue.Queue(_WAITING)
        self._running: dict[str, list[Shot]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Shelve what has been taken, and end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_END_S)

    def look(self, camera: str, frame: Frame, found: Detections | None) -> None:
        """A picture of a camera and everybody in it; on the camera's own thread."""
        pacer, last_s = self._pacers.get(camera, (None, 0.0))
        if pacer is None or frame.time_s < last_s:  # the source was opened anew
            pacer = Pacer(self._config.fps)
        self._pacers[camera] = pacer, frame.time_s
        if not pacer.takes(frame.time_s):
            return
        height, width = frame.image.shape[:2]
        try:
            self._taken.put_nowait(_Taken(camera, frame.image, frame.wall, spots(found, width, height)))
        except queue.Full:
            log.debug("recording: too slow, one picture of %s is left out", camera)

    def pin(self, camera: str, case: str, opened: datetime) -> None:
        """A case has begun: keep what lies around it, soon; whoever tells it does not wait for the card."""
        self._asked.put((camera, case, opened))

    def _run(self) -> None:
        while not (self._stopping.is_set() and self._taken.empty()):
            try:
                self._turn()
            except Exception:
                # Recording is a help; the unit counts on without it.
                log.exception("recording: a fault in Simpang itself")
        self._shelve(list(self._running))
        self._pin_asked()

    def _pin_asked(self) -> None:
        while not self._asked.empty():
            camera, case, opened = self._asked.get()
            self._archive.pin(camera, case, opened, self._clock())

    def _turn(self) -> None:
        self._pin_asked()
        try:
            taken = self._taken.get(timeout=_TURN_S)
        except queue.Empty:
            # Whoever sent nothing for a turn may have nothing more to send.
            self._shelve(list(self._running))
            self._archive.expire(self._clock())
            return
        shots = self._running.setdefault(taken.camera, [])
        if shots and not timedelta(0) <= taken.time - shots[0].time < SEGMENT:
            self._shelve([taken.camera])
            self._archive.expire(self._clock())
        self._running.setdefault(taken.camera, []).append(Shot(taken.time, self._small(taken.image), taken.spots))

    def _small(self, image: Image) -> bytes:
        height, width = image.shape[:2]
        if width > self._config.width:
            size = self._config.width, max(1, round(height * self._config.width / width))
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(image.dtype, copy=False)
        _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, self._config.quality])
        return jpeg.tobytes()

    def _shelve(self, cameras: list[str]) -> None:
        for camera in cameras:
            self._archive.add(camera, self._running.pop(camera))


def ring_folder(config: RecordingConfig, folder: Path, unit: str) -> Path:
    """Where the ring lies: in memory, where the machine has such a place; it outlives the process, not the power."""
    in_memory = config.ring == "memory" and _MEMORY.is_dir()
    return _MEMORY / f"simpang-{unit}" / "ring" if in_memory else folder / "ring"
