"""What all boards have alike: uid, clock, links, and the variables they may ask for."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    Panel,
    VariableHide,
    VariableOption,
)
from pydantic import JsonValue, TypeAdapter

from grafana.scene import Scene

_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class Folder(StrEnum):
    """Whose boards they are."""

    DISHUB = "dishub"
    DISKOMINFO = "diskominfo"


class Board(NamedTuple):
    """A board and the folder it lies in. `model`: Grafana's own JSON, without what Grafana itself numbers."""

    folder: Folder
    uid: str
    title: str
    model: dict[str, JsonValue]


def frame(
    scene: Scene, name: str, title: str, *, since: str = "now-3h", refresh: str = "1m", about: str = ""
) -> dashboard.Dashboard:
    """An empty board: fixed uid, the city's clock, read-only (the next push would undo what was changed by hand)."""
    board = (
        dashboard.Dashboard(title)
        .uid(scene.t.uid(name))
        .description(about)
        .tags(["simpang", f"simpang-{scene.t.language}"])
        .timezone(scene.site.site.timezone)
        .week_start("monday")
        .time(since, "now")
        .refresh(refresh)
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
    )
    return board.link(
        dashboard.DashboardLink(scene.t("board.all"))
        .type(DashboardLinkType.DASHBOARDS)
        .tags([f"simpang-{scene.t.language}"])
        .as_dropdown(True)
        .keep_time(True)
    )


def finished(folder: Folder, board: dashboard.Dashboard) -> Board:
    """The board as Grafana's JSON."""
    made = board.build()
    for number, panel in enumerate(made.panels or (), start=1):
        if isinstance(panel, Panel):
            panel.id_val = number
    model = _JSON.validate_json(json.dumps(made, cls=JSONEncoder, sort_keys=True))
    model["id"] = None
    model.pop("version", None)
    return Board(folder, made.uid or "", made.title or "", model)


def with_detail(scene: Scene, board: dashboard.Dashboard) -> dashboard.Dashboard:
    """Variables `level` (which points are read) and `step` (how much time a bar holds)."""
    levels = {scene.t(f"level.{name}"): name for name in ("raw", "m15", "h1")}
    steps = {"5 min": "5m", "15 min": "15m", "1 h": "1h"}
    board.with_variable(_choice("level", scene.t("variable.level"), levels, scene.t("level.raw")))
    return board.with_variable(_choice("step", scene.t("variable.step"), steps, "15 min"))


def with_raw_points(board: dashboard.Dashboard) -> dashboard.Dashboard:
    """The same two variables, settled and out of sight: raw points, a quarter of an hour."""
    for name, value in (("level", "raw"), ("step", "15m")):
        board.with_variable(_choice(name, name, {value: value}, value).hide(VariableHide.HIDE_VARIABLE))
    return board


def with_junction(scene: Scene, board: dashboard.Dashboard) -> dashboard.Dashboard:
    """Variable `simpang`: the cameras of one junction, or of all."""
    every = scene.t("variable.everywhere")
    places = {every: ".*"} | {
        junction.name: "|".join(camera.id for camera in junction.cameras)
        for junction in scene.site.junctions
        if junction.cameras
    }
    return board.with_variable(_choice("simpang", scene.t("variable.junction"), places, every))


def with_choice(
    board: dashboard.Dashboard, name: str, label: str, choices: dict[str, str], first: str
) -> dashboard.Dashboard:
    """A variable with settled choices: text -> value."""
    return board.with_variable(_choice(name, label, choices, first))


def with_number(board: dashboard.Dashboard, name: str, label: str, value: float) -> dashboard.Dashboard:
    """A variable that whoever looks may overwrite."""
    text = f"{value:g}"
    return board.with_variable(
        dashboard.TextBoxVariable(name)
        .label(label)
        .default_value(text)
        .current(VariableOption(text=text, value=text, selected=True))
    )


def _choice(name: str, label: str, choices: dict[str, str], first: str) -> dashboard.CustomVariable:
    options = [VariableOption(text=text, value=value, selected=text == first) for text, value in choices.items()]
    values = ", ".join(f"{_escaped(text)} : {value}" for text, value in choices.items())
    current = VariableOption(text=first, value=choices[first], selected=True)
    return dashboard.CustomVariable(name).label(label).values(values).options(options).current(current)


def _escaped(text: str) -> str:
    """A text in a custom variable's list, where a comma would end it and a colon begin its value."""
    return text.replace("\\", "").replace(",", "\\,").replace(" : ", ": ")
