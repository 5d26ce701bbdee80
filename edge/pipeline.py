"""One camera's way from picture to crossings."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

from contract import TRAFFIC, AreaZone, CameraCondition, Zones
from edge.condition import COUNTABLE, ConditionMonitor
from edge.counting import Crossing, LineCounter
from edge.detection import Detections, Detector
from edge.detection.zoning import outside
from edge.frame import Frame
from edge.tracking import Track, Tracker

_UNSURE = 0.15
"""Boxes scored from here on may carry on a track that is known already."""


@dataclass(slots=True)
class Pipeline:
    """Looks at the pictures of one camera, in the order of time."""

    detector: Detector
    zones: Zones
    tracker: Tracker = field(default_factory=Tracker)
    seconds: dict[str, float] = field(default_factory=lambda: {"inference": 0.0, "pipeline": 0.0})
    """Seconds spent by stage: inference, and all else."""
    _monitor: ConditionMonitor = field(default_factory=ConditionMonitor)
    _counters: list[LineCounter] = field(init=False)

    def __post_init__(self) -> None:
        self._counters = [LineCounter(line) for line in self.zones.lines]
        self.tracker.sure = self.detector.spec.threshold

    @property
    def condition(self) -> CameraCondition:
        """What the last picture is worth."""
        return self._monitor.condition

    def step(self, frame: Frame) -> tuple[list[Track], list[Crossing]]:
        """Look at one picture: the vehicles in it, and the crossings it completes.

        Nothing is looked for in a picture that cannot be counted from: zones do not hold over a turned camera.
        """
        begun = perf_counter()
        if self._monitor.step(frame.image, frame.time_s) not in COUNTABLE:
            self.seconds["pipeline"] += perf_counter() - begun
            return [], []
        height, width = frame.image.shape[:2]
        tracks = self.tracker.step(self._detect(frame), frame.time_s, (width, height))
        traffic = [track for track in tracks if track.vehicle in TRAFFIC]
        crossings = [
            crossing
            for counter in self._counters
            for crossing in counter.step(traffic, width, height, frame.time_s, frame.index)
        ]
        self.seconds["inference"] += self.detector.inference_s
        self.seconds["pipeline"] += perf_counter() - begun - self.detector.inference_s
        return tracks, crossings

    def _detect(self, frame: Frame) -> Detections:
        found = self.detector.detect(frame.image, _UNSURE)
        ignored = [zone.polygon for zone in self.zones.zones if isinstance(zone, AreaZone) and zone.kind == "ignore"]
        return found.only(outside(found, ignored, frame.image.shape[1], frame.image.shape[0])) if ignored else found
