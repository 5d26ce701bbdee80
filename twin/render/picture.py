"""One camera's pictures: the still backdrop, and everyone who moves over it, under a light."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.pose import Pose
from twin.render.backdrop import BackdropPainter, Thing
from twin.render.canvas import Canvas, Image
from twin.render.glow import Lamps, NightLight, shine
from twin.render.ground import GroundPainter, Surface
from twin.render.light import DAY, LightSetting
from twin.render.sensor import Sensor
from twin.render.shadows import cast
from twin.render.vehicles import Seen, VehiclePainter, area_of, look
from twin.render.weather import drops, fall, mirror_vehicles
from twin.scene import Scene

ROOM_M = 25.0
"""Who is farther behind the camera than this casts nothing into the picture."""


@dataclass(frozen=True)
class Shot:
    """A picture and what it shows: `seen` and, per pixel, whose it is (index + 1; 0: nobody's).

    `whole` has one entry each of `seen`: pixels of the silhouette within the picture, before anything hides it.
    """

    image: Image
    seen: tuple[Seen, ...]
    owner: NDArray[np.int32]
    whole: NDArray[np.int64]


@dataclass
class Renderer:
    """Draws pictures of one scene under one light."""

    scene: Scene
    light: LightSetting = DAY
    things: tuple[Thing, ...] = ()
    surface: Surface = field(default_factory=Surface)
    sensor: Sensor = field(default_factory=Sensor)
    shutter_s: float = 0.0
    glare: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        camera = self.scene.camera
        self._random = np.random.default_rng(self.seed)
        width, height = camera.size
        self._still = Canvas(camera, np.zeros((height, width, 3), np.uint8))
        backdrop = BackdropPainter(camera, self.light)
        backdrop.sky(self._still)
        GroundPainter(self.scene, self.light, self.surface, self.seed).paint(self._still)
        backdrop.things(self._still, self.things)
        self._vehicles = VehiclePainter(camera, self.light, shutter_s=self.shutter_s)
        self._night = NightLight(camera, self.light, self._lamps()) if self.light.dark else None

    def blank(self) -> Image:
        """The still backdrop, without anybody."""
        return self._still.image.copy()

    def shot(self, poses: Sequence[Pose], signals: Callable[[Image], None] | None = None) -> Shot:
        """The picture of everyone at one instant; `signals` draws the signal heads into it."""
        camera = self.scene.camera
        canvas = Canvas(camera, self._still.image.copy())
        canvas.nearest = self._still.nearest
        seen = tuple(one for one in (look(camera, pose) for pose in poses) if one is not None)
        owner = np.zeros(canvas.image.shape[:2], np.int32)
        cast(canvas.image, camera, self.light, [one.pose for one in seen])
        whole = self._vehicles.paint(canvas, seen, owner)
        if self.light.wet:
            mirror_vehicles(canvas.image, seen, owner, self.light.wet)
        if self._night:
            self._night.relight(canvas.image, seen)
        if signals:
            signals(canvas.image)
        shine(canvas.image, camera, self.light, self._lit(seen, owner), glare=self.glare)
        if self.light.rain:
            fall(canvas.image, self.light.rain, self._random)
            drops(canvas.image, round(6 * self.light.rain), self._random)
        return Shot(self.sensor.expose(canvas.image, gain=2.2 if self._night else 1.0), seen, owner, whole)

    def _lit(self, seen: tuple[Seen, ...], owner: NDArray[np.int32]) -> list[Seen]:
        """Those of whom something shows: nobody's lamp shines through a bus."""
        found = []
        for index, one in enumerate(seen):
            area = area_of(one.box, owner.shape, pad=0)
            if area is not None and np.count_nonzero(owner[area] == index + 1) > 4:
                found.append(one)
        return found

    def _lamps(self) -> Lamps:
        places = [(one.x, one.y, one.height) for one in self.things if one.kind == "lamp"]
        return Lamps(np.array(places).reshape(-1, 3))
