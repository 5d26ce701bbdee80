"""What lies on a road is told, by its outline; light, shadow, and what a parked car leaves behind are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from contract import AreaZone, VehicleClass
from edge.frame import Image
from edge.incidents.debris import HOLD_S, Debris
from edge.incidents.incident import Sighting
from edge.parking import Box, Seen
from edge.parking.places import Now
from tests.support.clips import Sensor, street

ROAD = AreaZone(kind="carriageway", id="road", polygon=((0.1, 0.5), (0.9, 0.5), (1.0, 1.0), (0.0, 1.0)))
PLACE = (slice(250, 280), slice(300, 350))
AROUND = Box(295 / 640, 245 / 360, 355 / 640, 285 / 360)
EMPTY: Image = street()

Film = Callable[[float], tuple[Image, list[Seen]]]


def watch(film: Film, seconds: float) -> list[Sighting]:
    """What is sighted in the last of the pictures, two a second."""
    debris, sensor = Debris(ROAD), Sensor()
    found: list[Sighting] = []
    for picture in range(int(2 * seconds)):
        image, seen = film(picture / 2)
        wall = datetime(2026, 3, 2, tzinfo=UTC)
        found = debris.step(Now(seen, sensor.film(image), picture / 2, wall, 0.5))
    return found


def with_load(image: Image) -> Image:
    """A crate with lashings."""
    image = image.copy()
    image[PLACE] = (60, 110, 170)
    cv2.line(image, (300, 250), (349, 279), (20, 20, 20), 3)
    return image


def falls(time_s: float) -> tuple[Image, list[Seen]]:
    return (with_load(EMPTY) if time_s >= 30 else EMPTY), []


def is_cleared(time_s: float) -> tuple[Image, list[Seen]]:
    return (with_load(EMPTY) if 30 <= time_s < 80 else EMPTY), []


def light_changes(time_s: float) -> tuple[Image, list[Seen]]:
    bright = np.clip(EMPTY * (1.0 if time_s < 30 else 1.35), 0, 255)
    return bright.astype(np.uint8), []


def shadow_falls(time_s: float) -> tuple[Image, list[Seen]]:
    """Of a banner, over the markings."""
    if time_s < 30:
        return EMPTY, []
    shaded = EMPTY.copy()
    shaded[200:300, 200:420] = (shaded[200:300, 200:420] * 0.7).astype(np.uint8)
    return shaded, []


def car(time_s: float, gone_s: float) -> tuple[Image, list[Seen]]:
    if time_s >= gone_s:
        return EMPTY, []
    return with_load(EMPTY), [Seen(1, VehicleClass.CAR, AROUND)]


def car_stands(time_s: float) -> tuple[Image, list[Seen]]:
    return car(time_s, 1000)


def car_leaves(time_s: float) -> tuple[Image, list[Seen]]:
    return car(time_s, 40)


def unseen_car_leaves(time_s: float) -> tuple[Image, list[Seen]]:
    """No detector ever saw it: what it leaves is the road."""
    return (with_load(EMPTY) if time_s < 30 else EMPTY), []


def is_hidden_by_passers(time_s: float) -> tuple[Image, list[Seen]]:
    """Traffic goes by over it every few seconds."""
    image, _ = falls(time_s)
    return image, [Seen(2, VehicleClass.CAR, AROUND)] if time_s % 6 < 2 else []


FILMS = [
    # what happens                                 the film              seconds            told
    ("a load falls", falls, 30 + HOLD_S + 10, 1),
    ("it fell a moment ago", falls, 30 + HOLD_S - 5, 0),
    ("it fell, and was cleared", is_cleared, 100, 0),
    ("it lies there among traffic", is_hidden_by_passers, 30 + 2 * HOLD_S, 1),
    ("the sun comes out", light_changes, 100, 0),
    ("a shadow falls", shadow_falls, 100, 0),
    ("a car stands", car_stands, 100, 0),
    ("a car leaves", car_leaves, 100, 0),
    ("a car that was never seen leaves", unseen_car_leaves, 100, 0),
]


@pytest.mark.parametrize(("film", "seconds", "told"), [row[1:] for row in FILMS], ids=[row[0] for row in FILMS])
def test_films(film: Film, seconds: float, told: int) -> None:
    found = watch(film, seconds)
    assert len(found) == told
    for one in found:
        assert one.box.x0 == pytest.approx(300 / 640, abs=0.02)
        assert one.box.y1 == pytest.approx(280 / 360, abs=0.02)
