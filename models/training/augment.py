"""Training pictures that vary as a street does: place, size, light, weather, lens, compression.

Everything here is arrays and a random generator in, arrays out. Boxes follow the picture; what is cut to a sliver, or
shrinks below what the network can tell, becomes an ignored region rather than background.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.labelled import Floats, Image, Ints

PAD = 114
_MIRROR = 0.5
_VISIBLE = 0.35
"""Of a box that the border cuts, so much must remain for it to be taught."""
_SMALLEST = 4.0
"""Pixels of the network's input below which a side is not taught."""


@dataclass(frozen=True, slots=True)
class Example:
    """A picture (h, w, 3) BGR with boxes (n, 4) x0 y0 x1 y1, their classes (n,), and ignored regions (m, 4)."""

    image: Image
    boxes: Floats
    classes: Ints
    ignored: Floats


def augmented(examples: list[Example], width: int, height: int, random: np.random.Generator) -> Example:
    """One training picture of `width` x `height` from one example, or from four as a mosaic."""
    if len(examples) == 4:
        placed = _mosaic(examples, width, height, random)
    else:
        placed = _placed(examples[0], width, height, random)
    return Example(weathered(placed.image, random), placed.boxes, placed.classes, placed.ignored)


def fitted(example: Example, width: int, height: int) -> Example:
    """The picture as the unit sees it: fitted into the upper left, the rest grey."""
    scale = min(width / example.image.shape[1], height / example.image.shape[0])
    return _warped(example, width, height, (scale, 0.0, 0.0), mirror=False)


def _placed(example: Example, width: int, height: int, random: np.random.Generator) -> Example:
    """Zoomed and moved at random; most often the picture about fills the input."""
    full = min(width / example.image.shape[1], height / example.image.shape[0])
    scale = full * float(np.exp(random.uniform(np.log(0.6), np.log(1.9))))
    spare = np.array([width - example.image.shape[1] * scale, height - example.image.shape[0] * scale])
    x, y = (spare * random.random(2)).tolist()
    return _warped(example, width, height, (scale, x, y), mirror=random.random() < _MIRROR)


def _mosaic(examples: list[Example], width: int, height: int, random: np.random.Generator) -> Example:
    """Four pictures around a point near the middle, each with a part of itself in view."""
    x = round(width * random.uniform(0.35, 0.65))
    y = round(height * random.uniform(0.35, 0.65))
    canvas = np.full((height, width, 3), PAD, np.uint8)
    parts = []
    for example, (left, top, right, bottom) in zip(
        examples, [(0, 0, x, y), (x, 0, width, y), (0, y, x, height), (x, y, width, height)], strict=True
    ):
        part = _placed(example, right - left, bottom - top, random)
        canvas[top:bottom, left:right] = part.image
        move = np.array([left, top, left, top], np.float32)
        parts.append((part.boxes + move, part.classes, part.ignored + move))
    boxes, classes, ignored = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Example(canvas, boxes.astype(np.float32), classes.astype(np.int64), ignored.astype(np.float32))


def _warped(example: Example, width: int, height: int, place: tuple[float, float, float], *, mirror: bool) -> Example:
    """Scale, then move, into a canvas; `place` is scale, x, y."""
    scale, x, y = place
    matrix = np.array([[scale, 0, x], [0, scale, y]], np.float64)
    way = cv2.INTER_AREA if scale < 0.8 else cv2.INTER_LINEAR
    if way == cv2.INTER_AREA:  # warpAffine does not average what it leaves out
        small = cv2.resize(example.image, None, fx=scale, fy=scale, interpolation=way)
        image = cv2.warpAffine(
            small, np.array([[1, 0, x], [0, 1, y]], np.float64), (width, height), borderValue=(PAD, PAD, PAD)
        )
    else:
        image = cv2.warpAffine(example.image, matrix, (width, height), borderValue=(PAD, PAD, PAD))
    move = np.array([x, y, x, y], np.float32)
    boxes, ignored = example.boxes * scale + move, example.ignored * scale + move
    if mirror:
        image, boxes, ignored = image[:, ::-1], _mirrored(boxes, width), _mirrored(ignored, width)
    return _cut(np.ascontiguousarray(image, np.uint8), boxes, example.classes, ignored)


