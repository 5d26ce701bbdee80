"""A green window goes first, lasts as long as its presence, and breaks nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.signals import PriorityKind, SignalReason
from signal_bridge.control import Junction, Seen, StageMachine, Stream, View
from signal_bridge.control.clearance import ALL_RED_S, MINIMUM_GREEN_S, YELLOW_S
from signal_bridge.control.lanes import PROTECTED_VEH_S
from signal_bridge.control.plain import Fixed
from signal_bridge.control.window import AGAIN_S, Approach, GreenWindow, with_approaches
from signal_bridge.priority import Manners

#            north and south, two lanes each (through; left), and a road from the east
PLAN = Junction(
    "cross",
    streams=(
        Stream("n_0", "s_out"),
        Stream("n_1", "e_out"),
        Stream("s_0", "n_out"),
        Stream("s_1", "w_out"),
        Stream("e_0", "w_out"),
    ),
    stages=("GgGgr", "rrrrG"),
    greens=(30.0, 20.0),
)
FOES = frozenset({(1, 2), (0, 3), *((one, 4) for one in range(4))})
ROADS = {road: frozenset(lane for lane in PLAN.lanes if lane.startswith(road)) for road in "nse"}
THROUGH = Approach(ROADS["n"], frozenset({"n_0"}))
LEFT = Approach(ROADS["n"], frozenset({"n_1"}))
EAST = Approach(ROADS["e"], ROADS["e"])
PRESENCE_S = 40.0


def window(presence_s: float = PRESENCE_S) -> GreenWindow:
    extended = with_approaches(PLAN, ROADS.values(), FOES)
    return GreenWindow(
        extended, len(PLAN.stages), Fixed(PLAN), Manners(dict.fromkeys(PriorityKind, presence_s), recovery_s=60.0)
    )


def run(one: GreenWindow, asks: dict[int, tuple[str, Approach, float]], seconds: int) -> list[str]:
    """Lamps of each second; `asks` are ambulances that announce themselves, by second, and never pass."""
    machine = StageMachine(one.junction, one)
    lamps = []
    for second in range(seconds):
        if second in asks:
            one.ask(*asks[second], float(second))
        lamps.append(machine.step(View(float(second), {})))
    return lamps


def test_a_road_gets_a_stage_of_its_own_where_the_plan_has_none() -> None:
    """The plan's first stage makes left-turners give way; its second lets the whole road from the east go."""
    assert with_approaches(PLAN, ROADS.values(), FOES).stages == (*PLAN.stages, "GGrrr", "rrGGr")


@pytest.mark.parametrize(
    ("what", "approach", "stages"),
    [
        ("through traffic is not held up by who turns left beside it", THROUGH, (0, 2)),
        ("who turns left goes without giving way", LEFT, (2,)),
        ("the plan's own stage does", EAST, (1,)),
        ("a road that never has green", Approach(frozenset({"x_0"}), frozenset({"x_0"})), ()),
    ],
)
def test_which_stages_do(what: str, approach: Approach, stages: tuple[int, ...]) -> None:
    assert window().serves(approach) == stages, what


def test_it_waits_for_the_minimum_green_then_goes_first() -> None:
    lamps = run(window(), {2: ("a", LEFT, 0.0)}, 30)
    begins = lamps.index("GGrrr")
    assert begins == MINIMUM_GREEN_S + YELLOW_S + ALL_RED_S
    assert set(lamps[begins:]) == {"GGrrr"}


def test_it_makes_ready_only_when_it_has_to() -> None:
    """An ambulance a minute away changes nothing yet: the plan has its turn."""
    lamps = run(window(), {2: ("a", LEFT, 120.0)}, 60)
    assert lamps == run(window(), {}, 60)


def test_its_presence_ends_and_the_plan_recovers() -> None:
    one = window()
    lamps = run(one, {2: ("a", LEFT, 0.0)}, 120)
    assert lamps.count("GGrrr") <= PRESENCE_S + 2
    assert lamps[lamps.index("GGrrr") :].index("GgGgr") <= PRESENCE_S + YELLOW_S + ALL_RED_S + 2
    assert one.fates == {"a": "completed"}


def test_the_others_have_their_turn_before_it_may_ask_again() -> None:
    one = window()
    run(one, {2: ("a", LEFT, 0.0)}, 80)
    ended_s = one.book.requests[0].changed - 1  # completed; the second after, in cooldown
    assert one.ask("a", LEFT, 0.0, ended_s + AGAIN_S - 1) is SignalReason.COOLDOWN
    assert one.ask("a", LEFT, 0.0, ended_s + AGAIN_S) is None


def test_who_passed_gives_the_green_back() -> None:
    one = window()
    run(one, {2: ("a", LEFT, 0.0)}, 25)
    one.passed("a", 25.0)
    assert one.choose(View(25.0, {"e_0": (Seen(3.0, 0.0),)}), 2, 10.0) == 1
    assert one.fates == {"a": "completed"}


