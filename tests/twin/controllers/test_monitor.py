"""The conflict monitor: what it must trip on, and what it must let pass."""

from __future__ import annotations

import pytest

from twin.controllers.monitor import ConflictMonitor, Indications
from twin.controllers.plan import Phase, dual_ring

# Two rings of eight phases: minimum green 10, yellow 3, all-red 2, walk 5, pedestrian clearance 8.
PLAN = dual_ring(Phase(minimum_green_s=10, walk_s=5, ped_clear_s=8))

Step = tuple[float, str]
"""A time, and what is lit from then on: `1` green, `1y` yellow, `1w` green and walk, `1c` green and clearance."""


def shown(text: str) -> Indications:
    """`5 1w` is phase 5 green, and phase 1 green with walking pedestrians."""
    lit = {"greens": 0, "yellows": 0, "walks": 0, "clears": 0}
    for word in text.split():
        number, kind = word.rstrip("ywcx"), word[-1]
        bit = 1 << (int(number) - 1)
        lit["greens"] |= bit if kind not in "y" else 0
        lit["yellows"] |= bit if kind in "yx" else 0
        lit["walks"] |= bit if kind == "w" else 0
        lit["clears"] |= bit if kind == "c" else 0
    return Indications(**lit)


def watched(steps: list[Step]) -> str | None:
    monitor = ConflictMonitor(PLAN)
    for at, text in steps:
        monitor.watch(at, shown(text))
    return monitor.tripped


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([(0, "1 5"), (10, "1y 5y"), (13, ""), (15, "2 6")], id="two rings step together"),
        pytest.param(
            [(0, "1 5"), (10, "1y 5"), (13, "5"), (15, "2 5"), (25, "2 5y"), (28, "2"), (30, "2 6")], id="apart"
        ),
        pytest.param([(0, "1 5"), (10, "1y 5y"), (13, ""), (15, "1 6")], id="a phase again, after its own all-red"),
        pytest.param([(0, "2w"), (5, "2c"), (13, "2"), (13, "2y"), (16, ""), (18, "3")], id="with pedestrians"),
        pytest.param([(0, "2w"), (50, "2c"), (58, "2"), (58.1, "2w")], id="a long walk, and another"),
        pytest.param([(0, ""), (100, "")], id="dark"),
    ],
)
def test_what_is_safe_passes(steps: list[Step]) -> None:
    assert watched(steps) is None


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([(0, "1 2")], "phase 1: green or yellow together with a conflicting phase"),
        ([(0, "1 7")], "phase 1: green or yellow together with a conflicting phase"),
        ([(0, "1 5"), (10, "1y 5"), (13, "2 5 1y")], "green or yellow together with a conflicting phase"),
        ([(0, "1x")], "phase 1: green and yellow at once"),
        ([(0, "1"), (9.9, "1y")], "phase 1: green shorter than its minimum"),
        ([(0, "1"), (20, "")], "phase 1: green went out without a yellow"),
        ([(0, "1"), (20, "1y"), (22.9, "")], "phase 1: yellow shorter than its minimum"),
        ([(0, "1"), (20, "1y"), (23, "1")], "phase 1: green straight after yellow"),
        ([(0, "1"), (20, "1y"), (23, ""), (24.9, "2")], "phase 2: green within the all-red of phase 1"),
        ([(0, "1"), (20, "1y"), (23, ""), (24.9, "7")], "phase 7: green within the all-red of phase 1"),
        ([(0, "1"), (20, "1y"), (23, ""), (24.9, "1")], "phase 1: green within the all-red of phase 1"),
        ([(0, "1y")], "phase 1: yellow without a green before it"),
        ([(0, "2w"), (4.9, "2c")], "phase 2: walk shorter than its minimum"),
        ([(0, "2w"), (20, "2")], "phase 2: walk without a clearance after it"),
        ([(0, "2w"), (5, "2c"), (12.9, "2")], "phase 2: pedestrian clearance cut short"),
        ([(0, "2w"), (5, "2c"), (13, "2w")], "phase 2: walk during a clearance"),
        ([(0, "2"), (5, "2c")], "phase 2: clearance without a walk"),
        ([(0, "2w"), (5, "2c"), (10, "2y")], "phase 2: pedestrian clearance cut short"),
    ],
)
def test_what_is_not_safe_trips(steps: list[Step], reason: str) -> None:
    tripped = watched(steps)
    assert tripped is not None
    assert reason in tripped


def test_pedestrians_without_their_green() -> None:
    monitor = ConflictMonitor(PLAN)
    assert not monitor.watch(0, Indications(greens=0, yellows=0, walks=0b10))
    assert monitor.tripped == "phase 2: pedestrians on the road without their green"


def test_it_stays_tripped_until_it_is_reset() -> None:
    monitor = ConflictMonitor(PLAN)
    monitor.watch(0, shown("1 2"))
    assert not monitor.watch(100, shown(""))
    assert monitor.tripped is not None
    monitor.reset()
    assert monitor.watch(200, shown("1"))
