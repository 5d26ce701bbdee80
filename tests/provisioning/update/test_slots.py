"""The two slots: the rules alone, and the rules under every order of events that a street can bring."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from provisioning.update.slots import (
    MOST_STARTS,
    STEADY_S,
    Slot,
    Slots,
    State,
    begin,
    installed,
    other,
    started,
    steady,
)


def on_trial(number: int = 2) -> State:
    return installed(begin(State(number=1), "a", number))


def test_an_update_becomes_the_one_in_force_once_it_is_steady() -> None:
    state, slot = started(on_trial(), "a", "boot", 100.0)
    assert slot == "b"
    assert steady(state, "boot", 100.0 + STEADY_S - 1) == state
    after = steady(state, "boot", 100.0 + STEADY_S)
    assert (after.phase, after.number) == ("idle", 2)
    assert started(after, "b", "boot", 900.0) == (after, "b")


def test_another_boot_says_nothing_of_how_long_this_one_runs() -> None:
    state, _ = started(on_trial(), "a", "boot", 100.0)
    assert steady(state, "other", 100.0 + STEADY_S) == state


def test_an_update_that_never_becomes_steady_is_left_and_not_tried_again() -> None:
    state, current = on_trial(), "a"
    slots: list[Slot] = []
    at: Slot = "a"
    for _ in range(MOST_STARTS + 1):
        state, at = started(state, at, current, 0.0)
        slots.append(at)
    assert slots == ["b"] * MOST_STARTS + ["a"]
    assert (state.phase, state.number, state.spent) == ("idle", 1, 2)
    with pytest.raises(ValueError, match="failed here before"):
        begin(state, "a", 2)
    assert begin(state, "a", 3).slot == "b"


def test_an_installation_that_was_cut_off_leaves_what_was_in_force() -> None:
    state, slot = started(begin(State(number=1), "b", 2), "b", "boot", 0.0)
    assert (state.phase, state.number, slot) == ("idle", 1, "b")


@pytest.mark.parametrize(
    ("state", "number", "message"),
    [
        (State(number=5), 5, "not newer"),
        (State(number=5), 4, "not newer"),
        (State(number=5, spent=7), 7, "failed here before"),
        (on_trial(3), 4, "still on trial"),
    ],
)
def test_what_is_not_installed_says_why(state: State, number: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        begin(state, "a", number)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"phase": "idle", "unknown": 1}'])
def test_a_state_that_cannot_be_read_changes_nothing(content: bytes, tmp_path: Path) -> None:
    slots = Slots(tmp_path)
    slots.point("b")
    (tmp_path / "update.json").write_bytes(content)
    assert slots.start("boot", 0.0) == "b"


class Street(RuleBasedStateMachine):
    """A unit that is updated, restarted and cut off; each slot holds an update that works or does not."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.current: Slot = "a"
        self.holds: dict[Slot, tuple[int, bool]] = {"a": (0, True), "b": (-1, False)}
        self.newest = 0
        self.time = 0.0

    @precondition(lambda self: self.state.phase == "idle")
    @rule(works=st.booleans(), cut=st.booleans())
    def update(self, works: bool, cut: bool) -> None:
        self.newest += 1
        self.state = begin(self.state, self.current, self.newest)
        # Half an installation works never.
        self.holds[self.state.slot] = (self.newest, works and not cut)
        if not cut:
            self.state = installed(self.state)

    @rule(minutes=st.integers(0, 20))
    def run(self, minutes: int) -> None:
        """The unit starts; what works runs for some time, what does not falls at once and is started again."""
        for _ in range(MOST_STARTS + 1):
            self.state, self.current = started(self.state, self.current, "boot", self.time)
            if self.holds[self.current][1]:
                break
        self.time += minutes * 60.0
        self.state = steady(self.state, "boot", self.time)
        assert self.holds[self.current][1], "the unit always comes back into service"

    @invariant()
    def what_is_trusted_works(self) -> None:
        if self.state.phase == "idle":
            assert self.holds[self.current][1] or self.holds[other(self.current)][1]


TestStreet = Street.TestCase
TestStreet.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
