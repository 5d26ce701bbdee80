"""Vehicles and people into the picture: meshes in perspective, shaded, in the order in which they hide each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from twin.camera import NEAR_M, Floats, Pinhole
from twin.mesh import Ball, Mesh
from twin.pose import Pose
from twin.render.canvas import SHIFT, Canvas, fixed
from twin.render.light import LightSetting
from twin.render.noise import tile
from twin.render.order import back_to_front
from twin.shapes import mesh_of, palette

COARSE_PX = 12
"""Vehicles lower than this in the picture are drawn without their decals."""

GLOSSY = {"glass", "paint"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A vehicle as the camera sees it: `box` is x0, y0, x1, y1 in pixels of all of it, as if nothing hid it."""

    pose: Pose
    box: tuple[float, float, float, float]
    depth_m: float
    pixels: Floats
    """(n, 2) of the mesh's vertices."""
    depths: Floats

    @property
    def foot(self) -> tuple[float, float]:
        """The bottom centre of the box."""
        return (self.box[0] + self.box[2]) / 2, self.box[3]


def placed(points: Floats, pose: Pose) -> Floats:
    """Points (n, 3) of a vehicle's own frame to the world."""
    cos, sin = math.cos(pose.yaw), math.sin(pose.yaw)
    turned: Floats = points @ np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    turned += (pose.x, pose.y, 0.0)
    return np.asarray(turned)


def look(camera: Pinhole, pose: Pose) -> Seen | None:
    """A vehicle through the camera; None when it is behind it or outside the picture."""
    mesh = mesh_of(pose.model.shape)
    pixels, depths = camera.project(placed(mesh.hull, pose))
    if depths.min() < NEAR_M:
        return None
    (x0, y0), (x1, y1) = pixels.min(0), pixels.max(0)
    width, height = camera.size
    if x1 < 0 or y1 < 0 or x0 >= width or y0 >= height:
        return None
    count = len(mesh.vertices)
    return Seen(pose, (float(x0), float(y0), float(x1), float(y1)), float(depths.mean()), pixels[:count], depths)


class VehiclePainter:
    """Draws those who are seen, far ones first, and keeps whose each pixel is."""

    def __init__(self, camera: Pinhole, light: LightSetting, *, shutter_s: float = 0.0) -> None:
        """`shutter_s`: how long the shutter is open; 0 draws no motion blur."""
        self._camera, self._light, self._shutter_s = camera, light, shutter_s

    def paint(self, canvas: Canvas, seen: Sequence[Seen], owner: NDArray[np.int32]) -> NDArray[np.int64]:
        """Draw into `canvas`; `owner` (h, w) receives index + 1 of whom each pixel shows.

        Gives the (n,) pixels of each silhouette inside the picture, before anything hides them.
        """
        whole = np.zeros(len(seen), np.int64)
        for index in back_to_front(self._camera, [one.pose for one in seen]):
            whole[index] = self._paint_one(canvas, seen[index], index + 1, owner)
        return whole

    def _paint_one(self, canvas: Canvas, one: Seen, mark: int, owner: NDArray[np.int32]) -> int:
        area = area_of(one.box, owner.shape, pad=2)
        if area is None:
            return 0
        patch, patch_owner, nearest = canvas.image[area], owner[area], canvas.nearest[area]
        hidden = nearest < one.depth_m
        before = (patch.copy(), patch_owner.copy()) if hidden.any() or self._shutter_s else None
        self._faces(canvas.image, owner, one, mark)
        mine = patch_owner == mark
        _finish(patch, mine, one.pose.seed)
        if before and self._shutter_s:
            _smear(patch, before[0], mine, self._travel(one))
        if before and hidden.any():
            patch[hidden], patch_owner[hidden] = before[0][hidden], before[1][hidden]
        return int(np.count_nonzero(mine))

    def _faces(self, image: NDArray[np.uint8], owner: NDArray[np.int32], one: Seen, mark: int) -> None:
        mesh = mesh_of(one.pose.model.shape)
        coarse = one.box[3] - one.box[1] < COARSE_PX
        cos, sin = math.cos(-one.pose.yaw), math.sin(-one.pose.yaw)
        away = self._camera.position - (one.pose.x, one.pose.y, 0.0)
        eye = np.array([away[0] * cos - away[1] * sin, away[0] * sin + away[1] * cos, away[2]])
        facing = np.einsum("ij,ij->i", mesh.normals, eye - mesh.centres) > 0
        colours = self._colours(mesh, one)
        corners = fixed(one.pixels)
        solids = len(mesh.solids)
        balls, ball_depths = self._camera.project(placed(mesh.ball_centres, one.pose))
        order = np.lexsort((-np.linalg.norm(mesh.solid_centre - eye, axis=1), mesh.solid_layer))
        for solid in order:
            if solid >= solids:
                number = int(solid) - solids
                at = (float(balls[number, 0]), float(balls[number, 1]), float(ball_depths[number]))
                self._ball((image, owner), mesh.balls[number], at, one.pose, mark)
                continue
            faces = mesh.solids[solid]
            hull = cv2.convexHull(np.vstack([corners[mesh.slices[face]] for face in faces]))
            cv2.fillConvexPoly(owner, hull, (mark,), cv2.LINE_8, SHIFT)
            cv2.fillConvexPoly(image, hull, colours[faces[0]] if coarse else (30, 30, 31), cv2.LINE_AA, SHIFT)
            for face in faces:
                if facing[face] and not (coarse and mesh.fine[face]):
                    cv2.fillConvexPoly(image, corners[mesh.slices[face]], colours[face], cv2.LINE_AA, SHIFT)

    def _ball(
        self,
        pictures: tuple[NDArray[np.uint8], NDArray[np.int32]],
        ball: Ball,
        at: tuple[float, float, float],
        pose: Pose,
        mark: int,
    ) -> None:
        """Draw a ball into image and owner; `at` is its pixel and depth."""
        shade = self._light.sky + 0.6 * self._light.sun
        share = 1 - math.exp(-at[2] / self._light.haze_m)
        base = palette(pose.model, pose.seed)[ball.material]
        hazy = zip(base, self._light.haze, strict=True)
        colour = [min(channel * shade, 255.0) * (1 - share) + veil * share for channel, veil in hazy]
        size = max(round(ball.radius * self._camera.focal_px / at[2] * (1 << SHIFT)), 1)
        centre = (round(at[0] * (1 << SHIFT)), round(at[1] * (1 << SHIFT)))
        cv2.circle(pictures[0], centre, size, colour, -1, cv2.LINE_AA, SHIFT)
        cv2.circle(pictures[1], centre, size, (mark,), -1, cv2.LINE_8, SHIFT)

    def _colours(self, mesh: Mesh, one: Seen) -> list[tuple[float, float, float]]:
        """BGR of every face."""
        paints = palette(one.pose.model, one.pose.seed)
        cos, sin = math.cos(one.pose.yaw), math.sin(one.pose.yaw)
        normals = mesh.normals @ np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
        base = np.array([paints[material] for material in mesh.materials], float)
        if one.pose.braking and self._light.ambient > 0.3:
            base[[material == "tail" for material in mesh.materials]] = (60, 50, 250)
        lit = base * self._light.shade(normals)[:, None]
        glossy = np.array([material in GLOSSY for material in mesh.materials])
        mirror = glossy * np.clip(0.10 + 0.24 * normals[:, 2], 0.03, 0.34)
        lit += (np.array(self._light.haze) - lit) * mirror[:, None]
        depth = np.full(len(lit), one.depth_m)
        return [(b, g, r) for b, g, r in self._hazy(np.clip(lit, 0, 255), depth).tolist()]

    def _hazy(self, colours: Floats, depth_m: Floats) -> Floats:
        share = self._light.haze_share(depth_m)[:, None]
        hazed: Floats = colours * (1 - share) + np.array(self._light.haze) * share
        return hazed

    def _travel(self, one: Seen) -> tuple[float, float]:
        """Pixels that the vehicle moves while the shutter is open."""
        pose, reach = one.pose, one.pose.speed * self._shutter_s
        ends = np.array([[pose.x, pose.y, 0.5], [pose.x + math.cos(pose.yaw), pose.y + math.sin(pose.yaw), 0.5]])
        pixels, depth = self._camera.project(ends)
        if depth.min() < NEAR_M:
            return 0.0, 0.0
        step = (pixels[1] - pixels[0]) * reach
        return float(step[0]), float(step[1])


