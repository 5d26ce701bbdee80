"""Holes in seq, as a table of arrivals and for any order of arrival."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.units.gaps import MOST_HOLES, Outbox, Run, runs

ARRIVALS = [
    # what came, run by run                 holes
    ([(0, 4), (5, 9)], []),
    ([(0, 4), (7, 9)], [(5, 6)]),
    ([(0, 4), (7, 9), (5, 6)], []),  # filled late
    ([(0, 4), (7, 9), (6, 6)], [(5, 5)]),
    ([(0, 4), (9, 9), (7, 7)], [(5, 6), (8, 8)]),  # split
    ([(5, 9), (0, 2)], [(3, 4)]),  # the second collector was faster
    ([(0, 9), (3, 5), (0, 9)], []),  # again
    ([(7, 9)], []),  # what came before the first is not ours to miss
    ([(0, 0), (2, 2), (0, 4)], []),
]


@pytest.mark.parametrize(("came", "holes"), ARRIVALS)
def test_holes(came: list[tuple[int, int]], holes: list[tuple[int, int]]) -> None:
    outbox = Outbox.begun_by(Run(*came[0]))
    for run in came[1:]:
        outbox.take(Run(*run))
    assert outbox.holes == [Run(*hole) for hole in holes]


@given(st.sets(st.integers(0, 60), min_size=1), st.randoms(use_true_random=False))
def test_in_whatever_order_they_come_the_holes_are_what_did_not_come(numbers: set[int], order: Random) -> None:
    shuffled = list(numbers) * 2
    order.shuffle(shuffled)
    outbox = Outbox.begun_by(Run(shuffled[0], shuffled[0]))
    for number in shuffled[1:]:
        outbox.take(Run(number, number))
    missing = set(range(min(numbers), max(numbers) + 1)) - numbers
    assert {one for hole in outbox.holes for one in range(hole.first, hole.last + 1)} == missing
    assert outbox.missing == len(missing)


@given(st.lists(st.integers(0, 60)))
def test_runs_are_the_numbers_and_never_touch(numbers: list[int]) -> None:
    found = list(runs(numbers))
    assert [one for run in found for one in range(run.first, run.last + 1)] == sorted(set(numbers))
    assert all(later.first > earlier.last + 1 for earlier, later in pairwise(found))


def test_a_unit_that_skips_every_other_number_fills_no_memory() -> None:
    outbox = Outbox.begun_by(Run(0, 0))
    for number in range(2, 4 * MOST_HOLES, 2):
        outbox.take(Run(number, number))
    assert len(outbox.holes) == MOST_HOLES
    assert outbox.missing == 2 * MOST_HOLES - 1
