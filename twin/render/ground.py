"""The ground of a scene: asphalt with its wear, markings, kerbs, pavements and verges, in the right perspective.

Painted once per scene and light. Every pixel below the horizon knows its place in metres, so that surfaces have the
texture of their material and lose it with distance, as in a real picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from twin.camera import Floats, Pinhole
from twin.render.canvas import Canvas, Mask, add_ground
from twin.render.light import LightSetting
from twin.render.noise import Grey, sample
from twin.scene import Carriageway, Metres, Scene

PAVEMENT_M = 3.2
"""Width of the pavement beside the road."""
REACH_M = 260.0
"""How far verges and pavements go on."""


@dataclass(frozen=True)
class Surface:
    """How a place's surfaces look; BGR albedo 0..255."""

    asphalt: tuple[float, float, float] = (104, 102, 100)
    paving: tuple[float, float, float] = (142, 150, 156)
    verge: tuple[float, float, float] = (62, 96, 84)
    paint: tuple[float, float, float] = (214, 218, 218)
    wear: float = 0.5
    """How worn the markings are, 0..1."""
    kerb: tuple[tuple[float, float, float], tuple[float, float, float]] = ((206, 208, 208), (44, 44, 46))
    """Colours of the painted kerb stones, in turns."""


class GroundPainter:
    """Paints the ground of one scene into the lower part of a canvas."""

    def __init__(self, scene: Scene, light: LightSetting, surface: Surface, seed: int) -> None:
        self._scene, self._light, self._surface = scene, light, surface
        self._camera = scene.camera
        self._random = np.random.default_rng(seed)

    @cached_property
    def places(self) -> tuple[Floats, Floats, Floats]:
        """(h, w) each: world x, world y and metres to the camera under every pixel; far away above the horizon."""
        return places(self._camera)

    def paint(self, canvas: Canvas) -> None:
        """Paint everything that lies on the ground."""
        x, y, _ = self.places
        ground = self._textured(self._surface.verge, rough=0.12, stain=0.05)
        for strip in self._pavements():
            self._blend(ground, canvas.mask_of(strip), self._paved())
        asphalt = self._asphalt()
        road = self.road_mask()
        self._blend(ground, road, asphalt)
        self._kerbs(ground)
        marks = np.zeros(ground.shape[:2], np.uint8)
        for way in self._scene.carriageways:
            self._mark(marks, way)
        worn = np.clip(1.15 - self._surface.wear * (0.75 + 0.5 * sample(x, y, cell_m=0.5)), 0.15, 1)
        self._blend(ground, marks, np.array(self._surface.paint) * np.ones_like(ground), worn)
        if self._scene.median_m:
            self._median(ground)
        self._wet(ground, road)
        below = self._below
        canvas.image[below] = np.clip(self._hazed(ground)[below], 0, 255).astype(np.uint8)

    def road_mask(self) -> Mask:
        """(h, w) where vehicles may drive or stand."""
        mask = np.zeros(self._camera.size[::-1], np.uint8)
        for way in self._scene.carriageways:
            add_ground(mask, self._camera, way.strip(-80, way.length + 120, -way.half_width - 0.4, _kerb_edge(way)))
            if not self._scene.crossing and way.stop_s < way.clear_s:
                add_ground(mask, self._camera, way.strip(way.stop_s + 6, way.clear_s - 6, -60, 60))
        return mask

    @cached_property
    def _below(self) -> Mask:
        return np.isfinite(self.places[2])

    def _textured(self, colour: tuple[float, float, float], *, rough: float, stain: float) -> Floats:
        """(h, w, 3) a surface: fine grain that fades with distance, and stains that do not."""
        x, y, away = self.places
        grain = sample(x, y, cell_m=0.12) * _sharp(away, self._camera, 0.12) * rough
        grain += sample(x, y, cell_m=0.5) * _sharp(away, self._camera, 0.5) * rough * 0.6
        stains = sample(x, y, cell_m=2.6) * stain + sample(x, y, cell_m=11.0) * stain * 0.8
        bright = self._light.sky + self._light.sun * self._light.to_sun[2]
        shade = bright * (1 + grain + stains)
        return np.asarray(np.clip(shade, 0.05, 2)[..., None] * np.array(colour))

    def _asphalt(self) -> Floats:
        """Asphalt with darker oil in the middle of each lane, polished wheel paths, patches and cracks."""
        x, y, _ = self.places
        road = self._textured(self._surface.asphalt, rough=0.05, stain=0.022)
        shade = np.ones(x.shape)
        for way in self._scene.carriageways:
            s, d = _along(way, x, y)
            inside = (np.abs(d) < way.half_width) & (s > 0) & (s < way.length)
            lane = np.mod(d + way.half_width, way.lane_m) - way.lane_m / 2
            oil = np.exp(-((lane / 0.35) ** 2)) * (0.07 + 0.05 * np.exp(-np.abs(s - way.stop_s + 12) / 25))
            polish = np.exp(-(((np.abs(lane) - 0.8) / 0.28) ** 2)) * 0.05
            shade += inside * (polish - oil)
        road *= shade[..., None]
        self._patches(road)
        return road

    def _patches(self, road: Floats) -> None:
        random = self._random
        for way in self._scene.carriageways:
            for _ in range(int(random.integers(2, 7))):
                s, d = random.uniform(0, way.length), random.uniform(-way.half_width, way.half_width)
                mask = np.zeros(road.shape[:2], np.uint8)
                long, wide = random.uniform(0.8, 7), random.uniform(0.5, 2.4)
                add_ground(mask, self._camera, way.strip(s, s + long, d, d + wide))
                self._blend(road, mask, road * random.choice([0.78, 0.86, 1.12]))
            for _ in range(int(random.integers(2, 6))):
                self._crack(road, way)

    def _crack(self, road: Floats, way: Carriageway) -> None:
        random = self._random
        mask = np.zeros(road.shape[:2], np.uint8)
        s, d = random.uniform(0, way.length), random.uniform(-way.half_width, way.half_width)
        for _ in range(12):
            s1, d1 = s + random.uniform(0.2, 1.4), d + random.uniform(-0.5, 0.5)
            ends = [self._camera.project(np.array([[*way.place(*one), 0.0]])) for one in ((s, d), (s1, d1))]
            if all(depth[0] > 1 for _, depth in ends) and ends[0][1][0] < 45:
                (a, _), (b, _) = ends
                p, q = (tuple(round(float(v)) for v in one[0]) for one in (a, b))
                cv2.line(mask, p, q, (150,), 1, cv2.LINE_AA)
            s, d = s1, d1
        self._blend(road, mask, road * 0.62)

    def _paved(self) -> Floats:
        """Pavement blocks: a grid that fades with distance."""
        x, y, away = self.places
        paving = self._textured(self._surface.paving, rough=0.06, stain=0.04)
        sharp = _sharp(away, self._camera, 0.25)
        seams = np.maximum(np.cos(x * 2 * np.pi / 0.4), np.cos(y * 2 * np.pi / 0.4)) > 0.97
        return np.asarray(paving * (1 - 0.2 * seams * sharp)[..., None])

    def _pavements(self) -> list[tuple[Metres, ...]]:
        return [
            way.strip(-80, way.length + REACH_M, _kerb_edge(way), _kerb_edge(way) + PAVEMENT_M)
            for way in self._scene.carriageways
        ]

    def _kerbs(self, ground: Floats) -> None:
        """Painted kerb stones along both edges, but not across the mouth of another road."""
        for way in self._scene.carriageways:
            crossed = self._scene.mouths(way)
            for edge in self._edges(way):
                for colour, phase in zip(self._surface.kerb, (0.0, 1.0), strict=True):
                    mask = np.zeros(ground.shape[:2], np.uint8)
                    for s in np.arange(phase, way.length, 2.0):
                        if not any(start - 0.5 <= s <= end for start, end in crossed):
                            add_ground(mask, self._camera, way.strip(s, s + 1.0, edge, edge + 0.28))
                    self._blend(ground, mask, np.array(colour) * self._bright() * np.ones_like(ground), 0.85)

    def _edges(self, way: Carriageway) -> list[float]:
        inner = [] if not self._scene.median_m or way in self._scene.crossing else [-way.half_width - 0.35]
        return [_kerb_edge(way), *inner]

    def _bright(self) -> float:
        return self._light.sky + self._light.sun * float(self._light.to_sun[2])

    def _mark(self, marks: Mask, way: Carriageway) -> None:
        """Lane lines, edge lines, stop line, crosswalk, waiting box for motorcycles."""
        camera = self._camera
        crossed = self._scene.mouths(way)

        def bar(s0: float, s1: float, d0: float, d1: float, value: int = 255) -> None:
            add_ground(marks, camera, way.strip(s0, s1, d0, d1), value)

        def is_open(s: float) -> bool:
            return any(start <= s <= end for start, end in crossed)

        for s in np.arange(0.0, way.length, 1.0):
            solid = way.stop_s - 30 < s < way.stop_s
            if is_open(s):
                continue
            if solid or s % 8 < 3:
                for lane in range(1, way.lanes):
                    d = way.half_width - lane * way.lane_m
                    bar(s, s + 1.0, d - 0.06, d + 0.06)
            bar(s, s + 1.0, way.half_width - 0.1, way.half_width + 0.02)
            if way not in self._scene.crossing and not self._scene.median_m:
                bar(s, s + 1.0, -way.half_width - 0.02, -way.half_width + 0.1)
        inside = (-way.half_width + 0.1, way.half_width - 0.1)
        bar(way.stop_s, way.stop_s + 0.35, *inside)
        if way.box_m:
            for s in (way.stop_s - way.box_m, way.stop_s - way.box_m / 2):
                bar(s, s + 0.2, *inside, 190)
        for start in {way.stop_s + 1.4, max(way.clear_s, way.stop_s + 5.8) - 4.4}:
            for d in np.arange(-way.half_width + 0.3, way.half_width - 0.3, 1.0):
                bar(start, start + 3.0, d, d + 0.5)
        self._arrows(marks, way)

    def _arrows(self, marks: Mask, way: Carriageway) -> None:
        for lane in range(way.lanes):
            d, s = way.lane_middle(lane), way.stop_s - 16
            add_ground(marks, self._camera, way.strip(s, s + 3, d - 0.09, d + 0.09))
            tip = (way.place(s + 4.4, d), way.place(s + 3, d + 0.4), way.place(s + 3, d - 0.4))
            add_ground(marks, self._camera, tip)

    def _median(self, ground: Floats) -> None:
        """A raised strip of earth and grass between the carriageways, open at the junction."""
        towards, _ = self._scene.main
        half = self._scene.median_m / 2 - 0.3
        earth = self._textured((70, 108, 96), rough=0.2, stain=0.12)
        top = towards.place(towards.stop_s - 1.0, 0)[1]
        mask = np.zeros(ground.shape[:2], np.uint8)
        add_ground(mask, self._camera, ((-half, top), (half, top), (half, REACH_M), (-half, REACH_M)))
        self._blend(ground, mask, earth)

    def _wet(self, ground: Floats, road: Mask) -> None:
        """Water darkens asphalt and mirrors the sky, more so far away where one looks flat over it."""
        wet = self._light.wet
        if not wet:
            return
        x, y, away = self.places
        pools = np.clip(0.5 + 0.5 * sample(x, y, cell_m=3.5), 0, 1)
        mirror = wet * np.clip(away / 90, 0.05, 0.55) * (0.5 + 0.7 * pools)
        share = (road / 255.0)[..., None]
        dark = ground * (1 - 0.42 * wet)
        mirrored = dark * (1 - mirror[..., None]) + np.array(self._light.haze) * mirror[..., None]
        ground[:] = ground * (1 - share) + mirrored * share

    def _hazed(self, ground: Floats) -> Floats:
        share = self._light.haze_share(np.where(self._below, self.places[2], 0))[..., None]
        return np.asarray(ground * (1 - share) + np.array(self._light.haze) * share)

    @staticmethod
    def _blend(under: Floats, mask: Mask, over: Floats, strength: Grey | Floats | float = 1.0) -> None:
        """Lay `over` on `under` where the mask is."""
        where = mask > 0
        if not where.any():
            return
        share = mask[where] / 255.0 * (strength if isinstance(strength, float) else strength[where])
        under[where] += (over[where] - under[where]) * share[:, None]


