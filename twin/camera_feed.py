"""One camera of the twin: its pictures as a recorder would give them, at any time that does not fall."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from twin.faults import Fault, spoil
from twin.junction import Junction
from twin.render.canvas import Image
from twin.render.heads import draw_heads
from twin.render.light import DAY, DUSK, NIGHT, OVERCAST, LightSetting, in_rain
from twin.render.picture import Renderer, Shot
from twin.render.sensor import Sensor, caption
from twin.scene import Scene
from twin.staged import Staged
from twin.surroundings import surroundings

WIB = timezone(timedelta(hours=7), "WIB")
"""Western Indonesian time: Bandung has no summer time."""
LIGHTS = {"day": DAY, "overcast": OVERCAST, "dusk": DUSK, "night": NIGHT}
HOURS = {"day": 10, "overcast": 10, "dusk": 18, "night": 20}
"""Hour of a working day at which a clip of that light begins, so that it does not depend on when it is made."""
CONTRACT_LIGHT = {"overcast": "day"}


def light_named(name: str, *, rain: bool) -> LightSetting:
    """A light by its name; `ValueError` names those that exist."""
    if name not in LIGHTS:
        raise ValueError(f"there is no light {name!r}; known: {', '.join(LIGHTS)}")
    return in_rain(LIGHTS[name]) if rain else LIGHTS[name]


def hour_of(light: str) -> datetime:
    """The fixed instant at which a clip in this light begins."""
    return datetime(2025, 3, 4, HOURS[light], 0, tzinfo=WIB)


class CameraFeed:
    """A scene seen through its camera. `began` is the wall time of time 0."""

    def __init__(
        self,
        scene: Scene,
        seed: int,
        *,
        light: str = "day",
        rain: bool = False,
        began: datetime,
        staged: Sequence[Staged] = (),
    ) -> None:
        self.junction = Junction(scene, seed, staged)
        self.light = CONTRACT_LIGHT.get(light, light) if not rain or light == "night" else "rain"
        self.fault = Fault.NONE
        self.shot: Shot | None = None
        """The last picture that was drawn, and whose each of its pixels is."""
        self._began = began
        setting = light_named(light, rain=rain)
        style = ("shops", "mixed", "green")[len(scene.id) % 3]
        sensor = Sensor(grain=2.5, blur_px=0.5, seed=seed)
        things = surroundings(scene, sum(map(ord, scene.id)), style)
        self._renderer = Renderer(scene, setting, things=things, sensor=sensor, seed=seed)
        self._sound: Image | None = None

    @property
    def scene(self) -> Scene:
        return self.junction.scene

    def picture(self, time_s: float) -> Image | None:
        """The picture at `time_s` seconds; None while a fault keeps the camera silent."""
        poses = self.junction.poses(time_s)
        if self.fault in {Fault.POWER_LOSS, Fault.BLACK} or (self.fault is Fault.FROZEN and self._sound is not None):
            return spoil(self._blank(), self.fault, self._sound)
        self.shot = self._renderer.shot(poses, lambda still: draw_heads(still, self.scene, self.junction.aspect))
        wall = (self._began + timedelta(seconds=time_s)).astimezone(WIB)
        image = spoil(self.shot.image, self.fault, None)
        if image is not None:
            caption(image, self.scene.title, f"{wall:%d-%m-%Y %H:%M:%S}")
        self._sound = image
        return image

    def _blank(self) -> Image:
        return self._renderer.blank()
