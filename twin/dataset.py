"""Training pictures with exact boxes, in the YOLO layout, from junctions drawn by seed.

    DIR/images/c000123_04.jpg     picture 4 of camera 123
    DIR/labels/c000123_04.txt     class x y w h, normalised; classes in the order of contract.VehicleClass
    DIR/classes.txt               their names
    DIR/cameras.csv               camera, seed, light, rain, height, tilt, fov

Split by camera, never by picture: a camera's pictures share their street.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from contract import VehicleClass
from twin.boxes import VisibleBox, visible_boxes
from twin.imagined import Imagined, imagine, moment
from twin.render.canvas import Image
from twin.render.picture import Renderer
from twin.render.sensor import caption
from twin.surroundings import surroundings

PER_CAMERA = 8
"""Pictures of each camera: its street is painted once."""
DARKEST = 30
"""A box without a pixel this bright is not labelled: nobody could see what is in it."""
CLASSES = tuple(VehicleClass)


def write_dataset(
    out: Path, images: int, seed: int, *, jobs: int = 1, progress: Callable[[int], None] | None = None
) -> int:
    """Write `images` pictures with labels into `out`; gives the number of boxes.

    Camera seeds run from `seed` upwards, so ranges that do not overlap share no street.
    """
    for folder in ("images", "labels"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    (out / "classes.txt").write_text("".join(f"{kind}\n" for kind in CLASSES), encoding="utf-8")
    cameras = [
        (out, seed + start // PER_CAMERA, min(PER_CAMERA, images - start)) for start in range(0, images, PER_CAMERA)
    ]
    _write_cameras(out, [number for _, number, _ in cameras])
    boxes = 0
    with ProcessPoolExecutor(jobs) as pool:
        runs = pool.map(_write_camera, cameras) if jobs > 1 else map(_write_camera, cameras)
        for (_, _, count), found in zip(cameras, runs, strict=True):
            boxes += found
            if progress:
                progress(count)
    return boxes


def _write_camera(task: tuple[Path, int, int]) -> int:
    out, number, count = task
    boxes = 0
    for index, (image, found) in enumerate(pictures(number, count)):
        name = f"c{number:06d}_{index:02d}"
        quality = [cv2.IMWRITE_JPEG_QUALITY, 92]
        if not cv2.imwrite(str(out / "images" / f"{name}.jpg"), image, quality):
            raise OSError(f"cannot write pictures into {out / 'images'}")
        height, width = image.shape[:2]
        lines = [label(one, width, height) for one in found]
        (out / "labels" / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
        boxes += len(found)
    return boxes


def pictures(seed: int, count: int) -> Iterator[tuple[Image, list[VisibleBox]]]:
    """Pictures of the imagined camera `seed`, each with the boxes of its visible vehicles and people."""
    camera = imagine(seed)
    renderer = _renderer(camera)
    random = np.random.default_rng([seed, 3])
    for index in range(count):
        shot = renderer.shot(moment(camera.scene, seed * 1000 + index))
        image = shot.image
        if random.random() < 0.5:
            moment_text = (
                f"{random.integers(1, 28):02d}-03-2025 {random.integers(0, 24):02d}:17:{random.integers(0, 60):02d}"
            )
            caption(image, f"CAM {seed % 90:02d}", moment_text)
        yield image, [one for one in visible_boxes(shot) if _can_be_seen(image, one)]


def _can_be_seen(image: Image, one: VisibleBox) -> bool:
    """Whether a person could see it at all: not black on black at night."""
    x0, y0, x1, y1 = one.box
    return float(np.percentile(image[y0:y1, x0:x1], 96)) >= DARKEST


def label(one: VisibleBox, width: int, height: int) -> str:
    """One line of a YOLO label file."""
    x0, y0, x1, y1 = one.box
    middle = (x0 + x1) / 2 / width, (y0 + y1) / 2 / height
    sizes = (x1 - x0) / width, (y1 - y0) / height
    return " ".join([str(CLASSES.index(one.kind)), *(f"{value:.6f}" for value in (*middle, *sizes))]) + "\n"


def _renderer(camera: Imagined) -> Renderer:
    return Renderer(
        camera.scene,
        camera.light,
        things=surroundings(camera.scene, camera.seed, camera.style),
        surface=camera.surface,
        sensor=camera.sensor,
        shutter_s=camera.shutter_s,
        glare=camera.glare,
        seed=camera.seed,
    )


def _write_cameras(out: Path, numbers: list[int]) -> None:
    with (out / "cameras.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["camera", "light", "rain", "height_m", "tilt_deg", "fov_deg", "width", "height"])
        for number in numbers:
            one = imagine(number)
            lens = one.scene.camera
            where = (round(lens.height, 1), round(lens.tilt_deg, 1), round(lens.fov_deg, 1))
            rows.writerow([f"c{number:06d}", one.light.name, round(one.light.rain, 2), *where, *lens.size])
