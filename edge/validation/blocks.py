"""A picture as text: two pixels in each character, in 24-bit colour, for a terminal at the end of a bad line."""

from __future__ import annotations

from itertools import groupby

import cv2

from contract import Line
from edge.frame import Image

_AROUND = 0.22
"""Of the picture's height, shown above and below the line at least: far traffic is too small for a terminal."""
_LINE = (60, 230, 255)


def around(image: Image, line: Line) -> Image:
    """The part of `image` around a line, with the line drawn."""
    height, width = image.shape[:2]
    drawn = image.copy()
    ends = [(round(x * width), round(y * height)) for x, y in (line.a, line.b)]
    cv2.line(drawn, ends[0], ends[1], _LINE, max(1, height // 180), cv2.LINE_AA)
    (x0, x1), (y0, y1) = sorted(point[0] for point in ends), sorted(point[1] for point in ends)
    reach = round(_AROUND * height)
    top, bottom = max(0, y0 - reach), min(height, y1 + reach)
    left, right = max(0, x0 - reach), min(width, x1 + reach)
    return drawn[top:bottom, left:right]


def blocks(image: Image, columns: int, rows: int) -> list[str]:
    """Lines of text, at most `columns` x `rows` characters, that show `image` in its own proportions."""
    height, width = image.shape[:2]
    scale = min(columns / width, 2 * rows / height)
    wide, high = max(1, round(width * scale)), max(2, round(height * scale) // 2 * 2)
    small = cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA)[..., ::-1].tolist()
    return [_text(small[y], small[y + 1]) for y in range(0, high, 2)]


def _text(upper: list[list[int]], lower: list[list[int]]) -> str:
    """One line of half blocks; neighbours of the same colours share one colour code."""
    parts = []
    for (above, below), run in groupby(zip(map(tuple, upper), map(tuple, lower), strict=True)):
        code = f"\x1b[38;2;{above[0]};{above[1]};{above[2]};48;2;{below[0]};{below[1]};{below[2]}m"
        parts.append(code + "▀" * len(list(run)))
    return "".join(parts) + "\x1b[0m"
