"""How a junction stands: a table of what was measured and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.console.judging import (
    CameraWord,
    Condition,
    Measures,
    Precision,
    Reason,
    Thresholds,
    judge_approach,
    judge_junction,
    measures,
)
from collector.store.reading import ApproachRow
from contract import CameraCondition

LIMITS = Thresholds()
FLOWING, DENSE, JAMMED, COUNTED = Condition.FLOWING, Condition.DENSE, Condition.JAMMED, Condition.COUNTED
OFFLINE, CAMERA, NO_DATA = Condition.OFFLINE, Condition.CAMERA, Condition.NO_DATA
OK, NIGHT, COVERED, LOST = CameraCondition.OK, CameraCondition.NIGHT, CameraCondition.COVERED, CameraCondition.LOST


@pytest.mark.parametrize(
    ("found", "storage_m", "condition", "key"),
    [
        # Nothing but counts: counted is not flowing.
        (Measures(), None, COUNTED, None),
        (Measures(pcu_h=900), None, COUNTED, None),
        # V/C by PKJI: 0.85 is the design limit, 1.0 is full.
        (Measures(vc=0.84), None, FLOWING, "vc"),
        (Measures(vc=0.85), None, DENSE, "vc"),
        (Measures(vc=1.0), None, JAMMED, "vc"),
        # Queue without a known storage, and as a part of it.
        (Measures(queue_m=79), None, FLOWING, "queue"),
        (Measures(queue_m=80), None, DENSE, "queue"),
        (Measures(queue_m=200), None, JAMMED, "queue"),
        (Measures(queue_m=80), 400.0, FLOWING, "queue"),
        (Measures(queue_m=80), 90.0, JAMMED, "queue"),
        (Measures(occupancy=0.6), None, DENSE, "occupancy"),
        (Measures(occupancy=0.9), None, JAMMED, "occupancy"),
        (Measures(fastest_kmh=30), None, FLOWING, "speed"),
        (Measures(fastest_kmh=10), None, DENSE, "speed"),
        (Measures(fastest_kmh=5), None, JAMMED, "speed"),
        # A lone slow cart in an empty street is no jam.
        (Measures(fastest_kmh=4, queue_m=39), None, FLOWING, "queue"),
        # The worst measure speaks.
        (Measures(vc=0.5, queue_m=40, occupancy=0.9, fastest_kmh=4), None, JAMMED, "speed"),
        (Measures(queue_m=0, occupancy=1.0, fastest_kmh=25), None, FLOWING, "queue"),
        (Measures(occupancy=0.9, fastest_kmh=25), None, JAMMED, "occupancy"),
        (Measures(vc=0.9, queue_m=300, fastest_kmh=5), None, JAMMED, "queue"),
    ],
)
def test_an_approach_is_what_its_worst_measure_says(
    found: Measures, storage_m: float | None, condition: Condition, key: str | None
) -> None:
    said, reason = judge_approach(found, LIMITS, storage_m=storage_m)
    assert said is condition
    assert (reason.key if reason else None) == key


@given(st.floats(0, 2000), st.floats(0, 2000), st.floats(0, 1), st.one_of(st.none(), st.floats(10, 3000)))
def test_a_longer_queue_never_reads_better(one: float, other: float, occupancy: float, storage_m: float | None) -> None:
    short, long = sorted((one, other))
    ranks = [
        judge_approach(Measures(queue_m=queue, occupancy=occupancy), LIMITS, storage_m=storage_m)[0].rank
        for queue in (short, long)
    ]
    assert ranks[1] <= ranks[0]


POOR = CameraWord("satu-2", OK, "degraded")
GOOD, BLIND = CameraWord("satu-1", OK, "good"), CameraWord("satu-1", COVERED, "blind")
QUEUE = Reason("queue", 120.0)


@pytest.mark.parametrize(
    ("known", "online", "cameras", "approaches", "condition", "key"),
    [
        (False, False, [], [], NO_DATA, "never_heard"),
        (True, False, [GOOD], [("Jl. A", FLOWING, QUEUE)], OFFLINE, "connection_lost"),
        (True, True, [BLIND], [], CAMERA, "camera_covered"),
        (True, True, [CameraWord("satu-1", LOST, None)], [], CAMERA, "camera_lost"),
        # In a usable condition and yet blind: no number, whatever the reason.
        (True, True, [CameraWord("satu-1", OK, "blind")], [], CAMERA, "blind"),
        # Online, a good picture, and no interval came lately.
        (True, True, [CameraWord("satu-1", OK, None)], [], NO_DATA, "silent"),
        (True, True, [GOOD], [], COUNTED, "counted"),
        # From few pictures trouble is believed, peace is not.
        (True, True, [POOR], [("Jl. A", FLOWING, QUEUE)], COUNTED, "degraded"),
        (True, True, [POOR, GOOD], [("Jl. A", FLOWING, QUEUE)], FLOWING, "queue"),
        (True, True, [POOR], [("Jl. A", JAMMED, QUEUE)], JAMMED, "queue"),
        (True, True, [CameraWord("satu-1", NIGHT, "degraded")], [], COUNTED, "counted"),
        (True, True, [GOOD], [("Jl. A", COUNTED, None)], COUNTED, "counted"),
        (True, True, [GOOD], [("Jl. A", FLOWING, QUEUE), ("Jl. B", JAMMED, QUEUE)], JAMMED, "queue"),
        # One of two cameras sees: the junction is judged by it.
        (True, True, [BLIND, CameraWord("satu-2", OK, "good")], [("Jl. A", DENSE, QUEUE)], DENSE, "queue"),
    ],
)
def test_what_does_not_see_cannot_say_that_traffic_flows(
    *,
    known: bool,
    online: bool,
    cameras: list[CameraWord],
    approaches: list[tuple[str, Condition, Reason | None]],
    condition: Condition,
    key: str,
) -> None:
    said, reason = judge_junction(
        known=known, online=online, offline_reason="connection_lost", cameras=cameras, approaches=approaches
    )
    assert said is condition
    assert reason is not None
    assert reason.key == key


def test_the_worst_approach_is_named() -> None:
    _, reason = judge_junction(
        known=True,
        online=True,
        offline_reason="",
        cameras=[GOOD],
        approaches=[("Jl. Merdeka", DENSE, QUEUE), ("Jl. Dago", FLOWING, Reason("queue", 3.0))],
    )
    assert reason == Reason("queue", 120.0, "Jl. Merdeka")


def row(**measured: float) -> ApproachRow:
    return ApproachRow.model_validate(
        {
            "time": datetime(2026, 3, 12, 10, 42, tzinfo=UTC),
            "unit": "u",
            "camera": "c",
            "approach": "utara",
            "pcu": 12,
            **measured,
        }
    )


def test_one_red_phase_is_no_jam() -> None:
    found = measures([row(queue_m=20), row(queue_m=260), row(queue_m=30)], 60)
    assert found.queue_m == 30
    assert found.pcu_h == 720
    assert found.speed_kmh is None, "what nobody measured is not 0"


@pytest.mark.parametrize(
    ("speeds", "interval_s", "fastest"),
    [
        ((4, 21, 5), 60, 21),
        ((4, 5), 60, None),  # the red of a cycle whose green is still to come
        ((3,) * 10 + (22,) * 5, 10, 22),
        ((3,) * 14, 10, None),
    ],
)
def test_speed_is_told_of_whole_signal_cycles(
    speeds: tuple[float, ...], interval_s: float, fastest: float | None
) -> None:
    assert measures([row(speed_kmh=speed) for speed in speeds], interval_s).fastest_kmh == fastest


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_of_a_precision_holds_it(accepted: int, rejected: int) -> None:
    precision = Precision(accepted, accepted + rejected)
    interval = precision.interval()
    if interval is None:
        assert precision.share is None
    else:
        assert precision.share is not None
        assert 0 <= interval[0] <= precision.share + 1e-9
        assert precision.share - 1e-9 <= interval[1] <= 1
