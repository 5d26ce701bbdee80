"""Dishub: the whole city on one page."""

from __future__ import annotations

from grafana.boards.figures import arrivals, busiest, cameras_counting, classes, flow, open_cases, units_online
from grafana.boards.frame import Board, Folder, finished, frame, with_detail
from grafana.influxql import APPROACH, FLOW, STEP, VOLUME, Query, arriving
from grafana.panels import lines, note, number
from grafana.scene import Scene


def city(scene: Scene) -> Board:
    """Equipment first, then traffic: what does not see cannot say that traffic flows."""
    t = scene.t
    board = with_detail(scene, frame(scene, "kota", t("city.title", city=scene.site.site.name)))
    by_class = scene.select(classes(scene), VOLUME, arriving(scene.cameras), step=STEP)
    by_camera = scene.select(FLOW, APPROACH, step=STEP, by=("camera",))
    for panel in (
        units_online(scene),
        cameras_counting(scene),
        arrivals(scene),
        flow(scene),
        open_cases(scene),
        open_cases(scene, kind="incident"),
        lines(t("city.by_class"), Query(by_class), stacked=True, bars=True, about=t("word.per_step")),
        lines(
            t("city.by_junction"),
            Query(by_camera, name="$tag_camera"),
            unit="none",
            called=scene.by_camera,
            about=t("figure.flow_about"),
        ),
        busiest(scene),
    ):
        board.with_panel(panel)
    ratios = scene.vcs()
    board.with_panel(
        number(
            t("city.vc"),
            *ratios,
            unit="none",
            decimals=2,
            steps=scene.vc_steps,
            about=t("junction.vc_about"),
            width=24,
            height=6,
        )
        if ratios
        else note(t("junction.vc_unknown"), title=t("city.vc"))
    )
    return finished(Folder.DISHUB, board)
