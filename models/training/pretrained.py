"""Start from what others trained: the COCO weights of YOLOX-nano (Apache-2.0), read from their ONNX file.

The file holds folded weights: each convolution has swallowed the batch normalisation after it. `load` puts them into a
`Network` in the order in which they run. `unfold` gives the normalisations back, from the statistics of pictures at
hand: the network computes the same as before, and trains like one that was never folded.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from contract import VehicleClass
from models.training.network import Conv, Head, Network, convolutions

_COCO_CLASSES = 80
_COCO_ROW = {
    VehicleClass.PERSON: 0,
    VehicleClass.BICYCLE: 1,
    VehicleClass.CAR: 2,
    VehicleClass.MOTORCYCLE: 3,
    VehicleClass.ANGKOT: 2,
    VehicleClass.BUS: 5,
    VehicleClass.TRUCK: 7,
}
"""Which of COCO's class scores ours starts from; an angkot starts as a car."""

_QUARTERS = ((0, 0), (1, 0), (0, 1), (1, 1))
"""Row and column, within 2x2 pixels, of the channel groups of YOLOX's first layer."""


def coco_network(onnx_file: Path) -> Network:
    """The network as published: 80 classes, every normalisation folded away (identity)."""
    network = Network(_COCO_CLASSES)
    weights = _initialisers(onnx_file)
    pairs = convolutions(network)
    if len(weights) != len(pairs):
        raise ValueError(f"{onnx_file}: {len(weights)} convolutions, expected {len(pairs)}: not YOLOX-nano")
    with torch.no_grad():
        for number, ((conv, norm), (weight, bias)) in enumerate(zip(pairs, weights, strict=True)):
            conv.weight.copy_(_stem(weight) if number == 0 else weight)
            if norm is None:
                assert conv.bias is not None
                conv.bias.copy_(bias)
            else:
                set_identity(norm, bias)
    return network.eval()


def simpang_network(coco: Network) -> Network:
    """The same network with one class score for each `VehicleClass`, each started from COCO's nearest."""
    network = Network(len(VehicleClass))
    rows = [_COCO_ROW[kind] for kind in VehicleClass]
    state = coco.state_dict()
    for name in list(state):
        if ".cls." in name:
            state[name] = state[name][rows].clone()
    network.load_state_dict(state)
    return network.eval()


@torch.no_grad()
def unfold(network: Network, batches: Iterable[Tensor]) -> None:
    """Set every normalisation to the statistics seen over `batches`, keeping what the network computes."""
    sums: dict[Conv, tuple[Tensor, Tensor, int]] = {}

    def note(conv: nn.Module, _: tuple[Tensor, ...], out: Tensor) -> None:
        owner = owners[conv]
        values = out.double()
        total, squares, count = sums.get(owner, (torch.zeros(1), torch.zeros(1), 0))
        sums[owner] = (
            total + values.sum(dim=(0, 2, 3)),
            squares + values.square().sum(dim=(0, 2, 3)),
            count + values.numel() // values.shape[1],
        )

    owners = {block[0]: block for block in network.modules() if isinstance(block, Conv)}
    hooks = [conv.register_forward_hook(note) for conv in owners]
    network.eval()
    for batch in batches:
        network(batch)
    for hook in hooks:
        hook.remove()
    for block, (total, squares, count) in sums.items():
        norm = block[1]
        assert isinstance(norm, nn.BatchNorm2d) and norm.running_mean is not None and norm.running_var is not None
        mean = (total / count).float()
        variance = (squares / count - (total / count).square()).clamp(min=1e-6).float()
        gain = norm.weight / (norm.running_var + norm.eps).sqrt()
        norm.bias.add_(gain * (mean - norm.running_mean))
        norm.weight.copy_(gain * (variance + norm.eps).sqrt())
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)


def folded(conv: nn.Conv2d, norm: nn.BatchNorm2d | None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel (out, in / groups, h, w) and bias (out,) of a convolution with its normalisation folded in."""
    weight = conv.weight.detach()
    if norm is None:
        assert conv.bias is not None
        return weight.numpy().copy(), conv.bias.detach().numpy().copy()
    assert norm.running_mean is not None and norm.running_var is not None
    gain = norm.weight.detach() / (norm.running_var + norm.eps).sqrt()
    bias = norm.bias.detach() - norm.running_mean * gain
    return (weight * gain[:, None, None, None]).numpy(), bias.numpy()


def set_identity(norm: nn.BatchNorm2d, bias: Tensor) -> None:
    """Make a normalisation add `bias` and do nothing else."""
    assert norm.running_mean is not None and norm.running_var is not None
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)
    norm.weight.fill_(1)
    norm.bias.copy_(bias)


def _stem(kernel: Tensor) -> Tensor:
    """(16, 12, 3, 3) over rearranged pixels -> (16, 3, 6, 6) over the picture itself."""
    whole = torch.zeros(len(kernel), 3, 6, 6)
    for quarter, (row, column) in enumerate(_QUARTERS):
        whole[:, :, row::2, column::2] = kernel[:, 3 * quarter : 3 * quarter + 3]
    return whole


def _initialisers(onnx_file: Path) -> list[tuple[Tensor, Tensor]]:
    """(kernel, bias) of every convolution, in the order of the graph."""
    graph = importlib.import_module("onnx").load(str(onnx_file)).graph
    to_array = importlib.import_module("onnx.numpy_helper").to_array
    stored = {each.name: torch.from_numpy(np.array(to_array(each))) for each in graph.initializer}
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    return [(stored[node.input[1]], stored[node.input[2]]) for node in nodes]


def heads(network: Network) -> list[Head]:
    """The heads, by stride."""
    return [head for head in network.heads if isinstance(head, Head)]
