"""Whatever a control wants, the lamps keep minimum green, yellow and all-red."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from signal_bridge.control import CONTROLS, Control, Junction, Seen, StageMachine, Stream, View
from signal_bridge.control.clearance import ALL_RED_S, MINIMUM_GREEN_S, YELLOW_S

CROSS = Junction(
    "cross",
    streams=(Stream("n", "s_out"), Stream("s", "n_out"), Stream("e", "w_out"), Stream("w", "e_out")),
    stages=("GGrr", "rrGG", "Grrr"),
    greens=(30.0, 20.0, 10.0),
)
NORTH, EAST = {0, 1}, {2, 3}


class Whim(Control):
    """Wants what the list says, one wish a decision."""

    def __init__(self, wishes: Sequence[int]) -> None:
        self._wishes = list(wishes)

    @override
    def choose(self, view: View, stage: int, green_s: float) -> int:
        return self._wishes.pop(0) if self._wishes else stage

    @override
    def watch(self, view: View, stage: int | None) -> None:
        pass


def shown(machine: StageMachine, seconds: int, stranded: Sequence[int] = ()) -> list[str]:
    """Lamps of each second."""
    who = list(stranded) + [0] * seconds
    return [machine.step(View(float(second), lanes={}, stranded=who[second])) for second in range(seconds)]


def lengths(lamps: list[str], stream: int) -> list[tuple[str, int]]:
    """Runs of the same lamp of one stream: [("G", 10), ("y", 3), ...]."""
    runs: list[tuple[str, int]] = []
    for state in lamps:
        if runs and runs[-1][0] == state[stream]:
            runs[-1] = (state[stream], runs[-1][1] + 1)
        else:
            runs.append((state[stream], 1))
    return runs


@given(st.lists(st.integers(0, 2), max_size=60), st.lists(st.integers(0, 3), max_size=120))
def test_no_wish_breaks_the_clearance(wishes: list[int], stranded: list[int]) -> None:
    lamps = shown(StageMachine(CROSS, Whim(wishes)), 240, stranded)
    for stream in range(4):
        for kind, seconds in lengths(lamps, stream)[:-1]:
            assert kind != "G" or seconds >= MINIMUM_GREEN_S
            assert kind != "y" or seconds == YELLOW_S
    for before, now in pairwise(lamps):
        for one, other in ((NORTH, EAST), (EAST, NORTH)):
            begins = any(before[i] == "r" and now[i] == "G" for i in one)
            assert not begins or all(now[i] == "r" and before[i] == "r" for i in other)


def test_all_red_lasts_two_seconds_and_waits_for_who_is_stranded() -> None:
    plain = shown(StageMachine(CROSS, Whim([1])), 30)
    assert lengths(plain, 2)[0] == ("r", int(MINIMUM_GREEN_S + YELLOW_S + ALL_RED_S))
    waits = shown(StageMachine(CROSS, Whim([1])), 40, stranded=[1] * 20)
    assert lengths(waits, 2)[0] == ("r", 20)
    local = shown(StageMachine(CROSS, Whim([1]), extends=False), 40, stranded=[1] * 20)
    assert lengths(local, 2) == lengths(plain + ["rrGG"] * 10, 2)


def test_who_keeps_green_in_both_stages_sees_no_change() -> None:
    lamps = shown(StageMachine(CROSS, Whim([2])), 30)
    assert {state[0] for state in lamps} == {"G"}
    assert [kind for kind, _ in lengths(lamps, 1)] == ["G", "y", "r"]


def test_a_protected_turn_is_cleared_before_it_has_to_give_way() -> None:
    """From protected (G) to giving way (g): whoever is in the middle of the turn leaves before its foe is let go."""
    turn = Junction("turn", CROSS.streams[:2], stages=("Gr", "gG"), greens=(10.0, 10.0))
    lamps = shown(StageMachine(turn, Whim([1, 0])), 40)
    assert lengths(lamps, 0)[:4] == [("G", 10), ("y", 3), ("r", 2), ("g", 15)]
    assert lengths(lamps, 1)[:3] == [("r", 15), ("G", 10), ("y", 3)]


def test_maximum_green_gives_way_to_whoever_waits() -> None:
    machine = StageMachine(CROSS, Whim([]), ceiling_s=30.0)
    lanes = {"e": (Seen(3.0, 0.0),)}
    lamps = [machine.step(View(float(second), lanes)) for second in range(60)]
    assert lengths(lamps, 0)[0] == ("G", 30)
    assert lamps[-1] == "rrGG"


@pytest.mark.parametrize("name", CONTROLS)
def test_every_control_serves_everybody(name: str) -> None:
    """One car stands for ever on each approach: within three minutes each has had green."""
    machine = StageMachine(CROSS, CONTROLS[name](CROSS))
    lanes = {lane: (Seen(2.0, 0.0),) for lane in CROSS.lanes}
    lamps = [machine.step(View(float(second), lanes)) for second in range(180)]
    assert all(any(state[stream] == "G" for state in lamps) for stream in range(4))


@pytest.mark.parametrize(
    ("stages", "greens", "fault"),
    [
        ((), (), "stages"),
        (("GGrr",), (1.0, 2.0), "green times"),
        (("GGr",), (1.0,), "each stream"),
        (("GGyr",), (1.0,), "each stream"),
    ],
)
def test_a_junction_that_makes_no_sense_is_refused(
    stages: tuple[str, ...], greens: tuple[float, ...], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        Junction("bad", CROSS.streams, stages, greens)
