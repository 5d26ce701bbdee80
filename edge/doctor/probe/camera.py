"""One camera, opened as the unit opens it and watched for some seconds."""

from __future__ import annotations

import threading
import time
from statistics import median

from contract import CameraCondition
from edge.condition import ConditionMonitor
from edge.condition.look import look
from edge.config import CameraConfig
from edge.doctor.readings import CameraReading
from edge.frame import Frame, Source, SourceError
from edge.sources import SourceChange, open_camera, shown

WATCH_S = 12.0
"""A frozen picture is called so after ten seconds (`edge.condition`)."""
_FIRST_S = 15.0
"""How long the first picture may take to come."""


def probe_camera(camera: CameraConfig, wanted_fps: float, *, watch_s: float = WATCH_S) -> CameraReading:
    """Open, watch, close."""
    watch = _Watch(watch_s)
    zones = camera.watched
    fault = ""
    try:
        source = open_camera(camera.address, on_change=watch.changed)
    except SourceError as error:
        fault = str(error)
    else:
        alarm = threading.Timer(_FIRST_S, watch.give_up, (source,))
        alarm.daemon = True
        alarm.start()
        watch.source = source
        try:
            for frame in source.frames():
                if watch.take(frame):
                    break
        except SourceError as error:
            fault = str(error)
        finally:
            alarm.cancel()
            source.close()
    return CameraReading(
        camera=camera.id,
        address=shown(camera.address),
        fault=fault or watch.fault,
        frames=watch.frames,
        fps=watch.fps,
        wanted_fps=wanted_fps,
        width=watch.width,
        height=watch.height,
        condition=watch.monitor.condition if watch.frames else None,
        sharpness=median(watch.sharpness) if watch.sharpness else None,
        drawn=len(zones.lines) + len(zones.zones),
    )


class _Watch:
    """What came so far."""

    def __init__(self, watch_s: float) -> None:
        self._watch_s = watch_s
        self.monitor = ConditionMonitor()
        self.frames = self.width = self.height = 0
        self.fault = ""
        self.sharpness: list[float] = []
        self.source: Source | None = None
        self._first_s = self._last_s = 0.0

    def changed(self, change: SourceChange) -> None:
        """A camera that is lost before or while it is watched is not watched any longer."""
        if change.lost:
            self.fault = change.reason
            if self.source is not None:
                self.source.close()

    def give_up(self, source: Source) -> None:
        """The first picture should have come by now."""
        if not self.frames:
            source.close()

    def take(self, frame: Frame) -> bool:
        """One picture; True when that is enough."""
        now_s = time.monotonic()
        if not self.frames:
            self._first_s = now_s
        self.frames += 1
        self._last_s = now_s
        self.height, self.width = frame.image.shape[:2]
        self.monitor.step(frame.image, frame.time_s)
        if self.monitor.condition in {CameraCondition.OK, CameraCondition.NIGHT} and len(self.sharpness) < _LOOKS:
            self.sharpness.append(look(frame.image).sharpness)
        return now_s - self._first_s >= self._watch_s

    @property
    def fps(self) -> float:
        """Pictures a second, between the first and the last."""
        spent_s = self._last_s - self._first_s
        return round((self.frames - 1) / spent_s, 1) if spent_s > 0 else 0.0


_LOOKS = 20
"""Pictures whose sharpness is measured."""
