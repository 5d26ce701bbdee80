"""One camera's worker: a thread that reads, looks, counts, watches, and hands in what it found.

It ends when it is stopped or when something fails; the unit decides whether a new one is started.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np

from contract import CameraCondition, CameraHealth
from edge.aggregation import Sight
from edge.condition import COUNTABLE
from edge.config import CameraConfig, DetectorConfig
from edge.counting import Crossing
from edge.detection import Detector, open_detector
from edge.detection.detections import area, intersection
from edge.detection.stillness import Stillness
from edge.frame import Frame, Source, SourceError
from edge.measures import ApproachWatch, Reading, watches
from edge.pacing import Pacer
from edge.pipeline import Pipeline
from edge.runtime.desk import Desk, Seen
from edge.runtime.watching import Watching
from edge.sources import SourceChange, open_camera
from edge.tracking import Track
from models.registry import ResolvedModel

log = logging.getLogger(__name__)

_RECENT = 150
"""Pictures over which the frame rate is told."""
_RECENT_S = 30.0
_OVERLAP = 1 / 3
"""Share of a box that another must cover for it to count as occluded."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is to do; two that are equal do the same."""

    camera: CameraConfig
    fps: float
    model: ResolvedModel
    detector: DetectorConfig
    local_zone: tzinfo


class CameraWorker:
    """Does one `Task` until it is stopped."""

    def __init__(self, task: Task, desk: Desk) -> None:
        self.task = task
        self.failure: str | None = None
        """Why it ended by itself."""
        self.busy_since: float | None = None
        """Monotonic time at which it began to look at a picture that it is still looking at."""
        self._desk = desk
        self._pacer = Pacer(task.fps)
        self._source: Source | None = None
        self._stopping = threading.Event()
        self._condition = CameraCondition.LOST
        self._last_frame: datetime | None = None
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._inference_ms: float | None = None
        self._returns = 0
        self._lost = False
        self._born = self._unconfirmed = 0
        self._approaches: list[ApproachWatch] = []
        self._thread = threading.Thread(target=self._run, name=f"camera {task.camera.id}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; `join` waits for that."""
        self._stopping.set()
        if self._source is not None:
            self._source.close()

    def join(self, timeout_s: float) -> bool:
        """Wait; False when it did not end in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def ended(self) -> bool:
        """Whether the thread is over."""
        return not self._thread.is_alive()

    @property
    def delivers(self) -> bool:
        """Whether pictures have come and none is missing now."""
        return self._last_frame is not None and not self._lost

    def ease(self, share: float) -> None:
        """Look at this share of the wanted pictures a second, because of heat."""
        self._pacer.fps = self.task.fps * share

    def health(self) -> CameraHealth:
        """How it is doing."""
        now_s = time.monotonic()
        times = [moment for moment in list(self._recent) if now_s - moment <= _RECENT_S]
        spent_s = now_s - times[0] if len(times) > 1 else 0.0
        return CameraHealth(
            camera=self.task.camera.id,
            condition=CameraCondition.LOST if self._lost or self.ended else self._condition,
            fps=round(min(240.0, len(times) / spent_s), 2) if spent_s > 0 else 0.0,
            inference_ms=self._inference_ms,
            reconnects=self._returns,
            last_frame=self._last_frame,
        )

    def _run(self) -> None:
        try:
            self._work()
        except SourceError as error:
            self.failure = str(error)
        except Exception as error:
            # A fault of ours in one camera must not end the others; the unit starts this one again.
            log.exception("camera %s: a fault in Simpang itself", self.task.camera.id)
            self.failure = f"{type(error).__name__}: {error}"
        if self.failure is not None:
            self._lost = True
            self._desk.lost(self.task.camera.id)

    def _work(self) -> None:
        camera = self.task.camera
        detector = open_detector(self.task.model, self.task.detector.threads, self.task.detector.delegate)
        zones = camera.watched
        pipeline = Pipeline(detector, zones, stillness=Stillness())
        self._approaches = watches(zones)
        watching = Watching(camera, self.task.local_zone, self._desk)
        self._source = source = open_camera(camera.address, on_change=self._on_change)
        last: Frame | None = None
        if self._stopping.is_set():
            source.close()
        try:
            for frame in source.frames():
                if self._stopping.is_set():
                    return
                if self._pacer.takes(frame.time_s):
                    last = frame
                    self.busy_since = time.monotonic()
                    self._look(frame, pipeline, watching, detector)
                    self.busy_since = None
        finally:
            source.close()
            self.busy_since = None
            if last is not None:
                self._desk.turned(camera.id, last, pipeline.finish(last.index))

    def _look(self, frame: Frame, pipeline: Pipeline, watching: Watching, detector: Detector) -> None:
        tracks, crossings = pipeline.step(frame)
        condition = pipeline.condition
        readings = self._measure(frame, tracks, crossings) if condition in COUNTABLE else ()
        sight = self._sight(pipeline, tracks, readings)
        seen = Seen(frame, sight, crossings, pipeline.movements, tracks, pipeline.sighted)
        self._desk.looked(self.task.camera.id, seen)
        if condition in COUNTABLE:
            watching.look(frame, tracks, condition)
        self._condition, self._last_frame = condition, frame.wall
        self._recent.append(time.monotonic())
        self._inference_ms = round(detector.inference_s * 1000, 1)

    def _measure(self, frame: Frame, tracks: Sequence[Track], crossings: Sequence[Crossing]) -> tuple[Reading, ...]:
        height, width = frame.image.shape[:2]
        return tuple(one.step(tracks, crossings, (width, height), frame.time_s) for one in self._approaches)

    def _sight(self, pipeline: Pipeline, tracks: Sequence[Track], readings: tuple[Reading, ...]) -> Sight:
        tracker = pipeline.tracker
        begun, unconfirmed = tracker.born - self._born, tracker.ended_unconfirmed - self._unconfirmed
        self._born, self._unconfirmed = tracker.born, tracker.ended_unconfirmed
        return Sight(pipeline.condition, len(tracks), overlapping(tracks), begun, unconfirmed, readings)

    def _on_change(self, change: SourceChange) -> None:
        """The source lost its camera, or has it again."""
        self._lost = change.lost
        if change.lost:
            self._desk.lost(self.task.camera.id)
        else:
            self._returns += 1


def overlapping(tracks: Sequence[Track]) -> int:
    """How many of the tracks' boxes another covers by a third or more."""
    if len(tracks) < 2:
        return 0
    boxes = np.array([track.box for track in tracks], np.float32)
    common = intersection(boxes, boxes)
    np.fill_diagonal(common, 0)
    return int((common.max(axis=1) >= _OVERLAP * np.maximum(area(boxes), 1)).sum())
