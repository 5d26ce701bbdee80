"""Envelope and junction, walked at random: no minimum cut, no pedestrian cut off, nothing in force without a lease.

Small here; ten million steps whole (`make test-full`). The witness (`tests.support.junction`) judges by what truly
happened at a junction that obeys blindly, and shares no rule with the envelope.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from hypothesis.strategies import integers, sampled_from

from tests.support.walk import ACTIONS, Walk

STEPS_A_WALK = 20_000
SMALL, WHOLE = 120_000, 10_000_000


def walk(steps: int, first_seed: int) -> tuple[dict[str, int], float]:
    """Commands that arrived, by kind, and seconds given, over as many walks as `steps` takes."""
    arrived: dict[str, int] = {}
    given_s = 0.0
    for seed in range(first_seed, first_seed + max(1, steps // STEPS_A_WALK)):
        one = Walk(Random(seed))
        try:
            for _ in range(min(steps, STEPS_A_WALK)):
                one.step()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, step {one.steps}: {error}") from error
        given_s += one.given_s
        for kind, number in one.junction.counts.items():
            arrived[kind] = arrived.get(kind, 0) + number
    return arrived, given_s


def test_a_random_walk_keeps_every_bound() -> None:
    arrived, given_s = walk(SMALL, 1)
    # A bridge that never commands keeps every bound too: the walk must have had something to judge.
    assert arrived.keys() >= {"hold", "force_off", "omit", "call", "pattern", "heartbeat", "release"}
    assert given_s > 100


@pytest.mark.full
def test_ten_million_steps_keep_every_bound() -> None:
    arrived, _ = walk(WHOLE, 10_000)
    assert min(arrived[kind] for kind in ("hold", "force_off", "omit", "call", "pattern")) > 500


def forget(*_: object) -> None:
    """A rule that says nothing any more."""


FORGOTTEN = [
    # what the envelope forgets                where                                       what the witness says
    (
        "intergreen and minimum green",
        ("rules.unsteady", "wishes.unsteady", "steps.unsteady"),
        "intergreen|unknown|minimum",
    ),
    ("the rate limit", ("steps.hurried",), "two commands in a breath"),
    ("pedestrians", ("rules._someone_walks",), "pedestrians of"),
    ("maximum green and the cycle", ("wishes.spent",), "lasted|kept waiting|passed over"),
    ("the cycle's minimum", ("rules._cycle_if_cut",), "cut in a cycle of"),
    ("a changed plan, a watchdog off", ("steps.broken",), "while not armed|in force without"),
]


@pytest.mark.parametrize(("names", "says"), [row[1:] for row in FORGOTTEN], ids=[row[0] for row in FORGOTTEN])
def test_the_witness_sees_what_is_forgotten(names: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in names:
        monkeypatch.setattr(f"signal_bridge.envelope.{name}", forget)
    with pytest.raises(AssertionError, match=says):
        walk(20 * STEPS_A_WALK, 1)


class Storm(RuleBasedStateMachine):
    """Hypothesis chooses what happens, and shrinks what it finds."""

    @initialize(seed=integers(0, 1000))
    def begin(self, seed: int) -> None:
        self.walk = Walk(Random(seed))
        for _ in range(400):
            self.walk.tick()

    @rule(ticks=integers(1, 60))
    def time_passes(self, ticks: int) -> None:
        for _ in range(ticks):
            self.walk.do("tick")

    @rule(name=sampled_from(sorted(set(ACTIONS))))
    def something_happens(self, name: str) -> None:
        self.walk.do(name)


Storm.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestStorm = Storm.TestCase
