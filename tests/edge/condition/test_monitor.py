"""The camera's condition on a drawn street, where every trouble can be made at will."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages import CameraCondition
from edge.condition import ConditionMonitor
from edge.frame import Image
from tests.support.clips import Sensor, street

SCENE = street()
FPS = 4.0
ALARM_S = 30.0
"""Issue: alarm within 30 s."""


def _zoomed(scene: Image) -> Image:
    height, width = scene.shape[:2]
    part = scene[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4]
    return cv2.resize(part, (width, height)).astype(np.uint8)


def _masked(scene: Image) -> Image:
    """A bag over three quarters of the lens."""
    covered = scene.copy()
    covered[:, scene.shape[1] // 4 :] = (60, 62, 64)
    return covered


def _infrared(scene: Image) -> Image:
    grey = cv2.cvtColor(cv2.convertScaleAbs(scene, alpha=0.5), cv2.COLOR_BGR2GRAY)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.uint8)


TROUBLES: dict[CameraCondition, Callable[[Image], Image]] = {
    CameraCondition.BLACK: np.zeros_like,
    CameraCondition.COVERED: _masked,
    CameraCondition.DEFOCUSED: lambda scene: cv2.GaussianBlur(scene, (0, 0), 4).astype(np.uint8),
    CameraCondition.MOVED: _zoomed,
    CameraCondition.NIGHT: _infrared,
}


class Film:
    """Feeds a monitor with a scene and notes every change of its condition."""

    def __init__(self) -> None:
        self.monitor = ConditionMonitor()
        self.time_s = 0.0
        self.changes: list[tuple[float, CameraCondition]] = []
        self._sensor = Sensor()

    def show(self, scene: Image, seconds: float, *, noise: float = 2.0) -> CameraCondition:
        for _ in range(round(seconds * FPS)):
            image = self._sensor.film(scene, noise=noise)
            self._take(self.monitor.step(image, self.time_s))
            self.time_s += 1 / FPS
        return self.monitor.condition

    def _take(self, condition: CameraCondition) -> None:
        if not self.changes or self.changes[-1][1] is not condition:
            self.changes.append((self.time_s, condition))

    @property
    def sequence(self) -> list[CameraCondition]:
        return [condition for _, condition in self.changes]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_each_trouble_is_named_in_time_and_ends_with_it(trouble: CameraCondition) -> None:
    film = Film()
    assert film.show(SCENE, 10) is CameraCondition.OK
    film.show(TROUBLES[trouble](SCENE), ALARM_S)
    assert film.show(SCENE, 10) is CameraCondition.OK
    assert film.sequence == [CameraCondition.OK, trouble, CameraCondition.OK]
    assert film.changes[1][0] - 10 < ALARM_S


def test_a_repeated_picture_is_frozen_and_a_quiet_one_is_not() -> None:
    film = Film()
    assert film.show(SCENE, 40, noise=1.0) is CameraCondition.OK
    assert film.show(SCENE, 20, noise=0.0) is CameraCondition.FROZEN
    assert film.show(SCENE, 5) is CameraCondition.OK


def test_a_stall_of_the_stream_shorter_than_ten_seconds_is_no_alarm() -> None:
    film = Film()
    film.show(SCENE, 10)
    film.show(SCENE, 8, noise=0.0)
    film.show(SCENE, 10)
    assert film.sequence == [CameraCondition.OK]


@pytest.mark.parametrize("pixels", [16, 30])
def test_a_camera_knocked_a_little_aside_has_moved(pixels: int) -> None:
    film = Film()
    film.show(SCENE, 10)
    assert film.show(np.roll(SCENE, pixels, axis=1), 10) is CameraCondition.MOVED
    assert film.show(SCENE, 10) is CameraCondition.OK


def test_shaking_in_the_wind_is_no_alarm() -> None:
    film = Film()
    for swing in (0, 1, 2, 1, 0, -1, -2, -1) * 12:
        film.show(np.roll(SCENE, swing, axis=1), 0.5)
    assert film.sequence == [CameraCondition.OK]


def test_light_that_changes_slowly_is_followed() -> None:
    film = Film()
    for gain in np.concatenate([np.linspace(1.0, 0.55, 60), np.linspace(0.55, 1.0, 60)]):
        film.show(cv2.convertScaleAbs(SCENE, alpha=float(gain)).astype(np.uint8), 1)
    assert film.sequence == [CameraCondition.OK]


def test_a_lorry_that_stops_before_the_lens_is_no_alarm() -> None:
    film = Film()
    film.show(SCENE, 10)
    lorry = SCENE.copy()
    lorry[120:, 200:600] = street(seed=5)[120:, 200:600]
    film.show(lorry, 60)
    film.show(SCENE, 10)
    assert film.sequence == [CameraCondition.OK]


def test_a_lens_covered_before_the_start_is_covered() -> None:
    film = Film()
    blank = np.full_like(SCENE, 90)
    assert film.show(blank, 10) is CameraCondition.COVERED
    assert film.show(SCENE, 10) is CameraCondition.OK


def test_the_old_view_is_known_at_night_as_by_day() -> None:
    film = Film()
    film.show(SCENE, 10)
    film.show(_infrared(SCENE), 20)
    film.show(_zoomed(_infrared(SCENE)), 10)
    film.show(_infrared(SCENE), 10)
    film.show(SCENE, 10)
    assert film.sequence == [
        CameraCondition.OK,
        CameraCondition.NIGHT,
        CameraCondition.MOVED,
        CameraCondition.NIGHT,
        CameraCondition.OK,
    ]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([0.02, 0.1, 0.3, 1.0, 4.0, 45.0]), min_size=30, max_size=80))
def test_uneven_and_missing_frames_are_no_trouble_of_the_camera(gaps: Iterable[float]) -> None:
    monitor, sensor, time_s = ConditionMonitor(), Sensor(), 0.0
    for gap in gaps:
        assert monitor.step(sensor.film(SCENE), time_s) is CameraCondition.OK
        time_s += gap
