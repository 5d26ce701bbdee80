"""Others who track and count, fed with the boxes that Simpang's own tracker gets.

`make rivals` puts them into a folder of their own (bench/rivals.txt says why). They are imported by name, so that
neither Simpang nor its type checks need them.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from bench.clips import Tally
from contract import TRAFFIC, Line, Zones
from edge.detection import Detections
from edge.detection.detections import CLASSES, Floats, Ints

_TRAFFIC = [CLASSES.index(kind) for kind in TRAFFIC]


class Boxes(Protocol):
    """supervision's Detections, as far as we use them."""

    tracker_id: Ints | None
    class_id: Ints | None

    def __len__(self) -> int: ...


class LineZone(Protocol):
    """supervision's counting line: `trigger` returns who crossed in, and who out."""

    def trigger(self, detections: Boxes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]: ...


class Follower(Protocol):
    """A rival's tracker: boxes of a picture in, boxes with track numbers out."""

    def follow(self, found: Detections) -> Boxes: ...


@dataclass(slots=True)
class Rival:
    """A tracker of others with supervision's LineZone at the bottom centre."""

    name: str
    follower: Follower
    zones: Zones
    size: tuple[int, int]
    tally: Tally = field(default_factory=Counter)
    _lines: list[tuple[Line, LineZone]] = field(init=False)

    def __post_init__(self) -> None:
        self._lines = [(line, _line_zone(line, self.size)) for line in self.zones.lines]

    def step(self, found: Detections) -> None:
        """Take the boxes of one picture."""
        seen = self.follower.follow(found.only(np.isin(found.classes, _TRAFFIC)))
        for line, zone in self._lines:
            # A vehicle that goes "in" comes from the right-hand side of the walk from start to end.
            for crossed, direction in zip(zone.trigger(seen), (line.left, line.right), strict=True):
                for index in np.flatnonzero(crossed):
                    kind = CLASSES[int(cast(Ints, seen.class_id)[index])]
                    self.tally[line.id, direction, kind] += 1


def rivals(zones: Zones, size: tuple[int, int], fps: float, sure: float) -> list[Rival]:
    """Both rivals, each new, for a clip of `size` and `fps`; `sure` is the score from which boxes begin tracks.

    Ends the program with a word on how to get them where they are not installed.
    """
    missing = [name for name in ("trackers", "supervision", "norfair") if importlib.util.find_spec(name) is None]
    if missing:
        raise SystemExit(f"not installed: {', '.join(missing)}. `make rivals` fetches them; or ask for --alone")
    warnings.filterwarnings("ignore", module="supervision|trackers|norfair")
    return [
        Rival("ByteTrack", ByteTrack(fps, sure), zones, size),
        Rival("norfair", Norfair(sure), zones, size),
    ]


class ByteTrack:
    """`trackers` (Roboflow), at the frame rate of the clip."""

    def __init__(self, fps: float, sure: float) -> None:
        make = cast(Callable[..., _Tracker], importlib.import_module("trackers").ByteTrackTracker)
        self._tracker = make(frame_rate=fps, track_activation_threshold=sure, high_conf_det_threshold=sure)

    def follow(self, found: Detections) -> Boxes:
        """Boxes with track numbers, -1 where there is none."""
        return self._tracker.update(_boxes(found.boxes, found.scores, found.classes))


class Norfair:
    """norfair with its IoU distance, as its documentation uses it for boxes."""

    def __init__(self, sure: float) -> None:
        self._module = importlib.import_module("norfair")
        make = cast(Callable[..., _Norfair], self._module.Tracker)
        self._tracker = make(distance_function="iou", distance_threshold=0.9, initialization_delay=1)
        self._sure = sure

    def follow(self, found: Detections) -> Boxes:
        """Boxes with track numbers: norfair's estimates, also for a while where nothing is seen."""
        found = found.only(found.scores >= self._sure)
        detection = cast(Callable[..., object], self._module.Detection)
        given = [
            detection(points=box.reshape(2, 2).astype(float), data=int(kind))
            for box, kind in zip(found.boxes, found.classes, strict=True)
        ]
        known = self._tracker.update(given)
        boxes = np.array([one.estimate.reshape(4) for one in known], np.float32).reshape(-1, 4)
        kinds = np.array([one.last_detection.data for one in known], np.int64)
        seen = _boxes(boxes, np.ones(len(known), np.float32), kinds)
        seen.tracker_id = np.array([one.id for one in known], np.int64)
        return seen


class _Tracker(Protocol):
    def update(self, detections: Boxes) -> Boxes: ...


class _Given(Protocol):
    data: int


class _Known(Protocol):
    id: int
    estimate: Floats
    last_detection: _Given


class _Norfair(Protocol):
    def update(self, detections: Sequence[object]) -> list[_Known]: ...


def _boxes(boxes: Floats, scores: Floats, kinds: Ints) -> Boxes:
    make = cast(Callable[..., Boxes], importlib.import_module("supervision").Detections)
    return make(xyxy=boxes, confidence=scores, class_id=kinds, tracker_id=np.full(len(boxes), -1, np.int64))


def _line_zone(line: Line, size: tuple[int, int]) -> LineZone:
    supervision = importlib.import_module("supervision")
    point = cast(Callable[[float, float], object], supervision.Point)
    make = cast(Callable[..., LineZone], supervision.LineZone)
    start, end = (point(x * size[0], y * size[1]) for x, y in (line.a, line.b))
    return make(start=start, end=end, triggering_anchors=[supervision.Position.BOTTOM_CENTER])
