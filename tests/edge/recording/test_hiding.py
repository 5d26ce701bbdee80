"""What may leave: people and plates are not to be recognised in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from contract import VehicleClass
from edge.detection.detections import CLASSES, Detections
from edge.frame import Image
from edge.recording.film import Shot, Spot, pack, unpack
from edge.recording.hiding import hidden, hidden_shots, spots

HEIGHT, WIDTH = 360, 640
NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
BOX = (200.0, 120.0, 320.0, 240.0)


def checkered() -> Image:
    """Fine detail everywhere: 4-pixel squares, black and white."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.repeat((((x // 4 + y // 4) % 2) * 255).astype(np.uint8)[..., None], 3, axis=2)


def detected(vehicle: VehicleClass) -> Detections:
    return Detections(np.array([BOX], np.float32), np.ones(1, np.float32), np.array([CLASSES.index(vehicle)]))


def contrast(image: Image, box: tuple[float, float, float, float]) -> float:
    x0, y0, x1, y1 = map(int, box)
    part: NDArray[np.float64] = image[y0:y1, x0:x1].astype(float)
    return float(part.std())


LOWER, UPPER, ABOVE, BESIDE = (200, 180, 320, 240), (210, 122, 310, 150), (205, 85, 315, 115), (400, 120, 500, 240)


@pytest.mark.parametrize(
    ("vehicle", "gone", "left"),
    [
        (VehicleClass.PERSON, [LOWER, UPPER], [BESIDE]),
        (VehicleClass.MOTORCYCLE, [LOWER, UPPER, ABOVE], [BESIDE]),  # the rider's head stands out above
        (VehicleClass.BICYCLE, [LOWER, UPPER, ABOVE], [BESIDE]),
        (VehicleClass.CAR, [LOWER], [UPPER, BESIDE]),  # its plate is below
        (VehicleClass.ANGKOT, [LOWER], [UPPER, BESIDE]),
        (VehicleClass.BUS, [LOWER], [UPPER, BESIDE]),
        (VehicleClass.TRUCK, [LOWER], [UPPER, BESIDE]),
    ],
)
def test_what_is_hidden_of_whom(
    vehicle: VehicleClass, gone: list[tuple[int, int, int, int]], left: list[tuple[int, int, int, int]]
) -> None:
    street = checkered()
    shown = hidden(street, spots(detected(vehicle), WIDTH, HEIGHT))
    assert contrast(street, LOWER) > 100
    assert all(contrast(shown, part) < 25 for part in gone)
    assert all(contrast(shown, part) > 100 for part in left)
    assert np.array_equal(street, checkered()), "the original is not touched"


def test_where_nobody_looked_everything_is_hidden() -> None:
    assert contrast(hidden(checkered(), None), (0, 0, WIDTH, HEIGHT)) < 25


def test_a_detector_that_blinks_shows_nobody() -> None:
    _, jpeg = cv2.imencode(".jpg", checkered())
    person = (Spot(BOX[0] / WIDTH, BOX[1] / HEIGHT, BOX[2] / WIDTH, BOX[3] / HEIGHT, plate_only=False),)
    seen: list[tuple[Spot, ...] | None] = [person, (), (), None, ()]
    shots = [Shot(NOON + timedelta(seconds=one / 5), jpeg.tobytes(), found) for one, found in enumerate(seen)]
    shown = [cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR) for _, one in hidden_shots(shots, 60)]
    sharp = [contrast(np.asarray(one, np.uint8), LOWER) > 60 for one in shown]
    assert sharp == [False, False, True, False, True], "seen, just seen, gone, nobody looked, gone"


def test_a_broken_picture_is_left_out_and_a_segment_comes_back_as_it_was() -> None:
    _, jpeg = cv2.imencode(".jpg", checkered())
    shots = [Shot(NOON, jpeg.tobytes(), None), Shot(NOON, b"no picture", (Spot(0, 0, 0.5, 1, plate_only=True),))]
    assert unpack(pack(shots)) == shots
    assert pack(shots) == pack(shots)
    assert unpack(pack(shots)[:-30]) == []
    assert len(list(hidden_shots(shots, 60))) == 1
