"""The light over a scene, as numbers that the painters share: sun, sky, haze, night, wet road."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from twin.camera import Floats

Tint = tuple[float, float, float]
"""BGR factors or, where said, BGR colour 0..255."""


@dataclass(frozen=True)
class LightSetting:
    """How a scene is lit. `sun_azimuth_deg` is anticlockwise from the x axis, towards the sun."""

    name: str
    sun_azimuth_deg: float = 215.0
    sun_elevation_deg: float = 55.0
    sun: float = 0.55
    """Strength of the direct sun; 0 under clouds."""
    sky: float = 0.62
    """Strength of the light from everywhere."""
    haze_m: float = 450.0
    """Distance at which two thirds of a colour are lost in haze."""
    haze: Tint = (206, 200, 194)
    """BGR colour of the haze and of the sky at the horizon."""
    zenith: Tint = (214, 176, 138)
    """BGR colour of the sky high up."""
    tint: Tint = (1.0, 1.0, 1.0)
    """Colour cast of the whole picture."""
    ambient: float = 1.0
    """What is left of daylight; below 0.5 lamps burn."""
    wet: float = 0.0
    """Water on the road, 0..1."""
    rain: float = 0.0
    """Falling rain, 0..1."""

    @property
    def dark(self) -> bool:
        """Whether lamps light the scene."""
        return self.ambient < 0.5

    @cached_property
    def to_sun(self) -> Floats:
        """(3,) unit vector towards the sun."""
        azimuth, elevation = math.radians(self.sun_azimuth_deg), math.radians(self.sun_elevation_deg)
        flat = math.cos(elevation)
        return np.array([flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)])

    def shade(self, normals: Floats) -> Floats:
        """(n, 3) unit normals to (n,) brightness of a matt face, about 1 for one that lies flat in the open."""
        facing = np.clip(normals @ self.to_sun, 0, None)
        open_sky = 0.72 + 0.28 * normals[:, 2]
        bright: Floats = self.sun * facing + self.sky * open_sky
        return bright

    def haze_share(self, depth_m: Floats) -> Floats:
        """How much of a colour is haze at a distance, 0..1."""
        share: Floats = 1 - np.exp(-np.maximum(depth_m, 0) / self.haze_m)
        return share


DAY = LightSetting("day")
OVERCAST = LightSetting("overcast", sun=0.06, sky=0.86, haze_m=300.0, haze=(196, 192, 190), zenith=(190, 182, 176))
DUSK = LightSetting(
    "dusk",
    sun=0.15,
    sun_elevation_deg=9.0,
    sky=0.7,
    haze=(128, 140, 170),
    zenith=(120, 92, 76),
    tint=(0.92, 0.96, 1.06),
    ambient=0.42,
)
NIGHT = LightSetting("night", sun=0.0, sky=0.85, haze=(40, 36, 34), zenith=(30, 24, 22), ambient=0.17, haze_m=900.0)


def in_rain(light: LightSetting, strength: float = 0.7) -> LightSetting:
    """The same hour in rain: no sun, a grey veil, a wet road."""
    veil = 120.0 + 130.0 * (1 - strength)
    grey = (min(190.0, light.haze[0]), min(186.0, light.haze[1]), min(182.0, light.haze[2]))
    return replace(
        light,
        name=f"{light.name}-rain",
        sun=0.03 * light.sun,
        sky=min(light.sky + 0.12, 0.8),
        haze_m=min(light.haze_m, veil),
        haze=grey,
        zenith=grey,
        ambient=light.ambient * 0.85,
        wet=0.5 + 0.5 * strength,
        rain=strength,
    )
