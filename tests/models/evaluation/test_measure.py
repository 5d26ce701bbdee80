"""What is right, wrong and neither, by a table of pictures with one or two boxes."""

from __future__ import annotations

import numpy as np
import pytest

from contract import VehicleClass
from models.evaluation.measure import Figures, Found, measure
from models.labelled import CLASSES, Labelled

Box = tuple[float, float, float, float]
CAR, ANGKOT, TRUCK = VehicleClass.CAR, VehicleClass.ANGKOT, VehicleClass.TRUCK
HERE: Box = (100, 100, 180, 150)
THERE: Box = (300, 100, 380, 150)


def truth(*boxes: tuple[VehicleClass, Box], ignored: Box | None = None) -> Labelled:
    return Labelled(
        file="a.jpg",
        width=640,
        height=360,
        camera="mast",
        light="day",
        boxes=np.array([box for _, box in boxes], np.float32).reshape(-1, 4),
        classes=np.array([CLASSES.index(kind) for kind, _ in boxes], np.int64),
        ignored=np.array([ignored] if ignored else [], np.float32).reshape(-1, 4),
    )


def found(*boxes: tuple[VehicleClass, Box, float]) -> Found:
    return Found(
        np.array([box for _, box, _ in boxes], np.float32).reshape(-1, 4),
        np.array([score for _, _, score in boxes], np.float32),
        np.array([CLASSES.index(kind) for kind, _, _ in boxes], np.int64),
    )


def figures(one: Labelled, other: Found, *, fine: bool = False) -> Figures:
    return measure([one], [other], 0.3, fine=fine)


TABLE = [
    # what, truth, found, mAP50, recall and precision of cars at the threshold
    ("found", truth((CAR, HERE)), found((CAR, HERE, 0.9)), 1.0, 1.0, 1.0),
    ("missed", truth((CAR, HERE)), found(), 0.0, 0.0, 0.0),
    ("beside", truth((CAR, HERE)), found((CAR, THERE, 0.9)), 0.0, 0.0, 0.0),
    ("of another class", truth((CAR, HERE)), found((TRUCK, HERE, 0.9)), 0.0, 0.0, 0.0),
    ("an angkot for a car", truth((CAR, HERE)), found((ANGKOT, HERE, 0.9)), 1.0, 1.0, 1.0),
    ("a car for an angkot", truth((ANGKOT, HERE)), found((CAR, HERE, 0.9)), 1.0, 1.0, 1.0),
    ("too unsure to say", truth((CAR, HERE)), found((CAR, HERE, 0.1)), 1.0, 0.0, 0.0),
    ("a ghost besides", truth((CAR, HERE)), found((CAR, HERE, 0.8), (CAR, THERE, 0.5)), 1.0, 1.0, 0.5),
    (
        "a find where nobody labelled",
        truth((CAR, HERE), ignored=(290, 90, 400, 160)),
        found((CAR, HERE, 0.8), (CAR, THERE, 0.9)),
        1.0,
        1.0,
        1.0,
    ),
]


@pytest.mark.parametrize(("_", "one", "other", "map50", "recall", "precision"), TABLE, ids=[row[0] for row in TABLE])
def test_one_picture(_: str, one: Labelled, other: Found, map50: float, recall: float, precision: float) -> None:
    got = figures(one, other)
    assert got.map50 == pytest.approx(map50, abs=0.01)
    assert got.recall["car"]["all"] == recall
    assert got.precision["car"] == precision


def test_apart_an_angkot_is_no_car() -> None:
    assert figures(truth((ANGKOT, HERE)), found((CAR, HERE, 0.9)), fine=True).map50 == 0
    assert figures(truth((ANGKOT, HERE)), found((ANGKOT, HERE, 0.9)), fine=True).map50 == pytest.approx(1.0)


def test_persons_are_neither_asked_for_nor_held_against_anyone() -> None:
    one = truth((CAR, HERE), (VehicleClass.PERSON, THERE))
    got = figures(one, found((CAR, HERE, 0.9)))
    assert got.map50 == pytest.approx(1.0) and "person" not in got.ap50


def test_sizes_are_those_in_a_picture_640_wide() -> None:
    one = truth((CAR, HERE))
    wide = Labelled(
        file="a.jpg",
        width=1280,
        height=720,
        camera="mast",
        light="day",
        boxes=one.boxes / 2,
        classes=one.classes,
        ignored=one.ignored,
    )
    assert "medium" not in figures(wide, Found(wide.boxes, np.ones(1, np.float32), wide.classes)).recall["car"]
    assert figures(one, Found(one.boxes, np.ones(1, np.float32), one.classes)).recall["car"]["medium"] == 1
