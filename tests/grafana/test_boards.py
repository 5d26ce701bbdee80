"""What holds for every board and rule: fixed names, the city's own data alone, and names that the store really has."""

from __future__ import annotations

import json
import re

import pytest

from collector.store.schema import LEVELS, MEASUREMENTS
from contract import Camera, parse_site
from grafana.boards import Board, Folder, every_board
from grafana.influxql import any_of, arriving, is_
from grafana.panels import Steps
from grafana.rules import every_rule
from grafana.scene import Scene
from grafana.settings import GrafanaConfig
from grafana.words import Language, Words
from tests.support.grafana_city import SITE, scene
from tests.support.grafana_panels import panels, questions, variables

BOARDS = [board for language in Language for board in every_board(scene(language))]
RULES = [rule for language in Language for rule in every_rule(scene(language))]
SCHEMA = {measurement.name: measurement for measurement in MEASUREMENTS}
QUERIES = {asked.target.query for board in BOARDS for asked in questions(board)} | {rule.query for rule in RULES}


@pytest.mark.parametrize("query", sorted(QUERIES))
def test_a_question_names_what_the_store_has_and_one_city(query: str) -> None:
    """The schema is the collector's; Grafana's side only speaks of it (decision 0100)."""
    (name,) = set(re.findall(r'FROM "[^"]+"\."(\w+)"', query))
    measurement = SCHEMA[name]
    columns = {*measurement.tags, *(field.name for field in measurement.fields)}
    aliases = set(re.findall(r'AS "([^"]+)"', query))
    level = {level.name for level in LEVELS} | {"${level}"}
    named = set(re.findall(r'"([^"]+)"', query)) - aliases - level - {name}
    assert named <= columns, f"{name} has no {named - columns}"
    assert "\"site\" = 'kota'" in query


def test_uids_are_fixed_short_and_apart() -> None:
    uids = [board.uid for board in BOARDS] + [rule.uid for rule in RULES]
    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", uid) for uid in uids)
    assert {"simpang-kota", "simpang-kota-en", "simpang-armada", "simpang-simpang-melati"} <= set(uids)


def test_a_long_name_still_makes_a_uid_of_its_own() -> None:
    words = Words(Language.ENGLISH)
    one, other = words.uid("x" * 40 + "a"), words.uid("x" * 40 + "b")
    assert len(one) == len(other) == 40
    assert one != other


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_a_board_is_whole(board: Board) -> None:
    shown = panels(board)
    assert shown
    titles = [panel.title for panel in shown if panel.title]
    assert len(set(titles)) == len(titles)
    assert board.model["timezone"] == "Asia/Jakarta"
    assert board.model["id"] is None
    assert "version" not in board.model
    used = set(re.findall(r"\$\{(\w+)", json.dumps(board.model))) - {"__from", "__to"}
    assert used <= set(variables(board))


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_panels_neither_overlap_nor_leave_the_grid(board: Board) -> None:
    taken: set[tuple[int, int]] = set()
    found = board.model["panels"]
    assert isinstance(found, list)
    for panel in found:
        assert isinstance(panel, dict)
        place = panel["gridPos"]
        assert isinstance(place, dict)
        x, y, w, h = (int(str(place[key])) for key in "xywh")
        assert x + w <= 24
        cells = {(column, row) for column in range(x, x + w) for row in range(y, y + h)}
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_what_was_not_measured_takes_no_colour(board: Board) -> None:
    """Grafana gives a missing value the colour of the lowest, which of speed is the red one."""
    found = board.model["panels"]
    assert isinstance(found, list)
    for panel in found:
        assert isinstance(panel, dict)
        if panel["type"] in {"stat", "table"}:
            told = json.dumps(panel["fieldConfig"])
            assert '"match": "null", "result": {"color": "transparent"' in told, panel["title"]


def test_boards_are_the_same_each_time() -> None:
    assert every_board(scene()) == every_board(scene())


