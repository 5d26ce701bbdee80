"""Diskominfo: the cameras: how long they could be counted from, and what was wrong with them otherwise."""

from __future__ import annotations

from grafana.boards.figures import cameras_counting
from grafana.boards.frame import Board, Folder, finished, frame
from grafana.influxql import CAMERA_HEALTH, EVENT, QUALITY, RAW, Query, is_
from grafana.panels import Steps, lines, number, rows, states
from grafana.scene import Scene

_STEP = "$__interval"
_CAMERA = ("camera",)


def cameras(scene: Scene) -> Board:
    """Condition over time, share of time countable, pictures a second, inference time, light."""
    t = scene.t
    board = frame(scene, "kamera", t("cameras.title"), since="now-24h")
    condition = scene.select('last("condition")', CAMERA_HEALTH, level=RAW, step=_STEP, by=_CAMERA)
    counted = scene.select(
        (
            'mean("countable") AS "countable"',
            'mean("fps") AS "fps"',
            'mean("occlusion") AS "occlusion"',
            'mean("unconfirmed") AS "unconfirmed"',
            'last("light") AS "light"',
            'last("reasons") AS "reasons"',
        ),
        QUALITY,
        level=RAW,
        by=_CAMERA,
    )
    share = scene.select('mean("countable")', QUALITY, level=RAW)
    faults = scene.select('sum("standing")', EVENT, is_("type", "camera"), level=RAW)
    reconnects = scene.select('spread("reconnects")', CAMERA_HEALTH, level=RAW, step=_STEP, by=_CAMERA)
    for panel in (
        cameras_counting(scene, width=8),
        number(
            t("cameras.share"),
            Query(share),
            unit="percentunit",
            decimals=1,
            steps=Steps(0.99, 0.9, low=True),
            about=t("cameras.share_about"),
            width=8,
        ),
        number(
            t("cameras.faults"), Query(faults), steps=Steps(1, 3), empty="0", about=t("cameras.faults_about"), width=8
        ),
        states(
            t("cameras.condition"),
            Query(condition, name="$tag_camera"),
            scene.conditions,
            called=scene.by_camera,
            height=16,
        ).interval("1m"),
        rows(
            t("cameras.table"),
            Query(counted, table=True),
            columns={
                "camera": t("column.camera"),
                "countable": t("column.countable"),
                "fps": t("column.fps"),
                "occlusion": t("column.occlusion"),
                "unconfirmed": t("column.unconfirmed"),
                "light": t("column.light"),
                "reasons": t("column.reasons"),
            },
            units={"countable": "percentunit", "occlusion": "percentunit", "unconfirmed": "percentunit"},
            steps={"countable": Steps(0.99, 0.9, low=True)},
            texts=scene.by_camera | {name: t(f"light.{name}") for name in ("day", "dusk", "night", "unknown")},
            about=t("cameras.share_about"),
            height=14,
        ),
        lines(t("cameras.fps"), _each(scene, 'mean("fps")'), called=scene.by_camera).interval("1m"),
        lines(t("cameras.inference"), _each(scene, 'mean("inference_ms")'), unit="ms", called=scene.by_camera).interval(
            "1m"
        ),
        lines(
            t("cameras.reconnects"), Query(reconnects, name="$tag_camera"), bars=True, called=scene.by_camera, width=24
        ).interval("1m"),
    ):
        board.with_panel(panel)
    return finished(Folder.DISKOMINFO, board)


def _each(scene: Scene, what: str) -> Query:
    return Query(scene.select(what, CAMERA_HEALTH, level=RAW, step=_STEP, by=_CAMERA), name="$tag_camera")
