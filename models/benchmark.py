"""How fast detectors run on this machine: milliseconds of network and of decoding, by number of threads.

Ratios are to the first model named, measured in the same run and in turns, so that a busy machine is busy for all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

import cv2
import numpy as np

from edge.detection import Delegate, Detector, open_detector
from edge.frame import Image
from models.registry import ResolvedModel

_WARM_UP = 2
"""Pictures before the clock is looked at: the first allocate and fill caches."""


@dataclass(slots=True)
class Timing:
    """One model on some threads. Milliseconds a picture, one entry a turn."""

    name: str
    threads: int
    inference_ms: list[float] = field(default_factory=list)
    decode_ms: list[float] = field(default_factory=list)
    """All of a detection that is not the network: fitting the picture, decoding, suppression."""

    @property
    def inference(self) -> float:
        """Median of the network, ms."""
        return median(self.inference_ms)

    @property
    def decode(self) -> float:
        """Median of the rest, ms."""
        return median(self.decode_ms)


def street() -> Image:
    """A picture to time on, 640x360: grain, so that decoders have scores to look at. Where there is nothing real."""
    coarse = np.random.default_rng(1).integers(0, 255, (45, 80, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (640, 360)), np.uint8)


def measure(
    models: Sequence[ResolvedModel],
    threads: Sequence[int],
    image: Image,
    *,
    turns: int,
    delegate: Delegate = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> list[Timing]:
    """Time every model on every number of threads, in turns; `progress` is told (done, of how many)."""
    runs = [
        (Timing(model.spec.name, number), open_detector(model, number, delegate))
        for number in threads
        for model in models
    ]
    for turn in range(_WARM_UP + turns):
        for timing, detector in runs:
            inference_ms, decode_ms = _once(detector, image)
            if turn >= _WARM_UP:
                timing.inference_ms.append(inference_ms)
                timing.decode_ms.append(decode_ms)
        if progress is not None:
            progress(turn + 1, _WARM_UP + turns)
    return [timing for timing, _ in runs]


def _once(detector: Detector, image: Image) -> tuple[float, float]:
    begun = perf_counter()
    detector.detect(image)
    total = perf_counter() - begun
    return 1000 * detector.inference_s, 1000 * (total - detector.inference_s)
