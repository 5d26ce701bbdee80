"""Before and after: which intervals count where, and what is not made up."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from collector.signals.before_after import REACH, courses, span_of
from collector.store.reading import ApproachRow
from tests.support.signals import NOON

MINUTE = timedelta(minutes=1)
BEGAN, ENDED = NOON + timedelta(seconds=10), NOON + timedelta(seconds=40)


def row(minute: float, queue_m: float | None, pcu: float = 10.0, approach: str = "utara") -> ApproachRow:
    return ApproachRow(
        time=NOON + minute * MINUTE, unit="edge-dago", camera="dago-1", approach=approach, pcu=pcu, queue_m=queue_m
    )


@pytest.mark.parametrize(
    ("rows", "before", "after"),
    [
        # interval ends before it begins | the one that the action touches is neither | begins after it ended
        ([row(0, 80), row(1, 500), row(2, 40)], 80, 40),
        ([row(-1, 60), row(0, 80), row(2, 40), row(3, 20)], 70, 30),
        # not measured is not 0
        ([row(-1, None), row(0, 80), row(2, None), row(3, 20)], 80, 20),
        ([row(-1, None), row(0, None)], None, None),
        # beyond the reach
        ([row(-11, 900), row(0, 80), row(12, 900)], 80, None),
    ],
)
def test_queues(rows: list[ApproachRow], before: float | None, after: float | None) -> None:
    (course,) = courses(rows, ["utara"], BEGAN, ENDED)
    assert (course.queue_before_m, course.queue_after_m) == (before, after)


@pytest.mark.parametrize(("step", "flow"), [(1.0, 600.0), (0.25, 2400.0), (5.0, 120.0)])
def test_flow_is_by_the_length_of_the_intervals_themselves(step: float, flow: float) -> None:
    rows = [row(-step * place, 10) for place in range(2)] + [row(2 * step + 1, 10)]
    (course,) = courses(rows, ["utara"], BEGAN, ENDED)
    assert course.flow_before_pcu_h == pytest.approx(flow)


def test_only_what_was_measured_of_the_approaches_that_were_meant() -> None:
    rows = [row(0, 80), row(0, 10, approach="barat")]
    assert [one.approach for one in courses(rows, ["utara", "timur"], BEGAN, ENDED)] == ["utara"]
    assert courses([], ["utara"], BEGAN, ENDED) == ()


def test_the_question_reaches_far_enough() -> None:
    start, end = span_of(BEGAN, ENDED)
    assert start <= BEGAN - REACH
    assert end == ENDED + REACH
    assert isinstance(start, datetime)
