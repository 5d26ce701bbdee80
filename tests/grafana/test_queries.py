"""Every question of every board and rule, put to a real InfluxDB that holds a known hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from collector.store.influxql import Answer, InfluxQl
from grafana.boards import every_board
from grafana.rules import Rule, every_rule
from tests.support.grafana_city import COVERED, END, GONE, HOUR, LOST, fill, scene
from tests.support.grafana_panels import Asked, filled, questions, variables
from tests.support.influx import Influx
from tests.support.traffic import MINUTE

SCENE = scene()
BOARDS = {board.uid: board for board in every_board(SCENE)}
RULES = {rule.uid: rule for rule in every_rule(SCENE)}
SHOWN = (HOUR, END - timedelta(milliseconds=1))
"""Grafana's range includes its last millisecond."""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxQl]:
    folder = tmp_path_factory.mktemp("grafana")
    with Influx(folder / "influx") as server:
        fill(server.login, folder / "ledger.sqlite")
        yield InfluxQl(server.login)


def answered(ask: InfluxQl, asked: Asked, **chosen: str) -> list[Answer]:
    values = {**variables(BOARDS[asked.board]), "kembali": "1h", **chosen}
    return ask.run(filled(asked, values, *SHOWN), rp="raw")


def numbers(answers: list[Answer]) -> list[object]:
    """Every value that is not a time and not missing, series by series."""
    return [value for answer in answers for row in answer.values for value in row[1:] if value is not None]


EVERY = [asked for board in BOARDS.values() for asked in questions(board)]


@pytest.mark.parametrize("asked", EVERY, ids=str)
def test_every_panel_has_data_from_the_known_hour(ask: InfluxQl, asked: Asked) -> None:
    assert numbers(answered(ask, asked)), asked.target.query


LEVELLED = [asked for asked in EVERY if "${level}" in asked.target.query]


@pytest.mark.parametrize("level", ["m15", "h1"])
@pytest.mark.parametrize("asked", LEVELLED, ids=str)
def test_coarser_levels_answer_too(ask: InfluxQl, asked: Asked, level: str) -> None:
    assert numbers(answered(ask, asked, level=level, step="1h")), asked.target.query


Known = dict[str, object]
"""Series (by the values of its tags, which the store orders by name) -> its values over the whole hour."""


def read(answers: list[Answer]) -> Known:
    """What each series says, without its times; one value alone, several as a list."""
    found: Known = {}
    for answer in answers:
        flat = [_rounded(value) for row in answer.values for value in row[1:]]
        found["/".join(answer.tags.values())] = flat[0] if len(flat) == 1 else flat
    return found


def _rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


