"""From a scene, its traffic and its light to the picture that a CCTV camera would give."""

from __future__ import annotations

from twin.render.light import DAY, DUSK, NIGHT, OVERCAST, LightSetting, in_rain
from twin.render.picture import Renderer
from twin.render.sensor import Sensor

__all__ = ["DAY", "DUSK", "NIGHT", "OVERCAST", "LightSetting", "Renderer", "Sensor", "in_rain"]
