"""Boxes of what a picture shows: the visible part of everyone, and how much of them is visible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contract import VehicleClass
from twin.render.picture import Shot
from twin.render.vehicles import area_of


@dataclass(frozen=True, slots=True)
class VisibleBox:
    """Pixels x0, y0, x1, y1 (exclusive) around the visible part; `visible` is its share of the whole silhouette."""

    id: int
    kind: VehicleClass
    box: tuple[int, int, int, int]
    visible: float

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


def visible_boxes(shot: Shot, *, least_visible: float = 0.25, least_px: int = 5) -> list[VisibleBox]:
    """Everyone of whom enough shows: a share of the silhouette, and pixels of height."""
    found = []
    height, width = shot.owner.shape
    for index, one in enumerate(shot.seen):
        area = area_of(one.box, shot.owner.shape, pad=2)
        if area is None or not shot.whole[index]:
            continue
        mine = shot.owner[area] == index + 1
        pixels = int(np.count_nonzero(mine))
        if not pixels:
            continue
        x0, y0, x1, y1 = one.box
        inside = (min(x1, width) - max(x0, 0)) * (min(y1, height) - max(y0, 0)) / max((x1 - x0) * (y1 - y0), 1e-6)
        visible = pixels / shot.whole[index] * inside
        rows, columns = np.flatnonzero(mine.any(1)), np.flatnonzero(mine.any(0))
        top, left = area[0].start, area[1].start
        box = (left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1)
        if visible >= least_visible and box[3] - box[1] >= least_px and box[2] - box[0] >= 2:
            found.append(VisibleBox(one.pose.id, one.pose.model.kind, box, round(float(visible), 3)))
    return found
