"""A sample under correction: its labels, which pictures a person has looked at, and how long that took."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError

from contract import ContractError, Model, VehicleClass, explain
from models.labelled import CLASSES, Floats, Labelled, read_set, write_set

REVIEWED = "reviewed.json"
Pixels = Annotated[float, Field(ge=0, le=20_000)]


class Marked(Model):
    """One box as a person leaves it."""

    box: tuple[Pixels, Pixels, Pixels, Pixels] = Field(description="x0 y0 x1 y1 in pixels of the picture.")
    kind: VehicleClass | None = Field(description="None: a region that cannot be told, neither taught nor tested.")


class Correction(Model):
    """One picture as a person leaves it."""

    boxes: tuple[Marked, ...] = Field(max_length=500)
    seconds: float = Field(ge=0, le=3600, description="How long the person looked at it.")


class _Reviewed(Model):
    seconds: dict[str, float]


@dataclass(slots=True)
class Review:
    """The sample in `folder`; safe to use from several threads."""

    folder: Path
    pictures: list[Labelled] = field(init=False)
    seconds: dict[str, float] = field(init=False)
    """Of each picture that was looked at."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.pictures = read_set(self.folder)
        self.seconds = reviewed(self.folder)

    def shown(self, number: int) -> dict[str, object]:
        """Picture `number` as the page draws it. Raises `ContractError` when there is none."""
        one = self._picture(number)
        kinds: list[str | None] = [*(CLASSES[kind] for kind in one.classes.tolist()), *([None] * len(one.ignored))]
        boxes = [*one.boxes.tolist(), *one.ignored.tolist()]
        return {
            "number": number,
            "file": one.file,
            "of": len(self.pictures),
            "reviewed": len(self.seconds),
            "checked": one.file in self.seconds,
            "minutes": round(sum(self.seconds.values()) / 60, 1),
            "width": one.width,
            "height": one.height,
            "boxes": [{"box": box, "kind": kind} for box, kind in zip(boxes, kinds, strict=True)],
        }

    def correct(self, number: int, said: Correction) -> None:
        """Take a person's word for picture `number`. Raises `ContractError` when there is none."""
        one = self._picture(number)
        named = [mark for mark in said.boxes if mark.kind is not None]
        corrected = replace(
            one,
            boxes=_boxes(named, one),
            classes=np.array([CLASSES.index(mark.kind) for mark in named if mark.kind], np.int64),
            ignored=_boxes([mark for mark in said.boxes if mark.kind is None], one),
        )
        with self._lock:
            self.pictures[number] = corrected
            self.seconds[one.file] = self.seconds.get(one.file, 0.0) + said.seconds
            write_set(self.folder, self.pictures)
            words = _Reviewed(seconds=self.seconds).model_dump_json(indent=1)
            (self.folder / REVIEWED).write_text(words + "\n", encoding="utf-8")

    def _picture(self, number: int) -> Labelled:
        if not 0 <= number < len(self.pictures):
            raise ContractError(f"{self.folder}: picture {number} of {len(self.pictures)}: there is none")
        return self.pictures[number]


def reviewed(folder: Path) -> dict[str, float]:
    """File -> seconds that a person looked at it; empty before anybody did."""
    path = folder / REVIEWED
    if not path.is_file():
        return {}
    try:
        return dict(_Reviewed.model_validate_json(path.read_bytes()).seconds)
    except ValidationError as error:
        raise explain(error, str(path)) from None


def _boxes(marks: list[Marked], picture: Labelled) -> Floats:
    """(n, 4), corners in order and within the picture."""
    given = np.array([mark.box for mark in marks], np.float32).reshape(-1, 4)
    low, high = np.minimum(given[:, :2], given[:, 2:]), np.maximum(given[:, :2], given[:, 2:])
    limit = np.array([picture.width, picture.height], np.float32)
    return np.hstack([np.minimum(low, limit), np.minimum(high, limit)])