def creep(one: GreenWindow, left_s: Callable[[int], float], seconds: int, departs: Mapping[str, int]) -> list[str]:
    """Lamps of each second while an ambulance tells each second what it still needs; `departs`: who leaves, by lane."""
    machine = StageMachine(one.junction, one)
    lamps = []
    for second in range(seconds):
        one.ask("a", LEFT, left_s(second), float(second))
        lamps.append(machine.step(View(float(second), {"e_0": (Seen(3.0, 0.0),)}, departed=departs)))
    return lamps


def test_a_green_that_moves_nobody_is_given_back() -> None:
    """It stands, and nobody leaves its lanes: whoever blocks it waits elsewhere. The others go, and then it again."""
    lamps = creep(window(), lambda second: 3.0 + 0 * second, 110, {})
    begins = lamps.index("GGrrr")
    ends = begins + lamps[begins:].index("rrrrG")
    assert ends - begins <= 30 < PRESENCE_S
    assert "GGrrr" not in lamps[ends : begins + int(AGAIN_S)]
    assert "GGrrr" in lamps[ends:]


@pytest.mark.parametrize(
    ("what", "left_s", "departs"),
    [
        ("it comes nearer", lambda second: max(0.0, 60.0 - second), {}),
        ("its lanes empty before it", lambda second: 5.0 + 0 * second, {"n_1": 1}),
        ("it is not due yet", lambda second: 300.0 - second, {}),
    ],
)
def test_a_green_that_helps_is_kept(what: str, left_s: Callable[[int], float], departs: dict[str, int]) -> None:
    one = window()
    lamps = creep(one, left_s, 62, departs)
    begins = lamps.index("GGrrr") if "GGrrr" in lamps else len(lamps)
    assert set(lamps[begins : begins + int(PRESENCE_S)]) <= {"GGrrr"}, what


def test_who_waits_beside_its_way_is_let_go_first_and_only_until_it_moves() -> None:
    """It stands behind who wants to the east's stop line: those go, then it, within the same presence."""
    approach = LEFT._replace(beside=ROADS["e"])
    one = window(presence_s=80.0)
    machine = StageMachine(one.junction, one)
    lamps: list[str] = []
    for second in range(75):
        one.ask("a", approach, max(0.0, 8.0 - lamps.count("rrrrG")), float(second))
        lamps.append(machine.step(View(float(second), {"e_0": (Seen(3.0, 0.0),)})))
    begins = lamps.index("GGrrr")
    gives = begins + lamps[begins:].index("rrrrG")
    again = gives + lamps[gives:].index("GGrrr")
    assert gives - begins < 30
    assert lamps[gives:again].count("rrrrG") == MINIMUM_GREEN_S
    assert one.fates == {}


@pytest.mark.parametrize(
    ("what", "speed", "at_once"), [("it stands in the queue", 0.0, True), ("it drives", 1.0, False)]
)
def test_one_that_stands_before_the_stop_line_has_its_window_at_once(what: str, speed: float, at_once: bool) -> None:
    one = window()
    one.watch(View(0.0, {}), 1)
    for second in range(5):
        one.ask("a", LEFT, 35.0 - speed * second, float(second))
    (request,) = one.book.requests
    assert (request.begins == 4.0) is at_once, what


def test_a_queue_that_fills_the_sight_goes_on_behind_it() -> None:
    one = window()
    row = tuple(Seen(2.0 + 7.5 * place, 1.0) for place in range(12))
    leads = []
    for seen in (row[:6], row[:-1], row, tuple(Seen(where.distance_m, 12.0) for where in row)):
        one.watch(View(0.0, {"n_1": seen}), 1)
        leads.append(one.lead_s(LEFT))
    assert leads[0] < leads[1] < leads[3] < leads[2]
    assert leads[2] - leads[1] > 13 / PROTECTED_VEH_S - 1e-6


def test_a_road_without_green_is_rejected() -> None:
    one = window()
    assert one.ask("a", Approach(frozenset({"x_0"}), frozenset({"x_0"})), 0.0, 0.0) is SignalReason.UNKNOWN_APPROACH
    assert one.fates == {"a": "rejected"}


ASKS = st.dictionaries(
    st.integers(0, 200),
    st.tuples(st.sampled_from("abc"), st.sampled_from([THROUGH, LEFT, EAST]), st.floats(0, 60)),
    max_size=20,
)


@given(ASKS)
def test_no_request_breaks_the_clearance(asks: dict[int, tuple[str, Approach, float]]) -> None:
    lamps = run(window(), asks, 260)
    since = [-100] * len(PLAN.streams)
    for second in range(1, len(lamps)):
        for stream, (before, now) in enumerate(zip(lamps[second - 1], lamps[second], strict=True)):
            if before == now or {before, now} == {"G", "g"}:
                continue
            assert now != "r" or before == "y"
            assert now != "y" or second - since[stream] >= MINIMUM_GREEN_S
            if now in "Gg":
                foes = {a if b == stream else b for a, b in FOES if stream in {a, b}}
                withdrawn = [foe for foe in foes if lamps[second][foe] != "G"]
                assert not any(past[foe] == "G" for past in lamps[max(0, second - 5) : second] for foe in withdrawn)
            since[stream] = second
        assert not any(lamps[second][a] == lamps[second][b] == "G" for a, b in FOES)
