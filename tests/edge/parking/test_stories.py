"""Which vehicles become cases, and which do not: stories at a kerb, told picture by picture.

The zone is a strip along the right-hand kerb; traffic goes up the picture (y falls) on the lane beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import NoParkingZone, VehicleClass, Zones
from contract.zones import Day
from edge.parking import Notice, ParkingState, ParkingWatch, Seen
from tests.support.seen import LOOKS, one, picture

CAR, MOTORCYCLE, BUS, PERSON = VehicleClass.CAR, VehicleClass.MOTORCYCLE, VehicleClass.BUS, VehicleClass.PERSON
BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday, 08:00 in Bandung."""
WIB = ZoneInfo("Asia/Jakarta")
KERB = NoParkingZone(
    kind="no_parking", id="kerb", polygon=((0.6, 0.1), (0.8, 0.1), (0.8, 0.95), (0.6, 0.95)), grace_s=40
)
X, Y, LANE = 0.7, 0.6, 0.45

Story = Callable[[float], Sequence[Seen]]


class Camera:
    """One camera's watch, fed five pictures a second."""

    def __init__(self, zone: NoParkingZone = KERB) -> None:
        self.zones = Zones(zones=(zone,))
        self.watch = ParkingWatch("dago-1", self.zones, WIB)
        self.time_s = 0.0
        self.notices: list[Notice] = []

    @property
    def wall(self) -> datetime:
        return BEGAN + timedelta(seconds=self.time_s)

    def sees(self, story: Story, seconds: float) -> None:
        began_s, until_s = self.time_s, self.time_s + seconds
        while self.time_s < until_s:
            seen = story(self.time_s - began_s)
            self.notices += self.watch.step(seen, picture(seen), self.time_s, self.wall)
            self.time_s += 0.2

    def restarts(self, down_s: float) -> None:
        """The process dies; what was kept with the last notice is all that is left."""
        state = ParkingState.model_validate_json(self.watch.state(self.wall).model_dump_json())
        self.watch = ParkingWatch("dago-1", self.zones, WIB, state)
        self.time_s += down_s

    @property
    def told(self) -> list[str]:
        """What was told, in order; "confirmed" for the update that confirms."""
        return ["confirmed" if notice.phase == "updated" else notice.phase for notice in self.notices]


def empty(_: float) -> list[Seen]:
    return []


def traffic(time_s: float) -> list[Seen]:
    """A car every four seconds on the lane beside the kerb."""
    number, since_s = divmod(time_s, 4.0)
    return [one(1000 + int(number), LANE, 0.95 - 0.22 * since_s)]


def parks(time_s: float) -> list[Seen]:
    return [one(7, X, Y), *traffic(time_s)]


def leaves_in_time(time_s: float) -> list[Seen]:
    return [one(7, X, Y if time_s < 15 else max(Y - 0.2 * (time_s - 15), 0.11))] if time_s < 18 else []


def leaves_before_grace_is_over(time_s: float) -> list[Seen]:
    return [one(7, X, Y)] if time_s < 32 else []


def drives_through(time_s: float) -> list[Seen]:
    number, since_s = divmod(time_s, 4.0)
    return [one(int(number), X, 0.94 - 0.2 * since_s)]


def people_stand(time_s: float) -> list[Seen]:
    return [one(7, X, Y, PERSON)]


def hidden_by_a_bus(time_s: float) -> list[Seen]:
    """For twenty seconds a bus stands before it."""
    bus = one(8, X - 0.03, Y + 0.03, BUS, 0.22)
    return [bus] if 50 <= time_s < 70 else [one(7, X, Y)]


