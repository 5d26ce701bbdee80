"""Vehicles that turn: on their curve, into the right arm, told once, and in nobody's way."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.junction import Junction
from twin.scenes import BUAHBATU
from twin.signals import Aspect
from twin.traffic import STEP_S, Traffic
from twin.turns import Turn, turns_of

TURNS = turns_of(BUAHBATU)
ARMS = {way.id: way.arms for way in BUAHBATU.carriageways}
EXAMPLES = settings(max_examples=3, deadline=None)


@pytest.mark.parametrize("turn", TURNS.values(), ids=[f"{one[0]} to {one[1]}" for one in TURNS])
def test_a_turn_joins_two_carriageways_without_a_kink(turn: Turn) -> None:
    assert turn.place(0.0, 0.0)[:2] == pytest.approx(turn.origin.place(turn.leave_s, turn.leave_d))
    assert turn.place(turn.length, 0.0)[:2] == pytest.approx(turn.destination.place(turn.join_s, turn.join_d))
    steps = [turn.place(u * 0.25, 0.0) for u in range(-20, int(4 * turn.length) + 20)]
    for (x0, y0, yaw0), (x1, y1, yaw1) in pairwise(steps):
        assert math.hypot(x1 - x0, y1 - y0) == pytest.approx(0.25, abs=0.02)
        assert abs(math.remainder(yaw1 - yaw0, 2 * math.pi)) < 0.15
    assert turn.leave_s > turn.origin.stop_s, "who waits at the line has not left yet"
    assert turn.join_s > turn.destination.stop_s, "who has turned in waits at no line"


def test_half_of_the_turns_go_to_the_left() -> None:
    assert Counter(turn.side for turn in TURNS.values()) == {"left": 4, "right": 4}
    assert TURNS["masuk", "lintas-timur"].side == "left"
    assert TURNS["masuk", "lintas-barat"].side == "right"


@EXAMPLES
@given(st.integers(0, 10_000))
def test_everyone_leaves_by_the_arm_that_was_drawn_and_is_told_once(seed: int) -> None:
    junction = Junction(BUAHBATU, seed)
    meant: dict[int, tuple[str, str]] = {}
    for step in range(600):
        for pose in junction.poses(step * STEP_S):
            meant.setdefault(pose.id, (pose.carriageway, pose.carriageway))
            meant[pose.id] = meant[pose.id][0], pose.carriageway
    moved = junction.observer.moved
    assert len({one.vehicle for one in moved}) == len(moved) > 0
    for one in moved:
        origin, destination = (ARMS[way] for way in meant[one.vehicle])
        assert origin is not None
        assert destination is not None
        assert (one.entry, one.exit) == (f"dari-{origin[0]}", f"ke-{destination[1]}")


@EXAMPLES
@given(st.integers(0, 10_000))
def test_nobody_jumps_and_no_two_greens_meet(seed: int) -> None:
    traffic = Traffic(BUAHBATU, seed)
    before: dict[int, tuple[float, float]] = {}
    for step in range(600):
        here = {pose.id: (pose.x, pose.y) for pose in traffic.poses(step * STEP_S)}
        for number in here.keys() & before.keys():
            assert math.dist(here[number], before[number]) < 2.0
        before = here
        moving = [group for group, _ in BUAHBATU.plan if traffic.aspect(group) is not Aspect.RED]
        assert len(moving) <= 1


@pytest.mark.full
def test_all_twelve_movements_are_used() -> None:
    junction = Junction(BUAHBATU, 1)
    junction.advance(900)
    used = Counter((one.entry, one.exit) for one in junction.observer.moved)
    assert len(used) == 12
    assert min(used.values()) >= 5
