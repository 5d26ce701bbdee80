"""Night: street lamps, headlights on the road, glare in the lens; by day the lamps that motorcycles must burn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from twin.camera import Floats, Pinhole
from twin.render.canvas import Image, add_ground
from twin.render.ground import places
from twin.render.light import LightSetting
from twin.render.vehicles import Seen, placed
from twin.shapes import mesh_of

WARM = np.array([150.0, 205, 255]) / 255
"""BGR colour of sodium and warm LED street lamps."""
HEAD = (236, 244, 250)
TAIL = (40, 30, 220)
QUARTER = 4


@dataclass(frozen=True)
class Lamps:
    """Street lamps over a scene: (n, 3) places in metres."""

    places: Floats
    strength: float = 1.0


class NightLight:
    """Multiplies a picture drawn in flat daylight by the light that is there at night."""

    def __init__(self, camera: Pinhole, light: LightSetting, lamps: Lamps) -> None:
        self._camera, self._light = camera, light
        self._still = self._street(lamps)

    def relight(self, image: Image, seen: Sequence[Seen]) -> None:
        """Darken `image` to what street lamps and headlights leave of it."""
        height, width = image.shape[:2]
        beams = cv2.resize(self._beams(seen), (width, height), interpolation=cv2.INTER_LINEAR)
        total = self._still + cv2.merge([beams * 0.92, beams, beams])
        image[:] = cv2.multiply(image, total, dtype=cv2.CV_8U)

    def _street(self, lamps: Lamps) -> NDArray[np.float32]:
        """(h, w, 3) ambient light and the pools under the street lamps."""
        x, y, away = places(self._camera)
        ground = np.isfinite(away)
        pools = np.zeros(x.shape)
        for lx, ly, lz in lamps.places:
            square = (x - lx) ** 2 + (y - ly) ** 2 + lz**2
            pools += lz**3 / square**1.5 * lamps.strength
        pools = np.where(ground, pools, 0.10)
        soft = np.clip(cv2.GaussianBlur(pools, (0, 0), 3), 0, 1.2)[..., None]
        return np.asarray(self._light.ambient + 0.55 * soft * WARM, np.float32)

    def _beams(self, seen: Sequence[Seen]) -> NDArray[np.float32]:
        """(h / 4, w / 4) light of the headlights on the road."""
        width, height = self._camera.size
        small = Pinhole(
            self._camera.x,
            self._camera.y,
            self._camera.height,
            self._camera.yaw_deg,
            self._camera.tilt_deg,
            self._camera.fov_deg,
            (width // QUARTER, height // QUARTER),
        )
        sums = np.zeros((height // QUARTER, width // QUARTER), np.uint16)
        for one in seen:
            pose = one.pose
            if not mesh_of(pose.model.shape).lamps:
                continue
            cos, sin = math.cos(pose.yaw), math.sin(pose.yaw)
            front = pose.model.length / 2
            for reach, half, value in ((22.0, 2.6, 45), (13.0, 1.9, 55), (6.0, 1.2, 60)):
                beam = np.zeros(sums.shape, np.uint8)
                ends = ((front + 0.3, 0.5), (front + reach, half), (front + reach, -half), (front + 0.3, -0.5))
                corners = [(pose.x + s * cos - d * sin, pose.y + s * sin + d * cos) for s, d in ends]
                add_ground(beam, small, corners, value)
                sums += beam
        blurred = cv2.GaussianBlur(np.minimum(sums, 400).astype(np.float32), (0, 0), 1.6)
        return np.asarray(blurred / 255 * 0.62, np.float32)


def shine(image: Image, camera: Pinhole, light: LightSetting, seen: Sequence[Seen], *, glare: float = 1.0) -> None:
    """Add the lamps that face the camera; at night with bloom, and with streaks on a wet road."""
    height, width = image.shape[:2]
    bloom = np.zeros((height // 2, width // 2, 3), np.uint8) if light.dark else None
    for one in seen:
        for centre, radius, colour in _burning(camera, light, one):
            at = (round(centre[0] * 8), round(centre[1] * 8))
            cv2.circle(image, at, max(4, round(radius * 8)), colour, -1, cv2.LINE_AA, 3)
            if bloom is not None:
                half = (at[0] // 2, at[1] // 2)
                cv2.circle(bloom, half, max(6, round(radius * 10 * glare)), colour, -1, cv2.LINE_AA, 3)
                if light.wet:
                    foot = (half[0] // 8, half[1] // 8 + round(radius * 9))
                    cv2.line(bloom, (half[0] // 8, half[1] // 8), foot, colour, max(1, round(radius)))
    if bloom is not None:
        near = cv2.GaussianBlur(bloom, (0, 0), 2.2)
        wide = cv2.GaussianBlur(bloom, (0, 0), 9)
        halo = cv2.addWeighted(near, 0.7, wide, 1.1 * glare, 0)
        image[:] = cv2.add(image, cv2.resize(halo, (width, height), interpolation=cv2.INTER_LINEAR))


def _burning(
    camera: Pinhole, light: LightSetting, one: Seen
) -> list[tuple[tuple[float, float], float, tuple[int, int, int]]]:
    """Pixel, radius and colour of each lamp of a vehicle that shines at the camera."""
    lamps = mesh_of(one.pose.model.shape).lamps
    by_day = not light.dark
    if not lamps or (by_day and one.pose.model.width > 1):
        return []
    pixels, depth = camera.project(placed(np.array([lamp.place for lamp in lamps]), one.pose))
    to_eye = camera.position - (one.pose.x, one.pose.y, 0)
    facing = float(to_eye @ (math.cos(one.pose.yaw), math.sin(one.pose.yaw), 0.0)) / float(np.linalg.norm(to_eye))
    found = []
    for lamp, pixel, away in zip(lamps, pixels, depth, strict=True):
        towards = facing if lamp.ahead else -facing
        if towards < 0.15 or away < 2 or (by_day and not lamp.ahead):
            continue
        size = (0.11 if lamp.ahead else 0.075) * (1.5 if one.pose.braking and not lamp.ahead else 1.0)
        radius = max(0.7 if light.dark else 0.35, size * camera.focal_px / float(away) * (0.5 + towards / 2))
        colour = HEAD if lamp.ahead else TAIL
        found.append(((float(pixel[0]), float(pixel[1])), min(radius, 9.0), colour))
    return found
