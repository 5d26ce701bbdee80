"""Pictures of what a detector got wrong: figures say how much, only a picture says what.

A found box answers for the labelled one that it overlaps most, each for one (overlap 0.5, as in `measure`). So a fault
is one of three: missed, found where nothing is, or found and called something else. An angkot may be called a car.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from contract import VehicleClass
from models.evaluation.measure import Found
from models.labelled import CLASSES, Floats, Image, Ints, Labelled, read_image

_OVERLAP = 0.5
_MOST = 12
"""Pictures that are drawn for a detector."""
_PERSON = CLASSES.index(VehicleClass.PERSON)
_ANGKOT, _CAR = CLASSES.index(VehicleClass.ANGKOT), CLASSES.index(VehicleClass.CAR)
_RIGHT, _MISSED, _FALSE, _WRONG = (90, 160, 90), (60, 60, 230), (30, 200, 240), (220, 90, 220)
"""Colours, BGR: green, red, yellow, magenta."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Indices into what was labelled (`missed`), into what was found (`false`, `right`), or pairs of both (`wrong`)."""

    missed: tuple[int, ...]
    false: tuple[int, ...]
    wrong: tuple[tuple[int, int], ...]
    right: tuple[int, ...]

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.missed) + len(self.false) + len(self.wrong)


def faults(truth: Labelled, found: Found) -> Faults:
    """What is wrong in `found`. A person is no traffic; what lies in an ignored region is neither right nor wrong."""
    overlap = _overlaps(truth.boxes, found.boxes)
    kinds, named = _merged(truth.classes), _merged(found.classes)
    missed, wrong, right, taken = [], [], [], set[int]()
    for index in np.argsort(-overlap.max(axis=1, initial=0.0), kind="stable").tolist():
        # of two boxes on one vehicle the one with its right name answers for it
        order = sorted(range(len(named)), key=lambda one: (named[one] != kinds[index], -overlap[index, one]))
        answer = next((one for one in order if one not in taken and overlap[index, one] >= _OVERLAP), None)
        if answer is not None:
            taken.add(answer)
        if kinds[index] == _PERSON:
            continue
        if answer is None:
            missed.append(index)
        elif named[answer] == kinds[index]:
            right.append(answer)
        else:
            wrong.append((index, answer))
    excused = _inside(found.boxes, truth.ignored) | (named == _PERSON)
    false = [one for one in range(len(named)) if one not in taken and not excused[one]]
    return Faults(tuple(missed), tuple(false), tuple(wrong), tuple(right))


def drawn(image: Image, truth: Labelled, found: Found, told: Faults) -> Image:
    """The picture with a frame around each vehicle: green right, red missed, yellow false, magenta misnamed."""
    canvas = image.copy()
    for region in truth.ignored:
        _frame(canvas, region, (128, 128, 128), "")
    for one in told.right:
        _frame(canvas, found.boxes[one], _RIGHT, "")
    for one in told.false:
        _frame(canvas, found.boxes[one], _FALSE, CLASSES[found.classes[one]].value)
    for one in told.missed:
        _frame(canvas, truth.boxes[one], _MISSED, CLASSES[truth.classes[one]].value)
    for label, answer in told.wrong:
        text = f"{CLASSES[truth.classes[label]].value}: {CLASSES[found.classes[answer]].value}?"
        _frame(canvas, found.boxes[answer], _WRONG, text)
    return canvas


def write_worst(
    dataset: Path, pictures: Sequence[Labelled], found: Sequence[Found], threshold: float, out: Path
) -> list[Path]:
    """Draw the pictures with most faults for their vehicles into `out`, worst first; returns the files."""
    out.mkdir(parents=True, exist_ok=True)
    told = []
    for truth, each in zip(pictures, found, strict=True):
        sure = each.above(threshold)
        wrong = faults(truth, sure)
        told.append((wrong.number / (len(truth.boxes) + 3), truth, sure, wrong))
    told.sort(key=lambda one: -one[0])
    written = []
    for place, (_, truth, sure, wrong) in enumerate(told[:_MOST], 1):
        path = out / f"{place:02d}_{wrong.number}_{Path(truth.file).stem[:40]}.jpg"
        cv2.imwrite(str(path), drawn(read_image(dataset / truth.file), truth, sure, wrong))
        written.append(path)
    return written


def _frame(canvas: Image, box: Floats, colour: tuple[int, int, int], text: str) -> None:
    x0, y0, x1, y1 = (round(value) for value in box.tolist())
    cv2.rectangle(canvas, (x0, y0), (x1, y1), colour, max(1, canvas.shape[1] // 640))
    if text:
        size = canvas.shape[1] / 1600
        cv2.putText(
            canvas, text, (x0, max(y0 - 3, 10)), cv2.FONT_HERSHEY_SIMPLEX, max(size, 0.35), colour, 1, cv2.LINE_AA
        )


def _merged(classes: Ints) -> Ints:
    return np.where(classes == _ANGKOT, _CAR, classes)


def _overlaps(ones: Floats, others: Floats) -> Floats:
    """(n, m) intersection over union."""
    shared = _shared(ones, others)
    areas = _areas(ones)[:, None] + _areas(others)[None] - shared
    return np.asarray(shared / np.maximum(areas, 1e-6), np.float32)


def _inside(boxes: Floats, regions: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """(n,) whether half of each box lies in one region."""
    share = _shared(boxes, regions) / np.maximum(_areas(boxes), 1e-6)[:, None]
    return np.asarray(share.max(axis=1, initial=0.0) >= _OVERLAP)


def _shared(ones: Floats, others: Floats) -> Floats:
    low = np.maximum(ones[:, None, :2], others[None, :, :2])
    high = np.minimum(ones[:, None, 2:], others[None, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2), np.float32)


def _areas(boxes: Floats) -> Floats:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), np.float32)
