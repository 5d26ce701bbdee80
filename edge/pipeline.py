"""One camera's way from picture to crossings."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

from contract import TRAFFIC, AreaZone, CameraCondition, Polygon, Zones
from edge.condition import COUNTABLE, ConditionMonitor
from edge.counting import Crossing, LineCounter, Movement, MovementCounter
from edge.detection import Detections, Detector
from edge.detection.stillness import Stillness
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
    stillness: Stillness | None = None
    """Spares the network the pictures that show what the last one showed; None: it sees every picture."""
    seconds: dict[str, float] = field(default_factory=lambda: {"inference": 0.0, "pipeline": 0.0})
    """Seconds spent by stage: inference, and all else."""
    found: Detections = field(default_factory=Detections.none)
    """Boxes of the last picture, as the tracker got them."""
    sighted: Detections | None = None
    """As `found`, also where nothing is to be counted (zones to be ignored); None where nobody looked."""
    movements: list[Movement] = field(default_factory=list)
    """Turning movements that the last picture completed."""
    _ignored: tuple[Polygon, ...] = field(init=False)
    _seen: Detections = field(default_factory=Detections.none)
    _whole: Detections = field(default_factory=Detections.none)
    _last_s: float = float("-inf")
    _monitor: ConditionMonitor = field(default_factory=ConditionMonitor)
    _counters: list[LineCounter] = field(init=False)
    _turns: MovementCounter = field(init=False)

    def __post_init__(self) -> None:
        self._counters = [LineCounter(line) for line in self.zones.lines]
        areas = [zone for zone in self.zones.zones if isinstance(zone, AreaZone)]
        self._turns = MovementCounter(areas)
        self._ignored = tuple(zone.polygon for zone in areas if zone.kind == "ignore")
        self.tracker.sure = self.detector.spec.threshold

    @property
    def condition(self) -> CameraCondition:
        """What the last picture is worth."""
        return self._monitor.condition

    def step(self, frame: Frame) -> tuple[list[Track], list[Crossing]]:
        """Look at one picture: the vehicles in it, and the crossings it completes.

        Nothing is looked for in a picture that cannot be counted from (zones do not hold over a turned camera), nor in
        one that is not later than the last.
        """
        begun = perf_counter()
        inference_s = 0.0
        tracks: list[Track] = []
        crossings: list[Crossing] = []
        self.found, self.movements, self.sighted = Detections.none(), [], None
        if self._monitor.step(frame.image, frame.time_s) in COUNTABLE and frame.time_s > self._last_s:
            self._last_s = frame.time_s
            if self.stillness is None or not self.stillness.judge(frame.image, frame.time_s):
                self._seen = self._detect(frame)
                inference_s = self.detector.inference_s
            self.found, self.sighted = self._seen, self._whole
            tracks, crossings = self._follow(frame)
        self.seconds["inference"] += inference_s
        self.seconds["pipeline"] += perf_counter() - begun - inference_s
        return tracks, crossings

    def finish(self, frame: int) -> list[Movement]:
        """The recording ended with picture `frame`: the movements that were not yet told."""
        return self._turns.finish(frame)

    def _detect(self, frame: Frame) -> Detections:
        self._whole = found = self.detector.detect(frame.image, _UNSURE)
        height, width = frame.image.shape[:2]
        return found.only(outside(found, self._ignored, width, height)) if self._ignored else found

    def _follow(self, frame: Frame) -> tuple[list[Track], list[Crossing]]:
        height, width = frame.image.shape[:2]
        tracks = self.tracker.step(self.found, frame.time_s, (width, height))
        traffic = [track for track in tracks if track.vehicle in TRAFFIC]
        self.movements = self._turns.step(traffic, width, height, frame.time_s, frame.index)
        return tracks, [
            crossing
            for counter in self._counters
            for crossing in counter.step(traffic, width, height, frame.time_s, frame.index)
        ]
