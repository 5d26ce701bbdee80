"""What is drawn over a scene's picture, projected from the same metres as the traffic and the pixels."""

from __future__ import annotations

import cv2
import numpy as np

from contract import AreaZone, Calibration, Line, NoParkingZone, Point, Zone, Zones
from twin.camera import Pinhole
from twin.scene import Carriageway, CountingLine, Metres, Scene

CAPTION_SHARE = (0.66, 0.06)
"""Part of the picture, from its upper left corner, where the caption stands."""

QUEUE_M = 45.0
"""Length of the queue zone upstream of the stop line."""

ARM_M = 12.0
"""Length of the entry and exit zones of an arm."""

LEAN_M = 0.9
"""The bottom centre of a tall box in perspective lies this far beside the middle of the vehicle's footprint."""


def zones_of(scene: Scene) -> Zones:
    """The scene's lines and zones in normalised coordinates, and its calibration in metres."""
    return Zones(
        lines=tuple(_line(scene.camera, line) for line in scene.lines),
        zones=(*_areas(scene), _caption()),
        calibration=_calibration(scene),
    )


def _arms(scene: Scene) -> list[Zone]:
    """Entry and exit zones of every arm, as far as the picture shows it: the ends of turning movements."""
    found: list[Zone] = []
    for way in scene.carriageways:
        across = (way.half_width, -way.half_width)
        for kind, arm, s0, s1 in zip(
            ("entry", "exit"),
            way.arms or (),
            (way.stop_s - ARM_M, way.clear_s),
            (way.stop_s + 1.0, way.clear_s + ARM_M),
            strict=False,
        ):
            polygon = _ground_polygon(scene.camera, way.strip(s0, s1, *across))
            name = f"{'dari' if kind == 'entry' else 'ke'}-{arm}"
            found.append(AreaZone.model_validate({"kind": kind, "id": name, "polygon": polygon, "approach": arm}))
    return found


def _areas(scene: Scene) -> tuple[Zone, ...]:
    if scene.turning:
        return tuple(_arms(scene))
    towards, away = scene.main
    found: list[Zone] = []
    stop, far = towards.stop_s, towards.stop_s - QUEUE_M
    across = (towards.half_width, -towards.half_width)
    for kind, name, s0, s1 in (("queue", "antre", far, stop), ("entry", "masuk", far - 20, far)):
        polygon = _ground_polygon(scene.camera, towards.strip(s0, s1, *across))
        found.append(
            AreaZone.model_validate(
                {"kind": kind, "id": f"{name}-{towards.approach}", "polygon": polygon, "approach": towards.approach}
            )
        )
    for way, s0, s1 in ((towards, far - 20, stop), (away, away.clear_s, away.clear_s + 50)):
        polygon = _ground_polygon(scene.camera, way.strip(s0, s1, way.half_width, -way.half_width))
        found.append(AreaZone(kind="carriageway", id=f"jalan-{way.id}", polygon=polygon))
    found.append(
        AreaZone(
            kind="exit",
            id=f"keluar-{away.approach}",
            polygon=_ground_polygon(
                scene.camera, away.strip(away.clear_s + 10, away.clear_s + 35, away.half_width, -away.half_width)
            ),
            approach=away.approach,
        )
    )
    if away.parking:
        found.append(
            NoParkingZone(
                kind="no_parking",
                id="dilarang-parkir",
                polygon=_ground_polygon(scene.camera, _kerb(away, away.parking)),
                grace_s=scene.grace_s,
            )
        )
    return tuple(found)


def _kerb(away: Carriageway, parking: tuple[float, float]) -> tuple[Metres, ...]:
    inner = away.half_width - LEAN_M / 2
    return away.strip(parking[0] - 8, parking[1] + 4, away.half_width + away.kerb_m + 0.6, inner)


def _caption() -> AreaZone:
    right, bottom = CAPTION_SHARE
    return AreaZone(kind="ignore", id="tulisan", polygon=((0, 0), (right, 0), (right, bottom), (0, bottom)))


def _line(camera: Pinhole, line: CountingLine) -> Line:
    a, b = (_inside(camera, point) for point in (line.a, line.b))
    return Line(id=line.id, a=a, b=b, right=line.right, left=line.left, approach=line.approach)


def _inside(camera: Pinhole, point: Metres) -> Point:
    """A point of the road in normalised coordinates; ends beyond the picture come back to its edge."""
    width, height = camera.size
    u, v = camera.project_ground(*point)
    return round(min(max(u / width, 0.0), 1.0), 4), round(min(max(v / height, 0.0), 1.0), 4)


def _ground_polygon(camera: Pinhole, corners: tuple[Metres, ...]) -> tuple[Point, ...]:
    """A convex polygon on the road as seen, cut off at the edges of the picture."""
    seen = np.array([camera.project_ground(*corner) for corner in corners]) / camera.size
    frame = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    area, cut = cv2.intersectConvexConvex(seen.astype(np.float32), frame)
    if area <= 0:
        raise ValueError(f"the camera does not see the ground polygon {corners}")
    points = np.clip(cut.reshape(-1, 2), 0, 1)
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in points)


def _calibration(scene: Scene) -> Calibration:
    """Corners of the lanes at the stop line and farther away, as far as the picture shows them."""
    camera, (towards, away) = scene.camera, scene.main
    ys = [scene.stop_line_y() + ahead for ahead in (0, 10, 25, 45)]
    xs = (away.place(0, away.half_width)[0], 0.0, towards.place(0, towards.half_width)[0])
    image, metres = [], []
    for y in ys:
        for x in xs:
            u, v = camera.project_ground(x, y)
            if 0 <= u <= camera.size[0] and 0 <= v <= camera.size[1]:
                image.append((u / camera.size[0], v / camera.size[1]))
                metres.append((x, y))
    return Calibration(image=tuple(image), metres=tuple(metres))


def to_toml(zones: Zones) -> str:
    """ZONES.toml of `zones`: the format that `contract.parse_zones` reads."""
    parts = ["# Normalised picture coordinates, y down; see contract/zones.py."]
    for line in zones.lines:
        parts.append(_table("[[lines]]", line.model_dump(mode="json", exclude_none=True)))
    for zone in zones.zones:
        parts.append(_table("[[zones]]", zone.model_dump(mode="json", exclude_defaults=True)))
    if zones.calibration:
        parts.append(_table("[calibration]", zones.calibration.model_dump(mode="json")))
    return "\n\n".join(parts) + "\n"


def _table(header: str, fields: dict[str, object]) -> str:
    return "\n".join([header, *(f"{key} = {_value(value)}" for key, value in fields.items())])


def _value(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return str(value)