def test_who_owns_which() -> None:
    owned = {board.uid: board.folder for board in BOARDS}
    assert owned["simpang-armada"] is owned["simpang-kamera"] is Folder.DISKOMINFO
    assert owned["simpang-kota"] is owned["simpang-parkir"] is Folder.DISHUB


def test_without_capacities_the_board_says_so_and_nothing_watches_vc() -> None:
    bare = Scene(parse_site(SITE), GrafanaConfig.model_validate({"site": "kota.toml"}), Words(Language.INDONESIAN))
    told = json.dumps([board.model for board in every_board(bare)], ensure_ascii=False)
    assert told.count("kapasitas pendekat belum diketahui") == 3  # the city's board and both junctions'
    assert not [rule for rule in every_rule(bare) if "vc" in rule.uid]


def camera(name: str, *lines: tuple[str, str, str, str | None]) -> Camera:
    made = [
        {"id": line, "a": (0.1, 0.6), "b": (0.9, 0.6), "right": right, "left": left, "approach": approach}
        for line, right, left, approach in lines
    ]
    return Camera.model_validate({"id": name, "name": name, "unit": "edge-1", "lines": made})


@pytest.mark.parametrize(
    ("cameras", "expected"),
    [
        # every line calls arriving by the same name: the name is enough
        ([camera("a", ("u", "masuk", "keluar", "utara"))], "\"direction\" = 'masuk'"),
        (
            [camera("a", ("u", "masuk", "keluar", "utara")), camera("b", ("u", "datang", "pergi", "utara"))],
            '"direction" =~ /^(datang|masuk)$/',
        ),
        # drawn the other way round: its `masuk` leaves, so each line is named
        (
            [camera("a", ("u", "masuk", "keluar", "utara")), camera("b", ("t", "keluar", "masuk", "timur"))],
            "((\"camera\" = 'a' AND \"line\" = 'u' AND \"direction\" = 'masuk') OR "
            "(\"camera\" = 'b' AND \"line\" = 't' AND \"direction\" = 'keluar'))",
        ),
        # a line of no approach uses the same name for something else
        (
            [camera("a", ("u", "masuk", "keluar", "utara"), ("x", "masuk", "y", None))],
            "((\"camera\" = 'a' AND \"line\" = 'u' AND \"direction\" = 'masuk'))",
        ),
        ([camera("a")], "\"direction\" = 'none'"),
    ],
)
def test_arriving_is_what_passes_to_the_right_of_an_approach(cameras: list[Camera], expected: str) -> None:
    assert arriving(cameras) == expected


def test_only_names_of_the_contract_come_into_a_question() -> None:
    for text in ("x' OR 1=1", "a/b", ""):
        with pytest.raises(ValueError, match="no name of the contract"):
            is_("camera", text)
        with pytest.raises(ValueError, match="no name of the contract"):
            any_of("camera", ["fine", text])


@pytest.mark.parametrize(
    ("steps", "colours"),
    [
        (Steps(80, 200), [(None, "green"), (80, "yellow"), (200, "red")]),
        (Steps(15, 7, low=True), [(None, "red"), (7, "yellow"), (15, "green")]),
    ],
)
def test_colours_rise_or_fall(steps: Steps, colours: list[tuple[float | None, str]]) -> None:
    made = steps.build().build()
    assert [(step.value, step.color) for step in made.steps] == colours


@pytest.mark.parametrize(
    ("ratio", "letter"),
    [(0.0, "A"), (0.6, "A"), (0.61, "B"), (0.75, "C"), (0.875, "D"), (0.95, "E"), (1.0, "E"), (1.3, "F")],
)
def test_the_level_of_service_is_read_from_v_over_c(ratio: float, letter: str) -> None:
    """Bounds of KM 14/2006; the first range that holds a value names it, as in Grafana."""
    ranges = scene().service
    found = [
        state.text for low, high, state in ranges if (low is None or ratio >= low) and (high is None or ratio <= high)
    ]
    assert found[0] == letter
    assert ranges[0][0] is None
    assert ranges[-1][1] is None
