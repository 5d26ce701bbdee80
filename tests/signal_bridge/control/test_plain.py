"""The local plan with an offset keeps the clock that all crossings of a corridor share."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_bridge.control import Junction, StageMachine, Stream, View
from signal_bridge.control.plain import Fixed, cycle_s, starts_s

PLAN = Junction(
    "cross",
    streams=(Stream("n", "s_out"), Stream("e", "w_out"), Stream("w", "n_out")),
    stages=("Grr", "rGr", "rGG"),
    greens=(30.0, 20.0, 15.0),
)
CYCLE_S = 30 + 20 + 15 + 5 + 5  # nobody loses green from the second stage to the third


def greens_begin(offset_s: float | None, begins_s: int, stage: int = 0, spent_s: int = 0) -> list[int]:
    """When the first stream turns green, over ten cycles; the machine takes over in `stage`."""
    junction = replace(PLAN, offset_s=offset_s)
    machine = StageMachine(junction, Fixed(junction), extends=False)
    machine.resume(stage, begins_s - spent_s)
    lamps = [machine.step(View(float(begins_s + second), {})) for second in range(10 * CYCLE_S)]
    return [begins_s + at + 1 for at, (one, two) in enumerate(pairwise(lamps)) if one[0] == "r" and two[0] == "G"]


def test_cycle_and_starts() -> None:
    assert cycle_s(PLAN) == CYCLE_S
    assert starts_s(PLAN) == (0, 35, 55)


def test_without_an_offset_it_goes_on_where_it_is() -> None:
    """The change that clears nothing takes a second, a step of the machine: a plan without a clock runs late by it."""
    assert {two - one for one, two in pairwise(greens_begin(None, 7))} == {CYCLE_S + 1}


@given(st.integers(0, CYCLE_S - 1), st.integers(0, 1000), st.integers(0, 2), st.integers(0, 40))
def test_with_one_it_comes_into_step_and_stays(offset_s: int, begins_s: int, stage: int, spent_s: int) -> None:
    begins = greens_begin(float(offset_s), begins_s, stage, spent_s)
    assert len(begins) >= 6
    assert {at % CYCLE_S for at in begins[4:]} == {offset_s}, "within four cycles, by its minimums"


@pytest.mark.parametrize("offset_s", [0.0, 33.3])
def test_a_green_that_begins_late_is_cut_to_its_place(offset_s: float) -> None:
    """Ten seconds late, by an ambulance: the next is on time again."""
    junction = replace(PLAN, offset_s=offset_s)
    control = Fixed(junction)
    began_s = offset_s + 10.0
    assert control.choose(View(began_s + 19.0, {}), 0, 19.0) == 0
    assert control.choose(View(began_s + 20.5, {}), 0, 20.5) == 1
