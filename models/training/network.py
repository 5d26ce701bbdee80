"""The network of Simpang's detector: YOLOX-nano, written from its published description.

Z. Ge et al., "YOLOX: Exceeding YOLO Series in 2021" (arXiv 2107.08430): a CSPDarknet of depth 1/3 and width 1/4 whose
3x3 convolutions are depthwise, a path-aggregation neck, and for each of three strides a head that keeps class and
place apart. Pictures go in as BGR, 0..255, NCHW; `Maps` says what comes out.

One change: the first layer, there a rearrangement of 2x2 pixels and a 3x3 convolution, is written as what it is, one
6x6 convolution of stride 2. Modules are declared in the order in which they run, so that weights can be carried over
by counting (`pretrained`) and carried out the same way (`tflite`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDES = (8, 16, 32)
_WIDTHS = (16, 32, 64, 128, 256)
_HEAD = 64
"""Channels of a head's branches, whatever the stride."""


class Maps(NamedTuple):
    """What the network says for one stride: (n, depth, rows, columns), before any sigmoid.

    `reg` (4): the centre, in cells from the cell's corner, then the logarithms of width and height in cells.
    `obj` (1): whether a road user is here. `cls`: which one.
    """

    reg: Tensor
    obj: Tensor
    cls: Tensor


class Conv(nn.Sequential):
    """Convolution, batch normalisation, SiLU."""

    def __init__(self, inputs: int, outputs: int, size: int, *, stride: int = 1, groups: int = 1) -> None:
        pad = (size - 1) // 2
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, pad, groups=groups, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
            nn.SiLU(inplace=True),
        )


class DepthwiseConv(nn.Sequential):
    """A 3x3 convolution of each channel by itself, then a 1x1 that mixes them."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__(Conv(inputs, inputs, 3, stride=stride, groups=inputs), Conv(inputs, outputs, 1))


class Bottleneck(nn.Module):
    """1x1, depthwise 3x3, and the input added where `shortcut` says so."""

    def __init__(self, width: int, *, shortcut: bool) -> None:
        super().__init__()
        self.shortcut = shortcut
        self.body = nn.Sequential(Conv(width, width, 1), DepthwiseConv(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """(n, width, h, w) -> the same."""
        out: Tensor = self.body(x)
        return x + out if self.shortcut else out


class CrossStage(nn.Module):
    """Half of the channels pass `depth` bottlenecks, half pass by; then both are mixed (CSP)."""

    def __init__(self, inputs: int, outputs: int, depth: int = 1, *, shortcut: bool = False) -> None:
        super().__init__()
        half = outputs // 2
        self.through = Conv(inputs, half, 1)
        self.past = Conv(inputs, half, 1)
        self.blocks = nn.Sequential(*(Bottleneck(half, shortcut=shortcut) for _ in range(depth)))
        self.mix = Conv(2 * half, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h, w)."""
        through, past = self.through(x), self.past(x)
        out: Tensor = self.mix(torch.cat([self.blocks(through), past], dim=1))
        return out


