"""No crossing lost or counted twice over any cut; and a number is only told where there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import CameraCondition, Light, Line, Quality, VehicleClass, Zones
from edge.aggregation import CameraPlan, Closed, Intervals, Sight

START = datetime(2026, 3, 2, 7, 0, 20, tzinfo=UTC)
MAIN = Line(id="main", a=(0.1, 0.5), b=(0.9, 0.5), right="masuk", left="keluar", approach="selatan")
SIDE = Line(id="side", a=(0.1, 0.7), b=(0.9, 0.7), right="down", left="up")
PLAN = {"a": CameraPlan(Zones(lines=(MAIN, SIDE)), 10.0), "b": CameraPlan(Zones(lines=(SIDE,)), 10.0)}
CAR, MOTORCYCLE, TRUCK = VehicleClass.CAR, VehicleClass.MOTORCYCLE, VehicleClass.TRUCK
OK, NIGHT, COVERED = CameraCondition.OK, CameraCondition.NIGHT, CameraCondition.COVERED

SIGHT = Sight(OK)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def intervals(interval_s: int = 60) -> Intervals:
    return Intervals(PLAN, interval_s, START)


def run(
    made: Intervals, *, until_s: float, from_s: float = 0.0, sight: Sight | None = SIGHT, fps: float = 10
) -> list[Closed]:
    """Both cameras look `fps` times a second (none at all without a sight), and time is told twice a second."""
    told = []
    steps = round((until_s - from_s) * fps)
    for step in range(1, steps + 1):
        now = after(from_s + step / fps)
        for camera in PLAN if sight else ():
            made.look(camera, now, sight or SIGHT)
        told += made.due(now)
    return told


def totals(told: Iterable[Closed]) -> Counter[tuple[str, str, str, VehicleClass]]:
    return Counter(
        {
            (camera.camera, line.line, line.direction, kind): number
            for closed in told
            for camera in closed.cameras
            for line in camera.lines
            for kind, number in line.counts.items()
        }
    )


def sums(told: Iterable[Closed]) -> Counter[str]:
    """Vehicles by camera over all intervals."""
    found = Counter[str]()
    for closed in told:
        for camera in closed.cameras:
            found[camera.camera] += sum(sum(line.counts.values()) for line in camera.lines)
    return +found


def quality(told: Closed, camera: str = "a") -> Quality:
    return next(one.quality for one in told.cameras if one.camera == camera)


def test_intervals_start_at_the_full_minute_and_only_the_first_and_last_are_parts() -> None:
    made = intervals()
    told = run(made, until_s=170)
    told += made.finish(after(170))
    spans = [(f"{one.start:%H:%M:%S}", f"{one.end:%H:%M:%S}") for one in told]
    assert spans == [
        ("07:00:20", "07:01:00"),
        ("07:01:00", "07:02:00"),
        ("07:02:00", "07:03:00"),
        ("07:03:00", "07:03:10"),
    ]
    assert [quality(one).reasons for one in told] == [("part_interval",), (), (), ("part_interval",)]
    assert [quality(one).grade for one in told] == ["degraded", "good", "good", "degraded"]
    assert quality(told[1]) == Quality(grade="good", frames=600, fps=10, light=Light.DAY, condition=OK)


def test_every_line_and_direction_is_told_and_an_approach_in_pcu() -> None:
    made = intervals()
    for kind, line, direction in [
        (CAR, "main", "masuk"),
        (MOTORCYCLE, "main", "masuk"),
        (MOTORCYCLE, "main", "masuk"),
        (TRUCK, "main", "keluar"),
    ]:
        made.cross("a", after(5), line, direction, kind)
    told = run(made, until_s=43)
    a, b = told[0].cameras
    assert [(line.line, line.direction, dict(line.counts)) for line in a.lines] == [
        ("main", "masuk", {CAR: 1, MOTORCYCLE: 2}),
        ("main", "keluar", {TRUCK: 1}),
        ("side", "down", {}),
        ("side", "up", {}),
    ]
    assert [(one.approach, one.pcu) for one in a.approaches] == [("selatan", 1.3)]
    assert len(b.lines) == 2
    assert b.approaches == ()


def test_turning_movements_are_told_where_there_were_any() -> None:
    made = intervals()
    for kind in (CAR, CAR, MOTORCYCLE):
        made.turn("a", after(5), "entry-n", "exit-e", kind)
    (told,) = run(made, until_s=43)
    a, b = told.cameras
    assert [(one.origin, one.destination, one.counts) for one in a.movements] == [
        ("entry-n", "exit-e", {CAR: 2, MOTORCYCLE: 1})
    ]
    assert b.movements == ()


QUALITIES = [
    ("plenty of pictures", Sight(OK), 10, ("good", set(), OK, Light.DAY)),
    ("too few pictures", Sight(OK), 3, ("degraded", {"low_fps"}, OK, Light.DAY)),
    ("at night", Sight(NIGHT), 10, ("degraded", {"dark"}, NIGHT, Light.NIGHT)),
    ("covered", Sight(COVERED), 10, ("blind", {"camera"}, COVERED, Light.UNKNOWN)),
    ("no picture at all", None, 10, ("blind", {"camera"}, CameraCondition.LOST, Light.UNKNOWN)),
    ("a crowd", Sight(OK, boxes=10, overlapping=6), 10, ("degraded", {"occlusion"}, OK, Light.DAY)),
    ("unsure tracks", Sight(OK, begun=4, unconfirmed=3), 10, ("degraded", {"unconfirmed"}, OK, Light.DAY)),
]


@pytest.mark.parametrize(("sight", "fps", "worth"), [row[1:] for row in QUALITIES], ids=[row[0] for row in QUALITIES])
def test_what_an_interval_is_worth(
    sight: Sight | None, fps: float, worth: tuple[str, set[str], CameraCondition, Light]
) -> None:
    (_, whole) = run(intervals(), until_s=103, sight=sight, fps=fps)
    seen = quality(whole)
    assert (seen.grade, set(seen.reasons), seen.condition, seen.light) == worth
    told = whole.cameras[0]
    assert bool(told.lines) == (seen.grade != "blind"), "a blind camera tells no zeros, any other tells every line"


def test_lost_for_the_second_half_is_degraded_and_for_most_of_it_is_blind_but_what_was_seen_is_told() -> None:
    made = intervals()
    told = run(made, until_s=40 + 45)
    told += run(made, from_s=85, until_s=100 + 10, sight=None)
    told += run(made, from_s=110, until_s=120)
    made.cross("a", after(115), "main", "masuk", CAR)
    told += run(made, from_s=120, until_s=165, sight=None)
    _, half, most = told
    assert (quality(half).grade, quality(half).reasons, quality(half).condition) == ("degraded", ("camera",), OK)
    assert (quality(most).grade, quality(most).condition) == ("blind", CameraCondition.LOST)
    (only,) = most.cameras[0].lines
    assert (only.line, only.counts) == ("main", {CAR: 1})


def test_a_crossing_belongs_to_when_it_happened_as_long_as_that_can_be_said() -> None:
    made = intervals()
    run(made, until_s=40.5)
    made.cross("a", after(39.9), "main", "masuk", CAR)
    told = run(made, from_s=40.5, until_s=50)
    made.cross("a", after(39.9), "main", "masuk", TRUCK)
    told += run(made, from_s=50, until_s=103)
    assert [sorted(key[3] for key in totals([one])) for one in told] == [[CAR], [TRUCK]]


def test_a_new_plan_holds_from_its_boundary_and_a_last_crossing_of_the_old_is_told() -> None:
    made = intervals()
    run(made, until_s=20)
    boundary = made.next_boundary(after(20))
    assert boundary == after(40)
    made.replan({"c": CameraPlan(Zones(lines=(MAIN,)), 10.0)}, 60, boundary)
    told = run(made, from_s=20, until_s=50)
    made.cross("b", after(45), "side", "down", CAR)
    told += run(made, from_s=50, until_s=103)
    first, second = told
    assert [one.camera for one in first.cameras] == ["a", "b"]
    assert [one.camera for one in second.cameras] == ["c", "b"]
    assert sums([second]) == Counter(b=1)


def test_another_length_of_interval_begins_at_a_boundary_of_the_old() -> None:
    made = intervals()
    made.replan(PLAN, 300, after(40))
    told = run(made, until_s=645, fps=2)
    assert [f"{one.start:%H:%M:%S}" for one in told] == ["07:00:20", "07:01:00", "07:05:00"]
    assert ["part_interval" in quality(one).reasons for one in told] == [True, True, False]


CLOCKS = [
    ("set forward by an hour", 3600.0),
    ("set back by an hour", -3600.0),
    ("a machine that slept", 45.0),
]


@pytest.mark.parametrize("step_s", [row[1] for row in CLOCKS], ids=[row[0] for row in CLOCKS])
def test_a_clock_that_is_set_cuts_the_interval_where_it_was(step_s: float) -> None:
    made = intervals()
    made.cross("a", after(1), "main", "masuk", CAR)
    told = run(made, until_s=10)
    told += run(made, from_s=10 + step_s, until_s=15 + step_s)
    made.cross("a", after(15 + step_s), "main", "masuk", CAR)
    told += made.finish(after(16 + step_s))
    assert [(one.start, one.end) for one in told] == [
        (after(0), after(10)),
        (after(10.1 + step_s), after(16 + step_s)),
    ]
    assert sums(told) == Counter(a=2)


def test_what_ran_when_the_process_was_killed_goes_on_in_the_same_minute() -> None:
    killed = intervals()
    run(killed, until_s=10)
    killed.cross("a", after(9), "main", "masuk", CAR)
    record = killed.record()
    made = Intervals(PLAN, 60, after(15))
    made.resume(record)
    made.cross("a", after(20), "main", "masuk", CAR)
    (told,) = run(made, from_s=15, until_s=43)
    assert (told.start, told.end) == (after(0), after(40))
    assert sums([told]) == Counter(a=2)
    assert quality(told).reasons == ("camera", "part_interval")


def test_what_ran_when_the_process_was_killed_is_told_if_its_minute_is_over() -> None:
    killed = intervals()
    run(killed, until_s=10)
    killed.cross("a", after(9), "main", "masuk", CAR)
    made = Intervals(PLAN, 60, after(100))
    made.resume(killed.record())
    (told,) = made.due(after(100.5))
    assert (told.start, told.end) == (after(0), after(10))
    assert sums([told]) == Counter(a=1)


@pytest.mark.parametrize("record", [b"", b"{}", b'{"at": "yesterday", "running": []}', b"\xff"])
def test_a_record_that_cannot_be_read_is_nothing(record: bytes) -> None:
    made = intervals()
    made.resume(record)
    assert sums(made.finish(after(1))) == Counter()


@dataclass(frozen=True)
class Crossing:
    ago_s: float


@dataclass(frozen=True)
class Passed:
    seconds: float


@dataclass(frozen=True)
class Killed:
    down_s: float


STEPS = st.one_of(
    st.builds(Crossing, st.floats(0, 90)),
    st.builds(Passed, st.floats(0, 9.9)),
    st.builds(Passed, st.floats(11, 4000)),
    st.builds(Passed, st.floats(-8000, -11)),
    st.builds(Killed, st.floats(0, 200)),
)


@given(st.sampled_from([1, 10, 60]), st.lists(STEPS, max_size=40))
def test_no_crossing_is_lost_or_counted_twice_over_any_cut(
    interval_s: int, steps: list[Crossing | Passed | Killed]
) -> None:
    made, now, crossed = intervals(interval_s), 0.0, 0
    told: list[Closed] = []
    forward = True
    for step in steps:
        match step:
            case Crossing(ago_s):
                made.look("a", after(now), Sight(OK))
                made.cross("a", after(now - ago_s), "main", "masuk", CAR)
                crossed += 1
            case Passed(seconds):
                now += seconds
                forward = forward and seconds >= 0
                told += made.due(after(now))
            case Killed(down_s):
                record = made.record()
                now += down_s
                made = Intervals(PLAN, interval_s, after(now))
                made.resume(record)
    told += made.finish(after(now))
    assert sums(told)["a"] == crossed
    assert all(one.end > one.start for one in told)
    if forward:
        spans = sorted((one.start, one.end) for one in told)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))
        assert [(one.start, one.end) for one in told] == spans