def loses_its_number(time_s: float) -> list[Seen]:
    """The tracker gives it a new one every nine seconds."""
    return [one(LOOKS * int(time_s // 9), X, Y)]


def queue(time_s: float) -> list[Seen]:
    """Six come to rest one behind the other along the kerb, wait for the green, and go."""
    found = []
    for place in range(6):
        arrives_s, goes_s = 4.0 * place, 95.0 + 2.0 * place
        rests = 0.2 + 0.12 * place
        y = min(0.94, max(rests, 0.94 - 0.2 * max(0.0, time_s - arrives_s)))
        y = y if time_s < goes_s else max(0.11, rests - 0.2 * (time_s - goes_s))
        if time_s >= arrives_s and y > 0.12:
            found.append(one(20 + place, X, y))
    return found


STORIES = [
    # what happens                       the story                     seconds  told
    ("it parks", parks, 60, ["opened", "confirmed"]),
    ("it parks and drives off", lambda time_s: parks(time_s) if time_s < 60 else traffic(time_s), 130,
     ["opened", "confirmed", "closed"]),
    ("it leaves in time", leaves_in_time, 60, []),
    ("it leaves before grace is over", leaves_before_grace_is_over, 120, ["opened", "closed"]),
    ("traffic along the kerb", drives_through, 60, []),
    ("people stand there", people_stand, 100, []),
    ("a bus hides it", hidden_by_a_bus, 110, ["opened", "confirmed"]),
    ("it loses its number", loses_its_number, 100, ["opened", "confirmed"]),
    ("a queue at red", queue, 120, []),
]  # fmt: skip


@pytest.mark.parametrize(("story", "seconds", "told"), [row[1:] for row in STORIES], ids=[row[0] for row in STORIES])
def test_stories(story: Story, seconds: float, told: list[str]) -> None:
    camera = Camera()
    camera.sees(traffic, 10)
    camera.sees(story, seconds)
    assert camera.told == told
    assert len({notice.case.case for notice in camera.notices}) <= 1


RULES = [
    # what the zone says                  changes                                     told
    ("always", {}, True),
    ("in its hours", {"hours": ("07:00-09:00",)}, True),
    ("outside its hours", {"hours": ("09:00-15:00",)}, False),
    ("over midnight", {"hours": ("22:00-08:30",)}, True),
    ("on its day", {"days": (Day.MON,)}, True),
    ("on another day", {"days": (Day.SUN,)}, False),
    ("exempt", {"exempt": (CAR,)}, False),
    ("others are exempt", {"exempt": (BUS,)}, True),
    ("a long grace", {"grace_s": 300.0}, False),
]


@pytest.mark.parametrize(("changes", "told"), [row[1:] for row in RULES], ids=[row[0] for row in RULES])
def test_what_the_zone_says(changes: dict[str, object], told: bool) -> None:
    camera = Camera(KERB.model_copy(update=changes))
    camera.sees(traffic, 5)
    camera.sees(parks, 60)
    assert ("confirmed" in camera.told) is told


def test_a_case_begins_when_the_hours_begin() -> None:
    camera = Camera(KERB.model_copy(update={"hours": ("08:01-12:00",)}))
    camera.sees(parks, 58)
    assert camera.told == []
    camera.sees(parks, 60)
    assert (camera.notices[0].case.opened - BEGAN).total_seconds() == pytest.approx(60, abs=0.3)


def test_who_stood_there_before_the_start_is_marked_so() -> None:
    camera = Camera()
    camera.sees(parks, 60)
    camera.sees(lambda time_s: [*parks(time_s), one(9, X, 0.3)], 60)
    marked = {notice.case.since_before_start for notice in camera.notices if notice.phase == "opened"}
    assert marked == {True, False}


def test_the_same_case_goes_on_after_a_restart() -> None:
    camera = Camera()
    camera.sees(parks, 60)
    camera.restarts(down_s=30)
    camera.sees(lambda time_s: [one(7 + LOOKS, X, Y)] if time_s < 30 else traffic(time_s), 90)
    assert camera.told == ["opened", "confirmed", "closed"]
    first, *_, last = camera.notices
    assert first.case.case == last.case.case
    assert last.case.closed is not None
    assert abs((last.case.closed - BEGAN).total_seconds() - 120) < 3


def test_those_who_park_one_behind_the_other_are_no_queue() -> None:
    """They come one after the other, an angkot among them stops and goes; cars drive past on the lane."""

    def row(time_s: float) -> list[Seen]:
        number, since_s = divmod(time_s, 4.0)
        found = [one(2000 + int(number), X - 0.15, 0.95 - 0.22 * since_s)]
        for place, (comes_s, goes_s) in enumerate([(0.0, 90.0), (12.0, 24.0), (20.0, 110.0), (30.0, 120.0)]):
            rests = 0.3 + 0.14 * place
            y = max(rests, 0.94 - 0.2 * (time_s - comes_s))
            y = y if time_s < goes_s else rests - 0.2 * (time_s - goes_s)
            if time_s >= comes_s and y > 0.12:
                found.append(one(20 + place, X, y))
        return found

    camera = Camera()
    camera.sees(traffic, 10)
    camera.sees(row, 130)
    assert camera.told.count("confirmed") == 3
    cases = {notice.case.case: notice.case for notice in camera.notices}
    late = [(case.confirmed - case.opened).total_seconds() for case in cases.values() if case.confirmed]
    assert late == pytest.approx([KERB.grace_s] * 3, abs=1.0)


def test_two_who_left_the_kerb_against_the_order_of_a_queue_are_none() -> None:
    """The one behind leaves first, and the one ahead ten seconds later; then somebody parks between their places."""

    def leaving(time_s: float) -> list[Seen]:
        found = [one(40, X, 0.8 - 0.2 * max(0.0, time_s - 6)), one(41, X, 0.4 - 0.2 * max(0.0, time_s - 16))]
        return [vehicle for vehicle in found if vehicle.box.y1 > 0.12]

    camera = Camera()
    camera.sees(traffic, 10)
    camera.sees(leaving, 25)
    camera.sees(lambda time_s: [one(7, X, max(Y, 0.94 - 0.2 * time_s))], 60)
    assert camera.told == ["opened", "confirmed"]


def test_a_queue_that_went_before_tells_of_the_next_one() -> None:
    """Two stood at red and went, the one ahead first; who comes next waits for the same signal."""

    def going(time_s: float) -> list[Seen]:
        found = [one(40, X, 0.4 - 0.2 * max(0.0, time_s - 6)), one(41, X, 0.8 - 0.2 * max(0.0, time_s - 9))]
        return [vehicle for vehicle in found if vehicle.box.y1 > 0.12]

    camera = Camera()
    camera.sees(traffic, 10)
    camera.sees(going, 25)
    camera.sees(lambda time_s: [one(7, X, max(Y, 0.94 - 0.2 * time_s))], 60)
    assert camera.told == []


def creeping(lane: float, time_s: float) -> list[Seen]:
    """A jam: every fifteen seconds all move on by a place, a little more than their own length."""
    turns, since_s = divmod(time_s, 15.0)
    moved = turns + min(since_s / 3, 1.0)
    places = [(number, 0.9 - 0.16 * (moved - number)) for number in range(-6, 9)]
    return [one(60 + number + round(1000 * lane), lane, y) for number, y in places if 0.12 < y <= 0.94]


def test_who_parks_beside_a_jam_is_told() -> None:
    """Its neighbours halt as a queue does, near enough to pass for its own; one after the other they overtake it."""
    camera = Camera()
    camera.sees(lambda time_s: creeping(X - 0.05, time_s), 30)
    camera.sees(lambda time_s: [one(7, X, Y), *creeping(X - 0.05, 30 + time_s)], 70)
    assert camera.told == ["opened", "confirmed"]


def test_who_stands_in_a_jam_is_not_told() -> None:
    """Both lanes creep, so nobody overtakes it; at the end it waits for longer than the grace period."""
    camera = Camera()
    camera.sees(lambda time_s: [*creeping(X, time_s), *creeping(X - 0.05, time_s)], 45)
    camera.sees(lambda _: [*creeping(X, 45.0), *creeping(X - 0.05, 45.0)], 60)
    assert camera.told == []


def test_the_alert_counts_from_where_it_came_to_rest() -> None:
    """It rolls to a halt over six seconds; what a passing bus leaves of it afterwards is no second vehicle."""

    def rolling(time_s: float) -> list[Seen]:
        whole = one(7, X, Y + 0.06 * max(0.0, 1 - time_s / 6) ** 2)
        if not 12 <= time_s < 14:
            return [whole]
        return [whole._replace(box=whole.box._replace(y1=whole.box.y0 + 0.03)), one(8, X - 0.12, Y + 0.02, BUS, 0.2)]

    camera = Camera()
    camera.sees(traffic, 10)
    camera.sees(rolling, 70)
    assert camera.told == ["opened", "confirmed"]
    confirmed = camera.notices[-1].case.confirmed
    assert confirmed is not None
    assert (confirmed - BEGAN).total_seconds() == pytest.approx(10 + 3.5 + KERB.grace_s, abs=2.5)


def test_whose_place_is_taken_in_the_dark_is_not_confirmed() -> None:
    """An angkot goes while the process is down, and another stops there for a moment."""
    camera = Camera()
    camera.sees(traffic, 10)
    camera.sees(parks, 25)
    camera.restarts(down_s=10)
    camera.sees(traffic, 3)
    camera.sees(lambda time_s: [one(8, X, Y), *traffic(time_s)] if time_s < 12 else traffic(time_s), 60)
    assert camera.told == ["opened", "closed"]


def test_its_number_on_somebody_who_drives_past_does_not_end_a_case() -> None:
    def swapped(time_s: float) -> list[Seen]:
        return [one(7 + LOOKS, X, Y, size=0.09), one(7, LANE, 0.9 - 0.1 * time_s)] if time_s < 6 else [one(9, X, Y)]

    camera = Camera()
    camera.sees(traffic, 10)
    camera.sees(parks, 60)
    camera.sees(swapped, 60)
    assert camera.told == ["opened", "confirmed"]


def test_what_an_occluder_leaves_of_it_is_no_second_vehicle() -> None:
    def half_hidden(time_s: float) -> list[Seen]:
        whole = one(7, X, Y, size=0.12)
        upper = whole.box._replace(y1=whole.box.y0 + 0.05)
        return [whole._replace(box=upper), one(8, X - 0.12, Y + 0.02, BUS, 0.2)] if 20 <= time_s < 50 else [whole]

    camera = Camera()
    camera.sees(traffic, 10)
    camera.sees(half_hidden, 100)
    assert camera.told == ["opened", "confirmed"]


def test_the_alert_comes_within_ten_seconds_of_the_end_of_grace_with_a_picture() -> None:
    camera = Camera()
    camera.sees(traffic, 10)
    camera.sees(parks, 10 + KERB.grace_s)
    opened, confirmed = camera.notices
    assert confirmed.case.confirmed is not None
    assert (confirmed.case.confirmed - opened.case.opened).total_seconds() == pytest.approx(KERB.grace_s, abs=0.3)
    for notice in camera.notices:
        assert notice.picture is not None
        assert notice.picture.jpeg.startswith(b"\xff\xd8")
        assert len(notice.picture.jpeg) <= 60_000
        assert notice.case.evidence[-1] == notice.picture.sha256


BOXES = st.tuples(st.integers(1, 4), st.floats(0.55, 0.85), st.floats(0.2, 0.95), st.sampled_from([CAR, MOTORCYCLE]))
PICTURES = st.lists(st.tuples(st.floats(0.2, 50), st.lists(BOXES, max_size=4)), max_size=60)


@settings(max_examples=25, deadline=None)
@given(PICTURES)
def test_whatever_is_seen_each_case_opens_once_and_closes_once_with_no_negative_dwell(
    pictures: list[tuple[float, list[tuple[int, float, float, VehicleClass]]]],
) -> None:
    camera = Camera()
    for gap_s, boxes in pictures:
        camera.time_s += gap_s
        seen = list({track: one(track, x, y, vehicle) for track, x, y, vehicle in boxes}.values())
        camera.notices += camera.watch.step(seen, picture(seen), camera.time_s, camera.wall)
    camera.notices += camera.watch.finish(camera.wall)
    phases: dict[str, list[str]] = {}
    for notice, told in zip(camera.notices, camera.told, strict=True):
        phases.setdefault(notice.case.case, []).append(told)
        if notice.case.closed is not None:
            assert notice.case.closed >= (notice.case.confirmed or notice.case.opened)
    assert {tuple(one) for one in phases.values()} <= {("opened", "closed"), ("opened", "confirmed", "closed")}
