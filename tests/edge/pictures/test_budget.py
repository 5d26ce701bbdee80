"""Pictures stay within a day's budget and a pace, come on the next day, and never go before a count."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import Evidence, Kind, decode
from edge.config import EvidenceConfig, UnitConfig
from edge.outbox import Outbox
from edge.pictures import Pictures, Spent, may_send, pause_s
from tests.support.unit import minute

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
"""Twelve o'clock in Bandung."""
BOOT = "b" * 32


def picture(seq: int) -> Evidence:
    """The largest that is allowed."""
    jpeg = base64.b64encode(bytes(60_000))
    told = {"case": "p1", "camera": "dago-1", "moment": "opened", "sha256": "a" * 64, "jpeg": jpeg}
    return Evidence.model_validate({"boot_id": "a" * 32, "time": NOON, "seq": seq, **told})


def config(**evidence: int) -> UnitConfig:
    camera = {"id": "dago-1", "address": "clip.mp4", "zones": {}}
    told = {"site": "bandung", "unit": "u1", "timezone": "Asia/Jakarta", "cameras": [camera]}
    return UnitConfig.model_validate({**told, "broker": {"host": "localhost"}, "evidence": evidence})


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.db", cap_bytes=10_000_000)
    yield made
    made.close()


def arrived(outbox: Outbox) -> list[Kind]:
    """The broker takes all that waits."""
    entries = outbox.waiting(limit=1000)
    outbox.acknowledge([one.seq for one in entries])
    return [one.kind for one in entries]


def test_a_picture_waits_until_no_count_does_and_is_numbered_then(outbox: Outbox) -> None:
    outbox.append([minute(1)], pictures=[picture])
    pictures = Pictures(outbox, BOOT)
    pictures.turn(config(), NOON, 0.0)
    assert (arrived(outbox), outbox.held) == ([Kind.OBSERVATION], 1)
    pictures.turn(config(), NOON, 1.0)
    outbox.append([minute(2)])
    (sent, _) = outbox.waiting()
    _, message = decode("simpang/v1/bandung/u1/evidence", sent.payload)
    assert isinstance(message, Evidence)
    assert (message.seq, message.boot_id, outbox.held) == (2, BOOT, 0)
    assert [one.seq for one in outbox.waiting()] == [2, 3], "what was held leaves no hole"


def test_what_a_day_does_not_pay_for_comes_on_the_next_even_after_a_restart(outbox: Outbox) -> None:
    outbox.append([], pictures=[picture] * 30)
    size = len((outbox.first_held() or pytest.fail("nothing is held")).payload)
    a_day = 1_000_000 // size
    assert 10 < a_day < 20
    sent = []
    for day in range(3):
        pictures = Pictures(outbox, BOOT)
        for second in range(100):
            if second == 50:
                pictures = Pictures(outbox, BOOT)
            pictures.turn(config(day_mb=1), NOON + timedelta(days=day, seconds=second), 1000.0 * (second + 1))
            sent += [day] * len(arrived(outbox))
    assert [sent.count(day) for day in range(3)] == [a_day, a_day, 30 - 2 * a_day]


def test_pictures_leave_the_line_free_between_them(outbox: Outbox) -> None:
    outbox.append([], pictures=[picture] * 3)
    size = len((outbox.first_held() or pytest.fail("nothing is held")).payload)
    pictures, sent = Pictures(outbox, BOOT), []
    for tenth in range(200):
        pictures.turn(config(kbit_s=100), NOON, tenth / 10)
        sent += [tenth / 10] * len(arrived(outbox))
    gaps = [later - one for one, later in pairwise(sent)]
    assert len(gaps) == 2
    assert all(size * 8 / 100_000 <= gap < size * 8 / 100_000 + 0.2 for gap in gaps)


def test_no_budget_sends_no_picture(outbox: Outbox) -> None:
    outbox.append([], pictures=[picture])
    Pictures(outbox, BOOT).turn(config(day_mb=0), NOON, 0.0)
    assert (arrived(outbox), outbox.held) == ([], 1)


@given(st.lists(st.tuples(st.integers(0, 90_000), st.integers(0, 1)), max_size=200), st.integers(0, 1_000_000))
def test_no_day_ever_costs_more_than_its_budget(wishes: list[tuple[int, int]], budget: int) -> None:
    spent, day, paid = Spent(day=DAY, bytes=0), DAY, dict[date, int]()
    for size, later in wishes:
        day += timedelta(days=later)
        spent = spent.on(day)
        if may_send(spent, size, budget):
            spent = spent.model_copy(update={"bytes": spent.bytes + size})
            paid[day] = paid.get(day, 0) + size
    assert all(cost <= budget for cost in paid.values())


STEPS = [
    (0, 500, "the same day"),
    (-1, 500, "a clock that steps back over midnight gets no second budget"),
    (1, 0, "a new day"),
    (-400, 0, "a clock that was a year ahead does not close the line for a year"),
]


@pytest.mark.parametrize(("days", "left", "why"), STEPS)
def test_a_clock_that_steps(days: int, left: int, why: str) -> None:
    assert Spent(day=DAY, bytes=500).on(DAY + timedelta(days=days)).bytes == left, why


def test_a_slow_pace_is_a_long_pause() -> None:
    assert pause_s(80_000, EvidenceConfig().kbit_s) == pytest.approx(3.2)
