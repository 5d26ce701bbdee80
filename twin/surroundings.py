"""What lines a scene's roads: shop houses, trees, lamps and poles, drawn by seed. Nothing stands on a road."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twin.render.backdrop import Thing
from twin.scene import Carriageway, Scene

HOUSES = {"shops": 0.95, "mixed": 0.6, "green": 0.12, "open": 0.2}
TREES = {"shops": 0.12, "mixed": 0.35, "green": 0.9, "open": 0.2}
"""How likely a plot holds a house, and a pavement a tree, by style."""
STYLES = tuple(HOUSES)
FAR_M = 190.0
"""Along a road, things stand to this distance from the camera."""


def surroundings(scene: Scene, seed: int, style: str = "mixed") -> tuple[Thing, ...]:
    """The things around `scene`; the same seed gives the same street."""
    random = np.random.default_rng(seed)
    found = [thing for way in scene.carriageways for thing in _along(way, random, style)]
    if scene.median_m:
        found += list(_on_median(scene, random))
    return tuple(thing for thing in found if _is_free(scene, thing))


def _along(way: Carriageway, random: np.random.Generator, style: str) -> Iterator[Thing]:
    """The kerb side of one carriageway, from behind its start to far beyond its end."""
    side = _Side(way, random)
    draw = random.uniform
    facing = math.radians(way.heading_deg) - math.pi / 2
    houses, trees = HOUSES[style], TREES[style]
    s = -40.0
    while s < way.length + 120:
        length = draw(7, 17)
        middle = s + length / 2
        if random.random() < houses:
            yield side.put("house", middle, 4.4, (length, draw(4, 13)), facing)
        elif random.random() < trees + 0.3:
            for _ in range(3):
                yield side.put("tree", middle + draw(-4, 4), draw(6.5, 15), (draw(5, 9), draw(6, 12)))
        s += length + draw(0, 2)
    for s in np.arange(-30.0, way.length + 60, 9.0).tolist():
        if random.random() < trees:
            kind = "palm" if random.random() < 0.15 else "tree"
            yield side.put(kind, s, 2.6, (draw(2.4, 5), draw(4, 8)))
    for s in np.arange(8.0, way.length, 24.0).tolist():
        yield side.put("lamp", s, 0.7, (2.6, 9.0), facing)
        if random.random() < 0.5:
            yield side.put("pole", s + 11, 1.2, (0.0, 7.5))


@dataclass(frozen=True)
class _Side:
    """The kerb side of a carriageway, where things are put."""

    way: Carriageway
    random: np.random.Generator

    @property
    def edge(self) -> float:
        """Offset of the pavement's kerb."""
        return self.way.half_width + max(self.way.kerb_m, 0.4)

    def put(self, kind: str, s: float, d: float, size: tuple[float, float], yaw: float = 0.0) -> Thing:
        """A thing `d` metres beyond the kerb; `size` is its length and height."""
        x, y = self.way.place(s, self.edge + d)
        return Thing(kind, x, y, yaw, *size, int(self.random.integers(2**31)))


def _on_median(scene: Scene, random: np.random.Generator) -> Iterator[Thing]:
    first = scene.stop_line_y() + 3
    for y in np.arange(first, first + 90, 2.2):
        if random.random() < 0.75:
            wide, high = random.uniform(0.7, scene.median_m * 0.8 + 0.4), random.uniform(0.5, 1.1)
            yield Thing("hedge", float(random.normal(0, 0.15)), float(y), 0, wide, high, int(random.integers(2**31)))
    for y in np.arange(first + 6, first + 90, 17.0):
        if random.random() < 0.4:
            yield Thing("palm", 0.0, float(y), 0, 2.0, random.uniform(3.5, 6), int(random.integers(2**31)))


def _is_free(scene: Scene, thing: Thing) -> bool:
    """Whether a thing keeps off every road, and does not stand before the lens."""
    camera = scene.camera
    if scene.turning and thing.y < scene.stop_line_y() + 4:
        return False  # a mast that watches turns stands where nothing hides the arms
    margin = {"house": thing.length / 2 * 0.7, "tree": 0.6, "hedge": -5.0}.get(thing.kind, 0.2)
    away = math.hypot(thing.x - camera.x, thing.y - camera.y)
    if away > FAR_M or (thing.kind != "hedge" and away < 6 + thing.length / 2):
        return False
    if thing.kind == "palm" and scene.median_m and abs(thing.x) < scene.median_m / 2:
        return True
    for way in scene.carriageways:
        (x0, y0), (ux, uy) = way.start, way.direction
        s, d = (thing.x - x0) * ux + (thing.y - y0) * uy, -(thing.x - x0) * uy + (thing.y - y0) * ux
        along_road = -60 < s < way.length + 100
        if along_road and -way.half_width - margin < d < way.half_width + max(way.kerb_m, 0.4) + margin:
            return False
        if not scene.crossing and way.stop_s + 2 < s + margin and s - margin < way.clear_s - 2:
            return False
    return True
