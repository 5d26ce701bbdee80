"""A picture that shows what the last one showed is not looked into, and nothing that moves is missed for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from contract import Zones
from edge.detection import Detections, Detector
from edge.detection.stillness import LONGEST_S, Stillness
from edge.frame import Frame, Image
from edge.pipeline import Pipeline
from tests.support.clips import Sensor, street

STREET: Image = street()


def with_vehicle(x: int, side: int = 12) -> Image:
    """A small far vehicle whose left edge is at x."""
    image = STREET.copy()
    image[220 : 220 + side, x : x + side] = (40, 40, 200)
    return image


FILMS: list[tuple[str, Callable[[int], Image], float, bool]] = [
    # what is filmed                  picture by picture                          noise     still
    ("an empty street", lambda _: STREET, 2.0, True),
    ("a parked vehicle", lambda _: with_vehicle(300), 2.0, True),
    ("a vehicle drives", lambda picture: with_vehicle(100 + 8 * picture), 2.0, False),
    ("a small one, slowly", lambda picture: with_vehicle(100 + 2 * picture, side=8), 2.0, False),
    ("a noisy sensor at night", lambda _: STREET, 12.0, False),
]


@pytest.mark.parametrize(("film", "noise", "still"), [row[1:] for row in FILMS], ids=[row[0] for row in FILMS])
def test_films(film: Callable[[int], Image], noise: float, still: bool) -> None:
    """Five pictures in half a second; the first is always looked into."""
    stillness, sensor = Stillness(), Sensor()
    judged = [stillness.judge(sensor.film(film(picture), noise=noise), picture / 10) for picture in range(5)]
    assert judged[0] is False
    assert all(judged[1:]) if still else not any(judged[2:])
    assert stillness.still == sum(judged)


def test_what_creeps_is_noticed_though_no_step_is_seen() -> None:
    stillness = Stillness()
    shades = [np.clip(with_vehicle(300) + np.uint8(2) * picture, 0, 255).astype(np.uint8) for picture in range(9)]
    judged = [stillness.judge(shade, picture / 20) for picture, shade in enumerate(shades)]
    assert judged[1] is True
    assert False in judged[2:]


def test_however_still_the_network_is_asked_every_second() -> None:
    stillness = Stillness()
    looked = [picture / 10 for picture in range(31) if not stillness.judge(STREET, picture / 10)]
    assert looked == pytest.approx([0.0, LONGEST_S, 2 * LONGEST_S, 3 * LONGEST_S])


def test_a_camera_that_changes_its_format_is_looked_into() -> None:
    stillness = Stillness()
    stillness.judge(STREET, 0.0)
    assert stillness.judge(street(width=320, height=180), 0.1) is False


@dataclass
class Asked:
    """A network that always sees one car, and remembers how often it was asked."""

    times: int = 0
    inference_s: float = 0.01
    spec: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(threshold=0.25))

    def detect(self, _image: Image, _threshold: float) -> Detections:
        self.times += 1
        box = np.array([[300, 200, 340, 230]], np.float32)
        return Detections(box, np.full(1, 0.9, np.float32), np.full(1, 1, np.int64))


@pytest.mark.parametrize(("spared", "asked"), [(False, 20), (True, 2)])
def test_who_stands_in_a_still_picture_stays_a_track(spared: bool, asked: int) -> None:
    network, sensor = Asked(), Sensor()
    pipeline = Pipeline(cast(Detector, network), Zones(), stillness=Stillness() if spared else None)
    for picture in range(20):
        frame = Frame(sensor.film(with_vehicle(300)), picture, picture / 10, datetime(2026, 3, 2, tzinfo=UTC))
        tracks, _ = pipeline.step(frame)
    assert network.times == asked
    assert [track.hits for track in tracks] == [20]
    assert pipeline.seconds["inference"] == pytest.approx(0.01 * asked)
