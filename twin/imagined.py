"""Junctions nobody built, drawn by seed: roads, camera, light and a moment of traffic, for training pictures.

The ranges are wide on purpose: a detector that has seen every mast, tilt and lamp does not mind the next one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from contract import VehicleClass
from twin.camera import Pinhole
from twin.fleet import MODELS
from twin.pose import Pose
from twin.render.canvas import Bgr
from twin.render.ground import Surface
from twin.render.light import DAY, DUSK, NIGHT, OVERCAST, LightSetting, in_rain
from twin.render.sensor import Sensor
from twin.scene import Carriageway, Scene
from twin.scenes import cross_street, main_road
from twin.surroundings import STYLES

FROM_ABOVE = 0.07
"""Share of cameras that look straight down."""
SHARES = {
    VehicleClass.MOTORCYCLE: 0.46,
    VehicleClass.CAR: 0.26,
    VehicleClass.ANGKOT: 0.08,
    VehicleClass.TRUCK: 0.09,
    VehicleClass.BUS: 0.06,
    VehicleClass.BICYCLE: 0.05,
}
"""Rare classes oftener than on the road, so that a detector sees enough of them."""


@dataclass(frozen=True)
class Imagined:
    """One camera of a junction that nobody built, and how its pictures look."""

    scene: Scene
    light: LightSetting
    surface: Surface
    style: str
    sensor: Sensor
    shutter_s: float
    glare: float
    seed: int


def imagine(seed: int) -> Imagined:
    """The same seed always imagines the same camera."""
    random = np.random.default_rng([seed, 1])
    light = _light(random)
    return Imagined(
        scene=_scene(random),
        light=light,
        surface=_surface(random),
        style=STYLES[int(random.integers(len(STYLES)))],
        sensor=_sensor(random, seed),
        shutter_s=float(random.choice([0, 0.01, 0.02, 0.04])) * (1.5 if light.dark else 1),
        glare=float(random.uniform(0.5, 1.5)),
        seed=seed,
    )


def _scene(random: np.random.Generator) -> Scene:
    lanes = (int(random.integers(1, 5)), int(random.integers(1, 5)))
    lane_m = float(random.uniform(2.8, 3.7))
    median = float(random.uniform(0.8, 4.0)) if random.random() < 0.45 else 0.0
    stop_y = float(random.uniform(12, 45))
    towards, away = main_road(
        "utara",
        stop_y=stop_y,
        lanes=lanes,
        lane_m=lane_m,
        flow_vph=(1000, 1000),
        median_m=median,
        parking_y=(10, 60),
    )
    ways: tuple[Carriageway, ...] = (towards, away)
    half = median / 2 + max(lanes) * lane_m
    shape = random.random()
    if shape < 0.35:
        wide = float(random.uniform(9, 15))
        near = stop_y - 6 - wide
        ways = (*ways, *cross_street("timur", y=(near, near + wide), edge_x=(-half - 2, half + 2), flow_vph=900))
    elif shape < 0.7:
        ways = tuple(replace(way, stop_s=1e4, clear_s=1e4, box_m=0) for way in ways)
    kerb = float(random.uniform(0, 3))
    ways = tuple(replace(way, kerb_m=kerb if way is ways[1] else way.kerb_m) for way in ways)
    return Scene("imagined", "", _camera(random, half), ways, (), (("main", 30.0), ("cross", 20.0)), median_m=median)


def _camera(random: np.random.Generator, half_road: float) -> Pinhole:
    size = (640, 360) if random.random() < 0.8 else (640, 480)
    x = float(random.uniform(-half_road - 4, half_road + 4))
    if random.random() < FROM_ABOVE:
        height, tilt = float(random.uniform(9, 18)), float(random.uniform(72, 90))
        return Pinhole(x, 25.0, height, float(random.uniform(-180, 180)), tilt, float(random.uniform(55, 85)), size)
    height = float(random.uniform(5, 12))
    tilt = float(np.clip(10 + random.gamma(2.0, 7.0), 10, 60))
    # A camera beside the road looks back over it.
    yaw = float(random.normal(0, 14)) - x / max(half_road, 1) * float(random.uniform(0, 25))
    return Pinhole(x, 0.0, height, yaw, tilt, float(random.uniform(38, 92)), size)


def _light(random: np.random.Generator) -> LightSetting:
    base = (DAY, OVERCAST, DUSK, NIGHT)[int(random.choice(4, p=[0.44, 0.2, 0.14, 0.22]))]
    turned = replace(
        base,
        sun_azimuth_deg=float(random.uniform(0, 360)),
        sun_elevation_deg=float(random.uniform(8, 20) if base is DUSK else random.uniform(25, 85)),
        sun=base.sun * float(random.uniform(0.5, 1.3)),
        sky=base.sky * float(random.uniform(0.85, 1.2)),
        haze_m=base.haze_m * float(random.uniform(0.5, 2.0)),
        ambient=base.ambient * float(random.uniform(0.7, 1.6) if base is NIGHT else random.uniform(0.85, 1.1)),
    )
    if random.random() < 0.24:
        return in_rain(turned, float(random.uniform(0.2, 1.0)))
    return replace(turned, wet=0.6) if random.random() < 0.08 else turned


def _surface(random: np.random.Generator) -> Surface:
    grey = float(random.uniform(66, 140))
    warm = float(random.normal(0, 4))
    paved, tone = float(random.uniform(105, 168)), float(random.uniform(-4, 18))
    kerbs: tuple[tuple[Bgr, Bgr], ...] = (
        ((206, 208, 208), (44, 44, 46)),
        ((200, 204, 204), (40, 40, 190)),
        ((60, 190, 220), (50, 50, 52)),
        ((150, 152, 154), (146, 148, 150)),
    )
    verges: tuple[Bgr, ...] = ((62, 96, 84), (84, 118, 140), (110, 124, 134), (52, 84, 66), (130, 134, 136))
    return Surface(
        asphalt=(grey - warm, grey, grey + warm),
        paving=(paved - tone, paved, paved + tone),
        verge=verges[int(random.integers(len(verges)))],
        wear=float(random.uniform(0.1, 1.0)),
        kerb=kerbs[int(random.integers(len(kerbs)))],
    )


def _sensor(random: np.random.Generator, seed: int) -> Sensor:
    warm = float(np.clip(random.normal(0, 0.06), -0.14, 0.14))
    return Sensor(
        grain=float(random.uniform(1, 7)),
        blur_px=float(random.choice([0.3, 0.5, 0.8, 1.2, 1.7], p=[0.25, 0.3, 0.25, 0.13, 0.07])),
        contrast=float(random.uniform(0.85, 1.3)),
        sharpen=float(random.choice([0, 0.3, 0.7, 1.1])),
        gamma=float(random.uniform(0.75, 1.3)),
        tint=(1 - warm, 1.0, 1 + warm),
        detail=float(random.choice([1.0, 0.75, 0.5], p=[0.6, 0.25, 0.15])),
        jpeg=int(random.integers(28, 92)),
        seed=seed,
    )


def moment(scene: Scene, seed: int) -> list[Pose]:
    """Traffic of one instant: free, dense or jammed; some stand, some turn; people at the edge and across."""
    random = np.random.default_rng([seed, 2])
    wanted = int(random.choice([4, 12, 25, 45, 60], p=[0.1, 0.25, 0.3, 0.25, 0.1]))
    poses: list[Pose] = []
    for _ in range(wanted * 3):
        if len(poses) >= wanted:
            break
        pose = _vehicle(scene, random, len(poses) + 1)
        if pose is not None and not _clashes(pose, poses):
            poses.append(pose)
    for _ in range(int(random.choice([0, 2, 6, 12]))):
        walker = _walker(scene, random, len(poses) + 1)
        if walker is not None and not _clashes(walker, poses):
            poses.append(walker)
    return poses


def _ahead(scene: Scene, random: np.random.Generator) -> tuple[float, float]:
    """A place on the ground in the picture, near ones as often as far ones."""
    camera = scene.camera
    width, height = camera.size
    top = max(camera.horizon_px + 8, 0.0) if camera.tilt_deg < 80 else 0.0
    for _ in range(20):
        u, v = random.uniform(-30, width + 30), top + (height * 1.1 - top) * random.random() ** 1.3
        try:
            return camera.ground(float(u), float(v))
        except ValueError:
            continue
    return camera.x, camera.y + 20


def _vehicle(scene: Scene, random: np.random.Generator, number: int) -> Pose | None:
    kinds = list(SHARES)
    kind = kinds[int(random.choice(len(kinds), p=list(SHARES.values())))]
    model = MODELS[kind][int(random.integers(len(MODELS[kind])))]
    way = scene.carriageways[int(random.integers(len(scene.carriageways)))]
    (x0, y0), (ux, uy) = way.start, way.direction
    x, y = _ahead(scene, random)
    s = (x - x0) * ux + (y - y0) * uy
    if not 0 < s < way.length:
        return None
    if model.width < 1:
        d = float(random.uniform(-way.half_width + 0.5, way.half_width + way.kerb_m * 0.5))
    else:
        d = way.lane_middle(int(random.integers(way.lanes))) + float(random.normal(0, 0.2))
    if random.random() < 0.05 and way.kerb_m > 1:
        d = way.kerb_middle
    yaw = math.radians(way.heading_deg) + float(random.normal(0, 0.05))
    in_conflict = way.stop_s < s < way.clear_s
    if in_conflict and random.random() < 0.5:
        yaw += float(random.uniform(-1.5, 1.5))
    x, y = way.place(s, d)
    return Pose(
        number,
        model,
        int(random.integers(2**31)),
        x,
        y,
        yaw,
        float(random.choice([0.0, 4.0, 11.0])),
        bool(random.random() < 0.3),
        way.id,
    )


def _walker(scene: Scene, random: np.random.Generator, number: int) -> Pose | None:
    x, y = _ahead(scene, random)
    way = scene.carriageways[int(random.integers(len(scene.carriageways)))]
    (x0, y0), (ux, uy) = way.start, way.direction
    s = (x - x0) * ux + (y - y0) * uy
    if random.random() < 0.7:
        x, y = way.place(s, way.half_width + way.kerb_m + float(random.uniform(0.3, 3.0)))
    model = MODELS[VehicleClass.PERSON][0]
    yaw = float(random.uniform(-math.pi, math.pi))
    return Pose(number, model, int(random.integers(2**31)), x, y, yaw, 1.2, braking=False, carriageway="")


def _clashes(pose: Pose, others: list[Pose]) -> bool:
    """Whether footprints, in the frame of `pose`, come closer than a hand's breadth."""
    cos, sin = math.cos(pose.yaw), math.sin(pose.yaw)
    for other in others:
        dx, dy = other.x - pose.x, other.y - pose.y
        turn = other.yaw - pose.yaw
        c, s = abs(math.cos(turn)), abs(math.sin(turn))
        length = (pose.model.length + other.model.length * c + other.model.width * s) / 2 + 0.4
        width = (pose.model.width + other.model.length * s + other.model.width * c) / 2 + 0.12
        if abs(dx * cos + dy * sin) < length and abs(dy * cos - dx * sin) < width:
            return True
    return False
