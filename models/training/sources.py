"""Where the training pictures come from: one reader for each public set, with what was decided about its labels.

The decisions come from looking at the pictures; `models/cards/data.md` tells them. Class names of a set map to ours,
or to None: not taught, neither as a road user nor as background.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contract import VehicleClass
from models.labelled import CLASSES, Floats, Labelled, Light, read_image
from models.training import corrections

_CAR, _ANGKOT, _BUS = VehicleClass.CAR, VehicleClass.ANGKOT, VehicleClass.BUS
_TRUCK, _MOTORCYCLE = VehicleClass.TRUCK, VehicleClass.MOTORCYCLE

Kinds = Mapping[str, VehicleClass | None]

TOLL: Kinds = {"car": _CAR, "bus": _BUS, "truck": _TRUCK}
ATL: Kinds = {"bike": _MOTORCYCLE, "bus": _BUS, "car": _CAR, "truck": _TRUCK}
KABUL: Kinds = {**ATL, "bus": _ANGKOT}
"""In Kabul the labellers called minibuses of the HiAce and Town Ace kind buses; ours is the angkot."""
NEPAL: Kinds = {
    "SUV": _CAR,
    "auto_rickshaw": None,
    "bike": _MOTORCYCLE,
    "bus": _BUS,
    "car": _CAR,
    "e-rickshaw": None,
    "micro_bus": _ANGKOT,
    "mini_truck": _TRUCK,
    "school_bus": _BUS,
    "scooter": _MOTORCYCLE,
    "taxi": None,
    "transport_vehicle": _TRUCK,
    "truck": _TRUCK,
    "van": _ANGKOT,
}
"""Three-wheelers fit none of our classes; `taxi` is a hatchback here and a van there."""


@dataclass(frozen=True)
class AtlRoad:
    """One of the roads mixed in the set `atl`, told apart by its file names."""

    camera: str
    names: str
    """Pattern of the file's stem."""
    light: Light = "day"
    kinds: Kinds | None = None
    held_out: bool = False


ATL_ROADS = (
    AtlRoad("kabul_boulevard", r"[ABCD]\d{1,2}", kinds=KABUL, held_out=True),
    AtlRoad("motorway", r"102600\d{1,2}", held_out=True),
    AtlRoad("freeway_night", r"102\d{1,3}", "night"),
    AtlRoad("highway_bend", r"102600700\d{1,2}"),
    AtlRoad("junction_island", r"\d{1,3}"),
    AtlRoad("thai_avenue", r"A(2187|219|278)"),
)
"""First match wins. What matches none is left out: stock pictures, jams labelled in part, a pair of shoes."""

_TOLL_LIGHT: Mapping[str, Light] = {"night": "night", "morning": "day", "noon": "day", "rain": "rain"}
_TWIN_LIGHTS: tuple[Light, ...] = ("night", "rain", "dusk")
"""In the order in which they matter, where a render has two."""
_TOLL_UNSURE = ((0.0, 0.17, 1.0, 0.30), (0.0, 0.94, 1.0, 1.0))
"""Far end and lower edge of the toll camera, as shares of the picture: vehicles there are labelled or not."""

_TINY = 8 / 640
"""A box whose shorter side is under this share of the picture's width is not taught."""


def toll(data: Path) -> Iterator[tuple[Path, Labelled]]:
    """The toll camera: night, morning, noon, rain."""
    folder = data / "toll_km39"
    names = (folder / "classes.txt").read_text().split()
    for image in sorted((folder / "images").iterdir()):
        light = _TOLL_LIGHT[image.stem.split("_")[0]]
        yield image, _labelled(image, names, TOLL, camera="toll_km39", light=light, unsure=_TOLL_UNSURE)


