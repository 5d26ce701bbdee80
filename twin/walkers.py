"""People on the pavements of a scene: each walks to and fro at a pace of their own, a pure function of time."""

from __future__ import annotations

import math

import numpy as np

from contract import VehicleClass
from twin.fleet import MODELS
from twin.pose import Pose
from twin.scene import Scene

FIRST_ID = 1_000_000
REACH_M = 45.0
"""How far ahead of a stop line people are about."""


def walkers(scene: Scene, seed: int, time_s: float, count: int = 7) -> list[Pose]:
    """Poses of `count` people at `time_s`."""
    random = np.random.default_rng([seed, 77])
    ways = scene.main
    found = []
    for number in range(count):
        way = ways[number % 2]
        pace, phase = float(random.uniform(0.7, 1.5)), float(random.uniform(0, 2 * REACH_M))
        off = way.half_width + max(way.kerb_m, 0.4) + float(random.uniform(1.0, 2.6))
        looks = int(random.integers(2**31))
        walked = (pace * time_s + phase) % (2 * REACH_M)
        outward = walked < REACH_M
        along = walked if outward else 2 * REACH_M - walked
        start = way.stop_s - REACH_M if way is ways[0] else way.clear_s
        x, y = way.place(start + along, off)
        yaw = math.radians(way.heading_deg) + (0 if outward else math.pi)
        model = MODELS[VehicleClass.PERSON][0]
        found.append(Pose(FIRST_ID + number, model, looks, x, y, yaw, pace, braking=False, carriageway=""))
    return found
