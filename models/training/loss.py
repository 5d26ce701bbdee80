"""Which cell answers for which road user (SimOTA), and what a wrong answer costs.

From YOLOX (arXiv 2107.08430, section 2.1) and OTA (arXiv 2103.14259): of the cells in or near a road user, those whose
answer costs least are made to answer for it, as many as their boxes already overlap with it. Regions that were not
labelled to the end cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from models.training.network import STRIDES, Maps

_CENTRE = 2.5
"""Cells within so many strides of a road user's centre may answer for it."""
_CANDIDATES = 10
_FAR = 1e5
_OVERLAP_COST = 3.0
_BOX_WEIGHT = 5.0


class Truth(NamedTuple):
    """What stands in one picture: boxes (n, 4) x0 y0 x1 y1, classes (n,), ignored regions (m, 4)."""

    boxes: Tensor
    classes: Tensor
    ignored: Tensor


class Answers(NamedTuple):
    """The maps of all strides as one list of cells: boxes (b, a, 4), obj (b, a), cls (b, a, c), cells (a, 3)."""

    boxes: Tensor
    obj: Tensor
    cls: Tensor
    cells: Tensor
    """Centre x, centre y and stride of each cell, in pixels."""


class Costs(NamedTuple):
    """Parts of the loss, each a scalar."""

    box: Tensor
    obj: Tensor
    cls: Tensor

    @property
    def total(self) -> Tensor:
        """What is minimised."""
        return _BOX_WEIGHT * self.box + self.obj + self.cls


def answers(maps: Sequence[Maps]) -> Answers:
    """Join the strides and turn offsets into boxes in pixels."""
    boxes, obj, cls, cells = [], [], [], []
    for stride, each in zip(STRIDES, maps, strict=True):
        rows, columns = each.obj.shape[2:]
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        corner = torch.stack([x, y], dim=-1).reshape(-1, 2).float()
        reg = each.reg.flatten(2).transpose(1, 2)
        centre = (reg[..., :2] + corner) * stride
        half = reg[..., 2:].clamp(max=8).exp() * stride / 2
        boxes.append(torch.cat([centre - half, centre + half], dim=-1))
        obj.append(each.obj.flatten(1))
        cls.append(each.cls.flatten(2).transpose(1, 2))
        middle = (corner + 0.5) * stride
        cells.append(torch.cat([middle, torch.full_like(middle[:, :1], stride)], dim=1))
    return Answers(torch.cat(boxes, 1), torch.cat(obj, 1), torch.cat(cls, 1), torch.cat(cells))


def costs(given: Answers, truths: Sequence[Truth]) -> Costs:
    """The loss of a batch, per cell that answers for a road user."""
    box, obj, cls = torch.zeros(()), torch.zeros(()), torch.zeros(())
    answering = 0
    for number, truth in enumerate(truths):
        one = Answers(given.boxes[number], given.obj[number], given.cls[number], given.cells)
        cells, owners, overlaps = assign(one, truth)
        target = torch.zeros_like(one.obj)
        target[cells] = 1.0
        counted = (~_inside(one.cells, truth.ignored).any(dim=1)) | (target > 0)
        presence = functional.binary_cross_entropy_with_logits(one.obj, target, reduction="none")
        obj = obj + (presence * counted).sum()
        answering += len(cells)
        if len(cells):
            hot = functional.one_hot(truth.classes[owners], one.cls.shape[1]).float() * overlaps[:, None]
            cls = cls + functional.binary_cross_entropy_with_logits(one.cls[cells], hot, reduction="sum")
            box = box + (1 - overlap(one.boxes[cells], truth.boxes[owners]).square()).sum()
    share = max(answering, 1)
    return Costs(box / share, obj / share, cls / share)


@torch.no_grad()
def assign(one: Answers, truth: Truth) -> tuple[Tensor, Tensor, Tensor]:
    """Cells (k,) that answer, the road user (k,) each answers for, and how well its box fits already (k,).

    `one` holds the answers to one picture, without the batch dimension. No cell answers for two.
    """
    if not len(truth.boxes):
        none = torch.zeros(0, dtype=torch.long)
        return none, none, torch.zeros(0)
    in_box = _inside(one.cells, truth.boxes)
    middle = (truth.boxes[:, :2] + truth.boxes[:, 2:]) / 2
    near = ((one.cells[:, None, :2] - middle).abs() < _CENTRE * one.cells[:, None, 2:]).all(dim=-1)
    cells = (in_box | near).any(dim=1).nonzero()[:, 0]
    fits = overlap(one.boxes[cells][:, None], truth.boxes[None])
    chance = (one.cls[cells].sigmoid() * one.obj[cells].sigmoid()[:, None]).sqrt()
    hot = functional.one_hot(truth.classes, one.cls.shape[1]).float()
    surprise = _cross_entropy(chance, hot)
    cost = surprise - _OVERLAP_COST * (fits + 1e-8).log() + _FAR * ~(in_box & near)[cells]
    chosen = torch.zeros_like(cost, dtype=torch.bool)
    many = fits.topk(min(_CANDIDATES, len(cells)), dim=0).values.sum(dim=0).int().clamp(min=1)
    for user, count in enumerate(many.tolist()):
        chosen[cost[:, user].topk(min(count, len(cells)), largest=False).indices, user] = True
    contested = chosen.sum(dim=1) > 1
    if contested.any():
        cheapest = cost[contested].argmin(dim=1)
        chosen[contested] = functional.one_hot(cheapest, cost.shape[1]).bool()
    picked = chosen.any(dim=1)
    owners = chosen[picked].float().argmax(dim=1)
    return cells[picked], owners, fits[picked, owners]


def overlap(one: Tensor, other: Tensor) -> Tensor:
    """Intersection over union of boxes (..., 4), broadcast against each other."""
    low = torch.maximum(one[..., :2], other[..., :2])
    high = torch.minimum(one[..., 2:], other[..., 2:])
    common = (high - low).clamp(min=0).prod(dim=-1)
    area = (one[..., 2:] - one[..., :2]).clamp(min=0).prod(dim=-1)
    area = area + (other[..., 2:] - other[..., :2]).clamp(min=0).prod(dim=-1)
    return common / (area - common).clamp(min=1e-6)


def _inside(cells: Tensor, boxes: Tensor) -> Tensor:
    """(a, n) whether the centre of a cell lies in a box."""
    x, y = cells[:, None, 0], cells[:, None, 1]
    return (x > boxes[:, 0]) & (y > boxes[:, 1]) & (x < boxes[:, 2]) & (y < boxes[:, 3])


def _cross_entropy(chance: Tensor, hot: Tensor) -> Tensor:
    """(a, c) chances, (n, c) classes -> (a, n) binary cross entropy, summed over the classes."""
    chance = chance.clamp(1e-6, 1 - 1e-6)
    present, absent = -chance.log(), -(1 - chance).log()
    return present @ hot.T + absent @ (1 - hot).T
