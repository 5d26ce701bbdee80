"""Something lies on the road that no detector knows: a branch, a load, a fallen sign. By day only.

    the road as it was ──┐
                         ├─▶ differs here, for long, beside all boxes, with an outline of its own ──▶ a thing
    the road as it is ───┘

Both are means of grey pictures at a sixth of a megapixel, twice a second, in which what lies under a tracked box does
not count. The first follows slowly, the second quickly. What is left when a parked vehicle drives off differs too, but
its outline is in the old picture; a shadow keeps the pattern below it; a change of light is everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from contract import AreaZone, IncidentKind, Polygon
from edge.frame import Image
from edge.incidents.incident import Sighting
from edge.parking.places import Now
from edge.parking.seen import Box, Seen

Grey = NDArray[np.float32]
"""Shape (height, WIDTH), grey levels."""

WIDTH = 320
HOLD_S = 30.0
"""Longer than a passenger takes to get on, and than most things that are blown over the road."""
_PERIOD_S = 0.5
_QUICK_S, _SLOW_S, _LEARN_S = 3.0, 600.0, 10.0
"""Time constants of the two means, and how long a place must have been seen free before anything is said of it."""
_DIFFERS = 22.0
"""Grey levels."""
_EVERYWHERE = 0.12
"""Share of the carriageway that differs at once when it is the light, the weather or the camera."""
_LEAST_PX, _MOST = 24, 0.02
"""Area of what lies there: pixels at this scale, and share of the picture."""
_MARGIN = 0.25
"""Around each box, of its own size: shadow, headlights, and what a box misses of its vehicle."""
_SHADOW = 0.6
"""Correlation with the road before from which it is the same road in other light."""


class Debris:
    """Watches one carriageway of one camera."""

    def __init__(self, zone: AreaZone, queues: Sequence[Polygon] = ()) -> None:
        """In `queues` something that stands is a vehicle that was not recognised."""
        self._zone, self._queues = zone, queues
        self._mask: NDArray[np.bool_] | None = None
        self._slow: Grey = np.zeros((0, 0), np.float32)
        self._quick: Grey = self._slow
        self._free_s: Grey = self._slow
        self._differs_s: Grey = self._slow
        self._last_s = float("-inf")
        self._found: list[Sighting] = []

    def step(self, now: Now) -> list[Sighting]:
        """What lies there in this picture."""
        if now.time_s - self._last_s >= _PERIOD_S:
            elapsed_s = min(now.time_s - self._last_s, 2.0)
            self._last_s = now.time_s
            self._look(now, elapsed_s)
        return self._found

    def _look(self, now: Now, elapsed_s: float) -> None:
        seen = _grey(now.image)
        mask = self._mask if self._mask is not None else self._begin(seen)
        free = mask & ~_covered(now.seen, seen.shape)
        self._quick[free] += min(1.0, elapsed_s / _QUICK_S) * (seen - self._quick)[free]
        self._free_s[free] += elapsed_s
        fresh = free & (self._free_s < _LEARN_S)
        self._slow[fresh] = self._quick[fresh]
        known = free & ~fresh
        self._slow[known] += (elapsed_s / _SLOW_S) * (self._quick - self._slow)[known]
        shift = float(np.median((self._quick - self._slow)[known])) if known.any() else 0.0
        differs = known & (np.abs(self._quick - self._slow - shift) > _DIFFERS)
        if differs.sum() > _EVERYWHERE * mask.sum():
            self._slow, self._differs_s = self._quick.copy(), np.zeros_like(self._differs_s)
            self._found = []
            return
        self._differs_s[differs] += elapsed_s
        self._differs_s[known & ~differs] = 0.0
        self._found = self._things(now.time_s)

    def _things(self, time_s: float) -> list[Sighting]:
        """Every connected area that has differed for long and looks like a thing."""
        lasting = (self._differs_s >= HOLD_S).astype(np.uint8)
        number, labels, stats, _ = cv2.connectedComponentsWithStats(lasting, connectivity=8)
        found = []
        for label in range(1, number):
            x, y, width, height, area = (int(value) for value in stats[label])
            if not _LEAST_PX <= area <= _MOST * lasting.size:
                continue
            there = labels == label
            if self._is_thing(there, (slice(max(y - 2, 0), y + height + 2), slice(max(x - 2, 0), x + width + 2))):
                rows, columns = lasting.shape
                box = Box(x / columns, y / rows, (x + width) / columns, (y + height) / rows)
                since_s = time_s - float(self._differs_s[there].max())
                found.append(Sighting(IncidentKind.OBJECT_ON_ROAD, self._zone.id, box, since_s, fixed=True))
        return found

    def _is_thing(self, there: NDArray[np.bool_], around: tuple[slice, slice]) -> bool:
        """Whether an area has its outline now and not before, and is not the road in another light."""
        inner = there[around]
        outline = cv2.morphologyEx(inner.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        now, before = _steep(self._quick[around]), _steep(self._slow[around])
        if now[outline].mean() <= 1.5 * before[outline].mean():
            return False
        one, other = self._quick[around][inner], self._slow[around][inner]
        one, other = one - one.mean(), other - other.mean()
        alike = float(one @ other) / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1.0)
        return alike < _SHADOW

    def _begin(self, seen: Grey) -> NDArray[np.bool_]:
        rows, columns = seen.shape
        area = np.zeros(seen.shape, np.uint8)
        for polygon, value in ((self._zone.polygon, 1), *((queue, 0) for queue in self._queues)):
            corners = np.array([(x * columns, y * rows) for x, y in polygon]).round().astype(np.int32)
            cv2.fillPoly(area, [corners], (value,))
        self._mask = area > 0
        self._slow, self._quick = seen.copy(), seen.copy()
        self._free_s, self._differs_s = np.zeros_like(seen), np.zeros_like(seen)
        return self._mask


def _grey(image: Image) -> Grey:
    height, width = image.shape[:2]
    small = cv2.resize(image, (WIDTH, max(1, round(WIDTH * height / width))), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)


def _covered(seen: Sequence[Seen], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(height, WIDTH) what lies under a box or close by one."""
    rows, columns = shape
    under = np.zeros(shape, bool)
    for one in seen:
        x0, y0, x1, y1 = one.box
        dx, dy = _MARGIN * (x1 - x0), _MARGIN * (y1 - y0)
        top, bottom = int(max(y0 - dy, 0) * rows), int(np.ceil((y1 + dy) * rows))
        under[top:bottom, int(max(x0 - dx, 0) * columns) : int(np.ceil((x1 + dx) * columns))] = True
    return under


def _steep(grey: Grey) -> Grey:
    return np.asarray(np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)), np.float32)
