"""Envelope and virtual controller at random: eight phases in two rings, and a conflict monitor that never trips.

`test_random_steps` walks a junction that obeys blindly; this is the same idea with a controller
that has rings, barriers, detectors and push buttons of its own. Small here, ten million steps whole.
"""

from __future__ import annotations

from random import Random

import pytest

from tests.support.ring_walk import RingWalk

SMALL, WHOLE, STEPS_A_WALK = 25_000, 10_000_000, 25_000


def walk(steps: int, first_seed: int) -> tuple[dict[str, int], float]:
    """Commands sent, by kind, and seconds given."""
    sent: dict[str, int] = {}
    given_s = 0.0
    for seed in range(first_seed, first_seed + steps // STEPS_A_WALK):
        one = RingWalk(Random(seed))
        try:
            for _ in range(STEPS_A_WALK):
                one.step()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, step {one.steps}: {error}") from error
        given_s += one.given_s
        for kind, number in one.line.counts.items():
            sent[kind] = sent.get(kind, 0) + number
    return sent, given_s


def test_the_monitor_never_trips() -> None:
    sent, given_s = walk(SMALL, 1)
    assert sent.keys() >= {"hold", "force_off", "omit", "call", "pattern"}
    assert given_s > 50


@pytest.mark.full
def test_the_monitor_never_trips_in_ten_million_steps() -> None:
    sent, _ = walk(WHOLE, 1000)
    assert min(sent[kind] for kind in ("hold", "force_off", "omit", "call", "pattern")) > 1000
