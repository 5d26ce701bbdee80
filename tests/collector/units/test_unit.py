"""Births, deaths, signs of life, silence, clocks: what a unit is after each story."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from collector.store.writing import Received
from collector.units.liveness import silent
from collector.units.unit import Unit
from contract import ConfigReported, Health, Kind, Model, State
from tests.support.traffic import DAWN, MINUTE, boot, observation, topic

Says = tuple[Literal["birth", "death", "goodbye", "observation", "kept birth"], int, int]
"""(what, boot, minute)."""

STORIES: list[tuple[str, list[Says], bool]] = [
    ("born", [("birth", 1, 0)], True),
    ("died", [("birth", 1, 0), ("death", 1, 5)], False),
    ("said goodbye", [("birth", 1, 0), ("goodbye", 1, 5)], False),
    ("born again", [("birth", 1, 0), ("death", 1, 5), ("birth", 2, 6)], True),
    ("the will overtakes the rebirth", [("birth", 1, 0), ("birth", 2, 6), ("death", 1, 7)], True),
    ("a death of a boot never heard, older than ours", [("birth", 2, 6), ("death", 1, 7)], True),
    (
        "a birth of a former boot",
        [("birth", 1, 0), ("birth", 2, 6), ("goodbye", 2, 8), ("birth", 1, 9)],
        False,
    ),
    ("it speaks after its will came", [("birth", 1, 0), ("death", 1, 5), ("observation", 1, 6)], True),
    ("its outbox empties after it said goodbye", [("birth", 1, 0), ("goodbye", 1, 5), ("observation", 1, 6)], False),
    (
        "an earlier boot's message after the death",
        [("birth", 2, 0), ("death", 2, 5), ("observation", 1, 6)],
        False,
    ),
    ("heard before it was born", [("observation", 1, 3)], True),
    ("dead when we came", [("kept birth", 1, 0), ("death", 1, 5)], False),
]


def said(what: Says) -> Received:
    kind, number, minute = what
    time = DAWN + minute * MINUTE
    if kind == "observation":
        return Received(topic(1), observation(1, minute, boot_id=boot(number)), time)
    started = DAWN + 6 * (number - 1) * MINUTE
    status: Literal["online", "offline"] = "online" if "birth" in kind else "offline"
    reason: Literal["started", "stopped", "connection_lost"] = "started" if "birth" in kind else "connection_lost"
    if kind == "goodbye":
        reason = "stopped"
    state = State(boot_id=boot(number), time=time, status=status, reason=reason, started=started, software="0.1.0")
    return Received(topic(1, Kind.STATE), state, time, retained=kind == "kept birth")


@pytest.mark.parametrize(("story", "online"), [row[1:] for row in STORIES], ids=[row[0] for row in STORIES])
def test_is_it_there(story: list[Says], online: bool) -> None:
    unit = Unit(("bandung", "edge-001"))
    for what in story:
        unit.hear(said(what))
    assert unit.state is not None
    assert (unit.state.status == "online") is online


def test_silence_is_three_intervals_without_a_word() -> None:
    assert not silent(DAWN, 60, DAWN + timedelta(seconds=180))
    assert silent(DAWN, 60, DAWN + timedelta(seconds=181))
    assert not silent(DAWN, 300, DAWN + timedelta(seconds=900))


def test_neither_the_brokers_memory_nor_a_will_is_a_word_of_the_unit() -> None:
    unit = Unit(("bandung", "edge-001"))
    unit.hear(said(("observation", 1, 3)))
    unit.hear(said(("death", 1, 9)))
    unit.hear(said(("kept birth", 1, 10)))
    assert unit.last_seen == DAWN + 3 * MINUTE


def test_numbers_of_a_new_card_are_counted_by_themselves() -> None:
    unit = Unit(("bandung", "edge-001"))
    for boot_number, seqs in ((1, (0, 1, 2, 5)), (2, (6, 7)), (3, (0, 1, 3)), (1, (3,)), (3, (4,))):
        for seq in seqs:
            unit.hear(Received(topic(1), observation(1, seq, boot_id=boot(boot_number)), DAWN))
        unit.count()
    assert {number: (box.low, box.high, box.holes) for number, box in unit.outboxes.items()} == {
        1: (0, 7, [(4, 4)]),
        2: (0, 4, [(2, 2)]),
    }


@pytest.mark.parametrize(
    ("message", "kind", "arrived_s", "skew_s"),
    [
        (Health(boot_id=boot(), time=DAWN, uptime_s=1, disk_free_mb=1, memory_mb=1, outbox_depth=0), "health", 90, -90),
        (observation(1, 0), "observation", 3600, None),  # it may have waited in the outbox
        (observation(1, 0), "observation", -3600, 3660),  # but it cannot come from the future
    ],
)
def test_a_clock_that_is_wrong_is_noticed(message: Model, kind: str, arrived_s: int, skew_s: float | None) -> None:
    unit = Unit(("bandung", "edge-001"))
    unit.hear(Received(topic(1, Kind(kind)), message, DAWN + timedelta(seconds=arrived_s)))
    assert unit.skew_s == skew_s


def test_what_it_runs_with_is_kept() -> None:
    reported = ConfigReported(boot_id=boot(), time=DAWN, revision=3, outcome="refused", reason="garis di tepi gambar")
    unit = Unit(("bandung", "edge-001"))
    unit.hear(Received(topic(1, Kind.CONFIG_REPORTED), reported, DAWN, retained=True))
    assert unit.reported is not None
    assert ConfigReported.model_validate_json(unit.reported) == reported