def atl(data: Path, *, held_out: bool) -> Iterator[tuple[Path, Labelled]]:
    """The roads of `atl` that are trained on, or those that are kept apart for the test."""
    names = ["bike", "bus", "car", "truck"]
    for image in sorted((data / "atl").glob("*/images/*.jpg")):
        stem = image.stem.split("_png")[0]
        road = next((road for road in ATL_ROADS if re.fullmatch(road.names, stem)), None)
        if road is not None and road.held_out == held_out:
            kinds, corrected = road.kinds or ATL, corrections.ATL.get(stem)
            yield image, _labelled(image, names, kinds, camera=road.camera, light=road.light, corrected=corrected)


def nepal(data: Path) -> Iterator[tuple[Path, Labelled]]:
    """Near views from the street, for variety of class: hundreds of cameras, counted as one."""
    folder = data / "nepal_streets"
    names = (folder / "classes.txt").read_text().split()
    for image in sorted((folder / "images").iterdir()):
        yield image, _labelled(image, names, NEPAL, camera="nepal_streets", light="day")


def hanoi(data: Path) -> Iterator[tuple[Path, Labelled]]:
    """Near riders at a stop line: measured for what is found of them only, never trained on (no licence is stated).

    Far and waiting riders have no box and other vehicles never do, so the whole picture counts as unsure.
    """
    folder = data / "hanoi_stop_line"
    names = (folder / "classes.txt").read_text().splitlines()
    kinds: Kinds = dict.fromkeys(names, _MOTORCYCLE)
    for image in sorted((folder / "images").iterdir()):
        yield image, _labelled(image, names, kinds, camera="hanoi", light="day", unsure=((0.0, 0.0, 1.0, 1.0),))


def twin(folder: Path) -> Iterator[tuple[Path, Labelled]]:
    """Renders of the twin, with exact boxes (`simpang twin dataset`); each of its streets is a camera."""
    names = (folder / "classes.txt").read_text().split()
    kinds: Kinds = {kind: kind for kind in VehicleClass}
    with (folder / "cameras.csv").open(newline="") as file:
        lights = {row["camera"]: row["light"] for row in csv.DictReader(file)}
    for image in sorted((folder / "images").iterdir()):
        camera = image.stem.split("_")[0]
        light: Light = "day"
        for word in _TWIN_LIGHTS:
            if word in lights[camera]:
                light = word
                break
        yield image, _labelled(image, names, kinds, camera=f"twin_{camera}", light=light)


def _labelled(
    image: Path,
    names: list[str],
    kinds: Kinds,
    *,
    camera: str,
    light: Light,
    unsure: tuple[tuple[float, float, float, float], ...] = (),
    corrected: Mapping[int, VehicleClass | None] | None = None,
) -> Labelled:
    """Read the YOLO labels beside a picture: `class cx cy width height`, as shares of the picture.

    `corrected` says what other class some boxes are, counting those that are not tiny.
    """
    height, width = read_image(image).shape[:2]
    size = np.array([width, height, width, height], np.float32)
    lines = (image.parents[1] / "labels" / f"{image.stem}.txt").read_text().splitlines()
    rows = [line.split() for line in lines if len(line.split()) == 5]
    boxes = _corners(np.array([row[1:] for row in rows], np.float32).reshape(-1, 4)) * size
    mapped = [kinds.get(names[int(row[0])]) for row in rows]
    tiny = (boxes[:, 2:] - boxes[:, :2]).min(axis=1, initial=np.inf) < _TINY * width
    for number, kind in (corrected or {}).items():
        mapped[np.flatnonzero(~tiny)[number]] = kind
    taught = np.array([kind is not None for kind in mapped], bool) & ~tiny
    return Labelled(
        file=image.name,
        width=width,
        height=height,
        camera=camera,
        light=light,
        boxes=boxes[taught],
        classes=np.array(
            [CLASSES.index(kind) for kind, keep in zip(mapped, taught, strict=True) if kind and keep], np.int64
        ),
        ignored=np.vstack([boxes[~taught], np.array(unsure, np.float32).reshape(-1, 4) * size]),
    )


def _corners(centred: Floats) -> Floats:
    half = centred[:, 2:] / 2
    return np.hstack([centred[:, :2] - half, centred[:, :2] + half])
