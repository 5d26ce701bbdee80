"""Average precision and recall by pycocotools, with rules that are fair to detectors of other label sets.

- An angkot counts as a car, for every detector: COCO has no word for it. `fine` tells them apart, for those that can.
- A person is no traffic: neither asked for nor held against anyone.
- What lies in a region that was not labelled to the end is neither right nor wrong, whatever its class.
- Sizes are those a box has in a picture 640 pixels wide, since a camera's own resolution says little.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO

import numpy as np
from numpy.typing import NDArray

from contract import VehicleClass
from models.labelled import CLASSES, Floats, Ints, Labelled

_WIDTH = 640
SIZES: tuple[tuple[str, float, float], ...] = (
    ("all", 0, 1e10),
    ("small", 0, 24.0**2),
    ("medium", 24.0**2, 64.0**2),
    ("large", 64.0**2, 1e10),
)
"""Name, least and greatest area in square pixels."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a detector found in one picture: boxes (n, 4) x0 y0 x1 y1 in pixels, scores (n,), classes (n,)."""

    boxes: Floats
    scores: Floats
    classes: Ints

    def above(self, threshold: float) -> Found:
        """What of it scored at least `threshold`."""
        sure = self.scores >= threshold
        return Found(self.boxes[sure], self.scores[sure], self.classes[sure])


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares, 0..1; a class that the pictures do not hold is absent."""

    map50: float
    map50_95: float
    ap50: dict[str, float]
    """By class."""
    recall: dict[str, dict[str, float]]
    """By class, then by size: what is found at the score from which the detector says it has seen something."""
    precision: dict[str, float]
    """By class, at that score."""


def measure(truths: Sequence[Labelled], found: Sequence[Found], threshold: float, *, fine: bool = False) -> Figures:
    """Hold what was `found` in each picture against its labels.

    `threshold` is the score at which recall and precision are told. `fine`: an angkot is not a car.
    """
    merged = np.arange(len(CLASSES))
    if not fine:
        merged[CLASSES.index(VehicleClass.ANGKOT)] = CLASSES.index(VehicleClass.CAR)
    asked = sorted({int(merged[kind]) for truth in truths for kind in truth.classes} - {_PERSON})
    scored = _evaluated(truths, found, merged, asked)
    sure = [each.above(threshold) for each in found]
    at_threshold = _evaluated(truths, sure, merged, asked)
    names = [CLASSES[kind].value for kind in asked]
    precision = scored.precision
    return Figures(
        map50=_mean(precision[0, :, :, 0, -1]),
        map50_95=_mean(precision[:, :, :, 0, -1]),
        ap50={name: _mean(precision[0, :, index, 0, -1]) for index, name in enumerate(names)},
        recall={
            name: {
                size: round(float(at_threshold.recall[0, index, place, -1]), 4)
                for place, (size, _, _) in enumerate(SIZES)
                if at_threshold.recall[0, index, place, -1] >= 0
            }
            for index, name in enumerate(names)
        },
        precision={name: at_threshold.exactness[index] for index, name in enumerate(names)},
    )


_PERSON = CLASSES.index(VehicleClass.PERSON)


@dataclass(frozen=True)
class _Evaluated:
    """pycocotools' arrays: precision (overlap, recall, class, size, limit), recall (overlap, class, size, limit)."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    exactness: list[float]
    """Of what was found of each class, the share that is right (overlap 0.5)."""


def _evaluated(truths: Sequence[Labelled], found: Sequence[Found], merged: Ints, asked: list[int]) -> _Evaluated:
    coco_module = importlib.import_module("pycocotools.coco")
    eval_module = importlib.import_module("pycocotools.cocoeval")
    with redirect_stdout(StringIO()):
        truth, answers = coco_module.COCO(), coco_module.COCO()
        truth.dataset = _truth_json(truths, merged, asked)
        truth.createIndex()
        answers.dataset = {**truth.dataset, "annotations": _found_json(truths, found, merged, asked)}
        answers.createIndex()
        run = eval_module.COCOeval(truth, answers, "bbox")
        run.params.areaRng = [[low, high] for _, low, high in SIZES]
        run.params.areaRngLbl = [name for name, _, _ in SIZES]
        run.params.maxDets = [200]
        run.evaluate()
        run.accumulate()
    right = np.zeros(len(asked))
    counted = np.zeros(len(asked))
    for one in run.evalImgs:
        if one is not None and tuple(one["aRng"]) == SIZES[0][1:]:
            place = asked.index(one["category_id"] - 1)
            held = ~np.asarray(one["dtIgnore"][0], bool)
            right[place] += (np.asarray(one["dtMatches"][0])[held] > 0).sum()
            counted[place] += held.sum()
    exactness = [round(float(share), 4) for share in right / np.maximum(counted, 1)]
    return _Evaluated(np.asarray(run.eval["precision"]), np.asarray(run.eval["recall"]), exactness)


def _truth_json(truths: Sequence[Labelled], merged: Ints, asked: list[int]) -> dict[str, object]:
    annotations: list[dict[str, object]] = []
    for number, truth in enumerate(truths, 1):
        scale = _WIDTH / truth.width
        for kind, box in zip(merged[truth.classes], truth.boxes * scale, strict=True):
            if int(kind) in asked:
                annotations.append(_annotation(number, int(kind), box))
        for region in truth.ignored * scale:
            annotations += [{**_annotation(number, kind, region), "iscrowd": 1} for kind in asked]
    for identity, annotation in enumerate(annotations, 1):
        annotation["id"] = identity
    images = [{"id": number} for number in range(1, len(truths) + 1)]
    return {"images": images, "annotations": annotations, "categories": [{"id": kind + 1} for kind in asked]}


def _found_json(
    truths: Sequence[Labelled], found: Sequence[Found], merged: Ints, asked: list[int]
) -> list[dict[str, object]]:
    annotations = []
    for number, (truth, each) in enumerate(zip(truths, found, strict=True), 1):
        scaled = each.boxes * (_WIDTH / truth.width)
        for kind, box, score in zip(merged[each.classes], scaled, each.scores, strict=True):
            if int(kind) in asked:
                annotations.append({**_annotation(number, int(kind), box), "score": float(score)})
    for identity, annotation in enumerate(annotations, 1):
        annotation["id"] = identity
    return annotations


def _annotation(image: int, kind: int, box: Floats) -> dict[str, object]:
    x0, y0, x1, y1 = box.tolist()
    area = (x1 - x0) * (y1 - y0)
    return {"image_id": image, "category_id": kind + 1, "bbox": [x0, y0, x1 - x0, y1 - y0], "area": area, "iscrowd": 0}


def _mean(precision: NDArray[np.float64]) -> float:
    """Mean over what was measured; pycocotools writes -1 where there was nothing to find."""
    measured = precision[precision > -1]
    return round(float(measured.mean()), 4) if measured.size else 0.0
