"""The twin's truth beside Simpang's counts: stop-and-go counts nobody twice. `bench.twin` plays more of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.films import Film, Story
from bench.judging import judge
from bench.twin import STORIES
from edge.detection import open_detector
from models.registry import default_name, resolve

DETECTOR = open_detector(resolve(default_name()), 1)


def made(story: Story, folder: Path, seconds: float, fps: float) -> Film:
    """A film of the story, drawn and looked at."""
    film = Film(story, folder, seconds, fps, seed=5)
    film.make(DETECTOR)
    return film


def test_stop_and_go_over_the_line_counts_nobody_twice(tmp_path: Path) -> None:
    """Synthetic. Twenty seconds in which those who cross stand on both sides of the line."""
    film = made(Story("dago", jam=True), tmp_path, 20, 5)
    found = judge(film, DETECTOR)
    crossings = found["detector"].crossings
    assert crossings.hand >= 3
    assert len(crossings.extra) == 0
    assert len(crossings.missed) <= 1
    assert found["exact"].crossings.off <= 1
    assert film.missing(DETECTOR) == 0


def test_a_film_goes_on_where_it_was_and_is_made_once(tmp_path: Path) -> None:
    story = Story("buahbatu")
    made(story, tmp_path, 2, 2)
    longer = Film(story, tmp_path, 4, 2, seed=5)
    assert longer.missing(DETECTOR) == 1, "its reel holds but half of the pictures"
    longer.make(DETECTOR)
    shown = list(longer.pictures(DETECTOR))
    assert [one.frame.time_s for one in shown] == [0.5 * index for index in range(8)]
    assert all(len(one.exact.ids) == len(one.exact.boxes) > 10 for one in shown)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    longer.make(DETECTOR)
    assert kept == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    other = Film(story, tmp_path, 4, 2, seed=6)
    assert other.drawn(0) != longer.drawn(0)


@pytest.mark.full
@pytest.mark.parametrize("story", [story for story in STORIES if story.light == "day" and not story.rain], ids=str)
def test_two_minutes_by_day(story: Story, tmp_path: Path) -> None:
    """Golden: what was reached, not what is wanted (issue: 2 % of counts, 4 % of movements)."""
    found = judge(made(story, tmp_path, 120, 8), DETECTOR)
    seen, exact = found["detector"], found["exact"]
    assert seen.crossings.off <= 0.2 * seen.crossings.hand
    assert len(seen.crossings.extra) <= 0.1 * seen.crossings.hand
    assert seen.turned_wrong <= 0.2 * max(len(seen.moved), 10)
    assert exact.crossings.off <= 0.1 * exact.crossings.hand
    assert exact.turned_wrong <= 0.04 * max(len(exact.moved), 25)
