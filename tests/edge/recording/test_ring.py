"""What the ring keeps and what it gives up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edge.recording.ring import AFTER, BEFORE, Changes, Ring, Segment

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
DAY = timedelta(days=1)
CAP, PINS = 1000, 1500


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def segment(start_s: float, size: int = 100, camera: str = "a") -> Segment:
    return Segment(camera, at(start_s), at(start_s + 4), size)


def filled(number: int, **caps: int) -> Ring:
    ring = Ring(caps.get("cap", CAP), caps.get("pins", PINS))
    for place in range(number):
        ring.add(segment(4 * place))
    return ring


def starts(segments: Iterable[Segment]) -> list[float]:
    return [(one.start - NOON).total_seconds() for one in segments]


@pytest.mark.parametrize(
    ("sizes", "left"),
    [
        ([100] * 10, 10),  # exactly full
        ([100] * 11, 10),  # the oldest goes
        ([100] * 9 + [900], 2),  # a large one pushes many out
        ([100, 1001], 0),  # what is larger than the ring does not stay
    ],
)
def test_the_oldest_go_first(sizes: list[int], left: int) -> None:
    ring, dropped = Ring(CAP, PINS), list[Segment]()
    for place, size in enumerate(sizes):
        dropped += ring.add(segment(4 * place, size)).drop
    assert starts(ring.segments) == [4 * place for place in range(len(sizes) - left, len(sizes))]
    assert starts(dropped) == [4 * place for place in range(len(sizes) - left)]


def test_a_case_keeps_twenty_seconds_before_it_and_forty_after() -> None:
    ring = filled(10, pins=5000)
    assert starts(ring.pin("case", "a", at(36), at(38), DAY).keep) == [12, 16, 20, 24, 28, 32, 36]
    kept = [one for place in range(10, 30) for one in ring.add(segment(4 * place)).keep]
    assert starts(kept) == [40, 44, 48, 52, 56, 60, 64, 68, 72, 76], "and no further"
    pin = ring.of("case")
    assert pin is not None
    assert (pin.start, pin.end) == (at(36) - BEFORE, at(36) + AFTER)
    assert starts(ring.showing(pin)) == [4.0 * place for place in range(3, 20)]


def test_a_case_that_began_before_the_ring_is_pinned_where_it_is_told() -> None:
    ring = filled(20)  # the ring reaches back to 40 s
    ring.pin("case", "a", at(10), at(80), DAY)
    pin = ring.of("case")
    assert pin is not None
    assert pin.start == at(60)


def test_two_cases_share_what_both_cover_and_it_stays_for_the_longer() -> None:
    ring = filled(10)
    first = ring.pin("one", "a", at(30), at(38), timedelta(seconds=100)).keep
    second = ring.pin("two", "a", at(34), at(38), timedelta(seconds=200)).keep
    assert not set(first) & set(second)
    shared = set(first)
    released = set(ring.expire(at(38 + 100)).release)
    assert starts(released) == [8.0]
    assert set(ring.kept) == (shared | set(second)) - released
    assert set(ring.expire(at(38 + 200)).release) == (shared | set(second)) - released


def test_another_camera_is_not_pinned() -> None:
    ring = Ring(CAP, PINS)
    ring.add(segment(0, camera="a"))
    ring.add(segment(0, camera="b"))
    assert [one.camera for one in ring.pin("case", "b", at(2), at(3), DAY).keep] == ["b"]


def test_full_pins_take_nothing_new_and_lose_nothing_old() -> None:
    ring = filled(10, pins=300)
    first = ring.pin("one", "a", at(38), at(38), DAY).keep
    assert len(first) == 3
    assert ring.pin("two", "a", at(10), at(38), DAY).keep == ()
    assert tuple(ring.kept) == first


class Street(RuleBasedStateMachine):
    """Segments, cases and time, in any order; a model of what must be there."""

    def __init__(self) -> None:
        super().__init__()
        self.ring = Ring(CAP, PINS)
        self.now_s = 0.0
        self.owed: dict[Segment, float] = {}
        """Kept segments, and until when at least."""
        self.cases = 0

    @rule(size=st.integers(1, 400), camera=st.sampled_from("ab"), gap_s=st.floats(0, 30))
    def record(self, size: int, camera: str, gap_s: float) -> None:
        self.now_s += 4 + gap_s
        self._note(self.ring.add(segment(self.now_s - 4, size, camera)))

    @rule(camera=st.sampled_from("ab"), ago_s=st.floats(0, 300), lasting_s=st.floats(1, 500))
    def occur(self, camera: str, ago_s: float, lasting_s: float) -> None:
        self.cases += 1
        now = at(self.now_s)
        self._note(self.ring.pin(f"c{self.cases}", camera, at(self.now_s - ago_s), now, timedelta(seconds=lasting_s)))

    @rule(passed_s=st.floats(0, 200))
    def wait(self, passed_s: float) -> None:
        self.now_s += passed_s
        for one in self.ring.expire(at(self.now_s)).release:
            assert self.owed.pop(one) <= self.now_s, "let go before its time"

    def _note(self, changes: Changes) -> None:
        assert not changes.release, "only time lets go"
        for one in changes.keep:
            self.owed[one] = 0.0
        for one in self.owed:
            ends = [(pin.until - NOON).total_seconds() for pin in self.ring.pins if pin.covers(one)]
            self.owed[one] = max([self.owed[one], *(end - 1e-3 for end in ends)])

    @invariant()
    def never_above_a_cap(self) -> None:
        assert sum(one.size for one in self.ring.segments) <= CAP
        assert sum(one.size for one in self.ring.kept) <= PINS

    @invariant()
    def in_order(self) -> None:
        assert starts(self.ring.segments) == sorted(starts(self.ring.segments))

    @invariant()
    def what_is_owed_is_there_once(self) -> None:
        assert set(self.ring.kept) == set(self.owed)
        assert len(self.ring.kept) == len(self.owed)


TestStreet = Street.TestCase


@given(st.lists(st.integers(1, 300), max_size=60))
def test_the_newest_are_always_there(sizes: list[int]) -> None:
    ring = Ring(CAP, PINS)
    for place, size in enumerate(sizes):
        ring.add(segment(4 * place, size))
    left = len(ring.segments)
    assert [one.size for one in ring.segments] == sizes[len(sizes) - left :]
    assert left == len(sizes) or sum(sizes[len(sizes) - left - 1 :]) > CAP, "nothing goes while there is room"
