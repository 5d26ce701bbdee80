"""What counts as a crossing: a table of walks over a line, and what holds for every walk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import Line
from edge.counting import Crossing, LineCounter
from edge.tracking import Track

SIZE = 1000
LINE = Line(id="main", a=(0.2, 0.5), b=(0.8, 0.5), right="down", left="up")
Walk = Sequence[tuple[float, float]]


def walk(path: Walk, line: Line = LINE, times: Sequence[float] | None = None) -> list[Crossing]:
    """Crossings of one vehicle whose bottom centre goes along `path` (normalised), one picture a second."""
    counter = LineCounter(line)
    found = []
    for frame, (x, y) in enumerate(path):
        time_s = times[frame] if times else float(frame)
        box = np.array([x * SIZE - 10, y * SIZE - 20, x * SIZE + 10, y * SIZE], np.float32)
        track = Track(id=1, box=box, time_s=time_s, first_s=0.0)
        found += counter.step([track], SIZE, SIZE, time_s, frame)
    return found


WALKS = [
    # what happens                              the walk                                                  counted as
    ("straight down over the line", [(0.5, 0.4), (0.5, 0.6)], ["down"]),
    ("straight up over the line", [(0.5, 0.6), (0.5, 0.4)], ["up"]),
    ("in one leap between two pictures", [(0.3, 0.1), (0.7, 0.9)], ["down"]),
    ("stands on the line, then goes on", [(0.5, 0.4), (0.5, 0.5), (0.5, 0.5), (0.5, 0.6)], ["down"]),
    ("stands on the line, then turns back", [(0.5, 0.4), (0.5, 0.5), (0.5, 0.502), (0.5, 0.4)], []),
    ("trembles on the line in a queue", [(0.5, 0.49), (0.5, 0.501), (0.5, 0.499), (0.5, 0.503), (0.5, 0.5)], []),
    ("comes near and never crosses", [(0.5, 0.3), (0.5, 0.49), (0.5, 0.3)], []),
    ("passes beyond the end of the line", [(0.9, 0.4), (0.9, 0.6)], []),
    ("crosses, and crosses back", [(0.5, 0.4), (0.5, 0.6), (0.5, 0.4)], ["down"]),
    ("begins beyond the line", [(0.5, 0.6), (0.5, 0.8)], []),
    ("begins on the line", [(0.5, 0.5), (0.5, 0.6), (0.5, 0.7)], []),
    ("goes along the line", [(0.1, 0.5), (0.5, 0.5), (0.9, 0.5)], []),
]


@pytest.mark.parametrize(("path", "directions"), [row[1:] for row in WALKS], ids=[row[0] for row in WALKS])
def test_walks(path: Walk, directions: list[str]) -> None:
    assert [crossing.direction for crossing in walk(path)] == directions


def test_the_instant_is_interpolated() -> None:
    (crossing,) = walk([(0.5, 0.4), (0.5, 0.8)], times=[10.0, 12.0])
    assert crossing.time_s == pytest.approx(10.5)
    assert crossing.frame == 1


points = st.tuples(st.floats(0.02, 0.98), st.floats(0.02, 0.98))


@given(st.lists(points, min_size=2, max_size=40))
def test_no_walk_counts_twice(path: list[tuple[float, float]]) -> None:
    assert len(walk(path)) <= 1


@given(points, points)
def test_walking_back_turns_the_direction(start: tuple[float, float], end: tuple[float, float]) -> None:
    there, back = walk([start, end]), walk([end, start])
    assert len(there) == len(back)
    if there:
        assert {there[0].direction, back[0].direction} == {"up", "down"}


@given(points, points, st.lists(st.floats(0, 1), max_size=10))
def test_more_pictures_of_a_straight_way_change_no_count(
    start: tuple[float, float], end: tuple[float, float], between: list[float]
) -> None:
    way = [
        (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
        for share in [0.0, *sorted(between), 1.0]
    ]
    assert [one.direction for one in walk(way)] == [one.direction for one in walk([start, end])]


def test_a_vehicle_that_is_gone_is_forgotten() -> None:
    counter = LineCounter(LINE)
    box = np.array([490, 380, 510, 400], np.float32)
    counter.step([Track(id=1, box=box, time_s=0, first_s=0)], SIZE, SIZE, 0, 0)
    counter.step([Track(id=2, box=box, time_s=3600, first_s=3600)], SIZE, SIZE, 3600, 1)
    crossed = Track(id=1, box=box + np.array([0, 200, 0, 200], np.float32), time_s=3601, first_s=0)
    assert counter.step([crossed], SIZE, SIZE, 3601, 2) == []


SIDEWAYS = Line(id="side", a=(0.5, 0.2), b=(0.5, 0.8), right="left", left="right")

PAIRS = [
    # what happens                               the other's place and size     are there two?
    ("a motorcycle between the camera and a car", (20, 18), (35, 30), True),
    ("half a rider above the whole one", (0, -14), (76, 26), False),
    ("the same box under another number", (2, 1), (80, 40), False),
]


@pytest.mark.parametrize(("offset", "size", "two"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS])
def test_who_rides_beside_another_is_counted(offset: tuple[int, int], size: tuple[int, int], two: bool) -> None:
    """Seen from the side, an 80 x 40 pixel car and another box cross in the same picture."""
    counter, found = LineCounter(SIDEWAYS), []
    for frame in range(8):
        x, y = 300.0 + 60 * frame, 500.0
        left, bottom = x - 40 + offset[0], y + offset[1]
        boxes = [(x - 40, y - 40, x + 40, y), (left, bottom - size[1], left + size[0], bottom)]
        tracks = [
            Track(id=number, box=np.array(box, np.float32), time_s=frame / 6, first_s=0.0)
            for number, box in enumerate(boxes)
        ]
        found += counter.step(tracks, SIZE, SIZE, frame / 6, frame)
    assert len(found) == 1 + two
