"""An approach without a camera: taken to be as the plan has it, and never the one that loses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import Observation, SignalRequest
from contract.signals import SignalAction
from signal_bridge.advice.adviser import Adviser
from signal_bridge.advice.sight import EASE, FULLNESS, SATURATION_VEH_S, carried_on, enough_s, observed, supposed
from tests.support.advice import NOON, SIGNER, observation, settings, status

PLAN_S = (30.0, 20.0)
MOVING = (frozenset({"utara"}), frozenset({"timur"}))


def only(seen: Observation, *arms: str) -> Observation:
    """Of an observation, what is measured of these arms."""
    (camera,) = seen.cameras
    kept = tuple(one for one in camera.approaches if one.approach in arms)
    return seen.model_copy(update={"cameras": (camera.model_copy(update={"approaches": kept}),)})


def asked(
    seen: Observation, *, green: int = 1, shown_s: float = 15, **adaptive: Any
) -> tuple[Adviser, list[SignalRequest]]:
    """What an adviser asks for within twelve seconds."""
    made = settings("automatic", **{"plan_s": PLAN_S, **adaptive})
    assert made.adaptive is not None
    adviser = Adviser(made, made.adaptive, SIGNER)
    adviser.hear_observation("edge-dago", seen, NOON)
    wishes = []
    for second in range(1, 13):
        now = NOON + timedelta(seconds=second)
        adviser.hear_status(status(now, green=green, shown_s=shown_s), now)
        wish = adviser.tick(now)
        if wish is not None:
            wishes.append(wish)
    return adviser, wishes


def test_the_plan_told_it_speaks_of_what_is_seen() -> None:
    _, (wish, *_) = asked(only(observation(north=20), "utara"))
    assert (wish.action, wish.phases) == (SignalAction.EXTEND, (1,))
    assert wish.why == "antrean utara 120 m (20 kend.)", "and of nothing that is only supposed"


def test_without_the_plan_it_is_silent_as_before() -> None:
    adviser, wishes = asked(only(observation(north=20), "utara"), plan_s=None)
    assert (adviser.silent, wishes) == ("blind", [])


def test_when_nothing_is_seen_it_is_silent() -> None:
    adviser, wishes = asked(only(observation()))
    assert (adviser.silent, wishes) == ("blind", [])


def test_an_empty_green_ends_for_who_is_not_seen() -> None:
    _, (wish, *_) = asked(only(observation(north=0), "utara"))
    assert (wish.action, wish.phases) == (SignalAction.CUT, (1,))


@pytest.mark.parametrize("north", [0, 20])
def test_who_is_not_seen_is_never_cut_nor_kept(north: int) -> None:
    """The east has green and no camera: however many wait in the north, the plan goes on."""
    _, wishes = asked(only(observation(north=north), "utara"), green=2)
    assert wishes == []


def test_a_camera_that_fails_is_an_approach_that_is_not_seen() -> None:
    made = settings("automatic", plan_s=PLAN_S).adaptive
    assert made is not None
    known = supposed(made, PLAN_S, MOVING, ["timur"], NOON.timestamp())
    later = observed(known, made, "edge-dago", observation(NOON, grade="blind"), NOON.timestamp())
    assert later == known, "bad data takes nothing from a supposition"
    measured = observed(known, made, "edge-dago", observation(NOON, east=3), NOON.timestamp())
    assert measured["timur"].queue_veh == 3
    assert not measured["timur"].is_supposed


@given(st.lists(st.floats(10, 60), min_size=2, max_size=2), st.integers(1, 4), st.integers(1, 6))
def test_the_plan_serves_what_is_supposed_of_it(plan_s: list[float], lanes: int, cycles: int) -> None:
    """Cycle after cycle the plan's green empties the queue, and no sooner than at its degree of saturation."""
    made = settings("automatic", plan_s=plan_s, lanes={"utara": lanes, "timur": 1}).adaptive
    assert made is not None
    now_s = 0.0
    known = supposed(made, plan_s, MOVING, ["utara", "timur"], now_s)
    most = known["utara"].queue_veh
    assert most == pytest.approx(
        FULLNESS * SATURATION_VEH_S * lanes * plan_s[0] / (sum(plan_s) + 10) * (plan_s[1] + 10)
    )
    for _ in range(cycles):
        now_s += plan_s[0]
        known, unseen = carried_on(known, made, {"utara"}, now_s)
        assert known["utara"].queue_veh == pytest.approx(0, abs=1e-9)
        assert not unseen
        now_s += plan_s[1] + 10
        known, _ = carried_on(known, made, {"timur"}, now_s)
        assert known["utara"].queue_veh == pytest.approx(most)


@given(st.integers(1, 4))
def test_enough_is_where_no_queue_is_left_over(lanes: int) -> None:
    made = settings("automatic", plan_s=PLAN_S, lanes={"utara": lanes, "timur": 1}).adaptive
    assert made is not None
    one = supposed(made, PLAN_S, MOVING, ["utara"], 0.0)["utara"]
    needed_s = enough_s(made, PLAN_S, {"utara": one})
    assert needed_s * EASE == pytest.approx(PLAN_S[0] * FULLNESS)
    assert enough_s(made, PLAN_S, {}) == 0
