"""Signal heads at the stop lines, with the lamp that burns."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from twin.camera import NEAR_M, Pinhole
from twin.render.canvas import Image
from twin.scene import Scene
from twin.signals import Aspect

COLOURS = {Aspect.RED: (60, 50, 240), Aspect.YELLOW: (60, 200, 250), Aspect.GREEN: (150, 230, 60)}
HEIGHT_M = 4.4


def draw_heads(image: Image, scene: Scene, aspect: Callable[[str], Aspect]) -> None:
    """Draw a head beside each stop line whose lamps face the camera, and the backs of the others."""
    for way in scene.carriageways:
        x, y = way.place(way.stop_s + 0.5, way.half_width + 0.9)
        pixels, depth = scene.camera.project(np.array([[x, y, 0], [x, y, HEIGHT_M]]))
        if depth.min() < NEAR_M:
            continue
        scale = scene.camera.focal_px / float(depth[1])
        foot, top = ((round(float(u)), round(float(v))) for u, v in pixels)
        cv2.line(image, foot, top, (70, 72, 72), max(1, round(0.14 * scale)), cv2.LINE_AA)
        half, tall = max(1, round(0.2 * scale)), max(3, round(1.05 * scale))
        cv2.rectangle(image, (top[0] - half, top[1] - tall), (top[0] + half, top[1]), (24, 24, 24), -1)
        if _faces(scene.camera, way.heading_deg, x, y):
            shown = aspect(way.group)
            row = {Aspect.RED: 0.83, Aspect.YELLOW: 0.5, Aspect.GREEN: 0.17}[shown]
            centre = (top[0], top[1] - round(tall * row))
            cv2.circle(image, centre, max(1, round(0.14 * scale)), COLOURS[shown], -1, cv2.LINE_AA)


def _faces(camera: Pinhole, heading_deg: float, x: float, y: float) -> bool:
    """Whether who drives under `heading_deg` and the camera see the same side of a head."""
    ahead = math.cos(math.radians(heading_deg)), math.sin(math.radians(heading_deg))
    return (x - camera.x) * ahead[0] + (y - camera.y) * ahead[1] > 0
