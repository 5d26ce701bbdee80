"""The bridge's guard and the virtual controller together, walked at random: the junction's own witness never speaks.

`tests/signal_bridge/envelope` walks the guard against a junction that obeys blindly; here the controller protects
itself, and its conflict monitor judges both: no trip, no minimum cut, no pedestrian cut off, and the plan again within
the watchdog when the bridge is gone.
"""

from __future__ import annotations

from random import Random

import pytest

from signal_bridge.controller import ControllerStatus, LineError
from signal_bridge.envelope import Ask, Clock, Limits, PhaseLimits
from signal_bridge.envelope.state import Action
from signal_bridge.guard import Guard
from twin.controllers.controller import PhaseController
from twin.controllers.direct import DirectController
from twin.controllers.plan import ControllerPlan, Pattern, Phase, dual_ring

CROSSED = Phase(minimum_green_s=10, walk_s=5, ped_clear_s=7)
PLAN: ControllerPlan = dual_ring(CROSSED).model_copy(
    update={
        "backup_time_s": 15,
        "patterns": {
            1: Pattern(cycle_s=100, splits=dict.fromkeys(range(1, 9), 25)),
            2: Pattern(cycle_s=110, splits={1: 20, 2: 40, 3: 20, 4: 30, 5: 30, 6: 30, 7: 25, 8: 25}),
        },
    }
)
LIMITS = Limits(
    phases=tuple(PhaseLimits(phase=number, min_green_s=10, max_green_s=50) for number in range(1, 9)),
    plan_checksum=PLAN.checksum(),
    patterns=(2,),
)
TOGETHER = [frozenset({1, 5}), frozenset({2, 6}), frozenset({2, 5}), frozenset({3, 7}), frozenset({4, 8})]


class Faulty(DirectController):
    """A line that loses what is asked, told and answered: `fails` is how often. `commands` are holds and force-offs."""

    def __init__(self, unit: PhaseController, walk: Walk) -> None:
        super().__init__(unit, lambda: walk.now)
        self.fails = 0.0
        self.commands = 0
        self._draw = walk.draw

    def read_status(self) -> ControllerStatus:
        """As ever, or nothing."""
        self._may_fail()
        return super().read_status()

    def hold(self, phases: frozenset[int]) -> None:
        """Perhaps never, perhaps without an answer."""
        self._may_fail()
        super().hold(phases)
        self.commands += bool(phases)
        self._may_fail()

    def force_off(self, phases: frozenset[int]) -> None:
        """Perhaps never, perhaps without an answer."""
        self._may_fail()
        super().force_off(phases)
        self.commands += 1
        self._may_fail()

    def release_all(self) -> None:
        """Perhaps never, perhaps without an answer."""
        self._may_fail()
        super().release_all()
        self._may_fail()

    def _may_fail(self) -> None:
        if self._draw.random() < self.fails:
            raise LineError("lost")


class Walk:
    """One unit, one guard, and everything that may be asked of them or happen to them."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.now, self.wall = 1000.0, 1.8e9
        self.unit = PhaseController(PLAN)
        self.line = Faulty(self.unit, self)
        self.guard = Guard(self.line, LIMITS, lambda: Clock(self.now, self.wall), armed=True)
        self.asked = 0

    def step(self) -> None:
        """A fraction of a second; now and then something happens first."""
        if self.draw.random() < 0.015:
            self._happen(self.draw.randrange(18))
        dt = self.draw.uniform(0.2, 0.8)
        self.now += dt
        self.wall += dt
        self.unit.advance(self.now)
        assert self.unit.monitor.tripped is None, self.unit.monitor.tripped
        self.guard.tick()

    def _happen(self, what: int) -> None:
        match what:
            case 5:
                self.guard.give_up()
            case 6:
                self.line.fails = self.draw.choice((0.1, 1.0))
            case 0 | 7:
                self.line.fails = 0.0
                self.guard.arm()
            case 8:  # killed, and started anew
                self.guard = Guard(self.line, LIMITS, lambda: Clock(self.now, self.wall), armed=True)
            case 9:
                self.wall += self.draw.choice((-86_400.0, -5.0, 5.0, 3e7))
            case 10:
                self.unit.cabinet(manual=self.draw.random() < 0.1)
                self.unit.preempt_inputs(self.draw.choice((0, 0, 0, 0, 0, 1, 2)))
            case 11:
                self.unit.detect(self.draw.getrandbits(8), self.draw.getrandbits(8))
            case _:
                self._ask()

    def _ask(self) -> None:
        action: Action = self.draw.choice(("extend", "cut", "priority", "pattern"))
        phases = frozenset[int]() if action == "pattern" else self.draw.choice(TOGETHER)
        wanted = Ask(
            id=f"r{self.asked}",
            who="operator",
            action=action,
            ends=self.now + self.draw.choice((5.0, 60.0, 120.0)),
            phases=phases,
            seconds=self.draw.choice((5.0, 15.0, 40.0)),
            pattern=2 if action == "pattern" else 0,
            rank=self.draw.randrange(3),
        )
        self.asked += 1
        self.guard.ask(wanted)

    def abandon(self) -> None:
        """The bridge is gone: the watchdog has the junction back on its plan, and every phase comes."""
        self.unit.cabinet()
        self.unit.preempt_inputs(0)
        before = self.unit.now
        while self.unit.now < before + PLAN.backup_time_s:
            self.now += 0.5
            self.unit.advance(self.now)
        remote = self.unit.remote
        assert not (remote.hold or remote.force_off or remote.omit or remote.vehicle_call or remote.pattern)
        assert self.unit.pattern_status() == PLAN.local_pattern
        came = 0
        while self.unit.now < before + 400:
            self.now += 0.5
            self.unit.advance(self.now)
            came |= self.unit.shown.greens
        assert came == self.unit.phases
        assert self.unit.monitor.tripped is None


def walked(steps: int, seed: int) -> Walk:
    walk = Walk(seed)
    for _ in range(steps):
        walk.step()
    walk.abandon()
    return walk


def test_guard_and_controller_walked_at_random() -> None:
    # A bridge that never commands trips nothing either: the walk must have had something to judge.
    assert walked(15_000, seed=1).line.commands > 10


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100))
def test_ten_million_steps_of_guard_and_controller(seed: int) -> None:
    assert walked(100_000, seed=1000 + seed).line.commands > 50