HOURLY = {
    # board, panel, which of its questions: what the hour holds
    ("kota", "figure.units"): {"": 1},
    ("kota", "figure.cameras"): {"": 1},
    ("kota", "figure.arrivals"): {"": 16 * 60 + 6 * 30},
    ("kota", "figure.flow"): {"": 420 + 120 + 192},
    ("kota", "figure.open_parking"): {"": 1},
    ("kota", "figure.open_incident"): {"": 1},
    ("kota", "city.by_class"): {"": [600 + 120, 300, 0, 60, 0, 60]},
    ("kota", "city.by_junction"): {"melati-1": 270, "kenanga-1": 192},
    ("kota", "city.vc"): {"": 0.875},
    ("kota", "figure.busiest"): {
        "utara/melati-1": [420, 29, 30, 0.5],
        "barat/melati-1": [120, 50, None, None],
        "timur/kenanga-1": [192, 210, 12, None],
    },
    ("simpang-melati", "figure.arrivals"): {"": 960},
    ("simpang-melati", "figure.flow"): {"": 540},
    ("simpang-melati", "junction.longest"): {"": 50},
    ("simpang-melati", "junction.speed"): {"": 30},
    ("simpang-melati", "junction.by_class"): {"": [600, 300, 0, 0, 0, 60]},
    ("simpang-melati", "junction.by_approach"): {"utara": 420, "barat": 120},
    ("simpang-melati", "junction.vc"): {"": 0.875},
    ("simpang-melati", "junction.los"): {"": 0.875},
    ("simpang-melati", "junction.queue"): {"utara": 29, "barat": 50},
    ("simpang-melati", "junction.speeds"): {"utara": 30},
    ("simpang-melati", "junction.movements"): {"barat/utara": 180, "utara/barat": 120},
    ("simpang-melati", "junction.quality"): {"melati-1": 1},
    ("simpang-kenanga", "figure.arrivals"): {"": 180},
    ("simpang-kenanga", "figure.flow"): {"": 192},
    ("simpang-kenanga", "junction.longest"): {"": 210},
    ("simpang-kenanga", "junction.speed"): {"": 12},
    ("simpang-kenanga", "junction.by_approach"): {"timur": 192},
    ("simpang-kenanga", "junction.queue"): {"timur": 210},
    ("simpang-kenanga", "junction.speeds"): {"timur": 12},
    ("simpang-kenanga", "junction.movements"): {"barat/timur": 30},
    ("simpang-kenanga", "junction.by_class"): {"": [120, 0, 0, 60, 0, 0]},
    ("simpang-kenanga", "junction.quality"): {"kenanga-1": round(30 / 54, 4)},
    ("moda", "modes.over_time"): {"": [720, 300, 0, 60, 0, 60]},
    ("moda", "modes.vehicles"): {"": [720, 300, 0, 60, 0, 60]},
    ("moda", "modes.persons"): {"": [720 * 1.3, 300 * 1.8, 0, 60 * 25, 0, 60]},
    ("moda", "modes.per_hour"): {"": [720 * 1.3, 300 * 1.8, 0, 60 * 25, 0, 60]},
    ("moda", "modes.total"): {"": 936 + 540 + 1500 + 60},
    ("moda", "modes.bicycles"): {"": 60},
    ("parkir", "parking.count"): {"": 2},
    ("parkir", "parking.length"): {"": 600},
    ("parkir", "parking.per_hour"): {"": 2},
    ("parkir", "parking.places"): {"melati-1": [1, 180, 1], "kenanga-1": [1, 600, 0]},
    ("parkir", "parking.incidents"): {"": ["melati-1", None, "stopped_vehicle", 1, 60, "i-1"]},
    ("parkir", "parking.list"): {
        "": [
            *["kenanga-1", "dilarang", "truck", 0, 600, "p-2"],
            *["melati-1", "dilarang", "car", 1, 180, "p-1"],
        ]
    },
    ("tindakan", "actions.queue_before"): {"utara/melati-1": 14.5, "barat/melati-1": 50, "timur/kenanga-1": 210},
    ("tindakan", "actions.queue_after"): {"utara/melati-1": 29, "barat/melati-1": 50, "timur/kenanga-1": 210},
    ("tindakan", "actions.flow_before"): {"utara/melati-1": 210, "barat/melati-1": 120, "timur/kenanga-1": 192},
    ("tindakan", "actions.flow_after"): {"utara/melati-1": 420, "barat/melati-1": 120, "timur/kenanga-1": 192},
    ("tindakan", "actions.asked"): {"": ["melati", "extend", "none", "sari", "completed", None, 20, 12]},
    ("tindakan", "actions.granted"): {"melati": 12},
    ("armada", "units.starved"): {"": 1},
    ("armada", "units.hottest"): {"": 85},
    ("armada", "units.fullest"): {"": 200},
    ("armada", "units.lost"): {"": 1},
    ("armada", "units.fleet"): {"edge-melati": [1, 0, 0, 0], "edge-kenanga": [0, 240, 1, 0]},
    ("armada", "units.health"): {
        "edge-melati": [55, False, False, 9000, 300, 0, 0, 0.1, 119 * 60],
        "edge-kenanga": [85, True, True, 200, 300, 90, 0, 0.1, 114 * 60],
    },
    ("armada", "units.online"): {"edge-melati": 1, "edge-kenanga": round(56 / 60, 4)},
    ("armada", "units.missing"): {"edge-melati": 0, "edge-kenanga": 1},
    ("armada", "units.temperature_c"): {"edge-melati": 55, "edge-kenanga": 85},
    ("armada", "units.disk_free_mb"): {"edge-melati": 9000, "edge-kenanga": 200},
    ("armada", "units.outbox_depth"): {"edge-melati": 0, "edge-kenanga": 90},
    ("armada", "units.memory_mb"): {"edge-melati": 300, "edge-kenanga": 300},
    ("armada", "units.clock_offset_s"): {"edge-melati": 0.1, "edge-kenanga": 0.1},
    ("armada", "units.skew_s"): {"edge-melati": 0, "edge-kenanga": 0},
    ("kamera", "cameras.condition"): {"melati-1": "ok", "kenanga-1": "covered"},
    ("kamera", "cameras.fps"): {"melati-1": 10, "kenanga-1": 10},
    ("kamera", "cameras.inference"): {"melati-1": 40, "kenanga-1": 40},
    ("kamera", "cameras.reconnects"): {"melati-1": 0, "kenanga-1": 0},
    ("kamera", "cameras.share"): {"": round(90 / 114, 4)},
    ("kamera", "cameras.faults"): {"": 1},
    ("kamera", "cameras.table"): {
        "melati-1": [1, 10, 0.1, 0.2, "day", ""],
        "kenanga-1": [round(30 / 54, 4), 10, None, None, "unknown", "camera"],
    },
}
HOURLY |= {
    ("dinding", key): HOURLY["kota", key]
    for key in (
        *("figure.units", "figure.cameras", "figure.arrivals", "figure.flow", "figure.open_parking"),
        *("figure.open_incident", "figure.busiest", "city.by_class"),
    )
}
HOURLY |= {
    (board, f"figure.{key}"): HOURLY["kota", f"figure.{key}"]
    for board, key in (
        ("parkir", "open_parking"),
        ("parkir", "open_incident"),
        ("armada", "units"),
        ("armada", "cameras"),
        ("kamera", "cameras"),
    )
}


