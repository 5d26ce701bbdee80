"""What one look at the store becomes: judged, counted, and never a 0 where nobody saw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collector.console import charts
from collector.console.drawing import mark, sign, spark
from collector.console.judging import Condition, Thresholds
from collector.console.pages.wall import bars, figures, listed
from collector.console.picture_of_now import CityNow, Reports, bin_of, last_hour, step_s, survey
from collector.console.public import view
from collector.console.sentences import quality, why
from collector.console.words import Words
from collector.store.reading import ApproachRow, QualityRow, Span, UnitStatus, Volume
from contract import CameraCondition, Light, State, VehicleClass
from tests.support.example_city import bandung

NOW = datetime(2026, 3, 12, 10, 42, 20, tzinfo=UTC)
LAST = datetime(2026, 3, 12, 10, 42, tzinfo=UTC)
"""End of the last interval."""
MINUTE = timedelta(minutes=1)
T = Words("id", bandung().timezone)
STATE = State(boot_id="0" * 32, time=LAST, status="online", reason="started", started=LAST, software="0.1.0")
UNIT = UnitStatus(site="bandung", unit="edge-bip", state=STATE, last_seen=LAST)


def seen(minutes_ago: int, grade: str = "good", condition: CameraCondition = CameraCondition.OK) -> QualityRow:
    return QualityRow(
        time=LAST - minutes_ago * MINUTE,
        unit="edge-bip",
        camera="bip-1",
        grade=grade,
        fps=12,
        light=Light.DUSK,
        condition=condition,
    )


def counted(time: datetime, count: int, direction: str = "masuk") -> Volume:
    return Volume(
        time=time,
        unit="edge-bip",
        camera="bip-1",
        line="utara",
        direction=direction,
        vehicle=VehicleClass.MOTORCYCLE,
        count=count,
    )


def look(reports: Reports, now: datetime = NOW) -> CityNow:
    return survey(bandung(), reports, now, Thresholds())


HOUR_SEEN = tuple(seen(ago) for ago in range(60, -1, -1))


def test_of_an_empty_store_nothing_is_known() -> None:
    city = look(Reports())
    assert city.tally() == {Condition.NO_DATA: 25}
    bip = city.by_id["bip"]
    assert bip.interval is None
    assert bip.hour is None
    assert bars(bip) == [None] * 12
    assert figures(city).seen == 0


def test_who_saw_and_counted_nobody_says_0() -> None:
    bip = look(Reports(units=(UNIT,), quality=HOUR_SEEN)).by_id["bip"]
    assert bip.condition is Condition.COUNTED
    assert bip.interval == 0
    assert bip.hour == 0
    assert bars(bip) == [0] * 12
    assert bip.seen_share == 1


def test_who_was_blind_says_nothing() -> None:
    blind = tuple(seen(ago, "blind", CameraCondition.COVERED) for ago in range(20, -1, -1))
    bip = look(Reports(units=(UNIT,), quality=(*HOUR_SEEN[:40], *blind))).by_id["bip"]
    assert bip.condition is Condition.CAMERA
    assert why(bip, T) == "lensa tertutup"
    assert bip.interval is None
    # The last seen minute ended at 10.22: within the eighth bin, that of 10.20 to 10.25.
    assert bars(bip) == [0] * 8 + [None] * 4
    assert quality(bip.cameras[0], T) == "tidak melihat: tidak ada angka"


def test_the_last_interval_is_the_one_that_quality_tells_of() -> None:
    recent = (counted(LAST - MINUTE, 50), counted(LAST, 7), counted(LAST, 5, "keluar"))
    city = look(Reports(units=(UNIT,), quality=HOUR_SEEN, recent=recent))
    masuk, keluar = city.by_id["bip"].flows
    assert (masuk.interval, keluar.interval) == ({VehicleClass.MOTORCYCLE: 7}, {VehicleClass.MOTORCYCLE: 5})
    assert city.by_id["bip"].interval == 12


@pytest.mark.parametrize("past_minute_s", [0, 1, 30, 59])
def test_an_interval_may_begin_anywhere_in_a_minute(past_minute_s: int) -> None:
    # [10.41:xx, 10.42:xx) began in the store's minute that ended at 10.42; the one before it, a minute earlier.
    ended = LAST + timedelta(seconds=past_minute_s)
    rows = tuple(row.model_copy(update={"time": row.time + timedelta(seconds=past_minute_s)}) for row in HOUR_SEEN)
    recent = (counted(LAST - MINUTE, 50), counted(LAST, 7))
    city = look(Reports(units=(UNIT,), quality=rows, recent=recent), ended + timedelta(seconds=5))
    assert city.by_id["bip"].interval == 7


def test_what_came_a_moment_ago_is_in_the_hour_and_in_the_interval() -> None:
    hour = (counted(last_hour(NOW).end, 57),)
    bip = look(Reports(units=(UNIT,), quality=HOUR_SEEN, recent=(counted(LAST, 57),), hour=hour)).by_id["bip"]
    assert (bip.interval, bip.hour) == (57, 57)
    assert figures(look(Reports())).until == LAST


@pytest.mark.parametrize(
    ("intervals_s", "step"),
    [((), 60), ((60,), 60), ((10,), 10), ((60, 10), 10), ((300,), 60), ((0.4,), 1)],
)
def test_volumes_are_asked_for_in_steps_that_hold_one_interval(intervals_s: tuple[float, ...], step: int) -> None:
    rows = [
        seen(0).model_copy(update={"camera": f"cam-{place}", "time": LAST - turn * timedelta(seconds=interval_s)})
        for place, interval_s in enumerate(intervals_s)
        for turn in range(4)
    ]
    assert step_s(rows) == step


def test_of_ten_second_intervals_the_last_one_is_told() -> None:
    ten = timedelta(seconds=10)
    rows = tuple(seen(0).model_copy(update={"time": LAST - turn * ten}) for turn in range(30))
    recent = tuple(counted(LAST - turn * ten, 3 + turn) for turn in range(6))
    assert look(Reports(units=(UNIT,), quality=rows, recent=recent)).by_id["bip"].interval == 3


def test_silence_is_not_a_street_without_vehicles() -> None:
    city = look(Reports(units=(UNIT,), quality=tuple(seen(ago) for ago in range(60, 9, -1))))
    assert city.by_id["bip"].condition is Condition.NO_DATA
    assert why(city.by_id["bip"], T) == "tidak ada laporan baru"


def test_a_silent_unit_is_down_and_said_to_be_silent() -> None:
    city = look(Reports(units=(UNIT.model_copy(update={"silent": True}),), quality=HOUR_SEEN))
    assert city.by_id["bip"].condition is Condition.OFFLINE
    assert why(city.by_id["bip"], T) == "tidak ada laporan baru"


def test_the_measured_approach_judges_and_is_named() -> None:
    rows = tuple(
        ApproachRow(time=LAST - ago * MINUTE, unit="edge-bip", camera="bip-1", approach="utara", pcu=20, queue_m=queue)
        for ago, queue in ((9, 5.0), (2, 150.0), (1, 20.0), (0, 160.0))
    )
    city = look(Reports(units=(UNIT,), quality=HOUR_SEEN, approaches=rows))
    bip = city.by_id["bip"]
    assert bip.condition is Condition.DENSE
    assert why(bip, T) == "antrean 150 m · Jl. Ir. H. Juanda"
    assert [arm.condition for arm in bip.approaches] == [Condition.DENSE, None, None, None]
    assert listed(city)[0][0] == "bip", "what is in trouble stands first"


def test_the_last_bin_holds_now_and_an_interval_belongs_where_it_began() -> None:
    hour = last_hour(NOW)
    assert hour == Span(datetime(2026, 3, 12, 9, 45, tzinfo=UTC), datetime(2026, 3, 12, 10, 45, tzinfo=UTC))
    assert bin_of(hour.start, hour) is None, "it began before"
    assert bin_of(hour.start + MINUTE, hour) == 0
    assert bin_of(hour.start + 5 * MINUTE, hour) == 0
    assert bin_of(hour.end, hour) == 11
    assert bin_of(hour.end + MINUTE, hour) is None


def test_two_looks_at_the_same_are_equal() -> None:
    reports = Reports(units=(UNIT,), quality=HOUR_SEEN, recent=(counted(LAST, 7),))
    assert look(reports).junctions == look(reports).junctions


def test_the_chart_marks_what_nobody_saw() -> None:
    half = tuple(row for row in HOUR_SEEN if row.time <= LAST - 32 * MINUTE)
    hour = (counted(last_hour(NOW).start + 5 * MINUTE, 60),)
    flow = look(Reports(units=(UNIT,), quality=half, hour=hour)).by_id["bip"].flows[0]
    options = charts.last_hour(flow, last_hour(NOW).start, T)
    series = options["series"]
    assert isinstance(series, list)
    assert series[0]["data"] == [60, 0, 0, 0, 0, None, None, None, None, None, None, None]
    assert series[-1]["data"] == [None] * 5 + [1] * 7


def test_citizens_are_told_of_traffic_not_of_broken_units() -> None:
    offline = STATE.model_copy(update={"status": "offline", "reason": "connection_lost"})
    city = look(Reports(units=(UNIT.model_copy(update={"state": offline}),)))
    shown = view(city, False, T)
    assert {row.condition for row in shown.rows} == {Condition.NO_DATA}
    assert len(shown.rows) == 25
    assert shown.clock == "17.42 WIB"


@pytest.mark.parametrize("condition", list(Condition))
def test_every_condition_has_a_shape_of_its_own(condition: Condition) -> None:
    shapes = {sign(one).split(">", 1)[1] for one in Condition}
    assert len(shapes) == len(Condition)
    assert f'class="sign {condition}"' in sign(condition)


def test_small_pictures_are_drawn_for_what_is_and_is_not_known() -> None:
    bip = look(Reports(units=(UNIT,), quality=HOUR_SEEN)).by_id["bip"]
    assert mark(bip).count('class="arm"') == 4
    assert spark([3, None, 6]).count("unseen") == 1
