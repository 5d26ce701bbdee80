"""What keys mean, and how two counts are laid side by side."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import Line, VehicleClass
from edge.validation import KEYS, Marks, Passage, score
from edge.validation.blocks import around, blocks

CAR, MOTORCYCLE, TRUCK, BUS = VehicleClass.CAR, VehicleClass.MOTORCYCLE, VehicleClass.TRUCK, VehicleClass.BUS
NORTH = Line(id="north", a=(0.1, 0.5), b=(0.9, 0.5), right="in", left="out")
EAST = Line(id="east", a=(0.5, 0.1), b=(0.5, 0.9), right="west", left="east")

PRESSED = [
    # keys      line, direction and class of the marks that are left
    ("", []),
    ("m", [("north", "in", "motorcycle")]),
    ("M", [("north", "out", "motorcycle")]),
    ("cC2b", [("north", "in", "car"), ("north", "out", "car"), ("east", "west", "bus")]),
    ("2t1s", [("east", "west", "truck"), ("north", "in", "bicycle")]),
    ("cau", [("north", "in", "car")]),
    ("c\x7f\x7f", []),
    ("u", []),
    ("3c", [("north", "in", "car")]),
    ("xyz?", []),
]


@pytest.mark.parametrize(("keys", "left"), PRESSED)
def test_keys(keys: str, left: list[tuple[str, str, str]]) -> None:
    marks = Marks((NORTH, EAST))
    for number, key in enumerate(keys):
        marks.press(key, float(number))
    assert [(one.line, one.direction, one.vehicle) for one in marks.marks] == left


def test_space_holds_and_q_ends() -> None:
    marks = Marks((NORTH,))
    held = [(marks.press(" ", 1.0) != "", marks.held) for _ in range(2)]
    assert held == [(True, True), (True, False)]
    ended = [(marks.press(key, 2.0), marks.done) for key in "xq"]
    assert ended == [("", False), ("", True)]


@given(st.text(alphabet=[*KEYS, *(key.upper() for key in KEYS), "u", " ", "1", "2", "q", "x"], max_size=60))
def test_marks_are_letters_less_undos(keys: str) -> None:
    marks, expected = Marks((NORTH, EAST)), 0
    for key in keys:
        marks.press(key, 0.0)
        expected = expected + 1 if key.lower() in KEYS else max(0, expected - 1) if key == "u" else expected
    assert len(marks.marks) == expected


def passage(time_s: float, vehicle: VehicleClass = CAR, direction: str = "in", line: str = "north") -> Passage:
    return time_s, line, direction, vehicle


SCORES = [
    # what happened                     by hand             Simpang         off, by class, missed, extra, other class
    ("the same", [passage(1), passage(5)], [passage(1.4), passage(4.6)], (0, 0, 0, 0, 0)),
    ("one missed", [passage(1), passage(9)], [passage(9)], (1, 1, 1, 0, 0)),
    ("one too many", [passage(1)], [passage(1), passage(1.2)], (1, 1, 0, 1, 0)),
    ("missed and doubled", [passage(1), passage(20)], [passage(1), passage(2)], (0, 0, 1, 1, 0)),
    ("another class", [passage(1, TRUCK)], [passage(1, BUS)], (0, 2, 0, 0, 1)),
    ("the other direction", [passage(1)], [passage(1, direction="out")], (2, 2, 1, 1, 0)),
    ("another line", [passage(1)], [passage(1, line="east")], (2, 2, 1, 1, 0)),
    ("after the end", [passage(1)], [passage(1), passage(70)], (0, 0, 0, 0, 0)),
    ("a person is no traffic", [], [passage(1, VehicleClass.PERSON)], (0, 0, 0, 0, 0)),
    ("nobody looked", [], [passage(1)], (1, 1, 0, 1, 0)),
]


@pytest.mark.parametrize(("hand", "simpang", "says"), [row[1:] for row in SCORES], ids=[row[0] for row in SCORES])
def test_scores(hand: list[Passage], simpang: list[Passage], says: tuple[int, ...]) -> None:
    result = score(hand, simpang, until_s=60, bin_s=60)
    found = result.off, result.off_by_class, len(result.missed), len(result.extra), result.other_class
    assert found == says
    assert result.percent == (round(100 * says[0] / len(hand), 1) if hand else None)


def test_rows_have_their_own_denominators() -> None:
    hand = [passage(10), passage(20), passage(70, MOTORCYCLE)]
    result = score(hand, [passage(11), passage(130)], until_s=140, bin_s=60)
    rows = [(row.from_s, row.to_s, row.vehicle, row.hand, row.simpang, row.error, row.percent) for row in result.rows]
    assert rows == [
        (0, 60, CAR, 2, 1, -1, -50.0),
        (60, 120, MOTORCYCLE, 1, 0, -1, -100.0),
        (120, 140, CAR, 0, 1, 1, None),
    ]


PASSAGES = st.lists(
    st.builds(passage, st.floats(0, 600), st.sampled_from([CAR, MOTORCYCLE]), st.sampled_from(["in", "out"])),
    max_size=40,
)


@given(PASSAGES, PASSAGES)
def test_nothing_is_lost_between_two_counts(hand: list[Passage], simpang: list[Passage]) -> None:
    result = score(hand, simpang, until_s=600, bin_s=100)
    assert (sum(row.hand for row in result.rows), result.hand) == (len(hand), len(hand))
    assert (sum(row.simpang for row in result.rows), result.simpang) == (len(simpang), len(simpang))
    assert len(hand) - len(result.missed) == len(simpang) - len(result.extra)
    assert result.off <= result.off_by_class
    assert result.off <= len(result.missed) + len(result.extra)


@given(PASSAGES)
def test_a_count_agrees_with_itself(hand: list[Passage]) -> None:
    result = score(hand, hand, until_s=600, bin_s=100)
    assert (result.off, result.off_by_class, result.missed, result.extra) == (0, 0, (), ())


@pytest.mark.parametrize(("columns", "rows"), [(80, 20), (10, 40), (3, 3)])
def test_a_picture_as_text_keeps_to_the_terminal(columns: int, rows: int) -> None:
    image = np.random.default_rng(3).integers(0, 255, (120, 200, 3), np.uint8)
    text = blocks(image, columns, rows)
    assert 1 <= len(text) <= rows
    widths = {len(re.sub(r"\x1b\[[0-9;]*m", "", one)) for one in text}
    assert max(widths) <= columns
    assert len(widths) == 1


def test_what_is_shown_is_around_the_line() -> None:
    image = np.zeros((360, 640, 3), np.uint8)
    part = around(image, NORTH)
    assert part.shape[0] < 200
    assert part.max() > 100
    assert image.max() == 0
