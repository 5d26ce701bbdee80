"""The rules of the runtime, without threads: pace, restarts, trouble, trials."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import CameraCondition
from edge.pacing import Pacer
from edge.runtime.restarts import Restarts
from edge.runtime.trial import Trial
from edge.runtime.trouble import SETTLE, Told, Troubles

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
OK, NIGHT, LOST, BLACK = CameraCondition.OK, CameraCondition.NIGHT, CameraCondition.LOST, CameraCondition.BLACK


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


PACES = [
    ("a fast camera", 25.0, 10.0, 10.0),
    ("as fast as wanted", 10.0, 10.0, 10.0),
    ("a slow camera", 5.0, 10.0, 5.0),
    ("hardly faster than wanted", 12.0, 10.0, 10.0),
    ("eased by heat", 25.0, 6.0, 6.0),
]


@pytest.mark.parametrize("unpunctual", [0.0, 0.2])
@pytest.mark.parametrize(("camera_fps", "wanted", "seen"), [row[1:] for row in PACES], ids=[row[0] for row in PACES])
def test_about_as_many_pictures_are_looked_at_as_wanted(
    camera_fps: float, wanted: float, seen: float, unpunctual: float
) -> None:
    pacer = Pacer(wanted)
    times = [(number + unpunctual * (number * 7 % 3 - 1)) / camera_fps for number in range(int(60 * camera_fps))]
    assert sum(pacer.takes(time_s) for time_s in times) == pytest.approx(60 * seen, rel=0.03)


@given(st.floats(1, 30), st.lists(st.floats(0, 5), max_size=200))
def test_no_pace_is_exceeded_and_no_time_taken_twice(fps: float, gaps: list[float]) -> None:
    pacer, time_s, taken = Pacer(fps), 0.0, list[float]()
    for gap in [*gaps, *[0.0] * 5]:
        time_s += gap
        if pacer.takes(time_s):
            taken.append(time_s)
    assert len(taken) == len(set(taken))
    for first, last in zip(taken, taken[5:], strict=False):
        assert last - first >= 3.4 / fps


def test_five_restarts_a_minute_and_never_given_up() -> None:
    restarts = Restarts()
    allowed = [second for second in range(181) if restarts.allows(float(second))]
    assert allowed == [0, 1, 2, 3, 4, 60, 61, 62, 63, 64, 120, 121, 122, 123, 124, 180]


def told(*conditions: tuple[float, CameraCondition], record: bytes | None = None) -> list[Told]:
    """What is said when the camera is in these conditions from these seconds on, looked at twice a second."""
    troubles = Troubles("dago-1", record)
    found = []
    for (since, condition), until in zip(conditions, [*(at for at, _ in conditions[1:]), 120.0], strict=True):
        for half in range(int((until - since) * 2)):
            one = troubles.step(condition, after(since + half / 2))
            found += [one] if one else []
    return found


def test_a_camera_that_is_well_tells_nothing() -> None:
    assert told((0, OK), (50, NIGHT)) == []


def test_one_case_from_opened_over_updated_to_closed() -> None:
    opened, updated, closed = told((0, OK), (10, LOST), (20, BLACK), (30, OK))
    assert [one.phase for one in (opened, updated, closed)] == ["opened", "updated", "closed"]
    assert {one.trouble.case for one in (opened, updated, closed)} == {opened.trouble.case}
    assert [one.trouble.condition for one in (opened, updated, closed)] == [LOST, BLACK, BLACK]
    assert (closed.trouble.opened, closed.trouble.closed) == (after(10), after(30))
    event = closed.event(camera="dago-1", boot_id="a" * 32, seq=7, time=after(45))
    assert (event.case, event.closed) == (opened.trouble.case, after(30))


def test_a_camera_that_comes_and_goes_is_one_case() -> None:
    found = told((0, LOST), (5, OK), (12, LOST), (20, OK), (30, LOST), (40, OK))
    assert [one.phase for one in found] == ["opened", "closed"]
    assert found[1].trouble.closed == after(40)


def test_a_case_goes_on_after_a_restart_until_all_has_been_well_for_a_while() -> None:
    first = Troubles("dago-1")
    assert first.step(LOST, after(0)) is not None
    (closed,) = told((60, OK), record=first.record())
    assert (closed.phase, closed.trouble.opened, closed.trouble.closed) == ("closed", after(0), after(60))
    assert told((60, LOST), record=first.record()) == []


@pytest.mark.parametrize("record", [b"", b"{}", b'{"case": "c", "condition": "drunk", "opened": "2026"}'])
def test_a_record_that_cannot_be_read_is_none(record: bytes) -> None:
    assert Troubles("dago-1", record).open is None


@given(st.lists(st.tuples(st.floats(0.1, 30), st.sampled_from([OK, NIGHT, LOST, BLACK])), max_size=60))
def test_no_case_is_closed_that_was_not_opened_and_none_opened_twice(
    steps: list[tuple[float, CameraCondition]],
) -> None:
    troubles, seconds, opened = Troubles("dago-1"), 0.0, None
    for gap, condition in steps:
        seconds += gap
        said = troubles.step(condition, after(seconds))
        if said is None:
            continue
        assert (said.phase == "opened") == (opened is None)
        assert opened is None or said.trouble.case == opened
        opened = None if said.phase == "closed" else said.trouble.case
        if said.trouble.closed is not None:
            assert said.trouble.opened <= said.trouble.closed <= after(seconds) - SETTLE


TRIALS = [
    ("a worker of it fails", {"a": "boom"}, set[str](), 1, "camera 'a' fails: boom"),
    ("another worker fails", {"z": "boom"}, {"a"}, 1, None),
    ("still time", {}, set[str](), 59, None),
    ("no picture any more", {}, {"z"}, 60, "no picture any more from a within 60 s"),
    ("a camera that was dark before may stay so", {}, {"a"}, 60, None),
]


@pytest.mark.parametrize(
    ("failures", "delivering", "now_s", "fault"), [row[1:] for row in TRIALS], ids=[row[0] for row in TRIALS]
)
def test_how_a_trial_fails(failures: dict[str, str], delivering: set[str], now_s: float, fault: str | None) -> None:
    trial = Trial(changed=frozenset({"a", "b"}), expected=frozenset({"a"}), until_s=60)
    assert trial.fault(failures, delivering, now_s) == fault


def test_when_a_trial_is_passed() -> None:
    trial = Trial(changed=frozenset({"a", "b"}), expected=frozenset({"a"}), until_s=60)
    assert not trial.passed({"b"}, 1)
    assert trial.passed({"a"}, 1)
    assert trial.passed(set(), 60)
    assert not Trial(frozenset({"b"}), frozenset(), 60).passed({"b"}, 1)
