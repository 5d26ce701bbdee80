"""A fault is told as what it is: missed, false, or misnamed; and the worst pictures are drawn."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from contract import VehicleClass
from models.evaluation.failures import Faults, faults, write_worst
from models.evaluation.measure import Found
from models.labelled import CLASSES, Labelled

HERE, THERE = (10.0, 10.0, 50.0, 50.0), (100.0, 10.0, 160.0, 60.0)
CAR, TRUCK, ANGKOT, PERSON = VehicleClass.CAR, VehicleClass.TRUCK, VehicleClass.ANGKOT, VehicleClass.PERSON
Box = tuple[float, float, float, float]
Seen = tuple[Box, VehicleClass]


def boxes(seen: list[Seen]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """As the arrays that labels and finds are kept in."""
    places = np.array([box for box, _ in seen], np.float32).reshape(-1, 4)
    return places, np.array([CLASSES.index(kind) for _, kind in seen], np.int64)


def labelled(seen: list[Seen], ignored: tuple[Box, ...] = (), file: str = "one.png") -> Labelled:
    """A picture of 200 x 100."""
    places, kinds = boxes(seen)
    return Labelled(file, 200, 100, "mast", "day", places, kinds, np.array(ignored, np.float32).reshape(-1, 4))


def found(seen: list[Seen], score: float = 0.9) -> Found:
    """What a detector says of it."""
    places, kinds = boxes(seen)
    return Found(places, np.full(len(seen), score, np.float32), kinds)


@pytest.mark.parametrize(
    ("label", "ignored", "answer", "expected"),
    [
        pytest.param([(HERE, CAR)], (), [(HERE, CAR)], Faults((), (), (), (0,)), id="right"),
        pytest.param([(HERE, CAR)], (), [], Faults((0,), (), (), ()), id="missed"),
        pytest.param([(HERE, CAR)], (), [(THERE, CAR)], Faults((0,), (0,), (), ()), id="elsewhere"),
        pytest.param([(HERE, CAR)], (), [(HERE, TRUCK)], Faults((), (), ((0, 0),), ()), id="misnamed"),
        pytest.param([(HERE, ANGKOT)], (), [(HERE, CAR)], Faults((), (), (), (0,)), id="an angkot may be a car"),
        pytest.param([(HERE, CAR)], (), [(HERE, TRUCK), (HERE, CAR)], Faults((), (0,), (), (1,)), id="twice"),
        pytest.param([], (HERE,), [(HERE, CAR)], Faults((), (), (), ()), id="not labelled to the end"),
        pytest.param([(HERE, PERSON)], (), [(THERE, PERSON)], Faults((), (), (), ()), id="a person is no traffic"),
    ],
)
def test_faults(label: list[Seen], ignored: tuple[Box, ...], answer: list[Seen], expected: Faults) -> None:
    assert faults(labelled(label, ignored), found(answer)) == expected


def test_the_worst_picture_is_drawn_first_and_only_what_the_detector_was_sure_of(tmp_path: Path) -> None:
    for name in ("good.png", "bad.png"):
        cv2.imwrite(str(tmp_path / name), np.full((100, 200, 3), 80, np.uint8))
    pictures = [labelled([(HERE, CAR)], file="good.png"), labelled([(HERE, CAR), (THERE, CAR)], file="bad.png")]
    unsure = found([(HERE, CAR)], score=0.1)
    written = write_worst(tmp_path, pictures, [found([(HERE, CAR)]), unsure], 0.25, tmp_path / "out")
    assert [path.name for path in written] == ["01_2_bad.jpg", "02_0_good.jpg"]
    red = cv2.imread(str(written[0]))[10, 10:50]
    assert (red[:, 2] > red[:, 1]).mean() > 0.5, "the missed car has no red frame"
