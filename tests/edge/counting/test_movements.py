"""Which way a vehicle took: a table of ways through a junction, and what holds for every way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import AreaZone
from edge.counting import Movement, MovementCounter
from edge.tracking import Track

SIZE = 1000


def zone(kind: Literal["entry", "exit"], name: str, x: float, y: float) -> AreaZone:
    """A square of side 0.2 with its upper left corner at (x, y)."""
    corners = ((x, y), (x + 0.2, y), (x + 0.2, y + 0.2), (x, y + 0.2))
    return AreaZone(kind=kind, id=name, polygon=corners)


JUNCTION = [
    zone("entry", "from-south", 0.5, 0.8),
    zone("entry", "from-west", 0.0, 0.5),
    zone("exit", "to-north", 0.5, 0.0),
    zone("exit", "to-east", 0.8, 0.5),
    zone("exit", "to-south", 0.3, 0.8),
]
SOUTH, WEST, NORTH, EAST, BACK, MIDDLE = (0.6, 0.9), (0.1, 0.6), (0.6, 0.1), (0.9, 0.6), (0.4, 0.9), (0.6, 0.5)
Way = Sequence[tuple[float, float]]


def go(way: Way, interval_s: float = 0.5, zones: Sequence[AreaZone] = JUNCTION) -> list[Movement]:
    """Movements of one vehicle whose bottom centre goes along `way`."""
    counter = MovementCounter(zones)
    found: list[Movement] = []
    for frame, (x, y) in enumerate(way):
        box = np.array([x * SIZE - 10, y * SIZE - 20, x * SIZE + 10, y * SIZE], np.float32)
        time_s = frame * interval_s
        found += counter.step([Track(id=1, box=box, time_s=time_s, first_s=0.0)], SIZE, SIZE, time_s, frame)
    return found + counter.finish(len(way))


WAYS = [
    # what happens                                  the way                                    origin and destination
    ("straight on", [SOUTH, MIDDLE, NORTH], [("from-south", "to-north")]),
    ("right", [SOUTH, MIDDLE, EAST], [("from-south", "to-east")]),
    ("across from the west", [WEST, MIDDLE, EAST], [("from-west", "to-east")]),
    ("back where it came from", [SOUTH, MIDDLE, BACK], [("from-south", "to-south")]),
    ("through the corner of another exit", [SOUTH, NORTH, MIDDLE, EAST, EAST, EAST], [("from-south", "to-east")]),
    ("stands in the exit", [SOUTH, MIDDLE, *[NORTH] * 20], [("from-south", "to-north")]),
    ("goes on after it was told", [SOUTH, *[NORTH] * 5, EAST, *[EAST] * 5], [("from-south", "to-north")]),
    ("comes from nowhere", [MIDDLE, EAST], []),
    ("stays in the middle", [SOUTH, MIDDLE, MIDDLE], []),
    ("never leaves its entry", [SOUTH] * 5, []),
]


@pytest.mark.parametrize(("way", "expected"), [row[1:] for row in WAYS], ids=[row[0] for row in WAYS])
def test_ways(way: Way, expected: list[tuple[str, str]]) -> None:
    assert [(one.origin, one.destination) for one in go(way)] == expected


def test_the_instant_is_when_the_exit_was_reached() -> None:
    (movement,) = go([SOUTH, MIDDLE, NORTH, NORTH, NORTH, NORTH])
    assert (movement.time_s, movement.frame) == (1.0, 4)


@given(
    st.lists(st.sampled_from([SOUTH, WEST, NORTH, EAST, BACK, MIDDLE]), max_size=40),
    st.floats(0.05, 2.9),
)
def test_no_vehicle_moves_twice(way: Way, interval_s: float) -> None:
    assert len(go(way, interval_s)) <= 1


def test_without_zones_nothing_is_kept() -> None:
    counter = MovementCounter([])
    track = Track(id=1, box=np.array([0, 0, 10, 10], np.float32), time_s=0, first_s=0)
    assert counter.step([track], SIZE, SIZE, 0.0, 0) == []
    assert counter.finish(1) == []


ARM = [
    zone("entry", "from-south", 0.5, 0.8).model_copy(update={"approach": "south"}),
    zone("exit", "to-south", 0.7, 0.8).model_copy(update={"approach": "south"}),
    zone("exit", "to-north", 0.5, 0.0).model_copy(update={"approach": "north"}),
]
EDGE, OVER = (0.69, 0.9), (0.71, 0.9)
"""Two places at the border between the entry and the exit of one arm."""

SIDE_BY_SIDE = [
    # what happens                          the way                                              origin and destination
    ("trembles over the border", [EDGE, OVER, EDGE, OVER, OVER, OVER, OVER], []),
    ("trembles, then drives on", [EDGE, OVER, OVER, OVER, MIDDLE, NORTH], [("from-south", "to-north")]),
    ("turns round", [SOUTH, MIDDLE, OVER, OVER], [("from-south", "to-south")]),
    ("comes back, then drives on", [SOUTH, MIDDLE, SOUTH, OVER, MIDDLE, NORTH], [("from-south", "to-north")]),
]


@pytest.mark.parametrize(("way", "expected"), [row[1:] for row in SIDE_BY_SIDE], ids=[row[0] for row in SIDE_BY_SIDE])
def test_the_exit_beside_the_entry_counts_only_for_who_left_the_arm(way: Way, expected: list[tuple[str, str]]) -> None:
    assert [(one.origin, one.destination) for one in go(way, zones=ARM)] == expected


def at(number: int, x: float, y: float, time_s: float, first_s: float) -> Track:
    """A vehicle 20 pixels wide and high that drives up a tenth of the picture a second."""
    box = np.array([x * SIZE - 10, y * SIZE - 20, x * SIZE + 10, y * SIZE], np.float32)
    return Track(
        id=number, box=box, time_s=time_s, first_s=first_s, hits=3, velocity=np.array([0, -0.1 * SIZE], np.float32)
    )


FOUND_AGAIN = [
    # what happens                       x and y where the new number begins, after seconds     is it the same?
    ("where it would be by now", 0.6, 0.5, 1.0, True),
    ("hidden for two seconds", 0.6, 0.4, 2.0, True),
    ("far ahead", 0.6, 0.3, 1.0, False),
    ("in another lane", 0.7, 0.5, 1.0, False),
    ("after too long", 0.6, 0.2, 4.0, False),
]


@pytest.mark.parametrize(
    ("x", "y", "after_s", "same"), [row[1:] for row in FOUND_AGAIN], ids=[row[0] for row in FOUND_AGAIN]
)
def test_who_is_lost_in_the_middle_goes_on_under_a_new_number(x: float, y: float, after_s: float, same: bool) -> None:
    counter = MovementCounter(JUNCTION)
    for step in range(4):
        counter.step([at(1, 0.6, 0.9 - 0.1 * step, float(step), 0.0)], SIZE, SIZE, float(step), step)
    begun_s = 3.0 + after_s
    counter.step([at(2, x, y, begun_s, begun_s)], SIZE, SIZE, begun_s, 4)
    counter.step([at(2, 0.6, 0.1, begun_s + 1, begun_s)], SIZE, SIZE, begun_s + 1, 5)
    found = [(one.origin, one.destination, one.track) for one in counter.finish(6)]
    assert found == ([("from-south", "to-north", 2)] if same else [])


def test_nobody_inherits_from_a_vehicle_that_is_still_seen() -> None:
    counter = MovementCounter(JUNCTION)
    for step in range(4):
        counter.step([at(1, 0.6, 0.9 - 0.1 * step, float(step), 0.0)], SIZE, SIZE, float(step), step)
    both = [at(1, 0.6, 0.5, 4.0, 0.0), at(2, 0.6, 0.5, 4.0, 4.0)]
    counter.step(both, SIZE, SIZE, 4.0, 4)
    counter.step([at(2, 0.6, 0.1, 5.0, 4.0)], SIZE, SIZE, 5.0, 5)
    assert counter.finish(6) == []


def test_who_drives_is_not_found_again_in_what_stands() -> None:
    """A signal head taken for a rider, where the lost one would be by now."""
    counter = MovementCounter(JUNCTION)
    for step in range(4):
        counter.step([at(1, 0.6, 0.9 - 0.1 * step, float(step), 0.0)], SIZE, SIZE, float(step), step)
    head = replace(at(2, 0.6, 0.5, 4.0, 4.0), velocity=np.zeros(2, np.float32))
    counter.step([head], SIZE, SIZE, 4.0, 4)
    counter.step([replace(head, time_s=4.5)], SIZE, SIZE, 4.5, 5)
    counter.step([at(3, 0.6, 0.4, 5.0, 5.0)], SIZE, SIZE, 5.0, 6)
    counter.step([at(3, 0.6, 0.1, 6.0, 5.0)], SIZE, SIZE, 6.0, 7)
    assert [(one.origin, one.track) for one in counter.finish(8)] == [("from-south", 3)]


SEEN_LATE = [
    # what happens                  first seen after    where it goes             by the south?
    ("just beyond the stop line", 10.0, [(0.6, 0.72), (0.6, 0.65), MIDDLE, NORTH], True),
    ("turns later", 10.0, [(0.6, 0.72), (0.6, 0.65), MIDDLE, EAST], True),
    ("in the middle of the junction", 10.0, [(0.6, 0.6), MIDDLE, (0.6, 0.4), NORTH], False),
    ("driving across", 10.0, [(0.55, 0.72), (0.62, 0.72), EAST], False),
    ("under way when the camera began", 1.0, [(0.6, 0.72), (0.6, 0.65), MIDDLE, NORTH], False),
    ("in the exit itself", 10.0, [(0.6, 0.19), (0.6, 0.1), (0.6, 0.05)], False),
]


@pytest.mark.parametrize(
    ("after_s", "way", "expected"), [row[1:] for row in SEEN_LATE], ids=[row[0] for row in SEEN_LATE]
)
def test_who_is_seen_late_came_by_the_entry_behind(after_s: float, way: Way, expected: bool) -> None:
    counter = MovementCounter(JUNCTION)
    counter.step([], SIZE, SIZE, 0.0, 0)
    for step, (x, y) in enumerate(way):
        time_s = after_s + 0.5 * step
        counter.step([at(1, x, y, time_s, after_s)], SIZE, SIZE, time_s, step)
    assert [one.origin for one in counter.finish(9)] == (["from-south"] if expected else [])


def test_who_is_seen_late_does_not_turn_round() -> None:
    counter = MovementCounter(ARM)
    counter.step([], SIZE, SIZE, 0.0, 0)
    for step, (x, y) in enumerate([(0.6, 0.72), (0.6, 0.65), OVER, OVER]):
        time_s = 10 + 0.5 * step
        counter.step([at(1, x, y, time_s, 10.0)], SIZE, SIZE, time_s, step)
    assert counter.finish(9) == []
