"""Faults of a camera on request: for tests of the edge's alarms and for the training of operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

import cv2
import numpy as np

from twin.render.canvas import Image


class Fault(StrEnum):
    """What is wrong with a camera."""

    NONE = "none"
    COVERED = "covered"
    FROZEN = "frozen"
    BLACK = "black"
    DEFOCUSED = "defocused"
    TURNED = "turned"
    POWER_LOSS = "power_loss"


def spoil(picture: Image, fault: Fault, last: Image | None) -> Image | None:
    """The picture under a fault; `last` is the picture before the fault. None when none is sent at all."""
    if fault is Fault.POWER_LOSS:
        return None
    if fault is Fault.FROZEN and last is not None:
        return last
    return _SPOILT[fault](picture) if fault in _SPOILT else picture


def _black(picture: Image) -> Image:
    return np.zeros_like(picture)


def _covered(picture: Image) -> Image:
    """A bag over the lens: a little even light comes through."""
    shade = 38 + cv2.GaussianBlur(picture, (0, 0), 60).astype(np.float32) * 0.12
    return np.clip(shade, 0, 255).astype(np.uint8)


def _defocused(picture: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), picture.shape[1] / 90), np.uint8)


def _turned(picture: Image) -> Image:
    """The operator zoomed in and looked elsewhere."""
    height, width = picture.shape[:2]
    turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), 4, 1.35), np.float64)
    turn[:, 2] += np.array([width * 0.22, -height * 0.12])
    return np.asarray(cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101), np.uint8)


_SPOILT: Mapping[Fault, Callable[[Image], Image]] = {
    Fault.BLACK: _black,
    Fault.COVERED: _covered,
    Fault.DEFOCUSED: _defocused,
    Fault.TURNED: _turned,
}
