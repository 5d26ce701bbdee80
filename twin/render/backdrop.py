"""What stands around a junction and never moves: sky, shop houses, trees, poles, wires. Painted once, far to near."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from twin.camera import NEAR_M, Floats, Pinhole
from twin.render.canvas import Canvas, Image, Mask, fixed, in_front
from twin.render.facade import facade
from twin.render.light import LightSetting
from twin.render.noise import tile


class Thing(NamedTuple):
    """Something that stands at (x, y): its kind, turn, length, height and the seed of its looks."""

    kind: str
    x: float
    y: float
    yaw: float
    length: float
    height: float
    seed: int


class Heap(NamedTuple):
    """Leaves: half the width and half the height of the heap, the height of its middle, how many tufts."""

    half: float
    half_height: float
    middle: float
    tufts: int


@dataclass(frozen=True)
class BackdropPainter:
    """Paints the sky and all things of a scene."""

    camera: Pinhole
    light: LightSetting

    def sky(self, canvas: Canvas) -> None:
        """A gradient with soft clouds down to the horizon."""
        width, height = self.camera.size
        if self.camera.tilt_deg >= 80 or self.camera.horizon_px <= 0:
            return
        rows = min(math.ceil(self.camera.horizon_px) + 1, height)
        fall = np.clip(np.linspace(0, 1, rows), 0, 1)[:, None, None] ** 0.7
        sky = np.array(self.light.zenith) * (1 - fall) + np.array(self.light.haze) * fall * np.ones((1, width, 1))
        clouds = cv2.resize(tile(64)[:160, :320], (width, rows), interpolation=cv2.INTER_CUBIC)
        sky += clouds[..., None] * 7 * min(1.0, self.light.ambient) * (1 - fall)
        canvas.image[:rows] = np.clip(sky, 0, 255).astype(np.uint8)

    def things(self, canvas: Canvas, things: tuple[Thing, ...]) -> None:
        """Everything that stands, far things first."""
        painters: dict[str, Callable[[Canvas, Thing], None]] = {
            "house": self._house,
            "tree": self._tree,
            "palm": self._palm,
            "hedge": self._hedge,
            "pole": self._pole,
            "lamp": self._pole,
        }
        eye = self.camera.position[:2]
        for thing in sorted(things, key=lambda one: -math.hypot(one.x - eye[0], one.y - eye[1])):
            painters[thing.kind](canvas, thing)

    def _place(self, x: float, y: float, z: float) -> tuple[float, float, float] | None:
        """Pixel and depth of a point; None behind the camera."""
        pixel, depth = self.camera.project(np.array([[x, y, z]]))
        return (float(pixel[0, 0]), float(pixel[0, 1]), float(depth[0])) if depth[0] > NEAR_M else None

    def _hazy(self, colour: Floats, depth_m: float, shade: float = 1.0) -> Floats:
        share = float(self.light.haze_share(np.array([depth_m]))[0])
        return np.clip(colour * shade * (1 - share) + np.array(self.light.haze) * share, 0, 255)

    def _house(self, canvas: Canvas, thing: Thing) -> None:
        """A box whose faces wear a painted facade; the side from which `yaw` points is the front."""
        length, depth = thing.length, 8.0
        cos, sin = math.cos(thing.yaw), math.sin(thing.yaw)
        along, back = np.array([-sin, cos]), np.array([-cos, -sin]) * depth
        front = np.array([thing.x, thing.y])
        ends = [front - along * length / 2, front + along * length / 2]
        walls = [(ends[0], ends[1], True), (ends[1], ends[1] + back, False), (ends[0] + back, ends[0], False)]
        eye = self.camera.position[:2]
        for a, b, is_front in walls:
            normal = np.array([(b - a)[1], -(b - a)[0]])
            if normal @ (eye - a) > 0:
                self._wall(canvas, a, b, thing, is_front=is_front)
        roof = [(*one, thing.height) for one in (ends[0], ends[1], ends[1] + back, ends[0] + back)]
        if self.camera.height > thing.height:
            colour = self._hazy(np.array([92.0, 98, 120]), float(np.linalg.norm(front - eye)))
            b, g, r = colour.tolist()
            canvas.fill(roof, (b, g, r))
        mask = np.zeros(canvas.nearest.shape, np.uint8)
        hull = in_front(self.camera, np.array([(*ends[0], 0), (*ends[1], 0), *reversed(roof[:2])]))
        if hull is not None:
            cv2.fillConvexPoly(mask, fixed(self.camera.project(hull)[0]), (1,), cv2.LINE_8, 3)
            _stands(canvas, mask, float(np.linalg.norm(front - eye)))

    def _wall(self, canvas: Canvas, a: Floats, b: Floats, thing: Thing, *, is_front: bool) -> None:
        """A wall in pieces of a few metres, so that one that runs past the camera is cut off and not left out."""
        length = float(np.linalg.norm(b - a))
        pieces = max(1, round(length / 6))
        direction = (b - a) / length
        normal = np.array([direction[1], -direction[0], 0.0])
        shade = float(self.light.shade(normal[None])[0])
        picture = facade(thing.seed, length, thing.height, is_front=is_front)
        rows, columns = picture.shape[:2]
        for piece in range(pieces):
            start, end = a + (b - a) * piece / pieces, a + (b - a) * (piece + 1) / pieces
            corners = np.array([(*start, thing.height), (*end, thing.height), (*end, 0.0), (*start, 0.0)])
            pixels, depth = self.camera.project(corners)
            if depth.min() < NEAR_M or np.abs(pixels).max() > 8000:
                continue
            cut = picture[:, columns * piece // pieces : columns * (piece + 1) // pieces]
            _warp(canvas.image, self._lit(cut, float(depth.mean()), shade), pixels, rows)

    def _lit(self, picture: Image, depth_m: float, shade: float) -> Image:
        share = float(self.light.haze_share(np.array([depth_m]))[0])
        lit = picture.astype(np.float32) * shade * (1 - share) + np.array(self.light.haze) * share
        return np.clip(lit, 0, 255).astype(np.uint8)

    def _tree(self, canvas: Canvas, thing: Thing) -> None:
        """A trunk and a crown of many tufts, lit from above."""
        foot, top = self._place(thing.x, thing.y, 0), self._place(thing.x, thing.y, thing.height)
        if foot is None or top is None or top[2] < 4:
            return
        random = np.random.default_rng(thing.seed)
        scale = self.camera.focal_px / foot[2]
        trunk = self._hazy(np.array([52.0, 66, 80]), foot[2], 0.8)
        b, g, r = trunk.tolist()
        middle = (round(top[0]), round(foot[1] * 0.35 + top[1] * 0.65))
        cv2.line(canvas.image, (round(foot[0]), round(foot[1])), middle, (b, g, r), max(1, round(0.3 * scale)), 16)
        green = np.array([random.uniform(34, 60), random.uniform(82, 112), random.uniform(52, 84)])
        crown = thing.length / 2
        count = int(np.clip((scale * crown) ** 1.2 * 1.6, 30, 900))
        self._tufts(canvas, thing, Heap(crown, thing.height * 0.36, thing.height * 0.72, count), green)

    def _hedge(self, canvas: Canvas, thing: Thing) -> None:
        """A low bush."""
        random = np.random.default_rng(thing.seed)
        green = np.array([random.uniform(36, 60), random.uniform(76, 110), random.uniform(44, 76)])
        self._tufts(canvas, thing, Heap(thing.length / 2, thing.height / 2, thing.height / 2, 60), green)

    def _tufts(self, canvas: Canvas, thing: Thing, heap: Heap, green: Floats) -> None:
        """Leaves in a rounded heap: dark ones first, then lighter ones towards the top."""
        random = np.random.default_rng([thing.seed, 1])
        count = heap.tufts
        around = random.normal(0, 0.36, (count, 3)).clip(-0.8, 0.8)
        leaf = 0.55 / count**0.32
        around = around[np.argsort(around[:, 2])]
        points = np.column_stack(
            [
                thing.x + around[:, 0] * heap.half,
                thing.y + around[:, 1] * heap.half,
                heap.middle + around[:, 2] * heap.half_height,
            ]
        )
        pixels, depth = self.camera.project(points)
        if depth.min() < NEAR_M:
            return
        mask = np.zeros(canvas.nearest.shape, np.uint8)
        size = random.uniform(0.5, 1.2, count) * leaf * heap.half * self.camera.focal_px / depth
        shade = 0.62 + 0.30 * around[:, 2] + random.normal(0, 0.10, count)
        shade *= self.light.sky + self.light.sun * 0.8
        share = self.light.haze_share(depth)[:, None]
        colours = green * np.maximum(shade, 0.15)[:, None] * (1 - share) + np.array(self.light.haze) * share
        ats = np.clip(pixels, -9000, 9000).round().astype(int).tolist()
        radii = np.maximum(np.column_stack([size, size * 0.7]).round(), 1).astype(int).tolist()
        turns = random.uniform(0, 180, count).tolist()
        for at, axes, turn, colour in zip(ats, radii, turns, np.clip(colours, 0, 255).tolist(), strict=True):
            cv2.ellipse(canvas.image, at, axes, turn, 0, 360, colour, -1, cv2.LINE_AA)
            cv2.ellipse(mask, at, axes, turn, 0, 360, (1,), -1)
        _stands(canvas, mask, float(np.linalg.norm(self.camera.position[:2] - (thing.x, thing.y))))

    def _palm(self, canvas: Canvas, thing: Thing) -> None:
        """A trunk and fronds that hang."""
        top, foot = self._place(thing.x, thing.y, thing.height), self._place(thing.x, thing.y, 0)
        if foot is None or top is None:
            return
        random = np.random.default_rng(thing.seed)
        scale = self.camera.focal_px / top[2]
        b, g, r = self._hazy(np.array([90.0, 104, 116]), top[2], 0.8).tolist()
        ends = (round(foot[0]), round(foot[1])), (round(top[0]), round(top[1]))
        cv2.line(canvas.image, *ends, (b, g, r), max(1, round(0.28 * scale)), cv2.LINE_AA)
        for turn in np.linspace(0, 2 * math.pi, 11) + random.normal(0, 0.15, 11):
            t = np.linspace(0, 1, 7)
            x = top[0] + np.cos(turn) * t * 2.2 * scale
            y = top[1] + (0.25 * np.sin(turn) * t - 0.5 * np.sin(2.2 * t) + 0.9 * t**2) * 2.0 * scale
            b, g, r = self._hazy(np.array([50.0, 104, 70]), top[2], float(random.uniform(0.5, 1.0))).tolist()
            path = np.column_stack([x, y]).round().astype(np.int32)
            cv2.polylines(canvas.image, [path], False, (b, g, r), max(1, round(0.22 * scale)), cv2.LINE_AA)

    def _pole(self, canvas: Canvas, thing: Thing) -> None:
        """A pole; a lamp's has an arm over the road."""
        foot, top = self._place(thing.x, thing.y, 0), self._place(thing.x, thing.y, thing.height)
        if foot is None or top is None:
            return
        scale = self.camera.focal_px / foot[2]
        b, g, r = self._hazy(np.array([120.0, 122, 122]), foot[2], 0.85).tolist()
        thick = max(1, round(0.2 * scale))
        places = (round(foot[0]), round(foot[1])), (round(top[0]), round(top[1]))
        mask = np.zeros(canvas.nearest.shape, np.uint8)
        for picture, colour in ((canvas.image, (b, g, r)), (mask, (1,))):
            cv2.line(picture, *places, colour, thick, cv2.LINE_AA if picture is canvas.image else cv2.LINE_8)
        _stands(canvas, mask, float(np.linalg.norm(self.camera.position[:2] - (thing.x, thing.y))))
        if thing.kind == "lamp":
            reach = thing.length
            end = self._place(
                thing.x + math.cos(thing.yaw) * reach, thing.y + math.sin(thing.yaw) * reach, thing.height
            )
            if end is not None:
                tip = round(end[0]), round(end[1])
                cv2.line(canvas.image, places[1], tip, (b, g, r), max(1, thick // 2), cv2.LINE_AA)


def _stands(canvas: Canvas, mask: Mask, away_m: float) -> None:
    """Note that what the mask covers stands `away_m` metres off."""
    where = mask > 0
    canvas.nearest[where] = np.minimum(canvas.nearest[where], away_m)


def _warp(image: Image, picture: Image, pixels: Floats, rows: int) -> None:
    """Map a flat picture (its upper left corner first, clockwise) onto four pixels of the image."""
    columns = picture.shape[1]
    x0, y0 = np.floor(pixels.min(0)).astype(int)
    x1, y1 = np.ceil(pixels.max(0)).astype(int) + 1
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, image.shape[1]), min(y1, image.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    source = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32)
    target = (pixels - (x0, y0)).astype(np.float32)
    turn = cv2.getPerspectiveTransform(source, target)
    warped = cv2.warpPerspective(
        picture, turn, (x1 - x0, y1 - y0), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillConvexPoly(mask, fixed(target.astype(float)), (255,), cv2.LINE_AA, 3)
    share = (mask / 255.0)[..., None]
    area = image[y0:y1, x0:x1]
    area[:] = (area * (1 - share) + warped * share).astype(np.uint8)
