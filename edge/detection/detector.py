"""A detector: fit the picture, run the network, decode, tidy the boxes; for any model of the registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detection.decoders import DECODERS
from edge.detection.detections import CLASSES, Detections, Floats, Ints, join_parts, join_riders, suppress
from edge.detection.runtime import Delegate, Interpreter, Tensor, TensorDetails, open_interpreter
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
    _inputs: list[TensorDetails] = field(init=False)
    _outputs: list[TensorDetails] = field(init=False)
    _canvas: NDArray[np.uint8] = field(init=False)
    _values: Floats = field(init=False)
    """The canvas as real values; kept, since three new megabytes a picture cost more than filling them."""
    _classes: Ints = field(init=False)

    def __post_init__(self) -> None:
        self._inputs, self._outputs = self.interpreter.get_input_details(), self.interpreter.get_output_details()
        self._canvas = np.full((self.spec.height, self.spec.width, 3), _PAD, np.uint8)
        self._values = np.empty(self._canvas.shape, np.float32)
        labels = LABELS[self.spec.labels]
        self._classes = np.full(max(256, len(labels)), -1, np.int64)
        for index, kind in labels.items():
            self._classes[index] = CLASSES.index(kind)

    def detect(self, image: Image, threshold: float | None = None) -> Detections:
        """Road users in `image`, scored at least `threshold` (by default the model's own)."""
        tensor, scale = self._fitted(image)
        outputs = self._infer(tensor)
        decode = DECODERS[self.spec.decoder]
        boxes, scores, best = decode(outputs, self.spec.width, self.spec.height, threshold or self.spec.threshold)
        corners = (boxes.reshape(-1, 2, 2) / scale).reshape(-1, 4)
        found = Detections(_clipped(corners, image), scores, self._classes[best])
        return join_parts(join_riders(suppress(found.only(found.classes >= 0))))

    def _fitted(self, image: Image) -> tuple[Tensor, Floats]:
        """The picture as the network's input, and (2,) by how much each axis was scaled.

        A letterbox lies in the upper left of the input and keeps the picture's proportions.
        """
        height, width = image.shape[:2]
        scale = np.array([self.spec.width / width, self.spec.height / height], np.float32)
        if self.spec.fit == "letterbox":
            scale[:] = scale.min()
        across, down = round(width * float(scale[0])), round(height * float(scale[1]))
        self._canvas[down:] = _PAD
        self._canvas[:, across:] = _PAD
        if (down, across) == (height, width):
            self._canvas[:down, :across] = image
        else:
            cv2.resize(image, (across, down), dst=self._canvas[:down, :across], interpolation=cv2.INTER_LINEAR)
        pixels = self._canvas if self.spec.channels == "bgr" else self._canvas[..., ::-1]
        return self._encoded(pixels)[None], scale

    def _encoded(self, pixels: NDArray[np.uint8]) -> Tensor:
        """Pixels as the input tensor wants them: normalised, and quantised where it is."""
        wanted = self._inputs[0]
        values = self._values
        np.copyto(values, pixels)
        if any(self.spec.mean) or self.spec.std != (1, 1, 1):
            values -= np.asarray(self.spec.mean, np.float32)
            values /= np.asarray(self.spec.std, np.float32)
        return values if wanted["dtype"] is np.float32 else quantised(values, wanted)

    def _infer(self, tensor: Tensor) -> list[Floats]:
        begun = perf_counter()
        self.interpreter.set_tensor(self._inputs[0]["index"], tensor)
        self.interpreter.invoke()
        outputs = [self.interpreter.get_tensor(output["index"]) for output in self._outputs]
        self.inference_s = perf_counter() - begun
        if not self.spec.memory:
            return [real(value, details) for value, details in zip(outputs, self._outputs, strict=True)]
        seen = len(outputs) - self.spec.memory
        for given, value in zip(self._inputs[1:], outputs[seen:], strict=True):
            self.interpreter.set_tensor(given["index"], value)
        return [real(value, details) for value, details in zip(outputs[:seen], self._outputs[:seen], strict=True)]


def quantised(values: Floats, wanted: TensorDetails) -> Tensor:
    """Real values as the integers of a quantised tensor: value / scale + zero point, rounded and kept in range."""
    scale, zero = wanted["quantization"]
    if wanted["dtype"] is np.uint8:
        return np.asarray(np.clip(np.rint(values / scale + zero), 0, 255), np.uint8)
    return np.asarray(np.clip(np.rint(values / scale + zero), -128, 127), np.int8)


def real(values: Tensor, details: TensorDetails) -> Floats:
    """An output tensor's real values: (integer - zero point) x scale where it is quantised."""
    scale, zero = details["quantization"]
    if details["dtype"] is np.float32 or not scale:
        return np.asarray(values, np.float32)
    return (values.astype(np.float32) - np.float32(zero)) * np.float32(scale)


def _clipped(boxes: Floats, image: Image) -> Floats:
    height, width = image.shape[:2]
    return np.clip(boxes, 0, np.array([width, height, width, height], np.float32)).astype(np.float32)


def open_detector(model: ResolvedModel, threads: int = 1, delegate: Delegate = "cpu") -> Detector:
    """A detector for a verified model. Raises `DelegateError` when the accelerator is not there."""
    return Detector(model.spec, open_interpreter(model.path, threads, delegate))