def area_of(box: tuple[float, float, float, float], shape: tuple[int, ...], pad: int) -> tuple[slice, slice] | None:
    """The part of a picture of `shape` that a box covers."""
    x0, y0 = max(int(box[0]) - pad, 0), max(int(box[1]) - pad, 0)
    x1, y1 = min(int(box[2]) + pad + 1, shape[1]), min(int(box[3]) + pad + 1, shape[0])
    return (slice(y0, y1), slice(x0, x1)) if x1 > x0 and y1 > y0 else None


def _finish(patch: NDArray[np.uint8], mine: NDArray[np.bool_], seed: int) -> None:
    """Dirt and soft reflections: a little noise, and darker towards the road."""
    height, width = mine.shape
    if height < 8 or width < 8:
        return
    v, u = seed % 200, (seed // 200) % 200
    texture = cv2.resize(tile(16)[v : v + 64, u : u + 64], (width, height), interpolation=cv2.INTER_LINEAR)
    fall = np.linspace(1.06, 0.84, height, dtype=np.float32)[:, None]
    factor = np.where(mine, fall * (1 + 0.07 * texture), np.float32(1))
    patch[:] = cv2.multiply(patch, cv2.merge([factor] * 3), dtype=cv2.CV_8U)


def _smear(
    patch: NDArray[np.uint8], before: NDArray[np.uint8], mine: NDArray[np.bool_], travel: tuple[float, float]
) -> None:
    """Motion blur of one vehicle over what was there before."""
    length = math.hypot(*travel)
    if length < 1.5:
        return
    size = min(int(length) + 2, 31) | 1
    kernel = np.zeros((size, size), np.float32)
    reach = min(length, size - 1) / 2 / length
    middle = size // 2
    dx, dy = round(travel[0] * reach), round(travel[1] * reach)
    cv2.line(kernel, (middle - dx, middle - dy), (middle + dx, middle + dy), (1.0,), 1)
    kernel /= kernel.sum()
    share = cv2.filter2D(mine.astype(np.float32), -1, kernel)[..., None]
    alone = np.where(mine[..., None], patch, np.uint8(0)).astype(np.float32)
    patch[:] = np.clip(cv2.filter2D(alone, -1, kernel) + before * (1 - share), 0, 255)
