"""The twin's stories as films that are drawn and looked at once: pictures, exact boxes and a detector's boxes, kept.

Drawing and inference are all but the whole cost of judging the rules on the twin, and neither changes when a rule does.
A film lies in a folder outside the repository, in reels of a minute, named by all that its pictures depend on: story,
seed, pictures a second, and the text of the modules that draw. A detector's boxes lie beside them, named by its hash
and the text of the modules that tidy boxes. What is there already is not made again, so a run that was stopped goes on
where it was; a longer film begins with the reels of the shorter one.

Pictures are kept as JPEG, as most cameras send them, and the detector looks at those.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detection import Detections, Detector
from edge.detection.detections import CLASSES
from edge.frame import Frame, Image
from twin.boxes import visible_boxes
from twin.camera_feed import CameraFeed, hour_of
from twin.scene import Scene
from twin.scenes import EVERY_SCENE
from twin.staged import Staged, stop_and_go

REEL_S = 60
UNSURE = 0.15
"""Least score of a box that is kept: what a unit asks its detector for."""
_QUALITY = 85
_BUSY_KERB = 2.5
"""So many times as many stop at the kerb as in the demo: parking is seldom, and its rules are to be judged."""
_REPOSITORY = Path(__file__).parents[1]
_DRAWING = (
    *("arrivals", "boxes", "camera", "camera_feed", "fleet", "mesh", "pose", "shapes", "signals", "surroundings"),
    *("traffic", "turns", "vehicle", "walkers"),
)
"""Modules of the twin that the pictures depend on, besides those that draw; scenes are told apart by their measures."""
_TIDYING = ("decoders", "detections", "detector")

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Story:
    """What is played."""

    scene: str
    light: str = "day"
    rain: bool = False
    jam: bool = False

    def __str__(self) -> str:
        return " ".join([self.scene, self.light, *(["rain"] if self.rain else []), *(["jam"] if self.jam else [])])

    @property
    def place(self) -> Scene:
        """The scene, with a busy kerb."""
        drawn = EVERY_SCENE[self.scene]
        return replace(drawn, carriageways=tuple(replace(way, stopping=_BUSY_KERB) for way in drawn.carriageways))

    @property
    def staged(self) -> tuple[Staged, ...]:
        return stop_and_go(self.place) if self.jam else ()


@dataclass(frozen=True, slots=True)
class Exact:
    """Everyone whom a picture shows, as far as they can be seen: `ids` (n,) of the twin's vehicles, and their boxes."""

    ids: NDArray[np.int64]
    boxes: Detections


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture, who is truly in it, and whom the detector saw."""

    frame: Frame
    exact: Exact
    found: Detections


@dataclass(frozen=True)
class Film:
    """A story from its beginning, of so many seconds. `folder` holds all films."""

    story: Story
    folder: Path
    seconds: float
    fps: float
    seed: int

    def feed(self) -> CameraFeed:
        """The story's camera, at its beginning."""
        one = self.story
        began = hour_of(one.light)
        return CameraFeed(one.place, self.seed, light=one.light, rain=one.rain, began=began, staged=one.staged)

    @property
    def frames(self) -> int:
        return max(1, round(self.seconds * self.fps))

    @property
    def reels(self) -> int:
        """How many reels it takes."""
        return -(-self.frames // self._reel)

    def drawn(self, reel: int) -> Path:
        """The file of a reel's pictures."""
        one = self.story
        told = (repr(one.place), repr(one.staged), one.light, one.rain, self.seed, float(self.fps))
        texts = [f"twin/{name}.py" for name in _DRAWING] + sorted(
            str(path.relative_to(_REPOSITORY)) for path in (_REPOSITORY / "twin" / "render").glob("*.py")
        )
        name = f"{str(self.story).replace(' ', '-')}-{self.seed}-{_digest(repr(told), *texts)}"
        return self.folder / name / f"{reel:03d}.npz"

    def looked(self, reel: int, detector: Detector) -> Path:
        """The file of the boxes that `detector` finds in a reel."""
        key = _digest(detector.spec.model_dump_json(), *(f"edge/detection/{name}.py" for name in _TIDYING))
        return self.drawn(reel).with_suffix(f".{detector.spec.name}-{key}.npy")

    def missing(self, detector: Detector) -> int:
        """Reels that are yet to be made."""
        return sum(not (self._whole(reel) and self.looked(reel, detector).exists()) for reel in range(self.reels))

    def make(self, detector: Detector) -> None:
        """Draw and look at what is not there yet."""
        feed: CameraFeed | None = None
        for reel in range(self.reels):
            if not self._whole(reel):
                feed = feed or self.feed()
                self._draw(feed, reel)
            if not self.looked(reel, detector).exists():
                self._look(detector, reel)

    def pictures(self, detector: Detector) -> Iterator[Shown]:
        """The whole film, as far as it was asked for; all of it must have been made."""
        began = hour_of(self.story.light)
        for reel in range(self.reels):
            exact, found = np.load(self.drawn(reel))["exact"], np.load(self.looked(reel, detector))
            for place, image in enumerate(self._images(reel)):
                index = reel * self._reel + place
                if index >= self.frames:
                    return
                time_s = index / self.fps
                true, seen = _of(exact, place), _of(found, place)
                yield Shown(
                    Frame(image, index, time_s, began + timedelta(seconds=time_s)),
                    Exact(true[:, 1].astype(np.int64), _detections(true[:, 2:])),
                    _detections(seen[:, 1:]),
                )

    @property
    def _reel(self) -> int:
        """Pictures on a whole reel."""
        return round(REEL_S * self.fps)

    def _whole(self, reel: int) -> bool:
        """Whether a reel's pictures are there: all of a minute, or as many as are asked for."""
        path = self.drawn(reel)
        if not path.exists():
            return False
        wanted = min(self._reel, self.frames - reel * self._reel)
        return len(np.load(path)["ends"]) >= wanted

    def _draw(self, feed: CameraFeed, reel: int) -> None:
        pictures, rows = list[NDArray[np.uint8]](), list[tuple[float, ...]]()
        for place in range(min(self._reel, self.frames - reel * self._reel)):
            image = feed.picture((reel * self._reel + place) / self.fps)
            assert image is not None and feed.shot is not None, "no fault is staged"
            done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            assert done, "a picture in memory can be encoded"
            pictures.append(np.asarray(jpeg, np.uint8).ravel())
            rows += [(place, one.id, *one.box, 1.0, CLASSES.index(one.kind)) for one in visible_boxes(feed.shot)]
        ends = np.cumsum([len(one) for one in pictures])
        exact = np.array(rows, np.float64).reshape(-1, 8)
        path = self.drawn(reel)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, jpeg=np.concatenate(pictures), ends=ends, exact=exact)
        for stale in path.parent.glob(f"{path.stem}.*.npy"):
            stale.unlink()
        part.replace(path)

    def _look(self, detector: Detector, reel: int) -> None:
        rows = [np.zeros((0, 7))]
        for place, image in enumerate(self._images(reel)):
            found = detector.detect(image, UNSURE)
            where = np.full(len(found), place)
            rows.append(np.column_stack([where, found.boxes, found.scores, found.classes]))
        path = self.looked(reel, detector)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.save(file, np.concatenate(rows))
        part.replace(path)

    def _images(self, reel: int) -> Iterator[Image]:
        kept = np.load(self.drawn(reel))
        jpeg, start = kept["jpeg"], 0
        for end in kept["ends"].tolist():
            yield np.asarray(cv2.imdecode(jpeg[start:end], cv2.IMREAD_COLOR), np.uint8)
            start = end


def default_folder() -> Path:
    """Where films are kept unless told otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "simpang" / "films"


@cache
def _digest(told: str, *texts: str) -> str:
    """Of what is told, and of the text of files in the repository."""
    found = hashlib.sha256(told.encode())
    for text in texts:
        found.update((_REPOSITORY / text).read_bytes())
    return found.hexdigest()[:10]


def _of(rows: Rows, place: int) -> Rows:
    """The rows of one picture of a reel; the first column says which, and never falls."""
    first, last = np.searchsorted(rows[:, 0], [place, place + 1])
    return rows[first:last]


def _detections(rows: Rows) -> Detections:
    """(n, 6) x0 y0 x1 y1, score, class."""
    return Detections(rows[:, :4].astype(np.float32), rows[:, 4].astype(np.float32), rows[:, 5].astype(np.int64))
