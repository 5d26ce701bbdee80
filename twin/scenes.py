"""The four junctions of the twin, named as in config/bandung.toml. Geometry is plausible, not surveyed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from twin.camera import Pinhole
from twin.scene import Carriageway, CountingLine, Scene, Turning

BEHIND_M = -60.0
"""Where the road behind the camera begins, so that what drives away from it comes at speed."""


def main_road(
    approach: str,
    *,
    stop_y: float,
    lanes: tuple[int, int],
    lane_m: float,
    flow_vph: tuple[float, float],
    median_m: float = 0.0,
    depth_m: float = 150.0,
    speed: float = 11.0,
    parking_y: tuple[float, float],
) -> tuple[Carriageway, Carriageway]:
    """The road along the view: towards the camera on the right, away from it on the left.

    `stop_y` and `parking_y` are world y; the pairs are (towards, away).
    """
    half = [median_m / 2 + count * lane_m / 2 for count in lanes]
    towards = Carriageway(
        id="masuk",
        approach=approach,
        start=(half[0], depth_m),
        heading_deg=-90,
        length=depth_m - BEHIND_M,
        lanes=lanes[0],
        lane_m=lane_m,
        group="main",
        flow_vph=flow_vph[0],
        speed=speed,
        stop_s=depth_m - stop_y,
        clear_s=depth_m + 2,
        box_m=6.0,
    )
    away = Carriageway(
        id="keluar",
        approach=approach,
        start=(-half[1], BEHIND_M),
        heading_deg=90,
        length=depth_m - BEHIND_M,
        lanes=lanes[1],
        lane_m=lane_m,
        group="main",
        flow_vph=flow_vph[1],
        speed=speed,
        stop_s=-BEHIND_M - 6,
        clear_s=stop_y - BEHIND_M,
        kerb_m=2.6,
        parking=(parking_y[0] - BEHIND_M, parking_y[1] - BEHIND_M),
    )
    return towards, away


def cross_street(
    approach: str, *, y: tuple[float, float], edge_x: tuple[float, float], flow_vph: float
) -> tuple[Carriageway, ...]:
    """A cross street between the two `y`; its traffic waits beyond the edges `edge_x` of the main road."""
    lane_m = (y[1] - y[0]) / 4
    far, near = y[1] - lane_m, y[0] + lane_m
    reach = 80.0
    return (
        Carriageway(
            id="lintas-timur",
            approach=approach,
            start=(-reach, far),
            heading_deg=0,
            length=2 * reach,
            lanes=2,
            lane_m=lane_m,
            group="cross",
            flow_vph=flow_vph,
            speed=10.0,
            stop_s=reach + edge_x[0] - 4,
            clear_s=reach + edge_x[1] + 2,
        ),
        Carriageway(
            id="lintas-barat",
            approach=approach,
            start=(reach, near),
            heading_deg=180,
            length=2 * reach,
            lanes=2,
            lane_m=lane_m,
            group="cross",
            flow_vph=flow_vph,
            speed=10.0,
            stop_s=reach - edge_x[1] - 4,
            clear_s=reach - edge_x[0] + 2,
        ),
    )


def _gate(approach: str, y: float, x: tuple[float, float]) -> CountingLine:
    """A line across the main road at world `y`: drawn left to right, so what comes towards the camera passes right."""
    return CountingLine(approach, approach, (x[0], y), (x[1], y), right="masuk", left="keluar")


DAGO = Scene(
    id="dago",
    title="SIMPANG DAGO  JL IR H JUANDA",
    camera=Pinhole(x=0.4, y=0.0, height=9.0, yaw_deg=-1.0, tilt_deg=15.5, fov_deg=58),
    carriageways=main_road("selatan", stop_y=20, lanes=(2, 2), lane_m=3.4, flow_vph=(1500, 1300), parking_y=(26, 52)),
    lines=(_gate("selatan", 18.6, (-9.8, 7.2)),),
    plan=(("main", 26.0), ("cross", 18.0)),
)

PASTEUR = Scene(
    id="pasteur",
    title="PASTEUR  JL DR DJUNJUNAN",
    camera=Pinhole(x=0.0, y=0.0, height=11.5, yaw_deg=1.0, tilt_deg=17.0, fov_deg=70),
    carriageways=main_road(
        "barat",
        stop_y=24,
        lanes=(4, 3),
        lane_m=3.2,
        flow_vph=(2900, 2200),
        median_m=2.6,
        speed=13.0,
        parking_y=(30, 60),
    ),
    lines=(_gate("barat", 22.6, (-14.0, 14.6)),),
    plan=(("main", 32.0), ("cross", 20.0)),
    median_m=2.6,
)

SAMSAT = Scene(
    id="samsat",
    title="SAMSAT  JL IBRAHIM ADJIE",
    camera=Pinhole(x=-9.0, y=-6.0, height=10.5, yaw_deg=12.0, tilt_deg=15.0, fov_deg=64),
    carriageways=(
        *main_road(
            "utara",
            stop_y=31,
            lanes=(3, 3),
            lane_m=3.1,
            flow_vph=(2100, 1800),
            median_m=1.2,
            parking_y=(36, 66),
        ),
        *cross_street("timur", y=(11.0, 24.0), edge_x=(-13.0, 10.2), flow_vph=1200),
    ),
    lines=(
        _gate("utara", 29.6, (-12.8, 10.4)),
        CountingLine("timur", "timur", (0.0, 9.6), (0.0, 25.2), right="keluar", left="masuk"),
    ),
    plan=(("main", 24.0), ("cross", 20.0)),
    median_m=1.2,
)

GEDEBAGE = Scene(
    id="gedebage",
    title="GEDEBAGE  JL GEDEBAGE SELATAN",
    camera=Pinhole(x=10.5, y=2.0, height=8.0, yaw_deg=-17.0, tilt_deg=14.0, fov_deg=54),
    carriageways=main_road(
        "selatan", stop_y=25, lanes=(2, 2), lane_m=3.2, flow_vph=(1350, 1250), speed=10.0, parking_y=(30, 56)
    ),
    lines=(_gate("selatan", 23.6, (-9.4, 6.8)),),
    plan=(("main", 22.0), ("cross", 20.0)),
)

SCENES: Mapping[str, Scene] = {scene.id: scene for scene in (DAGO, PASTEUR, SAMSAT, GEDEBAGE)}


def _buahbatu() -> Scene:
    """All four arms in one wide picture, each with a green of its own, and a third of the traffic turns."""
    towards, away = main_road(
        "utara", stop_y=40, lanes=(2, 2), lane_m=3.3, flow_vph=(800, 700), speed=10.0, parking_y=(60, 90)
    )
    east, west = cross_street("timur", y=(21.0, 34.0), edge_x=(-6.6, 6.6), flow_vph=600)
    # The stop lines of the near arm and of the cross street lie in the picture, and nobody parks at the kerb.
    ways = (
        replace(towards, group="utara", arms=("utara", "selatan"), clear_s=towards.length + BEHIND_M - 19.0, box_m=3.0),
        replace(away, group="selatan", arms=("selatan", "utara"), stop_s=16.0 - BEHIND_M, clear_s=36.0 - BEHIND_M),
        replace(east, group="barat", arms=("barat", "timur")),
        replace(west, group="timur", arms=("timur", "barat")),
    )
    ways = (ways[0], replace(ways[1], kerb_m=0.0, parking=None), *ways[2:])
    turns = (
        ("masuk", "lintas-timur"),
        ("masuk", "lintas-barat"),
        ("keluar", "lintas-barat"),
        ("keluar", "lintas-timur"),
        ("lintas-timur", "keluar"),
        ("lintas-timur", "masuk"),
        ("lintas-barat", "masuk"),
        ("lintas-barat", "keluar"),
    )
    return Scene(
        id="buahbatu",
        title="BUAH BATU  JL SOEKARNO HATTA",
        camera=Pinhole(x=-4.0, y=-5.0, height=13.0, yaw_deg=4.0, tilt_deg=24.0, fov_deg=80),
        carriageways=ways,
        lines=(_gate("utara", 37.6, (-7.4, 7.4)),),
        plan=(("utara", 14.0), ("timur", 12.0), ("selatan", 14.0), ("barat", 12.0)),
        turning=tuple(Turning(origin, destination, 0.2) for origin, destination in turns),
    )


BUAHBATU = _buahbatu()

EVERY_SCENE: Mapping[str, Scene] = {**SCENES, BUAHBATU.id: BUAHBATU}
"""The demo's four, and the one where vehicles turn."""
