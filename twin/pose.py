"""Where somebody is at one instant: what traffic tells and pictures and truth are made from."""

from __future__ import annotations

from dataclasses import dataclass

from twin.fleet import Model


@dataclass(frozen=True, slots=True)
class Pose:
    """The middle of a footprint in metres, heading in radians, speed in m/s."""

    id: int
    model: Model
    seed: int
    x: float
    y: float
    yaw: float
    speed: float
    braking: bool
    carriageway: str
    """The carriageway it drives on; empty for people on foot."""
