"""Figures that more than one board shows."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.builders import stat, table

from contract import TRAFFIC, VehicleClass
from grafana.influxql import APPROACH, EVENT, FLEET, FLOW, QUALITY, RAW, VOLUME, Query, all_vehicles, arriving, is_
from grafana.panels import Steps, number, rows
from grafana.scene import Scene


def units_online(scene: Scene, *, width: int = 4) -> stat.Panel:
    """How many units are there, by the collector's own opinion."""
    inner = scene.select('last("online") AS "here"', FLEET, level=RAW, by=("unit",))
    total = len({camera.unit for camera in scene.cameras})
    return number(
        scene.t("figure.units", total=total),
        Query(f'SELECT sum("here") FROM ({inner})', name=scene.t("figure.units_name")),
        steps=Steps(total, total - 1, low=True),
        about=scene.t("figure.units_about"),
        width=width,
    )


def cameras_counting(scene: Scene, *, width: int = 4) -> stat.Panel:
    """How many cameras could be counted from in their last interval."""
    inner = scene.select('last("countable") AS "seen"', QUALITY, level=RAW, by=("camera",))
    total = len(scene.cameras)
    return number(
        scene.t("figure.cameras", total=total),
        Query(f'SELECT sum("seen") FROM ({inner})', name=scene.t("figure.cameras_name")),
        steps=Steps(total, total - 1, low=True),
        about=scene.t("figure.cameras_about"),
        width=width,
    )


def arrivals(scene: Scene, *, width: int = 4) -> stat.Panel:
    """Vehicles that came to a junction, in the time shown."""
    text = scene.select(all_vehicles(TRAFFIC), VOLUME, arriving(scene.cameras))
    return number(
        scene.t("figure.arrivals"),
        Query(text, name=scene.t("word.vehicles")),
        decimals=0,
        about=scene.t("figure.arrivals_about"),
        width=width,
    )


def flow(scene: Scene, *, width: int = 4) -> stat.Panel:
    """The flow on all measured approaches together."""
    inner = scene.select(f'{FLOW} AS "flow"', APPROACH, by=("camera", "approach"))
    return number(
        scene.t("figure.flow"),
        Query(f'SELECT sum("flow") FROM ({inner})', name=scene.t("unit.pcu_h")),
        decimals=0,
        about=scene.t("figure.flow_about"),
        width=width,
    )


def open_cases(scene: Scene, *, kind: str = "parking", width: int = 4) -> stat.Panel:
    """Cases that were opened in the time shown and still stand. The field is 1 until the case is closed."""
    text = scene.select('sum("standing")', EVENT, is_("type", kind), level=RAW)
    return number(
        scene.t(f"figure.open_{kind}"),
        Query(text, name=scene.t("word.cases")),
        steps=Steps(1, 5),
        decimals=0,
        empty="0",
        about=scene.t("figure.open_about"),
        width=width,
    )


def busiest(scene: Scene, *, width: int = 24, height: int = 12) -> table.Panel:
    """Every approach with what was measured on it."""
    t = scene.t
    text = scene.select(
        (
            f'{FLOW} AS "flow"',
            'max("queue_m") AS "queue"',
            'mean("speed_kmh") AS "speed"',
            'mean("occupancy") AS "occ"',
        ),
        APPROACH,
        by=("camera", "approach"),
    )
    columns = {
        "camera": t("column.junction"),
        "approach": t("column.approach"),
        "flow": t("column.flow"),
        "queue": t("column.queue"),
        "speed": t("column.speed"),
        "occ": t("column.occ"),
    }
    return rows(
        t("figure.busiest"),
        Query(text, table=True),
        columns=columns,
        units={"flow": "none", "queue": "lengthm", "speed": "velocitykmh", "occ": "percentunit"},
        steps={"queue": Steps(80, 200), "speed": Steps(15, 7, low=True)},
        texts=scene.by_camera,
        sort=(t("column.queue"), True),
        about=t("figure.busiest_about"),
        width=width,
        height=height,
    )


def classes(scene: Scene, factors: Mapping[VehicleClass, str] | None = None) -> list[str]:
    """`sum("car") AS "Mobil"` for each class; `factors`: what each is multiplied with."""
    return [
        f'sum("{kind}"){f" * {factors[kind]}" if factors else ""} AS "{told}"' for kind, told in scene.classes.items()
    ]
