"""From a trained run to a .tflite file: `python -m models.training.tflite WEIGHTS.npz OUT.tflite --width 512 ...`.

The same network once more, in TensorFlow's words, NHWC, with each normalisation folded into its convolution: no detour
over another format, so every operation of the file is one that XNNPACK knows. Nine outputs: per stride `reg`, and
`obj` and `cls` after their sigmoid, as `edge/detection/decoders.py` reads them. Weights that come with the ranges of
their tensors (`models.training.quantise`) become int8 behind the first layers, others fp16.

TensorFlow lives in an environment of its own (it wants another numpy than a unit has), so this module needs nothing of
Simpang's but numpy and typer; `models.training.export` or `quantise` writes WEIGHTS.npz.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Protocol

import numpy as np
import typer
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Tensor(Protocol):
    """What of a TensorFlow tensor is used here."""

    def __add__(self, other: Tensor) -> Tensor: ...
    def __mul__(self, other: Tensor) -> Tensor: ...


class Replay:
    """The network as a function of pictures; takes its weights one by one, in the order in which they run."""

    def __init__(self, weights: Sequence[tuple[Floats, Floats]]) -> None:
        self._tf = importlib.import_module("tensorflow")
        self._weights = weights
        self._left: Iterator[tuple[Floats, Floats]] = iter(weights)

    def __call__(self, pictures: Tensor) -> list[Tensor]:
        """(n, h, w, 3) BGR 0..255 -> reg, obj, cls of stride 8, then 16, then 32."""
        self._left = iter(self._weights)
        outputs: list[Tensor] = []
        for level in self._neck(*self._backbone(pictures)):
            outputs += self._head(level)
        if next(self._left, None) is not None:
            raise ValueError("weights are left over: these are not of this network")
        return outputs

    def _plain(self, x: Tensor, stride: int = 1) -> Tensor:
        """The next convolution and its bias; depthwise where its kernel has one input of many."""
        kernel, bias = next(self._left)
        size, alone = kernel.shape[2], kernel.shape[1] == 1 and kernel.shape[0] > 1
        pad = (size - 1) // 2
        # TensorFlow's own padding puts the odd pixel elsewhere; said outright it is the same as in training
        sides = "SAME" if stride == 1 or pad == 0 else "VALID"
        if sides == "VALID":
            x = self._tf.pad(x, [[0, 0], [pad, pad], [pad, pad], [0, 0]])
        steps = [1, stride, stride, 1]
        if alone:
            out = self._tf.nn.depthwise_conv2d(x, kernel.transpose(2, 3, 0, 1), steps, sides)
        else:
            out = self._tf.nn.conv2d(x, kernel.transpose(2, 3, 1, 0), steps, sides)
        biased: Tensor = self._tf.nn.bias_add(out, bias)
        return biased

    def _rounded(self, x: Tensor) -> Tensor:
        """A place where int8 rounds; nothing in float."""
        return x

    def _sigmoid(self, x: Tensor) -> Tensor:
        out: Tensor = self._tf.sigmoid(x)
        return out

    def _conv(self, x: Tensor, stride: int = 1) -> Tensor:
        plain = self._rounded(self._plain(x, stride))
        return self._rounded(plain * self._sigmoid(plain))

    def _depthwise(self, x: Tensor, stride: int = 1) -> Tensor:
        return self._conv(self._conv(x, stride))

    def _joined(self, *parts: Tensor) -> Tensor:
        out: Tensor = self._tf.concat(list(parts), axis=3)
        return self._rounded(out)

    def _doubled(self, x: Tensor) -> Tensor:
        height, width = self._tf.shape(x)[1], self._tf.shape(x)[2]
        static = x.shape if hasattr(x, "shape") else (None, height, width)
        out: Tensor = self._tf.image.resize(x, [2 * static[1], 2 * static[2]], method="nearest")
        return out

    def _cross(self, x: Tensor, depth: int = 1, *, shortcut: bool = False) -> Tensor:
        through, past = self._conv(x), self._conv(x)
        for _ in range(depth):
            out = self._depthwise(self._conv(through))
            through = self._rounded(through + out) if shortcut else out
        return self._conv(self._joined(through, past))

    def _pyramid(self, x: Tensor) -> Tensor:
        narrow = self._conv(x)
        pools = [self._tf.nn.max_pool2d(narrow, size, 1, "SAME") for size in (5, 9, 13)]
        return self._conv(self._joined(narrow, *pools))

    def _entry(self, x: Tensor) -> Tensor:
        """The first layer and the pair after it."""
        return self._depthwise(self._conv(x, 2), 2)

    def _backbone(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = self._cross(self._entry(x), 1, shortcut=True)
        near = self._cross(self._depthwise(x, 2), 3, shortcut=True)
        middle = self._cross(self._depthwise(near, 2), 3, shortcut=True)
        return near, middle, self._cross(self._pyramid(self._depthwise(middle, 2)))

    def _neck(self, near: Tensor, middle: Tensor, far: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        far4 = self._conv(far)
        middle3 = self._conv(self._cross(self._joined(self._doubled(far4), middle)))
        fine = self._cross(self._joined(self._doubled(middle3), near))
        mid = self._cross(self._joined(self._depthwise(fine, 2), middle3))
        return fine, mid, self._cross(self._joined(self._depthwise(mid, 2), far4))

    def _head(self, x: Tensor) -> list[Tensor]:
        stem = self._conv(x)
        kind = self._sigmoid(self._rounded(self._plain(self._depthwise(self._depthwise(stem)))))
        place = self._depthwise(self._depthwise(stem))
        reg = self._rounded(self._plain(place))
        return [reg, self._sigmoid(self._rounded(self._plain(place))), kind]


class RoundedReplay(Replay):
    """The same with the ranges of every tensor, which the converter turns into int8."""

    def __init__(self, weights: Sequence[tuple[Floats, Floats]], ranges: Floats) -> None:
        super().__init__(weights)
        self._ranges = ranges
        self._in_float = False
        self._ends: Iterator[Floats] = iter(ranges)

    def __call__(self, pictures: Tensor) -> list[Tensor]:
        """As `Replay`."""
        self._ends = iter(self._ranges)
        outputs = super().__call__(pictures)
        if next(self._ends, None) is not None:
            raise ValueError("ranges are left over: these are not of this network")
        return outputs

    def _rounded(self, x: Tensor) -> Tensor:
        if self._in_float:
            return x
        low, high = next(self._ends)
        out: Tensor = self._tf.quantization.fake_quant_with_min_max_args(x, float(low), float(high))
        return out

    def _entry(self, x: Tensor) -> Tensor:
        """In float; what leaves it is rounded."""
        self._in_float = True
        x = super()._entry(x)
        self._in_float = False
        return self._rounded(x)


def convert(weights: Path, width: int, height: int) -> bytes:
    """The .tflite file: weights in fp16, or all but the first layers in int8 where `weights` holds ranges."""
    tf = importlib.import_module("tensorflow")
    with np.load(weights) as stored:
        number = sum(name.startswith("kernel_") for name in stored.files)
        pairs = [(stored[f"kernel_{place}"], stored[f"bias_{place}"]) for place in range(number)]
        whole = "ranges" in stored.files
        network = RoundedReplay(pairs, stored["ranges"]) if whole else Replay(pairs)

    def run(pictures: Tensor) -> dict[str, Tensor]:
        return {f"out_{number}": out for number, out in enumerate(network(pictures))}

    traced = tf.function(run, input_signature=[tf.TensorSpec([1, height, width, 3], tf.float32)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced.get_concrete_function()], traced)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if not whole:
        converter.target_spec.supported_types = [tf.float16]
    converted: bytes = converter.convert()
    return converted


def main(
    weights: Annotated[Path, typer.Argument(help="Folded weights (npz) of a run, in float or rounded.")],
    out: Annotated[Path, typer.Argument(help="The .tflite file to write.")],
    *,
    width: Annotated[int, typer.Option()] = 640,
    height: Annotated[int, typer.Option()] = 384,
) -> None:
    """Convert a run's weights."""
    out.write_bytes(convert(weights, width, height))


if __name__ == "__main__":
    typer.run(main)
