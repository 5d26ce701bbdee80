"""For the wall of the command centre: few things, large, nothing to click. Opened with ?kiosk (docs/grafana.md)."""

from __future__ import annotations

from grafana.boards.figures import arrivals, busiest, cameras_counting, classes, flow, open_cases, units_online
from grafana.boards.frame import Board, Folder, finished, frame, with_raw_points
from grafana.influxql import STEP, VOLUME, Query, arriving
from grafana.panels import lines
from grafana.scene import Scene


def wall(scene: Scene) -> Board:
    """The city of the last three hours, for a screen that nobody touches."""
    t = scene.t
    board = with_raw_points(frame(scene, "dinding", t("wall.title", city=scene.site.site.name), refresh="30s"))
    by_class = scene.select(classes(scene), VOLUME, arriving(scene.cameras), step=STEP)
    for panel in (
        units_online(scene),
        cameras_counting(scene),
        arrivals(scene),
        flow(scene),
        open_cases(scene),
        open_cases(scene, kind="incident"),
        busiest(scene, width=14, height=18),
        lines(t("city.by_class"), Query(by_class), stacked=True, bars=True, width=10, height=18),
    ):
        board.with_panel(panel)
    return finished(Folder.DISHUB, board)
