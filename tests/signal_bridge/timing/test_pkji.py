"""PKJI 2023 timing against numbers worked by hand; the arithmetic stands in each row. And what must hold for all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from signal_bridge import timing as t

WORKED: list[tuple[str, Callable[[], float], float]] = [
    # the arithmetic                           the call                                           its result
    ("J0: 600 x 6.0", lambda: t.base_saturation_flow(6.0), 3600),
    ("FUK: Bandung, 2.5 million", lambda: t.city_size_factor(2_506_000), 1.00),
    ("FUK: 3.2 million", lambda: t.city_size_factor(3_200_000), 1.05),
    ("FUK: 600 000", lambda: t.city_size_factor(600_000), 0.94),
    ("FUK: 80 000", lambda: t.city_size_factor(80_000), 0.82),
    ("FBKa: 1 + 0.26 x 0.25", lambda: t.right_turn_factor(0.25), 1.065),
    ("FBKi: 1 - 0.16 x 0.25", lambda: t.left_turn_factor(0.25), 0.96),
    # Lp/3 = 10; (6 - 2)(10 - 26)/6 = -10.667; (10 + 10.667)/26
    ("FP: 30 m free, 6 m wide, 26 s green", lambda: t.parking_factor(30, 6, 26), 0.79487),
    # Lp/3 = 30 > wH: (30 - (4)(4)/6)/26 = 1.0513 -> 1
    ("FP: 90 m free makes no difference", lambda: t.parking_factor(90, 6, 26), 1.0),
    (
        # 3600 x 0.95 x 1.00 x 1.065 x 0.96 = 3420 x 1.0224
        "J: 6 m, FHS 0.95, 25 % right, 25 % left",
        lambda: t.saturation_flow(6, population=2_506_000, side_friction=0.95, right=0.25, left=0.25),
        3496.608,
    ),
    ("Rq/J: 720 / 3600", lambda: t.flow_ratio(720, 3600), 0.2),
    ("C: 3600 x 30 / 90", lambda: t.capacity(3600, 30, 90), 1200),
    ("DJ: 900 / 1200", lambda: t.degree_of_saturation(900, 1200), 0.75),
    ("wHH: 3 x (3 + 2)", lambda: t.lost_time([(3, 2)] * 3), 15),
    # (1.5 x 15 + 5) / (1 - 0.6) = 27.5 / 0.4
    ("s: 3 phases, RAS 0.6", lambda: t.optimum_cycle(15, [0.2, 0.25, 0.15]), 68.75),
    ("Nq1: DJ 0.5 leaves none", lambda: t.overflow_queue(1200, 0.5), 0),
    # 0.25 x 1200 x [-0.25 + sqrt(0.0625 + 8 x 0.25/1200)] = 300 x (-0.25 + 0.2533114)
    ("Nq1: C 1200, DJ 0.75", lambda: t.overflow_queue(1200, 0.75), 0.993427),
    # DJ = 1: 0.25 C sqrt(4/C) = 0.5 sqrt(C) = 0.5 x 34.641
    ("Nq1: C 1200, DJ 1", lambda: t.overflow_queue(1200, 1.0), 17.3205),
    # 90 x (2/3) / (1 - 0.25) x 900/3600 = 60 / 0.75 x 0.25
    ("Nq2: s 90, RH 1/3, DJ 0.75, q 900", lambda: t.red_queue(90, 1 / 3, 0.75, 900), 20),
    # 20 x 21 / 6
    ("PA: 21 smp over 6 m", lambda: t.queue_length(21, 6), 70),
    # 0.9 x 3600 x 20 / (900 x 90) = 64800 / 81000
    ("RKH: Nq 20, q 900, s 90", lambda: t.stop_ratio(20, 900, 90), 0.8),
    # 0.5 x 90 x (4/9) / 0.75 + 3600 x 0.993427/1200 = 26.6667 + 2.98028
    ("TLL", lambda: t.traffic_delay(90, 1 / 3, 0.75, 0.993427, 1200), 29.64695),
    # (1 - 0.8) x 0.25 x 6 + 4 x 0.8
    ("TG: RKH 0.8, a quarter turns", lambda: t.geometric_delay(0.8, 0.25), 3.5),
    ("TG: RKH above 1 counts 1", lambda: t.geometric_delay(1.7, 0.25), 4.0),
    # Nq = 20.993427; RKH = 3240 x 20.993427/81000 = 0.839737; TG = 0.160263 x 0.25 x 6 + 3.358948 = 3.599343
    (
        "T of the same approach",
        lambda: t.delay(flow=900, saturation=3600, green_s=30, cycle_s=90, turning_share=0.25)[0],
        33.2463,
    ),
    ("intergreen 9.9 m", lambda: t.planning_intergreen(9.9), 4),
    ("intergreen 10 m", lambda: t.planning_intergreen(10), 5),
    ("intergreen 15 m", lambda: t.planning_intergreen(15), 6),
    ("all-red, motor leaves 20 m, arrives 10 m: 25/10 less 10/10", lambda: t.all_red(20, 5, 10), 1.5),
    # max(1.5; 3/1.2)
    ("all-red, 3 m of pedestrians left", lambda: t.all_red(20, 5, 10, crossing_m=3), 2.5),
    ("all-red is never below 0", lambda: t.all_red(5, 5, 30), 0),
]


@pytest.mark.parametrize(("call", "result"), [row[1:] for row in WORKED], ids=[row[0] for row in WORKED])
def test_worked_by_hand(call: Callable[[], float], result: float) -> None:
    assert call() == pytest.approx(result, rel=1e-4)


def test_splits_worked_by_hand() -> None:
    # s = 68.75 lies within 50..100; green 53.75 shared 4:5:3 -> 17.917, 22.396, 13.4375
    plan = t.splits(15, [0.2, 0.25, 0.15])
    assert plan.cycle_s == pytest.approx(68.75)
    assert plan.greens == pytest.approx((17.9167, 22.3958, 13.4375), abs=1e-3)


def test_a_short_green_gets_its_least_and_the_others_share_the_rest() -> None:
    # s = (15 + 5)/(1 - 0.33) = 29.85 -> 40 (two phases); green 30; by ratio 27.27 and 2.73 -> 20 and 10
    plan = t.splits(10, [0.30, 0.03])
    assert plan.greens == pytest.approx((20, 10))


def test_an_oversaturated_junction_gets_the_longest_sensible_cycle() -> None:
    plan = t.splits(15, [0.5, 0.4, 0.3])
    assert plan.cycle_s == 100
    with pytest.raises(t.OversaturatedError, match=r"add up to 1\.20"):
        t.optimum_cycle(15, [0.5, 0.4, 0.3])


@pytest.mark.parametrize(
    ("delay_s", "level"),
    [(0, "A"), (5, "A"), (5.1, "B"), (15, "B"), (25, "C"), (40, "D"), (60, "E"), (60.1, "F"), (900, "F")],
)
def test_level_of_service_by_pm_96_2015(delay_s: float, level: str) -> None:
    assert t.level_of_service(delay_s) == level


REFUSED: list[tuple[str, Callable[[], object], str]] = [
    ("no width", lambda: t.base_saturation_flow(0), "above 0"),
    ("more than all turn", lambda: t.right_turn_factor(1.2), "0 to 1"),
    ("green longer than the cycle", lambda: t.capacity(3600, 91, 90), "within the cycle"),
    ("no green", lambda: t.degree_of_saturation(100, 0), "without green"),
    ("a flow that never clears", lambda: t.red_queue(90, 0.5, 2.0, 3600), "never clears"),
    ("no phases", lambda: t.splits(10, []), "flow ratio of each phase"),
    ("a lane", lambda: t.planning_intergreen(3), "begins at 6 m"),
    ("a delay below 0", lambda: t.level_of_service(-1), "not below 0"),
    ("an impossible factor", lambda: t.saturation_flow(6, population=1, grade=2), "grade factor"),
]


@pytest.mark.parametrize(("call", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_makes_no_sense_is_refused(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()


ratios = st.lists(st.floats(0.01, 0.6), min_size=2, max_size=4)


@given(ratios, st.floats(6, 30))
def test_splits_fill_the_cycle_and_keep_every_bound(shares: list[float], lost_s: float) -> None:
    plan = t.splits(lost_s, shares)
    assert sum(plan.greens) + lost_s == pytest.approx(plan.cycle_s)
    assert min(plan.greens) >= 10 - 1e-6
    assert 40 <= plan.cycle_s <= 130
    # who has the larger ratio never has the shorter green
    assert sorted(plan.greens) == pytest.approx([green for _, green in sorted(zip(shares, plan.greens, strict=True))])


@given(ratios, st.floats(6, 30), st.floats(0.001, 0.1))
def test_more_traffic_never_asks_for_a_shorter_cycle(shares: list[float], lost_s: float, more: float) -> None:
    assume(sum(shares) + more < 0.99)
    assert t.optimum_cycle(lost_s, [shares[0] + more, *shares[1:]]) > t.optimum_cycle(lost_s, shares)


@given(st.floats(50, 3000), st.floats(0, 1.5), st.floats(0.001, 0.3))
def test_a_fuller_approach_never_has_the_shorter_overflow(capacity: float, dj: float, more: float) -> None:
    assert 0 <= t.overflow_queue(capacity, dj) <= t.overflow_queue(capacity, dj + more) + 1e-9


@given(st.floats(100, 1500), st.floats(10, 60), st.floats(70, 130))
def test_more_flow_waits_longer_and_more_green_less(flow: float, green_s: float, cycle_s: float) -> None:
    assume(flow < 3500)
    wait, queue = t.delay(flow=flow, saturation=3600, green_s=green_s, cycle_s=cycle_s)
    fuller, longer = t.delay(flow=flow * 1.05, saturation=3600, green_s=green_s, cycle_s=cycle_s)
    greener, _ = t.delay(flow=flow, saturation=3600, green_s=green_s + 5, cycle_s=cycle_s)
    assert wait > 0
    assert longer >= queue
    assert fuller >= wait - 1e-6
    assert greener <= wait + 1e-6


@given(st.floats(0, 500), st.floats(0, 500))
def test_a_longer_delay_is_never_a_better_level(one: float, other: float) -> None:
    shorter, longer = sorted((one, other))
    assert t.level_of_service(shorter) <= t.level_of_service(longer)
