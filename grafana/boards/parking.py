"""Dishub: parking where and when it is forbidden. What an operator decided of a case is in the console."""

from __future__ import annotations

from contract import IncidentKind
from grafana.boards.figures import open_cases
from grafana.boards.frame import Board, Folder, finished, frame, with_junction
from grafana.influxql import EVENT, RAW, Query, chosen_cameras, is_
from grafana.panels import lines, number, rows
from grafana.scene import Scene

_PARKING = is_("type", "parking")


def parking(scene: Scene) -> Board:
    """Cases that stand, how many there were and how long they lasted, where; incidents beside them."""
    t = scene.t
    board = with_junction(scene, frame(scene, "parkir", t("parking.title"), since="now-24h"))
    here = chosen_cameras()

    def asked(what: str | tuple[str, ...], *conditions: str, step: str = "", by: tuple[str, ...] = ()) -> str:
        return scene.select(what, EVENT, here, *conditions, level=RAW, step=step, by=by)

    listed = ('"camera"', '"zone"', '"what"', '"standing"', '"lasted_s"', '"case"')
    lengths = asked('mean("lasted_s")', _PARKING, '"standing" = 0')
    places = asked(
        ('count("standing") AS "cases"', 'mean("lasted_s") AS "lasted"', 'sum("standing") AS "open"'),
        _PARKING,
        by=("camera",),
    )
    for panel in (
        open_cases(scene, width=6),
        number(
            t("parking.count"), Query(asked('count("standing")', _PARKING), name=t("word.cases")), empty="0", width=6
        ),
        number(t("parking.length"), Query(lengths), unit="s", width=6),
        open_cases(scene, kind="incident", width=6),
        lines(
            t("parking.per_hour"),
            Query(asked('count("standing")', _PARKING, step="1h"), name=t("word.cases")),
            bars=True,
        ),
        rows(
            t("parking.places"),
            Query(places, table=True),
            columns={
                "camera": t("column.junction"),
                "cases": t("word.cases"),
                "lasted": t("column.lasted"),
                "open": t("column.standing"),
            },
            units={"lasted": "s"},
            texts=scene.by_camera,
            sort=(t("word.cases"), True),
            width=12,
            height=8,
        ),
        rows(
            t("parking.list"),
            Query(asked(listed, _PARKING), table=True),
            columns=_columns(scene),
            units={"lasted_s": "s"},
            texts=_texts(scene),
            flags={"standing": scene.no_yes},
            sort=(t("column.time"), True),
            about=t("parking.list_about"),
        ),
        rows(
            t("parking.incidents"),
            Query(asked(listed, is_("type", "incident")), table=True),
            columns=_columns(scene),
            units={"lasted_s": "s"},
            texts=_texts(scene),
            flags={"standing": scene.no_yes},
            sort=(t("column.time"), True),
            about=t("parking.incidents_about"),
        ),
    ):
        board.with_panel(panel)
    return finished(Folder.DISHUB, board)


def _columns(scene: Scene) -> dict[str, str]:
    t = scene.t
    return {
        "Time": t("column.time"),
        "camera": t("column.junction"),
        "zone": t("column.zone"),
        "what": t("column.what"),
        "standing": t("column.standing"),
        "lasted_s": t("column.lasted"),
        "case": t("column.case"),
    }


def _texts(scene: Scene) -> dict[str, str]:
    incidents = {str(kind): scene.t(f"incident.{kind}") for kind in IncidentKind}
    return {**scene.by_camera, **{str(kind): told for kind, told in scene.classes.items()}, **incidents}
