"""Fronts of Indonesian shop houses (ruko) as flat pictures: windows, shutters, awnings, signboards, stains."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from twin.render.canvas import Image
from twin.render.noise import tile

PX_PER_M = 14
WALLS = ((206, 214, 218), (170, 196, 214), (186, 200, 176), (150, 170, 196), (120, 150, 190), (214, 206, 190))
BOARDS = ((40, 40, 190), (170, 60, 30), (40, 150, 210), (60, 130, 50), (226, 226, 226), (40, 120, 230), (120, 40, 110))
WORDS = (
    "TOKO MAJU",
    "BAKSO",
    "APOTEK",
    "FOTO COPY",
    "CUCI MOTOR",
    "WARUNG",
    "BENGKEL",
    "KOPI",
    "BANK",
    "SALON",
    "SATE",
)


@lru_cache(maxsize=256)
def facade(seed: int, length: float, height: float, *, is_front: bool) -> Image:
    """(height, length) in `PX_PER_M`, BGR: a front with its ground floor of shops, or a bare side wall."""
    random = np.random.default_rng(seed)
    rows, columns = max(8, round(height * PX_PER_M)), max(8, round(length * PX_PER_M))
    picture = np.empty((rows, columns, 3), np.uint8)
    picture[:] = WALLS[int(random.integers(len(WALLS)))]
    if is_front:
        _shops(picture, random)
        _windows(picture, random)
    stains = cv2.resize(tile(16)[:128, :128], (columns, rows), interpolation=cv2.INTER_CUBIC)
    streaks = cv2.resize(tile(8)[:1, :128], (columns, rows), interpolation=cv2.INTER_LINEAR)
    shade = 1 + 0.05 * stains + 0.05 * streaks * np.linspace(1, 0.2, rows)[:, None]
    return np.clip(picture * shade[..., None], 0, 255).astype(np.uint8)


def _shops(picture: Image, random: np.random.Generator) -> None:
    """The ground floor: dark open fronts and shutters under awnings, signboards above."""
    rows, columns = picture.shape[:2]
    floor = rows - round(3.2 * PX_PER_M)
    unit = round(4.2 * PX_PER_M)
    for start in range(0, columns, unit):
        left, right = start + 4, min(start + unit - 4, columns - 1)
        if right - left < 8:
            continue
        shutter = random.random() < 0.4
        colour = (150, 150, 146) if shutter else tuple(int(v) for v in random.integers(22, 70, 3))
        cv2.rectangle(picture, (left, max(floor + 10, 0)), (right, rows), colour, -1)
        if shutter:
            for row in range(max(floor + 10, 0), rows, 5):
                cv2.line(picture, (left, row), (right, row), (118, 118, 116), 1)
        board = BOARDS[int(random.integers(len(BOARDS)))]
        top = floor - int(random.integers(2, 12))
        cv2.rectangle(picture, (left - 2, top), (right + 2, floor + 12), board, -1)
        ink = (30, 30, 30) if sum(board) > 500 else (240, 240, 240)
        word = WORDS[int(random.integers(len(WORDS)))]
        cv2.putText(picture, word, (left + 2, floor + 8), cv2.FONT_HERSHEY_SIMPLEX, 0.4, ink, 1, cv2.LINE_AA)
        if random.random() < 0.5:
            awning = BOARDS[int(random.integers(len(BOARDS)))]
            cv2.rectangle(picture, (left - 4, floor + 12), (right + 4, floor + 22), awning, -1)


def _windows(picture: Image, random: np.random.Generator) -> None:
    """The floors above: rows of windows with frames."""
    rows, columns = picture.shape[:2]
    storey, step = round(3.2 * PX_PER_M), round(random.uniform(1.8, 3.2) * PX_PER_M)
    glass = tuple(int(v) for v in random.integers(46, 110, 3))
    wide, tall = round(step * random.uniform(0.45, 0.8)), round(storey * random.uniform(0.35, 0.6))
    for top in range(rows - 2 * storey + 8, -storey, -storey):
        for left in range(step // 4, columns - wide, step):
            box = (left, max(top, 2)), (left + wide, top + tall)
            if top + tall > 4:
                cv2.rectangle(picture, *box, glass, -1)
                cv2.rectangle(picture, *box, (226, 226, 224), 1)
                middle = left + wide // 2
                cv2.line(picture, (middle, max(top, 2)), (middle, top + tall), (200, 200, 198), 1)
        cv2.line(picture, (0, max(top - 6, 0)), (columns, max(top - 6, 0)), (130, 134, 136), 2)
