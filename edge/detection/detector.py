"""A detector: letterbox, inference, decoding, suppression, for any model of the registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detection.decoders import DECODERS
from edge.detection.detections import CLASSES, Detections, Floats, Ints, join_parts, join_riders, suppress
from edge.detection.runtime import Interpreter, open_interpreter
from edge.frame import Image
from models.registry import LABELS, ModelSpec, ResolvedModel

_PAD = 114
"""Grey that fills what the picture leaves free; the value the networks were trained with."""


@dataclass(slots=True)
class Detector:
    """`detect` a picture. Not thread safe: the interpreter holds its tensors."""

    spec: ModelSpec
    interpreter: Interpreter
    inference_s: float = field(default=0.0, init=False)
    """How long the network itself took in the last call."""
    _canvas: NDArray[np.uint8] = field(init=False)
    _classes: Ints = field(init=False)

    def __post_init__(self) -> None:
        self._canvas = np.full((self.spec.height, self.spec.width, 3), _PAD, np.uint8)
        labels = LABELS[self.spec.labels]
        self._classes = np.full(max(256, len(labels)), -1, np.int64)
        for index, kind in labels.items():
            self._classes[index] = CLASSES.index(kind)

    def detect(self, image: Image, threshold: float | None = None) -> Detections:
        """Road users in `image`, scored at least `threshold` (by default the model's own)."""
        tensor, scale = self._letterbox(image)
        outputs = self._infer(tensor)
        decode = DECODERS[self.spec.decoder]
        boxes, scores, best = decode(outputs, self.spec.width, self.spec.height, threshold or self.spec.threshold)
        found = Detections(_clipped(boxes / scale, image), scores, self._classes[best])
        return join_parts(join_riders(suppress(found.only(found.classes >= 0))))

    def _letterbox(self, image: Image) -> tuple[Floats, float]:
        """Fit the picture into the upper left of the input, keeping its proportions."""
        height, width = image.shape[:2]
        scale = min(self.spec.width / width, self.spec.height / height)
        fitted = (min(self.spec.width, round(width * scale)), min(self.spec.height, round(height * scale)))
        self._canvas[:] = _PAD
        self._canvas[: fitted[1], : fitted[0]] = cv2.resize(image, fitted, interpolation=cv2.INTER_LINEAR)
        tensor = self._canvas.astype(np.float32)
        if any(self.spec.mean):
            tensor = (tensor - np.asarray(self.spec.mean, np.float32)) / np.asarray(self.spec.std, np.float32)
        return tensor[None], scale

    def _infer(self, tensor: Floats) -> list[Floats]:
        begun = perf_counter()
        self.interpreter.set_tensor(self.interpreter.get_input_details()[0]["index"], tensor)
        self.interpreter.invoke()
        outputs = [self.interpreter.get_tensor(output["index"]) for output in self.interpreter.get_output_details()]
        self.inference_s = perf_counter() - begun
        return outputs


def _clipped(boxes: Floats, image: Image) -> Floats:
    height, width = image.shape[:2]
    return np.clip(boxes, 0, np.array([width, height, width, height], np.float32)).astype(np.float32)


def open_detector(model: ResolvedModel, threads: int = 1) -> Detector:
    """A detector for a verified model."""
    return Detector(model.spec, open_interpreter(model.path, threads))
