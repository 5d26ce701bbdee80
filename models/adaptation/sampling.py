"""Which pictures are worth a person's time: the hardest of each stretch of time, and of those the hardest. Pure.

A picture is hard where the detector hesitates: boxes scored about its threshold, two-wheelers above all, for they are
what is missed from a mast. One picture a stretch keeps a queue at red from filling the sample with itself.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np

from contract import VehicleClass
from edge.detection import Detections
from edge.detection.detections import CLASSES
from edge.frame import Image

_TWO_WHEELERS = [CLASSES.index(VehicleClass.MOTORCYCLE), CLASSES.index(VehicleClass.BICYCLE)]
_TWO_WHEELED = 2.0
_CROWD = 0.05
"""What a sure box adds: between two clear pictures the fuller one teaches more."""


def hardness(found: Detections, threshold: float) -> float:
    """How much the detector hesitates over a picture: 0 for an empty street; no unit.

    `found` holds boxes from well below `threshold` on. A box scored at the threshold counts 1, one at nothing or at
    twice the threshold counts nothing.
    """
    doubt = np.maximum(0.0, 1 - np.abs(found.scores - threshold) / threshold)
    weight = np.where(np.isin(found.classes, _TWO_WHEELERS), _TWO_WHEELED, 1.0)
    return float((doubt * weight).sum() + _CROWD * (found.scores >= 2 * threshold).sum())


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """A picture that may be kept, and what was found in it."""

    hardness: float
    time_s: float
    image: Image = field(compare=False)
    found: Detections = field(compare=False)


@dataclass(slots=True)
class Sampler:
    """Keeps the `most` hardest pictures, no two of one stretch of `stretch_s` seconds of the stream's clock."""

    most: int
    stretch_s: float
    _kept: list[Candidate] = field(default_factory=list)
    _stretch: int = -1
    _best: Candidate | None = None

    def offer(self, one: Candidate) -> None:
        """Take the next picture, in the order of time. The image is kept as it is: give a copy."""
        stretch = int(one.time_s // self.stretch_s)
        if stretch != self._stretch:
            self._settle()
            self._stretch = stretch
        if one.hardness > 0 and (self._best is None or one > self._best):
            self._best = one

    def chosen(self) -> list[Candidate]:
        """What was kept, in the order of time."""
        self._settle()
        return sorted(self._kept, key=lambda one: one.time_s)

    def _settle(self) -> None:
        if self._best is not None:
            keep = heapq.heappush if len(self._kept) < self.most else heapq.heappushpop
            keep(self._kept, self._best)
        self._best = None