def places(camera: Pinhole) -> tuple[Floats, Floats, Floats]:
    """(h, w) each: world x and y of the ground under every pixel, and its distance in metres; inf at the sky."""
    width, height = camera.size
    u, v = np.meshgrid((np.arange(width) + 0.5 - width / 2), (np.arange(height) + 0.5 - height / 2))
    rays = np.stack([u / camera.focal_px, v / camera.focal_px, np.ones_like(u)], -1) @ camera.rotation
    falls = rays[..., 2] < -1e-3
    reach = np.where(falls, -camera.height / np.where(falls, rays[..., 2], -1), np.inf)
    flat = np.where(falls, reach, 0.0)
    away = np.where(falls, reach * np.linalg.norm(rays, axis=-1), np.inf)
    return camera.x + rays[..., 0] * flat, camera.y + rays[..., 1] * flat, away


def _kerb_edge(way: Carriageway) -> float:
    return way.half_width + max(way.kerb_m, 0.4)


def _along(way: Carriageway, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """World places as distance along a carriageway and offset to its left."""
    (x0, y0), (ux, uy) = way.start, way.direction
    return (x - x0) * ux + (y - y0) * uy, -(x - x0) * uy + (y - y0) * ux


def _sharp(away: Floats, camera: Pinhole, cell_m: float) -> Floats:
    """1 where cells of `cell_m` are pixels wide, falling to 0 where many fall into one pixel (seen at a slant)."""
    with np.errstate(invalid="ignore"):
        pixel_m = away**2 / (camera.focal_px * max(camera.height, 1.0))
    return np.clip(cell_m / np.where(np.isfinite(pixel_m), np.maximum(pixel_m, 1e-6), np.inf), 0, 1)
