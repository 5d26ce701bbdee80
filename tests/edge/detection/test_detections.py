"""One road user has one box: doubles are suppressed, parts and riders are joined, neighbours stay apart."""

from __future__ import annotations

import numpy as np
import pytest

from contract import VehicleClass
from edge.detection.detections import CLASSES, Detections, join_parts, join_riders, same, suppress

MOTORCYCLE, CAR, BUS, PERSON = (
    VehicleClass.MOTORCYCLE,
    VehicleClass.CAR,
    VehicleClass.BUS,
    VehicleClass.PERSON,
)
Row = tuple[VehicleClass, float, tuple[float, float, float, float]]


def seen(*rows: Row) -> Detections:
    return Detections(
        np.array([box for _, _, box in rows], np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in rows], np.float32),
        np.array([CLASSES.index(kind) for kind, _, _ in rows], np.int64),
    )


def told(found: Detections) -> set[tuple[VehicleClass, tuple[float, ...]]]:
    return {(CLASSES[kind], tuple(box)) for kind, box in zip(found.classes.tolist(), found.boxes.tolist(), strict=True)}


WHOLE = (100.0, 100.0, 140.0, 200.0)
PARTS = [
    # what is seen                       boxes                                                       what is there
    ("a rider and its upper half", [(MOTORCYCLE, 0.6, WHOLE), (MOTORCYCLE, 0.3, (102, 98, 138, 150))], {
        (MOTORCYCLE, (100.0, 98.0, 140.0, 200.0))
    }),
    ("half a rider is surer", [(MOTORCYCLE, 0.3, WHOLE), (MOTORCYCLE, 0.6, (100, 100, 140, 150))], {
        (MOTORCYCLE, WHOLE)
    }),
    ("a lorry and its cab", [(BUS, 0.6, (0, 0, 100, 120)), (CAR, 0.3, (10, 50, 90, 118))], {
        (BUS, (0.0, 0.0, 100.0, 120.0))
    }),
    ("a car before a bus", [(BUS, 0.6, (0, 0, 100, 100)), (CAR, 0.5, (50, 70, 95, 98))], {
        (BUS, (0.0, 0.0, 100.0, 100.0)), (CAR, (50.0, 70.0, 95.0, 98.0))
    }),
    ("two riders abreast", [(MOTORCYCLE, 0.6, WHOLE), (MOTORCYCLE, 0.6, (125, 100, 165, 200))], {
        (MOTORCYCLE, WHOLE), (MOTORCYCLE, (125.0, 100.0, 165.0, 200.0))
    }),
    ("nothing", [], set[tuple[VehicleClass, tuple[float, ...]]]()),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "there"), [row[1:] for row in PARTS], ids=[row[0] for row in PARTS])
def test_parts(rows: list[Row], there: set[tuple[VehicleClass, tuple[float, ...]]]) -> None:
    assert told(join_parts(seen(*rows))) == there


def test_a_rider_and_the_machine_become_one() -> None:
    found = join_riders(seen((PERSON, 0.8, (100, 100, 140, 170)), (MOTORCYCLE, 0.5, (95, 140, 145, 210))))
    assert told(found) == {(MOTORCYCLE, (95.0, 100.0, 145.0, 210.0))}


def test_who_walks_beside_a_machine_stays_a_person() -> None:
    found = join_riders(seen((PERSON, 0.8, (100, 100, 140, 200)), (MOTORCYCLE, 0.5, (150, 140, 200, 210))))
    assert {kind for kind, _ in told(found)} == {PERSON, MOTORCYCLE}


def test_two_names_for_one_box_leave_the_surer() -> None:
    found = suppress(seen((CAR, 0.5, (0, 0, 100, 50)), (BUS, 0.7, (2, 0, 101, 51))))
    assert told(found) == {(BUS, (2.0, 0.0, 101.0, 51.0))}


def test_same_is_symmetric() -> None:
    one, other = seen((CAR, 1, (0, 0, 10, 10))), seen((CAR, 1, (0, 0, 9, 8)), (CAR, 1, (20, 0, 30, 10)))
    np.testing.assert_array_equal(same(one.boxes, other.boxes), [[True, False]])
    np.testing.assert_array_equal(same(other.boxes, one.boxes), [[True], [False]])
