"""What an operator is told, and what not: stories on a two-lane road, told picture by picture.

Traffic goes up the picture (y falls). A story gives, for a time, the boxes of everybody; the road's use is taught first
by cars that drive along both lanes, as it would be on any street after some minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import AreaZone, IncidentKind, NoParkingZone, VehicleClass, Zones
from edge.incidents import IncidentNotice, IncidentState, IncidentWatch
from edge.parking import Seen
from tests.support.seen import LOOKS, one, picture

CAR, MOTORCYCLE, PERSON = VehicleClass.CAR, VehicleClass.MOTORCYCLE, VehicleClass.PERSON
BEGAN = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
ROAD = AreaZone(kind="carriageway", id="road", polygon=((0.3, 0.0), (0.7, 0.0), (0.7, 1.0), (0.3, 1.0)))
QUEUE = AreaZone(kind="queue", id="wait", polygon=((0.3, 0.3), (0.7, 0.3), (0.7, 1.0), (0.3, 1.0)))
KERB = NoParkingZone(kind="no_parking", id="kerb", polygon=((0.3, 0.0), (0.36, 0.0), (0.36, 1.0), (0.3, 1.0)))
LEFT, RIGHT = 0.42, 0.58
"""Middles of the lanes."""
TAUGHT_S = 60.0

Story = Callable[[float], Sequence[Seen]]


def lesson(time_s: float) -> list[Seen]:
    """A car every four seconds in each lane, up the picture in four seconds."""
    number, since_s = divmod(time_s, 4.0)
    return [one(2 * int(number) + lane, x, 0.98 - 0.24 * since_s) for lane, x in enumerate((LEFT, RIGHT))]


def passing(time_s: float, x: float = RIGHT, every_s: float = 4.0) -> list[Seen]:
    """A car every `every_s` seconds along one lane."""
    number, since_s = divmod(time_s, every_s)
    return [one(1000 + int(number), x, 0.98 - 0.24 * since_s)] if since_s < 4.0 else []


class Camera:
    """One camera's watch, fed five pictures a second."""

    def __init__(self, *zones: AreaZone | NoParkingZone, state: IncidentState | None = None) -> None:
        self.zones = Zones(zones=(ROAD, *zones))
        self.watch = IncidentWatch("dago-1", self.zones, state)
        self.time_s = 0.0
        self.notices: list[IncidentNotice] = []

    def sees(self, story: Story, seconds: float) -> None:
        until = self.time_s + seconds
        began = self.time_s
        while self.time_s < until:
            wall = BEGAN + timedelta(seconds=self.time_s)
            seen = story(self.time_s - began)
            self.notices += self.watch.step(seen, picture(seen), self.time_s, wall)
            self.time_s += 0.2

    def restarts(self, down_s: float) -> None:
        """The process dies; the state that was kept with the last notice is all that is left."""
        state = self.watch.state()
        self.watch = IncidentWatch("dago-1", self.zones, state)
        self.time_s += down_s

    @property
    def opened(self) -> list[IncidentKind]:
        return [notice.incident.incident for notice in self.notices if notice.phase == "opened"]


@cache
def _teach(*zones: AreaZone | NoParkingZone) -> Camera:
    camera = Camera(*zones)
    camera.sees(lesson, TAUGHT_S)
    return camera


def taught(*zones: AreaZone | NoParkingZone) -> Camera:
    """A camera that has watched the road for a minute; a lesson is given once."""
    return deepcopy(_teach(*zones))


def breakdown(time_s: float) -> list[Seen]:
    return [one(900, LEFT, 0.5), *passing(time_s)]


def red(time_s: float) -> list[Seen]:
    """Four stand behind the line at y = 0.3, the first a little over it."""
    return [one(900 + place, LEFT, 0.28 + 0.12 * place) for place in range(4)]


def jam(time_s: float) -> list[Seen]:
    """Both lanes stand to the upper end of the picture."""
    return [
        one(900 + 2 * place + lane, x, 0.1 + 0.12 * place) for place in range(8) for lane, x in ((0, LEFT), (1, RIGHT))
    ]


