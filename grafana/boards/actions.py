"""Dishub: before and after a change of the signals.

Above, what was asked of the signals and what was granted. Below, the time shown beside the same length of time before
it: choose the time in which an action held (drag over a chart), and how far back the comparison lies.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import table, timeseries

from contract import SignalAction
from grafana.boards.frame import Board, Folder, finished, frame, with_choice, with_detail, with_junction
from grafana.influxql import APPROACH, FLOW, RAW, SIGNAL_ACTION, STEP, Query, chosen_cameras
from grafana.panels import lines, note, rows
from grafana.scene import Scene

_OVER = ("completed", "refused", "released", "expired")
"""How a request may end (contract.SignalReply)."""
_BACK = "kembali"
_EARLIER = f"time >= ${{__from}}ms - ${{{_BACK}}} AND time < ${{__to}}ms - ${{{_BACK}}}"
_MEASURES = (
    ("flow", FLOW, "none"),
    ("queue", 'max("queue_m")', "lengthm"),
    ("speed", 'mean("speed_kmh")', "velocitykmh"),
    ("occ", 'mean("occupancy")', "percentunit"),
)


def actions(scene: Scene) -> Board:
    """Flow, queue, speed and occupancy of each approach, now and then."""
    t = scene.t
    board = with_junction(scene, with_detail(scene, frame(scene, "tindakan", t("actions.title"), since="now-1h")))
    backs = {t("actions.hour"): "1h", t("actions.day"): "1d", t("actions.week"): "7d"}
    with_choice(board, _BACK, t("actions.back"), backs, t("actions.day"))
    board.with_panel(_asked(scene))
    board.with_panel(_granted(scene))
    board.with_panel(note(t("actions.how"), height=3))
    board.with_panel(_table(scene))
    for what, unit, key in (('max("queue_m")', "lengthm", "queue"), (FLOW, "none", "flow")):
        query = Query(
            scene.select(what, APPROACH, chosen_cameras(), step=STEP, by=("camera", "approach")),
            name="$tag_camera $tag_approach",
        )
        before = lines(t(f"actions.{key}_before"), query, unit=unit, called=scene.by_arm)
        board.with_panel(before.time_shift(f"${{{_BACK}}}"))
        board.with_panel(lines(t(f"actions.{key}_after"), query, unit=unit, called=scene.by_arm))
    return finished(Folder.DISHUB, board)


def _asked(scene: Scene) -> table.Panel:
    t = scene.t
    columns = ("junction", "action", "kind", "who", "outcome", "reason", "asked_s", "granted_s")
    return rows(
        t("actions.asked"),
        Query(scene.select([f'"{name}"' for name in columns], SIGNAL_ACTION, level=RAW), table=True),
        columns={"Time": t("actions.began")} | {name: t(f"column.{name}") for name in columns},
        units={"asked_s": "s", "granted_s": "s"},
        texts=_texts(scene),
        sort=(t("actions.began"), True),
        about=t("actions.asked_about"),
        width=14,
        height=8,
    )


def _texts(scene: Scene) -> dict[str, str]:
    told = {str(action): scene.t(f"action.{action}") for action in SignalAction}
    told |= {outcome: scene.t(f"outcome.{outcome}") for outcome in _OVER}
    return told | {junction.id: junction.name for junction in scene.site.junctions} | {"none": "–"}


def _granted(scene: Scene) -> timeseries.Panel:
    names = {junction.id: junction.name for junction in scene.site.junctions}
    held = scene.select('sum("granted_s")', SIGNAL_ACTION, level=RAW, step=STEP, by=("junction",))
    query = Query(held, name="$tag_junction")
    return lines(scene.t("actions.granted"), query, unit="s", bars=True, called=names, width=10)


def _table(scene: Scene) -> table.Panel:
    t, by = scene.t, ("camera", "approach")
    before = scene.select(_called("before"), APPROACH, chosen_cameras(), by=by, when=_EARLIER)
    after = scene.select(_called("after"), APPROACH, chosen_cameras(), by=by)
    columns = {"camera": t("column.junction"), "approach": t("column.approach")}
    units = {}
    for name, _, unit in _MEASURES:
        for moment in ("before", "after"):
            columns[f"{name}_{moment}"] = t(f"actions.{moment}", measure=t(f"column.{name}"))
            units[f"{name}_{moment}"] = unit
    return rows(
        t("actions.table"),
        Query(before, table=True),
        Query(after, table=True),
        columns=columns,
        units=units,
        texts=scene.by_camera,
    )


def _called(moment: str) -> list[str]:
    return [f'{what} AS "{name}_{moment}"' for name, what, _ in _MEASURES]