@pytest.mark.parametrize(("place", "expected"), HOURLY.items(), ids=lambda value: str(value)[:60])
def test_the_hour_is_told_as_it_was(ask: InfluxQl, place: tuple[str, str], expected: Known) -> None:
    board, key = place
    title = panel_title(key)
    (asked,) = [one for one in questions(BOARDS[f"simpang-{board}"]) if one.panel.title == title]
    assert read(answered(ask, asked, step="1h", __interval="1h")) == expected


def test_of_every_panel_it_is_known_what_it_says() -> None:
    known = {(f"simpang-{board}", panel_title(key)) for board, key in HOURLY}
    known.add(("simpang-tindakan", SCENE.t("actions.table")))  # two questions: below
    assert {(asked.board, asked.panel.title) for asked in EVERY} == known


def panel_title(key: str) -> str:
    totals = {"total": len(SCENE.cameras)} if key in {"figure.units", "figure.cameras"} else {}
    return SCENE.t(key, **totals)


BEFORE_AND_AFTER = {
    # an hour earlier: half the cars and half the queue
    "before": {"utara/melati-1": [210, 14.5, 30, 0.5], "barat/melati-1": [120, 50, None, None]},
    "after": {"utara/melati-1": [420, 29, 30, 0.5], "barat/melati-1": [120, 50, None, None]},
}


def test_before_and_after_are_told_side_by_side(ask: InfluxQl) -> None:
    title = SCENE.t("actions.table")
    both = [one for one in questions(BOARDS["simpang-tindakan"]) if one.panel.title == title]
    for asked, expected in zip(both, BEFORE_AND_AFTER.values(), strict=True):
        assert read(answered(ask, asked, simpang="melati-1")) == expected


def test_one_junction_may_be_chosen_and_factors_overwritten(ask: InfluxQl) -> None:
    title = SCENE.t("modes.total")
    (asked,) = [one for one in questions(BOARDS["simpang-moda"]) if one.panel.title == title]
    assert read(answered(ask, asked, simpang="kenanga-1", per_bus="40", per_motorcycle="1")) == {"": 120 + 60 * 40}
    assert read(answered(ask, asked, simpang="kenanga-1|melati-1", per_bus="0.5")) == {"": 936 + 540 + 30 + 60}


def firing(ask: InfluxQl, rule: Rule, now: datetime) -> set[str]:
    """For which units, cameras or approaches a rule is past its bound at `now`, as Grafana reads it."""
    since = int((now - timedelta(seconds=rule.window_s)).timestamp() * 1000)
    until = int(now.timestamp() * 1000)
    text = rule.query.replace("$timeFilter", f"time >= {since}ms AND time <= {until}ms")
    found = {}
    for answer in ask.run(text, rp="raw"):
        (value,) = (row[1] for row in answer.values)
        assert isinstance(value, int | float)
        found[answer.tags.get("camera") or answer.tags.get("unit", "")] = float(value)
    if not found:
        return {"silence"} if rule.no_data == "Alerting" else set()
    return {name for name, value in found.items() if (value > rule.bound if rule.above else value < rule.bound)}


WATCHED = [
    # rule, when, who it fires for
    ("unit-down", GONE, set()),
    ("unit-down", END, {"edge-kenanga"}),
    ("collector-silent", END, set()),
    ("collector-silent", END + timedelta(hours=3), {"silence"}),
    ("camera", COVERED, set()),
    ("camera", COVERED + 10 * MINUTE, {"kenanga-1"}),
    ("under-voltage", COVERED, set()),
    ("under-voltage", COVERED + 10 * MINUTE, {"edge-kenanga"}),
    ("hot", COVERED, set()),
    ("hot", COVERED + 10 * MINUTE, {"edge-kenanga"}),
    ("disk", COVERED, set()),
    ("disk", COVERED + 10 * MINUTE, {"edge-kenanga"}),
    ("gap", LOST, set()),
    ("gap", LOST + 5 * MINUTE, {"edge-kenanga"}),
    ("vc-melati-utara", HOUR - MINUTE, set()),
    ("vc-melati-utara", HOUR + 10 * MINUTE, {""}),
    ("parking", HOUR, set()),
    ("parking", END, {"melati-1"}),
]


@pytest.mark.parametrize(("name", "now", "expected"), WATCHED)
def test_a_rule_fires_for_what_is_wrong_and_nothing_else(
    ask: InfluxQl, name: str, now: datetime, expected: set[str]
) -> None:
    assert firing(ask, RULES[f"simpang-{name}"], now) == expected


def test_every_rule_is_tried() -> None:
    assert {f"simpang-{name}" for name, _, _ in WATCHED} == set(RULES)
