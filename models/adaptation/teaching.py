"""Guesses that a person then corrects: what detectors find in a sample when they look closely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from edge.detection import Detector
from models.labelled import Labelled, read_image, read_set, write_set
from models.training.completion import look

_SURE = 0.4
"""Score from which a find becomes a label; below it is a region that says nothing until a person does."""


def teach(folder: Path, teachers: Sequence[Detector], progress: Callable[[int, int], None]) -> list[Labelled]:
    """Label the sample in `folder` anew, in tiles and mirrored too; `progress` is told (pictures done, of so many)."""
    pictures = read_set(folder)
    taught = []
    for number, picture in enumerate(pictures, 1):
        found = look(teachers, read_image(folder / picture.file), closely=True)
        sure, doubtful = found.only(found.scores >= _SURE), found.only(found.scores < _SURE)
        taught.append(replace(picture, boxes=sure.boxes, classes=sure.classes, ignored=doubtful.boxes))
        progress(number, len(pictures))
    write_set(folder, taught)
    return taught
