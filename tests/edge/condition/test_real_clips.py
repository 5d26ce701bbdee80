"""The camera's condition on real footage: an operator who turns the camera, and ordinary traffic that is no alarm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import pytest

from contract.messages import CameraCondition
from edge.condition import ConditionMonitor
from edge.frame import Image
from tests.support.clips import clip
from tests.support.data import DATA, FOOTAGE

ORDINARY = (
    "boulevard_motorcycles",
    "car_park",
    "dual_carriageway",
    "stop_line_queue",
    "street_cars",
    "toll_noon",
    "toll_rain_queue",
    "top_view",
)


def _changes(pictures: Iterable[tuple[float, Image]]) -> list[tuple[float, CameraCondition]]:
    monitor = ConditionMonitor()
    changes: list[tuple[float, CameraCondition]] = []
    for time_s, image in pictures:
        condition = monitor.step(image, time_s)
        if not changes or changes[-1][1] is not condition:
            changes.append((time_s, condition))
    return changes


def _slides(prefix: str) -> Iterator[tuple[float, Image]]:
    """The pictures of one light of the toll camera, one a second."""
    files = sorted((DATA / "datasets" / "toll_km39" / "images").glob(f"{prefix}_*.jpg"))
    assert len(files) > 50, f"only {len(files)} pictures of the toll camera ({prefix})"
    for second, file in enumerate(files):
        image = cv2.imread(str(file))
        assert image is not None, file
        yield float(second), image.astype(np.uint8, copy=False)


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_traffic_is_no_alarm(name: str) -> None:
    assert [condition for _, condition in _changes(clip(FOOTAGE / f"{name}.mp4", per_second=4))] == [CameraCondition.OK]


@pytest.mark.parametrize("light", ["morning", "noon", "rain", "night"])
def test_a_slide_a_second_of_the_toll_camera_is_no_alarm(light: str) -> None:
    assert [condition for _, condition in _changes(_slides(light))] == [CameraCondition.OK]


def test_the_toll_camera_was_turned_between_the_noon_and_the_rain_pictures() -> None:
    both = [image for light in ("noon", "rain") for _, image in _slides(light)]
    turned_s = len(list(_slides("noon")))
    changes = _changes((float(second), image) for second, image in enumerate(both))
    assert [condition for _, condition in changes] == [CameraCondition.OK, CameraCondition.MOVED]
    assert turned_s <= changes[1][0] <= turned_s + 10


def test_an_operator_zooms_and_counting_resumes_when_the_view_is_back() -> None:
    """The clip shows the set view for 8.5 s, then the operator zooms; run backwards, the view comes back."""
    away = list(clip(FOOTAGE / "operator_zooms.mp4", per_second=4))
    end_s = away[-1][0]
    there_and_back = [*away, *((2 * end_s + 0.25 - time_s, image) for time_s, image in reversed(away))]
    changes = _changes(there_and_back)
    assert [condition for _, condition in changes] == [CameraCondition.OK, CameraCondition.MOVED, CameraCondition.OK]
    assert 8.5 < changes[1][0] < 15
    back_s = 2 * end_s + 0.25 - 9.5
    assert back_s - 2 < changes[2][0] < back_s + 10
