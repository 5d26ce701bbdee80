"""Every decoder finds the vehicles that are known to be there, and quantised tensors say what real ones would."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import VehicleClass
from edge.detection import Detector, open_detector
from edge.detection.decoders import decode_ssd, decode_yolox
from edge.detection.detections import CLASSES, Floats, iou
from edge.detection.detector import quantised, real
from edge.detection.runtime import TensorDetails
from edge.frame import Image
from models.registry import registry, resolve
from tests.support.data import DATA, FOOTAGE

FRAME = 138
"""A frame of the toll road with four near vehicles, none of them hidden."""
NEAR = 900
"""Square pixels from which a vehicle is near: even a small detector must find it."""


@pytest.fixture(scope="module")
def picture() -> Image:
    capture = cv2.VideoCapture(str(FOOTAGE / "toll_noon.mp4"))
    for _ in range(FRAME):
        capture.grab()
    there, image = capture.read()
    assert there
    return image.astype(np.uint8)


@pytest.fixture(scope="module")
def near() -> Floats:
    """Boxes of the near vehicles, from the labels."""
    with (FOOTAGE / "toll_noon_boxes.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if int(row["frame"]) == FRAME]
    boxes = np.array([[float(row[side]) for side in ("x0", "y0", "x1", "y1")] for row in rows], np.float32)
    return np.asarray(boxes[(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) > NEAR], np.float32)


def detector(name: str) -> Detector:
    return open_detector(resolve(str(DATA / "models" / registry()[name].file)))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("yolox-nano-640x384", 4),
        ("yolox-nano-416", 4),
        ("nanodet-m-416", 4),
        ("nanodet-m-320", 3),
        ("fastestdet", 4),
    ],
)
def test_the_vehicles_of_a_toll_road_are_found(name: str, found: int, picture: Image, near: Floats) -> None:
    seen = detector(name).detect(picture)
    assert len(near) == 4
    best = iou(near, seen.boxes).argmax(axis=1)
    hit = iou(near, seen.boxes).max(axis=1) > 0.5
    assert hit.sum() >= found
    assert {CLASSES[kind] for kind in seen.classes[best[hit]]} <= {
        VehicleClass.CAR,
        VehicleClass.BUS,
        VehicleClass.TRUCK,
    }


def test_a_recurrent_quantised_model_runs_and_finds_nothing_that_it_is_sure_of(picture: Image) -> None:
    """Golden: coral-traffic's gates are constants, so it never scores above 0.16 (models/registry.toml)."""
    model = detector("coral-traffic")
    looks = [model.detect(picture, 0.02) for _ in range(2)]
    assert all(len(seen) for seen in looks)
    assert max(float(seen.scores.max()) for seen in looks) < 0.16
    assert all((seen.boxes >= 0).all() and (seen.boxes[:, 2] <= picture.shape[1]).all() for seen in looks)


BOXES = np.array([[[0.1, 0.2, 0.5, 0.6], [0.0, 0.0, 1.0, 1.0], [0.3, 0.3, 0.4, 0.4]]], np.float32)
KINDS = np.array([[2, 0, 1]], np.float32)
SCORES = np.array([[0.9, 0.4, 0.8]], np.float32)
COUNT = np.array([2], np.float32)


@pytest.mark.parametrize(
    "outputs", [(BOXES, KINDS, SCORES, COUNT), (SCORES, BOXES, COUNT, KINDS), (COUNT, SCORES, KINDS, BOXES)]
)
def test_ssd_outputs_in_any_order(outputs: Sequence[Floats]) -> None:
    """The third box is beyond the count, the second below the threshold."""
    boxes, scores, kinds = decode_ssd(outputs, 200, 100, 0.5)
    np.testing.assert_allclose(boxes, [[40, 10, 120, 50]])
    np.testing.assert_allclose(scores, [0.9])
    assert kinds.tolist() == [2]


def test_ssd_of_an_empty_street() -> None:
    boxes, scores, kinds = decode_ssd((BOXES * 0, KINDS * 0, SCORES * 0, COUNT * 0), 200, 100, 0.5)
    assert (boxes.shape, scores.shape, kinds.shape) == ((0, 4), (0,), (0,))


def test_a_cell_of_yolox_says_its_box() -> None:
    """One cell of stride 32 at column 2, row 1: its centre half a cell further, one stride wide, two strides high."""
    offsets, objectness, kinds = (np.zeros((1, 4, 4, depth), np.float32) for depth in (4, 1, 80))
    offsets[0, 1, 2] = (0.5, 0.5, 0, np.log(2))
    objectness[0, 1, 2] = 1
    kinds[0, 1, 2, 7] = 0.75
    boxes, scores, best = decode_yolox((kinds, objectness, offsets), 128, 128, 0.3)
    np.testing.assert_allclose(boxes, [[64, 16, 96, 80]], atol=1e-4)
    assert (scores.tolist(), best.tolist()) == ([0.75], [7])


@given(
    st.sampled_from([np.uint8, np.int8]),
    st.floats(0.001, 0.5),
    st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20),
)
def test_what_is_quantised_comes_back(kind: type[np.uint8 | np.int8], scale: float, shares: list[float]) -> None:
    """Any value within the range of the tensor comes back to half a step."""
    info = np.iinfo(kind)
    zero = 0 if info.min < 0 else 128
    details = TensorDetails(index=0, shape=np.array([1], np.int32), dtype=kind, quantization=(scale, zero))
    low, high = (info.min - zero) * scale, (info.max - zero) * scale
    values = np.array([low + share * (high - low) for share in shares], np.float32)
    assert np.abs(real(quantised(values, details), details) - values).max() <= scale * 0.51
