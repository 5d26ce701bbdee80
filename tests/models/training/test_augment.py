"""Training pictures vary; their boxes stay true to them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.training.augment import PAD, Example, augmented, fitted, weathered

GREY = np.full((90, 160, 3), 40, np.uint8)


def example(boxes: list[tuple[float, float, float, float]]) -> Example:
    corners = np.array(boxes, np.float32).reshape(-1, 4)
    return Example(GREY, corners, np.arange(len(corners), dtype=np.int64) % 7, np.zeros((0, 4), np.float32))


corners = st.tuples(st.floats(0, 120), st.floats(0, 60), st.floats(8, 40), st.floats(8, 30)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@given(boxes=st.lists(corners, max_size=6), seed=st.integers(0, 2**32 - 1), mosaic=st.booleans())
def test_boxes_stay_inside_and_none_is_forgotten_in_view(
    boxes: list[tuple[float, float, float, float]], seed: int, mosaic: bool
) -> None:
    random = np.random.default_rng(seed)
    out = augmented([example(boxes)] * (4 if mosaic else 1), 128, 96, random)
    assert out.image.shape == (96, 128, 3) and out.image.dtype == np.uint8
    for region in (out.boxes, out.ignored):
        assert (region >= 0).all() and (region[:, [0, 2]] <= 128).all() and (region[:, [1, 3]] <= 96).all()
    assert len(out.boxes) == len(out.classes)
    assert ((out.boxes[:, 2:] - out.boxes[:, :2]) >= 4 - 1e-3).all()


@given(seed=st.integers(0, 2**32 - 1))
def test_weather_keeps_size_and_kind(seed: int) -> None:
    out = weathered(GREY, np.random.default_rng(seed))
    assert out.shape == GREY.shape and out.dtype == np.uint8


def test_a_box_follows_its_vehicle() -> None:
    image = GREY.copy()
    image[30:60, 50:90] = (250, 250, 250)
    marked = Example(
        image, np.array([[50, 30, 90, 60]], np.float32), np.zeros(1, np.int64), np.zeros((0, 4), np.float32)
    )
    for seed in range(20):
        out = augmented([marked], 320, 180, np.random.default_rng(seed))
        for x0, y0, x1, y1 in out.boxes.round().astype(int).tolist():
            inside = out.image[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2].mean()
            assert inside > out.image.mean()


def test_the_unit_and_the_training_fit_a_picture_alike() -> None:
    out = fitted(example([(0, 0, 160, 90)]), 128, 96)
    assert np.abs(out.boxes - [[0, 0, 128, 72]]).max() < 1e-4
    assert (out.image[72:] == PAD).all() and (out.image[:70] == 40).all()


def test_what_the_border_cuts_to_a_sliver_is_ignored_not_background() -> None:
    random = np.random.default_rng(1)
    found = [augmented([example([(0, 0, 20, 20)])], 128, 96, random) for _ in range(60)]
    assert any(len(out.ignored) for out in found)
    assert not any(len(out.ignored) and len(out.boxes) for out in found)