def behind_a_breakdown(time_s: float) -> list[Seen]:
    """Two have stopped behind it."""
    return [*breakdown(time_s), one(901, LEFT, 0.62), one(902, LEFT, 0.74)]


def left_turn_on_red(time_s: float) -> list[Seen]:
    """The queue stands for a minute and a half, the other lane flows past it all the time."""
    return [*red(time_s), *passing(time_s)]


def wrong_way(time_s: float) -> list[Seen]:
    return [one(900, RIGHT, min(0.2 + 0.2 * time_s, 0.98), MOTORCYCLE, 0.05)]


def reverses(time_s: float) -> list[Seen]:
    """Two lengths back into a gap."""
    return [one(900, RIGHT, 0.4 + min(0.04 * time_s, 0.16))]


def u_turn(time_s: float) -> list[Seen]:
    """Across both lanes, and away on the pavement's side."""
    return [one(900, 0.42 + 0.1 * time_s, 0.5)] if time_s < 3 else []


def crosses(time_s: float) -> list[Seen]:
    return [one(900, 0.28 + 0.05 * time_s, 0.5, PERSON, 0.06)] if time_s < 9 else []


def strolls(time_s: float) -> list[Seen]:
    """Along the lane for half a minute."""
    return [one(900, LEFT, 0.8 - 0.015 * time_s, PERSON, 0.06)] if time_s < 30 else []


def rides(time_s: float) -> list[Seen]:
    """A machine that the detector calls a person, in a standing queue; and one that the box of its machine covers."""
    return [
        *red(time_s),
        one(950, LEFT + 0.05, 0.5, PERSON, 0.06),
        one(951, RIGHT, 0.5, PERSON, 0.06),
        one(952, RIGHT, 0.5),
    ]


def parks(time_s: float) -> list[Seen]:
    return [one(900, 0.33, 0.5), *passing(time_s)]


NOTHING: list[IncidentKind] = []
STOPPED, WRONG, ON_FOOT = [IncidentKind.STOPPED_VEHICLE], [IncidentKind.WRONG_WAY], [IncidentKind.PERSON_ON_ROAD]

STORIES = [
    # what happens                        zones beside the road   the story      seconds  told
    ("a breakdown, traffic goes round", (QUEUE.model_copy(update={"polygon": ((0.3, 0.8), (0.7, 0.8), (0.7, 1.0))}),),
     breakdown, 45, STOPPED),
    ("an angkot takes a passenger", (), breakdown, 25, NOTHING),
    ("two stop behind a breakdown", (), behind_a_breakdown, 45, STOPPED),
    ("a queue at red", (QUEUE,), red, 140, NOTHING),
    ("a queue while the left turn flows", (QUEUE,), left_turn_on_red, 90, NOTHING),
    ("a breakdown at the line", (QUEUE,), breakdown, 200, STOPPED),
    ("a jam", (), jam, 170, NOTHING),
    ("a case of parking", (KERB,), parks, 100, NOTHING),
    ("a motorcycle on the wrong side", (), wrong_way, 8, WRONG),
    ("a car that reverses into a gap", (), reverses, 10, NOTHING),
    ("a car that turns round", (), u_turn, 6, NOTHING),
    ("somebody crosses", (), crosses, 30, NOTHING),
    ("somebody walks in the lane", (), strolls, 40, ON_FOOT),
    ("riders who wait", (QUEUE,), rides, 60, NOTHING),
    ("an ordinary road", (), lesson, 120, NOTHING),
]  # fmt: skip


@pytest.mark.parametrize(
    ("zones", "story", "seconds", "told"), [row[1:] for row in STORIES], ids=[row[0] for row in STORIES]
)
def test_stories(zones: tuple[AreaZone, ...], story: Story, seconds: float, told: list[IncidentKind]) -> None:
    camera = taught(*zones)
    assert camera.opened == NOTHING
    camera.sees(story, seconds)
    assert camera.opened == told


def test_without_a_carriageway_nothing_is_an_incident() -> None:
    watch = IncidentWatch("dago-1", Zones(zones=(QUEUE,)))
    for number in range(1000):
        assert watch.step([one(1, LEFT, 0.2)], picture([]), number / 5, BEGAN) == []
    assert watch.state() is None
    assert watch.finish() == []


