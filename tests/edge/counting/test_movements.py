"""Which way a vehicle took: a table of ways through a junction, and what holds for every way."""

from __future__ import annotations

from collections.abc import Sequence
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


def go(way: Way, interval_s: float = 0.5) -> list[Movement]:
    """Movements of one vehicle whose bottom centre goes along `way`."""
    counter = MovementCounter(JUNCTION)
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