def _cut(image: Image, boxes: Floats, classes: Ints, ignored: Floats) -> Example:
    """Clip boxes to the picture and sort them: taught, ignored, gone."""
    height, width = image.shape[:2]
    whole = _sides(boxes).prod(axis=1)
    inside = _clipped(boxes, width, height)
    sides = _sides(inside)
    area = sides.prod(axis=1)
    taught = (area >= _VISIBLE * whole) & (sides.min(axis=1, initial=np.inf) >= _SMALLEST)
    doubtful = ~taught & (area > 0)
    regions = _clipped(ignored, width, height)
    regions = regions[_sides(regions).prod(axis=1) > 0]
    return Example(image, inside[taught], classes[taught], np.vstack([regions, inside[doubtful]]))


def _sides(boxes: Floats) -> Floats:
    return np.asarray(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), np.float32)


def _clipped(boxes: Floats, width: int, height: int) -> Floats:
    return np.clip(boxes, 0, np.array([width, height, width, height], np.float32)).astype(np.float32)


def _mirrored(boxes: Floats, width: int) -> Floats:
    out = boxes.copy()
    out[:, [0, 2]] = width - boxes[:, [2, 0]]
    return out


def weathered(image: Image, random: np.random.Generator) -> Image:
    """Other light, weather and camera; each effect by its own chance."""
    out = _coloured(image, random)
    effects = ((0.12, _night), (0.08, _rain), (0.06, _glare), (0.12, _blurred), (0.15, _noisy), (0.3, _compressed))
    for chance, effect in effects:
        if random.random() < chance:
            out = effect(out, random)
    return out


def _coloured(image: Image, random: np.random.Generator) -> Image:
    hue, saturation, value = random.uniform(-1, 1, 3) * np.array([8, 0.5, 0.4])
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV).astype(np.float32)
    hsv[..., 0] = (hsv[..., 0] + hue) % 180
    hsv[..., 1:] *= np.array([1 + saturation, 1 + value], np.float32)
    return _bgr(cv2.cvtColor(np.clip(hsv, 0, 255).astype(np.uint8), cv2.COLOR_HSV2BGR))


def _night(image: Image, random: np.random.Generator) -> Image:
    """Dark, with the contrast of street lamps; lights stay bright."""
    dark = (image.astype(np.float32) / 255) ** random.uniform(1.3, 2.4) * random.uniform(0.35, 0.8) * 255
    tint = np.array([random.uniform(0.7, 1.1), 1.0, random.uniform(0.9, 1.15)], np.float32)
    return _bgr(dark * tint)


def _rain(image: Image, random: np.random.Generator) -> Image:
    """Streaks and less contrast."""
    height, width = image.shape[:2]
    drops = np.zeros((height, width), np.uint8)
    lean = random.uniform(-0.3, 0.3)
    for x, y, length in zip(
        random.integers(0, width, 250), random.integers(0, height, 250), random.integers(6, 18, 250), strict=True
    ):
        cv2.line(drops, (int(x), int(y)), (int(x + lean * length), int(y + length)), (160,), 1)
    veil = cv2.GaussianBlur(drops, (3, 3), 0).astype(np.float32)[..., None]
    return _bgr(image.astype(np.float32) * 0.75 + 0.2 * 130 + veil * 0.4)


def _glare(image: Image, random: np.random.Generator) -> Image:
    """A lamp or the sun that floods a part of the picture."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y, reach = random.uniform(0, width), random.uniform(0, height), random.uniform(0.05, 0.25) * width
    flood = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * reach**2))[..., None]
    return _bgr(image.astype(np.float32) + flood * random.uniform(80, 220))


def _blurred(image: Image, random: np.random.Generator) -> Image:
    size = int(random.integers(2, 5))
    if random.random() < 0.5:
        return _bgr(cv2.blur(image, (size, 1 if random.random() < 0.5 else size)))
    return _bgr(cv2.GaussianBlur(image, (0, 0), random.uniform(0.5, 1.5)))


def _noisy(image: Image, random: np.random.Generator) -> Image:
    return _bgr(image + random.normal(0, random.uniform(3, 14), image.shape).astype(np.float32))


def _compressed(image: Image, random: np.random.Generator) -> Image:
    packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 80))])[1]
    return _bgr(cv2.imdecode(packed, cv2.IMREAD_COLOR))


def _bgr(image: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Image:
    return np.clip(image, 0, 255).astype(np.uint8)
