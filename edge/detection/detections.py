"""Boxes of road users in one picture, as arrays, and the rules that tidy them: overlap, suppression, riders."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contract import VehicleClass

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

CLASSES: tuple[VehicleClass, ...] = tuple(VehicleClass)
"""`Detections.classes` indexes this."""

_TWO_WHEELERS = [CLASSES.index(VehicleClass.MOTORCYCLE), CLASSES.index(VehicleClass.BICYCLE)]
_PERSON = CLASSES.index(VehicleClass.PERSON)

_SAME = 0.5
"""Intersection over union from which two boxes show one vehicle."""
_WITHIN = 0.7
"""Share of the smaller box within the larger, and ..."""
_AS_WIDE = 0.5
"""... of its width, from which it is a part of the same vehicle."""


@dataclass(frozen=True, slots=True)
class Detections:
    """`boxes` (n, 4) float32 x0 y0 x1 y1 in pixels of the picture; `scores` (n,) 0..1; `classes` (n,) into CLASSES."""

    boxes: Floats
    scores: Floats
    classes: Ints

    def __len__(self) -> int:
        return len(self.scores)

    def only(self, chosen: NDArray[np.bool_] | Ints) -> Detections:
        """Those that a mask or an index array chooses."""
        return Detections(self.boxes[chosen], self.scores[chosen], self.classes[chosen])

    @classmethod
    def none(cls) -> Detections:
        """An empty street."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))


def area(boxes: Floats) -> Floats:
    """(n, 4) boxes -> (n,) areas."""
    width_height = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return np.asarray(width_height[:, 0] * width_height[:, 1], np.float32)


def intersection(one: Floats, other: Floats) -> Floats:
    """(n, 4), (m, 4) -> (n, m) overlapping areas."""
    (x0, y0, x1, y1), (u0, v0, u1, v1) = one.T[:, :, None], other.T[:, None]
    wide = np.minimum(x1, u1) - np.maximum(x0, u0)
    high = np.minimum(y1, v1) - np.maximum(y0, v0)
    return np.asarray(np.maximum(wide, 0) * np.maximum(high, 0), np.float32)


def iou(one: Floats, other: Floats) -> Floats:
    """(n, 4), (m, 4) -> (n, m) intersection over union."""
    common = intersection(one, other)
    union = area(one)[:, None] + area(other)[None, :] - common
    return np.asarray(common / np.maximum(union, 1e-6), np.float32)


def suppress(found: Detections, threshold: float = 0.6) -> Detections:
    """Non-maximum suppression across classes: one road user has one box, whatever it was taken for."""
    if len(found) < 2:
        return found
    corners = found.boxes.astype(float)
    sized = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
    kept = cv2.dnn.NMSBoxes(sized.tolist(), found.scores.tolist(), 0.0, threshold)
    return found.only(np.asarray(kept, np.int64))


def same(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """(n, 4), (m, 4) -> (n, m) whether two boxes show the same vehicle: they overlap by half, or one is a part.

    A part lies for the most part within the other and is nearly as wide: the upper half of a rider with its machine,
    the cab of a lorry seen from ahead. A car before a bus lies within its box too, but is much narrower.
    """
    common = intersection(one, other)
    areas, others = area(one)[:, None], area(other)[None]
    union = common / np.maximum(areas + others - common, 1e-6)
    within = common / np.maximum(np.minimum(areas, others), 1e-6)
    return np.asarray((union >= _SAME) | ((within >= _WITHIN) & (_narrower(one, other) >= _AS_WIDE)), bool)


def _narrower(one: Floats, other: Floats) -> Floats:
    """(n, 4), (m, 4) -> (n, m) ratio of the smaller width to the larger."""
    width, wide = (one[:, 2] - one[:, 0])[:, None], (other[:, 2] - other[:, 0])[None]
    return np.asarray(np.minimum(width, wide) / np.maximum(np.maximum(width, wide), 1e-6), np.float32)


def join_parts(found: Detections) -> Detections:
    """Drop boxes that are a part of a surer one of the same vehicle; a two-wheeler grows by its parts.

    Non-maximum suppression leaves them: half a rider overlaps the whole by half only.
    """
    boxes = found.boxes
    areas = area(boxes)
    within = intersection(boxes, boxes) / np.maximum(np.minimum(areas[:, None], areas[None]), 1e-6)
    part = within >= _WITHIN
    np.fill_diagonal(part, False)
    if part.any():
        part &= _narrower(boxes, boxes) >= _AS_WIDE
    if not part.any():
        return found
    boxes = boxes.copy()
    kept = np.ones(len(found), bool)
    two_wheeled = np.isin(found.classes, _TWO_WHEELERS)
    for whole in np.argsort(-found.scores, kind="stable"):
        parts = np.flatnonzero(part[whole] & kept & (found.scores <= found.scores[whole]))
        if not kept[whole] or not len(parts):
            continue
        kept[parts] = False
        ridden = parts[two_wheeled[parts]] if two_wheeled[whole] else parts[:0]
        boxes[whole, :2] = np.vstack([boxes[whole, :2], boxes[ridden, :2]]).min(axis=0)
        boxes[whole, 2:] = np.vstack([boxes[whole, 2:], boxes[ridden, 2:]]).max(axis=0)
    return Detections(boxes, found.scores, found.classes).only(kept)


def join_riders(found: Detections) -> Detections:
    """Make a two-wheeler and the person on it one box.

    A detector trained on COCO sees rider and machine apart. A person whose box is covered for a third or more by a
    two-wheeler's lower two thirds sits on it; the joint box reaches from helmet to tyre.
    """
    riders = np.flatnonzero(found.classes == _PERSON)
    if not len(riders):
        return found
    machines = np.flatnonzero(np.isin(found.classes, _TWO_WHEELERS))
    if not len(machines):
        return found
    boxes = found.boxes.copy()
    covered = intersection(boxes[riders], boxes[machines]) / np.maximum(area(boxes[riders])[:, None], 1e-6)
    best = covered.argmax(axis=1)
    seated = covered[np.arange(len(riders)), best] >= 1 / 3
    for rider, machine in zip(riders[seated], machines[best[seated]], strict=True):
        boxes[machine, :2] = np.minimum(boxes[machine, :2], boxes[rider, :2])
        boxes[machine, 2:] = np.maximum(boxes[machine, 2:], boxes[rider, 2:])
    kept = np.ones(len(found), bool)
    kept[riders[seated]] = False
    return Detections(boxes, found.scores, found.classes).only(kept)
