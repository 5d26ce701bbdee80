"""int8: round every tensor as the unit will.

    python -m models.training.quantise OUT.npz --set DIR --set DIR=0.4
    python -m models.training.tflite OUT.npz OUT.tflite

Each tensor gets the range whose 256 steps lose least of what the next layer makes of it, and each output channel of a
kernel its own (as TFLite does); a SiLU makes nothing of what is below -8, so no steps are spent there. The first three
convolutions stay in float: their sixteen channels reach from 0.1 to 135 and nearly cancel where they are mixed, which
no 256 steps survive (docs/decisions/0048).

Which pictures settle the ranges matters as much as all else, and a held-out set of some hundred boxes is too small to
choose by: so several draws are made, and the one is kept whose answers lie nearest to the float network's.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from rich.progress import track
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from models.adaptation.weights import incumbent
from models.labelled import read_image, read_set
from models.registry import default_name, resolve
from models.training.augment import Example, fitted
from models.training.export import folded_weights
from models.training.loop import source
from models.training.network import Bottleneck, Conv, CrossStage, Head, Maps, Network, Pyramid, convolutions
from models.training.pictures import Source

_STEPS = 255
_OPEN: Range = (0.0, _STEPS / 256)
"""A sigmoid's."""
_IN_FLOAT = 3
"""Convolutions, from the first."""
_SAMPLE = 30_000
"""Values of a tensor that are looked at in each picture."""
_LOWS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.17, 0.12, 0.08, 0.05)
_HIGHS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.42, 0.35, 0.3, 0.25, 0.2)
"""Shares of a tensor's least and greatest value that are tried as ends of its range."""

Through = Callable[[Tensor], Tensor]
_SAME: Through = nn.Identity()
Range = tuple[float, float]


def fitting_range(values: Tensor, through: Through = _SAME) -> Range:
    """Ends of the range that holds zero and whose steps lose least of `through(values)`, by squared error."""
    low, high = min(float(values.min()), -1e-3), max(float(values.max()), 1e-3)
    wanted = through(values)

    def loss(ends: Range) -> float:
        return float((through(in_steps(values, ends)) - wanted).square().mean())

    # one end after the other: they hardly meet, and each is tried at its full length, too
    best_low = min((low * share for share in _LOWS), key=lambda end: loss((end, high)))
    return best_low, min((high * share for share in _HIGHS), key=lambda end: loss((best_low, end)))


def in_steps(values: Tensor, ends: Range) -> Tensor:
    """`values` as int8 keeps them over that range; the gradient passes where they lie within it."""
    scale = (ends[1] - ends[0]) / _STEPS
    zero = min(max(round(-ends[0] / scale), 0), _STEPS)
    return torch.fake_quantize_per_tensor_affine(values, scale, zero, 0, _STEPS)


class Rounding(nn.Module):
    """One tensor's rounding: watches first, then rounds. Puts itself into `order` when it first runs."""

    def __init__(self, order: list[Rounding], through: Through = _SAME) -> None:
        super().__init__()
        self.through = through
        self.ends: Range | None = None
        self._order = order
        self._seen: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        """A tensor of any shape -> the same, in steps once the range is known."""
        if self.ends is not None:
            return in_steps(x, self.ends)
        if not self._seen:
            self._order.append(self)
        flat = x.detach().flatten()
        self._seen.append(flat[torch.randint(len(flat), (_SAMPLE,))])
        return x

    def settle(self) -> None:
        """Choose the range from what was seen."""
        self.ends = fitting_range(torch.cat(self._seen), self.through)
        self._seen.clear()


class RoundedSiLU(nn.Module):
    """SiLU as TFLite runs it: rounded, a sigmoid in steps of 1/256 of that, and their product rounded."""

    def __init__(self, order: list[Rounding]) -> None:
        super().__init__()
        self.before, self.after = Rounding(order, functional.silu), Rounding(order)

    def forward(self, x: Tensor) -> Tensor:
        """A tensor of any shape -> the same."""
        plain = self.before(x)
        out: Tensor = self.after(plain * in_steps(torch.sigmoid(plain), _OPEN))
        return out


class _RoundedKernel(nn.Module):
    """A kernel in steps of each output channel's greatest weight / 127."""

    def forward(self, kernel: Tensor) -> Tensor:
        scale = kernel.detach().abs().amax(dim=(1, 2, 3)).clamp(min=1e-8) / 127
        zero = torch.zeros(len(scale), dtype=torch.int32)
        return torch.fake_quantize_per_channel_affine(kernel, scale, zero, 0, -127, 127)


@dataclass
class Rounded:
    """A network that computes as its int8 file will, and where it rounds, in the order in which it runs."""

    network: Network
    order: list[Rounding] = field(default_factory=list)

    def settle(self, pictures: Iterable[Tensor]) -> None:
        """Choose every range from what the network makes of `pictures` (n, 3, h, w)."""
        with torch.no_grad():
            for batch in pictures:
                self.network(batch)
        for rounding in self.order:
            rounding.settle()
        for conv, _ in convolutions(self.network)[_IN_FLOAT:]:
            parametrize.register_parametrization(conv, "weight", _RoundedKernel())

    def write(self, out: Path) -> None:
        """Weights as `export` writes them, with `ranges` (n, 2) of the tensors in the order in which they come."""
        ends = np.array([rounding.ends for rounding in self.order], np.float32)
        np.savez(out, ranges=ends, **folded_weights(self.network))


