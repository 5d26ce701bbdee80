"""Small meshes of convex solids with decals, in a vehicle's own frame, and the builder that makes them.

x forward, y left, z up, in metres, the origin on the road under the middle of the footprint. Solids are drawn layer by
layer, within a layer from far to near; a solid's decals follow its faces. That is enough for boxes seen from above.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.camera import Floats

Side = Literal["front", "back", "left", "right", "top"]
Span = tuple[float, float]


class Ring(NamedTuple):
    """A horizontal rectangle at height `z`: from `x0` to `x1`, `half` wide to both sides of `y`."""

    x0: float
    x1: float
    half: float
    z: float
    y: float = 0.0


class Ball(NamedTuple):
    """A sphere: heads and helmets."""

    centre: tuple[float, float, float]
    radius: float
    material: str


class Lamp(NamedTuple):
    """A point that shines at night, `ahead` or to the back."""

    place: tuple[float, float, float]
    ahead: bool


@dataclass(frozen=True)
class Mesh:
    """Faces as slices of `vertices`; all per-face arrays have one row a face.

    `solid_layer` and `solid_centre` have one row a solid; balls are the solids that follow the faces' own.
    """

    vertices: Floats
    slices: tuple[slice, ...]
    normals: Floats
    centres: Floats
    materials: tuple[str, ...]
    fine: tuple[bool, ...]
    """Faces left out when the vehicle is only a few pixels high."""
    solids: tuple[tuple[int, ...], ...]
    """Faces of each solid, in the order in which they are drawn."""
    solid_layer: NDArray[np.int64]
    solid_centre: Floats
    balls: tuple[Ball, ...]
    lamps: tuple[Lamp, ...]

    @cached_property
    def corners(self) -> Floats:
        """(8, 3) the corners of the box around all solids."""
        (x0, y0, z0), (x1, y1, z1) = self.vertices.min(0), self.vertices.max(0)
        return np.array([(x, y, z) for x in (x0, x1) for y in (y0, y1) for z in (z0, z1)])

    @cached_property
    def ball_centres(self) -> Floats:
        """(n, 3) the middles of the balls."""
        return np.array([ball.centre for ball in self.balls]).reshape(-1, 3)

    @cached_property
    def hull(self) -> Floats:
        """(n, 3) points whose picture encloses the picture of the whole vehicle."""
        around = [
            np.array(ball.centre) + ball.radius * np.array(step)
            for ball in self.balls
            for step in ((0, 0, 1), (0, 0.7, 0.7), (0, -0.7, 0.7), (0.7, 0, 0.7), (-0.7, 0, 0.7))
        ]
        return np.vstack([self.vertices, *around])


class Solid:
    """One convex solid under construction: a frustum between two rings, and what is painted on its sides."""

    def __init__(self, low: Ring, high: Ring, material: str, layer: int) -> None:
        self.layer = layer
        self.faces: list[tuple[Floats, str, bool]] = []
        self._corners: dict[Side, Floats] = {}
        bottom, top = _corners(low), _corners(high)
        order: dict[Side, tuple[int, int]] = {"front": (1, 0), "left": (0, 3), "back": (3, 2), "right": (2, 1)}
        for side, (start, end) in order.items():
            self._corners[side] = np.stack([bottom[start], bottom[end], top[end], top[start]])
        self._corners["top"] = np.stack([top[1], top[0], top[3], top[2]])
        for corners in self._corners.values():
            self.faces.append((corners, material, False))
        self.centre = (bottom.mean(0) + top.mean(0)) / 2

    def decal(self, side: Side, across: Span, up: Span, material: str) -> Solid:
        """Paint a patch of a side, in parts of its width (as seen from outside, left to right) and height."""
        low_left, low_right, high_right, high_left = self._corners[side]
        patch = [
            (1 - v) * ((1 - u) * low_left + u * low_right) + v * ((1 - u) * high_left + u * high_right)
            for u, v in ((across[0], up[0]), (across[1], up[0]), (across[1], up[1]), (across[0], up[1]))
        ]
        self.faces.append((np.stack(patch), material, True))
        return self

    def mirrored(self, side: Side, across: Span, up: Span, material: str) -> Solid:
        """The same patch twice: left and right alike."""
        self.decal(side, across, up, material)
        return self.decal(side, (1 - across[1], 1 - across[0]), up, material)

    def flanks(self, across: Span, up: Span, material: str) -> Solid:
        """A patch on the left and the right flank; `across` runs from the back to the front."""
        self.decal("right", across, up, material)
        return self.decal("left", (1 - across[1], 1 - across[0]), up, material)

    def wheels(self, xs: Sequence[float], radius: float, half: float) -> Solid:
        """Wheels on both flanks, `half` metres from the middle line."""
        for x in xs:
            for y in (half, -half):
                for share, material in ((1.0, "tyre"), (0.55, "rim")):
                    self.faces.append((_disc(x, y, radius, radius * share), material, share < 1))
        return self


def _corners(ring: Ring) -> Floats:
    """Front left, front right, back right, back left; anticlockwise partners give outward normals."""
    return np.array(
        [
            (ring.x1, ring.y + ring.half, ring.z),
            (ring.x1, ring.y - ring.half, ring.z),
            (ring.x0, ring.y - ring.half, ring.z),
            (ring.x0, ring.y + ring.half, ring.z),
        ]
    )


def _disc(x: float, y: float, z: float, radius: float) -> Floats:
    turns = np.linspace(0, 2 * math.pi, 10, endpoint=False) * (-1 if y > 0 else 1)
    return np.column_stack([x + radius * np.cos(turns), np.full(10, y), z + radius * np.sin(turns)])


class Builder:
    """Collects solids, balls and lamps into a `Mesh`."""

    def __init__(self) -> None:
        self._solids: list[Solid] = []
        self._balls: list[tuple[int, Ball]] = []
        self._lamps: list[Lamp] = []

    def solid(self, low: Ring, high: Ring, material: str, layer: int = 0) -> Solid:
        """Add a frustum between two horizontal rectangles."""
        one = Solid(low, high, material, layer)
        self._solids.append(one)
        return one

    def block(self, x: Span, z: Span, half: float, material: str, layer: int = 0) -> Solid:
        """Add an upright box."""
        return self.solid(Ring(*x, half, z[0]), Ring(*x, half, z[1]), material, layer)

    def ball(self, centre: tuple[float, float, float], radius: float, material: str, layer: int) -> None:
        """Add a sphere."""
        self._balls.append((layer, Ball(centre, radius, material)))

    def lamps(self, front: float, back: float, half: float, z: float) -> None:
        """Add lamps at both ends: a pair `half` metres from the middle, or one where that is 0."""
        for y in {half, -half}:
            self._lamps += [Lamp((front, y, z), ahead=True), Lamp((back, y, z + 0.1), ahead=False)]

    def build(self) -> Mesh:
        """The finished mesh."""
        faces = [(face, number) for number, solid in enumerate(self._solids) for face in solid.faces]
        ends = np.cumsum([len(corners) for (corners, _, _), _ in faces])
        cross = [np.cross(corners[1] - corners[0], corners[2] - corners[1]) for (corners, _, _), _ in faces]
        return Mesh(
            vertices=np.vstack([corners for (corners, _, _), _ in faces]),
            slices=tuple(slice(int(end) - len(face[0]), int(end)) for end, (face, _) in zip(ends, faces, strict=True)),
            normals=np.array([normal / np.linalg.norm(normal) for normal in cross]),
            centres=np.array([corners.mean(0) for (corners, _, _), _ in faces]),
            materials=tuple(material for (_, material, _), _ in faces),
            fine=tuple(fine for (_, _, fine), _ in faces),
            solids=tuple(
                tuple(index for index, (_, owner) in enumerate(faces) if owner == number)
                for number in range(len(self._solids))
            ),
            solid_layer=np.array([one.layer for one in self._solids] + [layer for layer, _ in self._balls]),
            solid_centre=np.array([one.centre for one in self._solids] + [np.array(b.centre) for _, b in self._balls]),
            balls=tuple(ball for _, ball in self._balls),
            lamps=tuple(self._lamps),
        )
