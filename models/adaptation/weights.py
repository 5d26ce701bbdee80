"""The weights inside a .tflite file of Simpang's detector, read out and put back.

Fine-tuning starts from the very file that units run, and writes its result into a copy of it: same operations, same
shapes, other numbers. So a laptop that adapts needs neither an old checkpoint nor TensorFlow. A convolution is known by
the number in the name that the converter left on it (`BiasAdd_17`), which counts them in the order of `tflite.Replay`.
"""

from __future__ import annotations

import copy
import importlib
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from contract import VehicleClass
from models.registry import ModelError
from models.training.network import Network, convolutions
from models.training.pretrained import folded, set_identity

Halves = NDArray[np.float16]
_NUMBER = re.compile(r"BiasAdd(?:_(\d+))?\b")


def incumbent(file: Path) -> Network:
    """The network of a bundled or adapted .tflite file, every normalisation folded away.

    Raises `ModelError` for a file that is not Simpang's detector in fp16.
    """
    network = Network(len(VehicleClass))
    pairs = convolutions(network)
    try:
        stored = _stored(bytearray(file.read_bytes()))
        with torch.no_grad():
            for number, (conv, norm) in enumerate(pairs):
                kernel, bias = stored[number]
                conv.weight.copy_(_to_torch(kernel, conv))
                _set_bias(conv, norm, bias)
    except (KeyError, IndexError, ValueError, RuntimeError, AttributeError, TypeError, struct.error) as error:
        raise ModelError(f"{file}: its weights cannot be read as simpang-nano's ({error})") from None
    if len(stored) != len(pairs):
        raise ModelError(f"{file}: {len(stored)} convolutions, expected {len(pairs)}: not simpang-nano")
    return network.eval()


def rewritten(file: Path, network: Network) -> bytes:
    """`file` with the weights of `network`, in fp16 as it holds them."""
    data = bytearray(file.read_bytes())
    stored = _stored(data)
    for number, (conv, norm) in enumerate(convolutions(network)):
        weight, bias = folded(conv, norm)
        kernel, offset = stored[number]
        kernel[:] = _to_file(weight).reshape(kernel.shape)
        offset[:] = bias
    return bytes(data)


@torch.no_grad()
def between(start: Network, end: Network, share: float) -> Network:
    """The network that lies `share` of the way from `start` to `end`, where `start` is folded as `incumbent` is.

    Half way between a detector and its fine-tuned self keeps most of what both know (M. Wortsman et al., "Robust
    fine-tuning of zero-shot models", 2022).
    """
    middle = copy.deepcopy(start)
    for (conv, norm), (its, its_norm) in zip(convolutions(middle), convolutions(end), strict=True):
        weight, bias = folded(its, its_norm)
        conv.weight.lerp_(torch.from_numpy(weight), share)
        offset = conv.bias if norm is None else norm.bias
        assert offset is not None
        offset.lerp_(torch.from_numpy(bias), share)
    return middle


def _to_torch(kernel: Halves, conv: nn.Conv2d) -> torch.Tensor:
    """TensorFlow's (out, h, w, in), or (1, h, w, channels) of a depthwise one, as torch's (out, in, h, w)."""
    axes = (3, 0, 1, 2) if conv.groups > 1 else (0, 3, 1, 2)
    return torch.from_numpy(kernel.astype(np.float32).transpose(axes).copy())


def _to_file(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    depthwise = weight.shape[1] == 1 and weight.shape[0] > 1
    return weight.transpose((1, 2, 3, 0) if depthwise else (0, 2, 3, 1))


def _set_bias(conv: nn.Conv2d, norm: nn.BatchNorm2d | None, bias: Halves) -> None:
    values = torch.from_numpy(bias.astype(np.float32))
    if norm is None:
        assert conv.bias is not None
        conv.bias.copy_(values)
    else:
        set_identity(norm, values)


def _stored(data: bytearray) -> dict[int, tuple[Halves, Halves]]:
    """Number of each convolution -> its kernel and bias: writable views into `data`."""
    if data[4:8] != b"TFL3":
        raise ValueError("no TFLite file")
    layout = importlib.import_module("tflite")
    model = layout.Model.GetRootAsModel(data, 0)
    graph = model.Subgraphs(0)
    operations = [graph.Operators(number) for number in range(graph.OperatorsLength())]
    widened: dict[int, int] = {}
    found: dict[int, tuple[Halves, Halves]] = {}
    for operation in operations:
        code = model.OperatorCodes(operation.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        inputs = operation.InputsAsNumpy().tolist()
        if kind == layout.BuiltinOperator.DEQUANTIZE:
            widened[operation.Outputs(0)] = inputs[0]
        elif kind in {layout.BuiltinOperator.CONV_2D, layout.BuiltinOperator.DEPTHWISE_CONV_2D}:
            kernel, bias = (graph.Tensors(widened[tensor]) for tensor in inputs[1:])
            named = _NUMBER.search(bias.Name().decode())
            if named is None:
                raise ValueError(f"a convolution without a number: {bias.Name().decode()}")
            found[int(named[1] or 0)] = _halves(model, kernel), _halves(model, bias)
    if len({view.ctypes.data for pair in found.values() for view in pair}) != 2 * len(found):
        raise ValueError("two convolutions share their numbers")
    return found


def _halves(model: Any, tensor: Any) -> Halves:
    """A constant tensor's numbers, where they lie in the file."""
    values: Halves = model.Buffers(tensor.Buffer()).DataAsNumpy().view(np.float16).reshape(tensor.ShapeAsNumpy())
    return values
