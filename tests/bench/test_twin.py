"""The twin's truth beside Simpang's counts: stop-and-go counts nobody twice. `bench.twin` plays more of it."""

from __future__ import annotations

import pytest

from bench.twin import STORIES, Story, measure
from edge.detection import open_detector
from models.registry import default_name, resolve

DETECTOR = open_detector(resolve(default_name()), 1)


def test_stop_and_go_over_the_line_counts_nobody_twice() -> None:
    """Synthetic. Twenty seconds in which those who cross stand on both sides of the line."""
    found = measure(Story("dago", jam=True), DETECTOR, seconds=20, fps=5, seed=5)
    assert found.crossings.hand >= 4
    assert len(found.crossings.extra) == 0
    assert len(found.crossings.missed) <= 1


@pytest.mark.full
@pytest.mark.parametrize("story", [story for story in STORIES if story.light == "day" and not story.rain], ids=str)
def test_two_minutes_by_day(story: Story) -> None:
    """Golden: what was reached, not what is wanted (issue: 2 % of counts, 4 % of movements)."""
    found = measure(story, DETECTOR, seconds=120, fps=8, seed=5)
    assert found.crossings.off <= 0.3 * found.crossings.hand
    assert len(found.crossings.extra) <= 0.1 * found.crossings.hand
    assert found.turned_wrong <= 0.3 * max(found.moved.total(), 10)
