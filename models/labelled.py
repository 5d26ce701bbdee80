"""Labelled pictures on disk: a folder with `annotations.json` in the COCO layout and the pictures it names.

Two things go beyond COCO. A picture says its `camera` (splits go by camera, never by frame) and its `light`. An
annotation with `iscrowd` 1 marks a region that was not labelled to the end: whatever is found there is neither right
nor wrong, of any class, and nothing is learnt there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contract import ContractError, VehicleClass, explain

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Image = NDArray[np.uint8]
Light = Literal["day", "dusk", "night", "rain"]

CLASSES: tuple[VehicleClass, ...] = tuple(VehicleClass)
INDEX = "annotations.json"
_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture and what stands in it; boxes are x0 y0 x1 y1 in pixels."""

    file: str
    """Relative to the folder of the set."""
    width: int
    height: int
    camera: str
    light: Light
    boxes: Floats
    """(n, 4)"""
    classes: Ints
    """(n,) into CLASSES"""
    ignored: Floats
    """(m, 4) regions that were not labelled to the end"""


class _Part(BaseModel):
    """Sets made by other tools carry keys of their own; they are passed over, not refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Image(_Part):
    id: int
    file_name: str = Field(max_length=500)
    width: int = Field(gt=0, le=20000)
    height: int = Field(gt=0, le=20000)
    camera: str = Field(default="unknown", max_length=100)
    light: Light = "day"


class _Annotation(_Part):
    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float] = Field(description="x, y, width, height in pixels")
    area: float = Field(default=0, ge=0)
    iscrowd: Literal[0, 1] = 0


class _Category(_Part):
    id: int
    name: str = Field(max_length=60)


class _Coco(_Part):
    images: tuple[_Image, ...]
    annotations: tuple[_Annotation, ...]
    categories: tuple[_Category, ...]


def read_set(folder: Path) -> list[Labelled]:
    """The pictures of a set; raises `ContractError` when it is missing or not in the layout."""
    index = folder / INDEX
    if not folder.is_dir():
        raise ContractError(f"{folder}: there is no such folder; simpang model sample makes one from a camera")
    if not index.is_file():
        raise ContractError(f"{folder}: no {INDEX} here; a labelled set is a folder that holds one")
    try:
        coco = _Coco.model_validate_json(index.read_bytes())
    except ValidationError as error:
        raise explain(error, str(index)) from None
    kinds = {category.id: category.name for category in coco.categories}
    by_image: dict[int, list[_Annotation]] = {image.id: [] for image in coco.images}
    for annotation in coco.annotations:
        if annotation.image_id not in by_image:
            raise ContractError(f"{index}: annotation {annotation.id} names image {annotation.image_id}, which is none")
        if not annotation.iscrowd and kinds.get(annotation.category_id) not in CLASSES:
            known = ", ".join(CLASSES)
            raise ContractError(f"{index}: annotation {annotation.id} has a class that is none of {known}")
        by_image[annotation.image_id].append(annotation)
    return [_labelled(image, by_image[image.id], kinds) for image in coco.images]


def _labelled(image: _Image, annotations: Sequence[_Annotation], kinds: dict[int, str]) -> Labelled:
    seen = [each for each in annotations if not each.iscrowd]
    crowds = [each for each in annotations if each.iscrowd]
    return Labelled(
        file=image.file_name,
        width=image.width,
        height=image.height,
        camera=image.camera,
        light=image.light,
        boxes=_corners(seen),
        classes=np.array([CLASSES.index(VehicleClass(kinds[each.category_id])) for each in seen], np.int64),
        ignored=_corners(crowds),
    )


def _corners(annotations: Sequence[_Annotation]) -> Floats:
    boxes = np.array([each.bbox for each in annotations], np.float32).reshape(-1, _COLUMNS)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def read_image(path: Path) -> Image:
    """A picture (h, w, 3) BGR; raises `ContractError` when it is none."""
    image = cv2.imread(str(path))
    if image is None:
        raise ContractError(f"{path}: missing, or not a picture")
    return np.asarray(image, np.uint8)


def write_set(folder: Path, pictures: Iterable[Labelled]) -> None:
    """Write `annotations.json`; the pictures themselves are the caller's to put there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).write_text(_coco(list(pictures)).model_dump_json(), encoding="utf-8")


def _coco(pictures: Sequence[Labelled]) -> _Coco:
    images: list[_Image] = []
    annotations: list[_Annotation] = []
    for number, picture in enumerate(pictures, 1):
        images.append(
            _Image(
                id=number,
                file_name=picture.file,
                width=picture.width,
                height=picture.height,
                camera=picture.camera,
                light=picture.light,
            )
        )
        kinds = [*(int(kind) for kind in picture.classes), *([-1] * len(picture.ignored))]
        for kind, box in zip(kinds, np.vstack([picture.boxes, picture.ignored]).tolist(), strict=True):
            x0, y0, x1, y1 = (round(value, 1) for value in box)
            annotations.append(
                _Annotation(
                    id=len(annotations) + 1,
                    image_id=number,
                    category_id=max(kind, 0) + 1,
                    bbox=(x0, y0, x1 - x0, y1 - y0),
                    area=max((x1 - x0) * (y1 - y0), 0),
                    iscrowd=1 if kind < 0 else 0,
                )
            )
    categories = tuple(_Category(id=number, name=kind) for number, kind in enumerate(CLASSES, 1))
    return _Coco(images=tuple(images), annotations=tuple(annotations), categories=categories)