def test_an_incident_ends_when_it_was_last_seen_and_tells_its_beginning() -> None:
    camera = taught()
    camera.sees(breakdown, 60)
    camera.sees(passing, 100)
    opened, closed = camera.notices
    assert (opened.phase, closed.phase, closed.incident.case) == ("opened", "closed", opened.incident.case)
    assert abs((opened.incident.opened - BEGAN).total_seconds() - TAUGHT_S) < 1
    assert closed.incident.closed is not None
    assert abs((closed.incident.closed - BEGAN).total_seconds() - TAUGHT_S - 60) < 3
    assert opened.picture is not None
    assert opened.incident.evidence == (opened.picture.sha256,)


def test_it_is_the_same_incident_hidden_renumbered_and_after_a_restart() -> None:
    camera = taught()
    camera.sees(breakdown, 40)
    lorry = one(990, LEFT, 0.52, VehicleClass.TRUCK, 0.16)
    camera.sees(lambda time_s: [lorry, *passing(time_s)], 20)
    camera.sees(lambda time_s: [one(900 + LOOKS, LEFT, 0.5), *passing(time_s)], 20)
    camera.restarts(down_s=20)
    camera.sees(lambda time_s: [one(4, LEFT, 0.5), *passing(time_s)], 100)
    assert camera.opened == STOPPED
    assert [notice.phase for notice in camera.notices] == ["opened"]


def test_what_is_gone_after_a_restart_is_closed() -> None:
    camera = taught()
    camera.sees(breakdown, 40)
    camera.restarts(down_s=600)
    camera.sees(passing, 80)
    assert [notice.phase for notice in camera.notices] == ["opened", "closed"]


def test_people_who_walk_together_are_one_incident() -> None:
    camera = taught()
    camera.sees(lambda time_s: [*strolls(time_s), one(901, RIGHT, 0.7 - 0.01 * time_s, PERSON, 0.06)], 40)
    camera.sees(passing, 20)
    assert [notice.phase for notice in camera.notices] == ["opened", "closed"]


def test_notices_become_messages_of_the_contract() -> None:
    camera = taught()
    camera.sees(breakdown, 60)
    (notice,) = camera.notices
    event = notice.event(camera="dago-1", boot_id="0" * 32, seq=7, time=BEGAN)
    evidence = notice.evidence(camera="dago-1", boot_id="0" * 32, seq=8, time=BEGAN)
    assert evidence is not None
    assert event.evidence == (evidence.sha256,)
    assert (event.case, event.incident, event.zone, event.vehicle) == (evidence.case, STOPPED[0], "road", CAR)


BOXES = st.tuples(
    st.integers(1, 5), st.floats(0.1, 0.9), st.floats(0.1, 0.95), st.sampled_from([CAR, MOTORCYCLE, PERSON])
)
PICTURES = st.lists(st.tuples(st.floats(0.05, 40), st.lists(BOXES, max_size=5)), max_size=60)


@settings(max_examples=25, deadline=None)
@given(PICTURES)
def test_whatever_is_seen_each_incident_opens_once_and_closes_once_after_that(
    pictures: list[tuple[float, list[tuple[int, float, float, VehicleClass]]]],
) -> None:
    camera, told = taught(), list[IncidentNotice]()
    for gap_s, boxes in pictures:
        camera.time_s += gap_s
        seen = {track: one(track, x, y, vehicle) for track, x, y, vehicle in boxes}
        wall = BEGAN + timedelta(seconds=camera.time_s)
        told += camera.watch.step(list(seen.values()), picture(list(seen.values())), camera.time_s, wall)
    told += camera.watch.finish()
    assert _phases(told) <= {("opened", "closed")}
    for notice in told:
        if notice.incident.closed is not None:
            assert notice.incident.closed >= notice.incident.opened


def _phases(told: Iterable[IncidentNotice]) -> set[tuple[str, ...]]:
    phases: dict[str, list[str]] = {}
    for notice in told:
        phases.setdefault(notice.incident.case, []).append(notice.phase)
    return {tuple(one) for one in phases.values()}
