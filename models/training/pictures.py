"""Batches of training pictures, the same for the same seed, epoch and number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from models.labelled import Floats, Labelled, read_image, read_set
from models.training.augment import Example, augmented
from models.training.loss import Truth

Batch = tuple[Tensor, list[Truth]]

_MOSAIC = 0.5
"""Share of the pictures that are mosaics of four."""
_LONGEST = 960
"""Larger pictures are shrunk to this side before anything else."""


@dataclass(frozen=True)
class Source:
    """A labelled set, and its share of the pictures drawn."""

    folder: Path
    share: float


class Batches(Dataset[Batch]):
    """Batch `i` of an epoch. A camera is drawn by the fourth root of how many pictures it gave."""

    def __init__(self, sources: Sequence[Source], sizes: Sequence[tuple[int, int]], *, batch: int, number: int) -> None:
        self.sizes = sizes
        self.batch = batch
        self.number = number
        self.seed = (0, 0)
        self.pictures: list[tuple[Path, Labelled]] = []
        chances = []
        for source in sources:
            pictures = read_set(source.folder)
            self.pictures += [(source.folder / picture.file, picture) for picture in pictures]
            chances.append(source.share * _chances(pictures))
        chance = np.concatenate(chances)
        self.chance = chance / chance.sum()

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, index: int) -> Batch:
        cv2.setNumThreads(1)
        random = np.random.default_rng([*self.seed, index])
        width, height = self.sizes[int(random.integers(len(self.sizes)))]
        images, truths = [], []
        for _ in range(self.batch):
            number = 4 if random.random() < _MOSAIC else 1
            drawn = random.choice(len(self.pictures), number, p=self.chance)
            example = augmented([self._read(int(each)) for each in drawn], width, height, random)
            images.append(torch.from_numpy(example.image).permute(2, 0, 1))
            truths.append(truth(example))
        return torch.stack(images), truths

    def _read(self, index: int) -> Example:
        path, labelled = self.pictures[index]
        image = read_image(path)
        scale = _LONGEST / max(image.shape[:2])
        if scale >= 1:
            return Example(image, labelled.boxes, labelled.classes, labelled.ignored)
        small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        factor = np.float32(scale)
        return Example(small, labelled.boxes * factor, labelled.classes, labelled.ignored * factor)


def truth(example: Example) -> Truth:
    """The labels as tensors."""
    return Truth(*(torch.from_numpy(each) for each in (example.boxes, example.classes, example.ignored)))


def _chances(pictures: Sequence[Labelled]) -> Floats:
    """(n,) chance of each picture, summing to one."""
    count = Counter(picture.camera for picture in pictures)
    chance = np.array([count[picture.camera] ** -0.75 for picture in pictures], np.float32)
    return np.asarray(chance / chance.sum(), np.float32)
