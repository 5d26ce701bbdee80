"""Dishub: which part of the vehicles and of the people each mode carries."""

from __future__ import annotations

from contract import VehicleClass
from grafana.boards.figures import classes
from grafana.boards.frame import Board, Folder, finished, frame, with_detail, with_junction, with_number
from grafana.influxql import STEP, VOLUME, Query, arriving, chosen_cameras
from grafana.panels import lines, note, number, shares
from grafana.scene import Scene

_HOURLY = "1h"


def modes(scene: Scene) -> Board:
    """Persons are vehicles times occupancy factors, which stand above the board and may be overwritten there."""
    t = scene.t
    board = with_junction(scene, with_detail(scene, frame(scene, "moda", t("modes.title"), since="now-24h")))
    factors = {}
    for kind, persons in scene.occupancy.items():
        with_number(board, f"per_{kind}", t("modes.factor", vehicle=scene.classes[kind]), persons)
        factors[kind] = f"${{per_{kind}}}"
    here = (arriving(scene.cameras), chosen_cameras())
    vehicles = scene.select(classes(scene), VOLUME, *here)
    persons_in = classes(scene, factors)
    total = " + ".join(f'sum("{kind}") * {factor}' for kind, factor in factors.items())
    bicycles = scene.select(f'sum("{VehicleClass.BICYCLE}")', VOLUME, *here, step=_HOURLY)
    for panel in (
        shares(t("modes.vehicles"), Query(vehicles), width=12),
        shares(t("modes.persons"), Query(scene.select(persons_in, VOLUME, *here)), about=t("modes.about"), width=12),
        lines(
            t("modes.per_hour"),
            Query(scene.select(persons_in, VOLUME, *here, step=_HOURLY)),
            stacked=True,
            bars=True,
            about=t("modes.about"),
        ),
        lines(t("modes.bicycles"), Query(bicycles, name=scene.classes[VehicleClass.BICYCLE]), bars=True),
        number(
            t("modes.total"), Query(scene.select(total, VOLUME, *here), name=t("word.persons")), decimals=0, width=6
        ),
        lines(
            t("modes.over_time"),
            Query(scene.select(classes(scene), VOLUME, *here, step=STEP)),
            stacked=True,
            bars=True,
            about=t("word.per_step"),
            width=18,
        ),
        note(t("modes.factors", source=scene.config.occupancy_source or t("modes.no_survey")), width=12),
        note(t("modes.pedestrians"), width=12),
    ):
        board.with_panel(panel)
    return finished(Folder.DISHUB, board)