def rounded(network: Network, pictures: Iterable[Tensor]) -> Rounded:
    """`network` with a rounding after each convolution, SiLU, sum and joint, its ranges settled over `pictures`."""
    network = copy.deepcopy(network).eval()
    result = Rounded(network)
    order = result.order
    *in_float, last_in_float = (conv for conv, _ in convolutions(network)[:_IN_FLOAT])
    for part in list(network.modules()):
        if isinstance(part, Conv) and part[0] is last_in_float:
            part[2] = nn.Sequential(nn.SiLU(), Rounding(order))
        elif isinstance(part, Conv) and part[0] not in in_float:
            part[2] = RoundedSiLU(order)
        elif isinstance(part, Bottleneck) and part.shortcut:
            _after(part, Rounding(order))
        elif isinstance(part, CrossStage):
            _before(part.mix, Rounding(order))
        elif isinstance(part, Pyramid):
            _before(part.widen, Rounding(order))
        elif isinstance(part, Head):
            for last, through in ((part.cls, torch.sigmoid), (part.reg, _SAME), (part.obj, torch.sigmoid)):
                _after(last, Rounding(order, through))
    neck = network.neck
    for joined in (neck.down4, neck.down3, neck.up4, neck.up5):
        _before(joined, Rounding(order))
    result.settle(pictures)
    return result


def _after(part: nn.Module, rounding: Rounding) -> None:
    part.register_forward_hook(lambda _part, _inputs, out: rounding(out))


def _before(part: nn.Module, rounding: Rounding) -> None:
    part.register_forward_pre_hook(lambda _part, inputs: (rounding(inputs[0]),))


def distance(student: Sequence[Maps], teacher: Sequence[Maps]) -> Tensor:
    """How far the student's answers lie from the teacher's; places and classes weigh as much as something is there."""
    total, present = torch.zeros(()), torch.zeros(())
    for said, wanted in zip(student, teacher, strict=True):
        there = torch.sigmoid(wanted.obj)
        present = present + there.sum()
        total = total + _cross(said.obj, wanted.obj).sum() + (_cross(said.cls, wanted.cls) * there).sum()
        total = total + 2 * (functional.smooth_l1_loss(said.reg, wanted.reg, reduction="none", beta=0.1) * there).sum()
    return total / present.clamp(min=1)


def _cross(said: Tensor, wanted: Tensor) -> Tensor:
    """Cross entropy of two logits, less what it is where they agree."""
    share = torch.sigmoid(wanted)
    cost = functional.binary_cross_entropy_with_logits
    return cost(said, share, reduction="none") - cost(wanted, share, reduction="none")


def as_seen(sets: Sequence[Source], number: int, width: int, height: int) -> list[Tensor]:
    """About `number` pictures (1, 3, h, w) of `sets`, spread evenly over each by its share, as a unit fits them.

    Whole, and at the size of the input: ranges settled over mosaics, at the smaller sizes of training, fit no street.
    """
    every = sum(one.share for one in sets)
    found = []
    for one in sets:
        pictures = read_set(one.folder)
        wanted = min(max(round(number * one.share / every), 1), len(pictures))
        for place in np.linspace(0, len(pictures) - 1, wanted).round().astype(int):
            labelled = pictures[place]
            image = read_image(one.folder / labelled.file)
            example = fitted(Example(image, labelled.boxes, labelled.classes, labelled.ignored), width, height)
            found.append(torch.from_numpy(example.image).permute(2, 0, 1)[None].float())
    return found


def nearest(network: Network, pictures: Sequence[Tensor], draws: int) -> Rounded:
    """Settle the ranges over `draws` parts of `pictures`, and keep those whose network comes nearest to the float one.

    It is judged by a further part that none of them saw; no label is needed.
    """
    judges = pictures[draws :: draws + 1]
    with torch.no_grad():
        wanted = [network(picture) for picture in judges]

    def off(one: Rounded) -> float:
        with torch.no_grad():
            return sum(float(distance(one.network(seen), said)) for seen, said in zip(judges, wanted, strict=True))

    parts = (pictures[draw :: draws + 1] for draw in range(draws))
    return min((rounded(network, part) for part in track(parts, "int8", total=draws)), key=off)


def main(
    out: Annotated[Path, typer.Argument(help="File (npz) to write, for `models.training.tflite`.")],
    *,
    sets: Annotated[list[str], typer.Option("--set", help="Pictures, and their share: DIR or DIR=0.4.")],
    model: Annotated[str, typer.Option(help="Detector in fp16 to start from.")] = default_name(),
    number: Annotated[int, typer.Option("--pictures", min=1, help="Pictures over which ranges are settled.")] = 12,
    draws: Annotated[int, typer.Option(min=1, help="How often, each over other pictures; the best is kept.")] = 6,
    seed: Annotated[int, typer.Option(min=0)] = 39,
) -> None:
    """Round a detector to int8."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    float_model = resolve(model)
    size = float_model.spec.width, float_model.spec.height
    pictures = as_seen([source(each) for each in sets], number * (draws + 1), *size)
    nearest(incumbent(float_model.path), pictures, draws).write(out)


if __name__ == "__main__":
    typer.run(main)
