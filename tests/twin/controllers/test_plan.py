"""Plans that hold together, and those that do not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from signal_bridge.drivers.bits import mask
from twin.controllers.plan import ControllerPlan, Pattern, dual_ring, stages

PLAN = dual_ring()


def test_phases_conflict_unless_they_share_a_barrier_group_and_not_a_ring() -> None:
    conflicts = PLAN.conflicts()
    assert conflicts[1] == mask({2, 3, 4, 7, 8})
    assert conflicts[6] == mask({5, 3, 4, 7, 8})
    assert stages(3).conflicts() == {1: mask({2, 3}), 2: mask({1, 3}), 3: mask({1, 2})}


def changed(**fields: Any) -> dict[str, Any]:
    return {**PLAN.model_dump(), **fields}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"groups": (((1, 2), (5, 6)), ((3, 4, 7, 8),))}, "the same rings"),
        ({"groups": (((1, 2), (5, 6)), ((3, 4), (7, 7)))}, "one place of one ring"),
        ({"groups": (((1, 2), (5, 6)), ((3, 4), (7,)))}, "one place of one ring"),
        ({"local_pattern": 2}, "local pattern 2 is not among"),
        ({"patterns": {1: {"cycle_s": 100, "splits": {1: 100}}}}, "every phase needs a split"),
        (
            {"patterns": {1: {"cycle_s": 90, "splits": dict.fromkeys(range(1, 9), 25)}}},
            "add up to 100 s, not the cycle",
        ),
        (
            {"patterns": {1: {"cycle_s": 100, "splits": {**dict.fromkeys(range(1, 9), 25), 1: 10, 2: 40}}}},
            "split of phase 1 is too short",
        ),
        (
            {"patterns": {1: {"cycle_s": 100, "splits": {**dict.fromkeys(range(1, 9), 25), 1: 30, 3: 20}}}},
            "do not come to a barrier together",
        ),
        ({"preempts": {1: {"dwell": [1, 2]}}}, "cannot be green together"),
        ({"preempts": {1: {"dwell": [2, 8]}}}, "cannot be green together"),
        ({"phases": {**PLAN.model_dump()["phases"], 1: {"walk_s": 5}}}, "needs a pedestrian clearance"),
        ({"phases": {**PLAN.model_dump()["phases"], 1: {"yellow_s": 2}}}, "greater than or equal to 3"),
    ],
)
def test_a_plan_that_does_not_hold_together(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ControllerPlan.model_validate(changed(**fields))


def test_the_checksum_changes_with_the_plan_and_not_with_the_watchdog() -> None:
    slower = PLAN.model_copy(update={"patterns": {1: Pattern(cycle_s=104, splits=dict.fromkeys(range(1, 9), 26))}})
    assert slower.checksum() != PLAN.checksum()
    assert PLAN.model_copy(update={"backup_time_s": 5}).checksum() == PLAN.checksum()
    assert all(0 <= stages(count).checksum() < 0xFFFF for count in range(2, 11))