class Pyramid(nn.Module):
    """Maxima over 5, 9 and 13 cells beside the map itself (SPP)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.narrow = Conv(width, width // 2, 1)
        self.widen = Conv(2 * width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, width, h, w) -> the same."""
        narrow: Tensor = self.narrow(x)
        pools = [functional.max_pool2d(narrow, size, 1, size // 2) for size in (5, 9, 13)]
        out: Tensor = self.widen(torch.cat([narrow, *pools], dim=1))
        return out


class Backbone(nn.Module):
    """CSPDarknet: a picture becomes maps of stride 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        w0, w1, w2, w3, w4 = _WIDTHS
        self.stem = Conv(3, w0, 6, stride=2)
        self.dark2 = nn.Sequential(DepthwiseConv(w0, w1, stride=2), CrossStage(w1, w1, 1, shortcut=True))
        self.dark3 = nn.Sequential(DepthwiseConv(w1, w2, stride=2), CrossStage(w2, w2, 3, shortcut=True))
        self.dark4 = nn.Sequential(DepthwiseConv(w2, w3, stride=2), CrossStage(w3, w3, 3, shortcut=True))
        self.dark5 = nn.Sequential(DepthwiseConv(w3, w4, stride=2), Pyramid(w4), CrossStage(w4, w4))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(n, 3, h, w) -> maps of 64, 128 and 256 channels."""
        near: Tensor = self.dark3(self.dark2(self.stem(x)))
        middle: Tensor = self.dark4(near)
        return near, middle, self.dark5(middle)


class Neck(nn.Module):
    """Path aggregation: what the coarse maps know goes down to the fine ones, and back up."""

    def __init__(self) -> None:
        super().__init__()
        w2, w3, w4 = _WIDTHS[2:]
        self.lateral4 = Conv(w4, w3, 1)
        self.down4 = CrossStage(2 * w3, w3)
        self.lateral3 = Conv(w3, w2, 1)
        self.down3 = CrossStage(2 * w2, w2)
        self.shrink3 = DepthwiseConv(w2, w2, stride=2)
        self.up4 = CrossStage(2 * w2, w3)
        self.shrink4 = DepthwiseConv(w3, w3, stride=2)
        self.up5 = CrossStage(2 * w3, w4)

    def forward(self, maps: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Three maps -> three maps of the same shapes."""
        near, middle, far = maps
        far4: Tensor = self.lateral4(far)
        middle3: Tensor = self.lateral3(self.down4(torch.cat([_doubled(far4), middle], dim=1)))
        fine: Tensor = self.down3(torch.cat([_doubled(middle3), near], dim=1))
        mid: Tensor = self.up4(torch.cat([self.shrink3(fine), middle3], dim=1))
        return fine, mid, self.up5(torch.cat([self.shrink4(mid), far4], dim=1))


class Head(nn.Module):
    """One stride's head: a branch for the class, a branch for place and presence."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.stem = Conv(inputs, _HEAD, 1)
        self.cls_branch = nn.Sequential(DepthwiseConv(_HEAD, _HEAD), DepthwiseConv(_HEAD, _HEAD))
        self.cls = nn.Conv2d(_HEAD, classes, 1)
        self.reg_branch = nn.Sequential(DepthwiseConv(_HEAD, _HEAD), DepthwiseConv(_HEAD, _HEAD))
        self.reg = nn.Conv2d(_HEAD, 4, 1)
        self.obj = nn.Conv2d(_HEAD, 1, 1)

    def forward(self, x: Tensor) -> Maps:
        """(n, inputs, h, w) -> the maps of this stride."""
        stem: Tensor = self.stem(x)
        kind: Tensor = self.cls(self.cls_branch(stem))
        place: Tensor = self.reg_branch(stem)
        return Maps(self.reg(place), self.obj(place), kind)


class Network(nn.Module):
    """YOLOX-nano with `classes` classes; sides of the picture are multiples of 32."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.backbone = Backbone()
        self.neck = Neck()
        self.heads = nn.ModuleList(Head(width, classes) for width in _WIDTHS[2:])

    def forward(self, pictures: Tensor) -> list[Maps]:
        """(n, 3, h, w) BGR 0..255 -> maps for the strides 8, 16, 32."""
        maps: Sequence[Tensor] = self.neck(self.backbone(pictures))
        return [head(x) for head, x in zip(self.heads, maps, strict=True)]


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def convolutions(network: nn.Module) -> list[tuple[nn.Conv2d, nn.BatchNorm2d | None]]:
    """Every convolution in the order in which it runs, with the normalisation that follows it, if one does."""
    flat = [part for part in network.modules() if isinstance(part, nn.Conv2d | nn.BatchNorm2d)]
    pairs: list[tuple[nn.Conv2d, nn.BatchNorm2d | None]] = []
    for part, after in zip(flat, [*flat[1:], None], strict=True):
        if isinstance(part, nn.Conv2d):
            pairs.append((part, after if isinstance(after, nn.BatchNorm2d) else None))
    return pairs
