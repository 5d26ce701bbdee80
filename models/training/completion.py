"""What the labellers left out: a teacher looks at every picture, and what only it sees is not taught as background.

In each of the public sets some vehicles have no box. A detector trained on that learns to miss them. So detectors at
hand look at the whole picture and at its tiles, mirrored as well; what they find and no label covers becomes an
ignored region, or, where they are sure and the class is one the set's labellers never drew, a label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from contract import VehicleClass
from edge.detection import Detections, Detector
from edge.detection.detections import area, intersection, iou, suppress
from edge.frame import Image
from models.labelled import CLASSES, Floats, Labelled

_TILE = 0.6
_DOUBT, _SURE = 0.2, 0.55
_OVERLAP = 0.35


def look(teachers: Sequence[Detector], image: Image, *, closely: bool = False) -> Detections:
    """What any of the teachers finds in the picture, each road user once; `closely`: mirrored and in tiles as well."""
    height, width = image.shape[:2]
    tile_w, tile_h = round(width * _TILE), round(height * _TILE)
    origins = [(0, 0), (width - tile_w, 0), (0, height - tile_h), (width - tile_w, height - tile_h)]
    found: list[Detections] = []
    for teacher in teachers:
        found.append(teacher.detect(image, _DOUBT))
        if not closely:
            continue
        mirrored = teacher.detect(np.ascontiguousarray(image[:, ::-1]), _DOUBT)
        found.append(Detections(_mirrored(mirrored.boxes, width), mirrored.scores, mirrored.classes))
        for x, y in origins:
            part = teacher.detect(np.ascontiguousarray(image[y : y + tile_h, x : x + tile_w]), _DOUBT)
            whole = _whole(part.boxes, tile_w, tile_h)
            inside = Detections(part.boxes + np.array([x, y, x, y], np.float32), part.scores, part.classes)
            found.append(inside.only(whole))
    joined = Detections(
        np.concatenate([each.boxes for each in found]),
        np.concatenate([each.scores for each in found]),
        np.concatenate([each.classes for each in found]),
    )
    return suppress(joined, 0.5)


def complete(labelled: Labelled, found: Detections, drawn: frozenset[VehicleClass]) -> Labelled:
    """Add what `found` has and the labels lack.

    `drawn` are the classes that the set's labellers drew: of those an unlabelled find is only ignored (its class or
    its extent is in doubt), of the others a sure one becomes a label.
    """
    covered = iou(found.boxes, labelled.boxes).max(axis=1, initial=0) > _OVERLAP
    covered |= _inside(found.boxes, labelled.boxes)
    new = found.only(~covered)
    strange = np.array([CLASSES[kind] not in drawn for kind in new.classes], bool)
    taught = strange & (new.scores >= _SURE)
    return replace(
        labelled,
        boxes=np.vstack([labelled.boxes, new.boxes[taught]]),
        classes=np.concatenate([labelled.classes, new.classes[taught]]),
        ignored=np.vstack([labelled.ignored, new.boxes[~taught]]),
    )


def _inside(found: Floats, labels: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) whether most of a find lies in one label: a part of something, such as a rider or a cabin."""
    share = intersection(found, labels) / np.maximum(area(found)[:, None], 1)
    return np.asarray(share.max(axis=1, initial=0) > 0.8)


def _mirrored(boxes: Floats, width: int) -> Floats:
    out = boxes.copy()
    out[:, [0, 2]] = width - boxes[:, [2, 0]]
    return out


def _whole(boxes: Floats, width: int, height: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) whether a box stays clear of the tile's border, where it may be cut."""
    return np.asarray((boxes[:, :2] > 3).all(axis=1) & (boxes[:, 2] < width - 3) & (boxes[:, 3] < height - 3))
