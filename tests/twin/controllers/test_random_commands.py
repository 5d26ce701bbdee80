"""Whatever is commanded, whenever: the conflict monitor has nothing to say, and the junction stays alive."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.controllers.controller import PhaseController
from twin.controllers.plan import ControllerPlan, Phase, Preemption, dual_ring, stages
from twin.controllers.remote import RemoteControls
from twin.controllers.ring import Interval, Ring

CROSSED = Phase(walk_s=5, ped_clear_s=8)
PLANS: dict[str, ControllerPlan] = {
    "two rings": dual_ring(),
    "two rings, free": dual_ring(CROSSED.model_copy(update={"recall": False})).model_copy(
        update={"local_pattern": 254}
    ),
    "four stages": stages(4, CROSSED),
    "two stages, short": stages(2, Phase(minimum_green_s=5, all_red_s=0, passage_s=1, maximum_green_s=8), split_s=10),
    "one ring of three in one group": ControllerPlan(
        groups=(((1, 2, 3),),),
        phases=dict.fromkeys((1, 2, 3), Phase(recall=False)),
        preempts={1: Preemption(dwell=frozenset({3}), maximum_presence_s=20)},
    ),
}


def command(unit: PhaseController, kind: int, bits: int) -> None:
    """One of everything that the street, the cabinet and the centre can do."""
    remote: RemoteControls = unit.remote
    match kind:
        case 0:
            remote.set_hold(bits & unit.phases)
        case 1:
            remote.set_force_off(bits & unit.phases)
        case 2:
            remote.set_omit(bits & unit.phases & bits >> 8)
        case 3:
            remote.set_vehicle_call(bits & unit.phases)
        case 4:
            remote.set_pedestrian_call(bits & unit.phases)
        case 5:
            remote.set_preempt(bits & 0b11)
        case 6:
            remote.set_pattern((0, 1, 254, 255)[bits % 4])
        case 7:
            unit.detect(bits, bits >> 8)
        case 8:
            unit.cabinet(manual=bits % 8 == 0, flash=bits % 16 == 1)
        case 9:
            unit.preempt_inputs(bits & 0b11 if bits % 4 == 0 else 0)
        case _:
            remote.watch_for(bits % 60)


commands = st.tuples(st.floats(0, 5), st.integers(0, 10), st.integers(0, 0xFFFF))


@given(st.sampled_from(sorted(PLANS)), st.lists(commands, max_size=150))
def test_any_sequence_of_commands_is_safe(plan: str, sequence: list[tuple[float, int, int]]) -> None:
    unit, now = PhaseController(PLANS[plan]), 0.0
    for wait_s, kind, bits in sequence:
        now += wait_s
        unit.advance(now)
        command(unit, kind, bits)
    unit.advance(now + 60)
    assert unit.monitor.tripped is None


@pytest.mark.parametrize("plan", PLANS)
def test_a_long_random_walk_is_safe_and_the_junction_is_its_own_in_the_end(plan: str) -> None:
    walk(PLANS[plan], 10_000, seed=1)


@pytest.mark.full
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("seed", range(20))
def test_ten_million_steps(plan: str, seed: int) -> None:
    """Five plans, twenty walks each, a hundred thousand steps a walk."""
    walk(PLANS[plan], 100_000, seed=seed)


def walk(plan: ControllerPlan, steps: int, seed: int) -> None:
    """Steps of up to a second with a command in every tenth; then silence, until the plan runs and every phase came."""
    draw, unit, now = random.Random(seed), PhaseController(plan), 0.0
    for _ in range(steps):
        now += draw.choice((0.1, 0.5, 1.0, draw.random()))
        if draw.random() < 0.1:
            command(unit, draw.randrange(11), draw.getrandbits(16))
        unit.advance(now)
        assert unit.monitor.tripped is None, (plan, seed, now, unit.monitor.tripped)
    unit.cabinet()
    unit.preempt_inputs(0)
    unit.detect(unit.phases)
    unit.remote.watch_for(30)
    unit.remote.set_hold(0)
    came = 0
    for _ in range(1500):
        now += 0.5
        unit.advance(now)
        came |= unit.shown.greens
    assert unit.remote.backup
    assert came == unit.phases, "no phase is forgotten"
    assert unit.monitor.tripped is None


def at_once(ring: Ring, now: float) -> bool:
    """A green may end as soon as it has begun."""
    return ring.since < now


def untimed(ring: Ring, now: float) -> None:
    """Yellow and all-red last no longer than a step."""
    if ring.interval != Interval.GREEN:
        ring.interval = Interval.REST


@pytest.mark.parametrize(("attribute", "fault"), [("may_end", at_once), ("time", untimed)])
def test_a_faulty_controller_is_found_out(
    monkeypatch: pytest.MonkeyPatch, attribute: str, fault: Callable[[Ring, float], bool | None]
) -> None:
    """The walk above can fail: a controller that breaks a rule trips its monitor."""
    monkeypatch.setattr(Ring, attribute, fault)
    with pytest.raises(AssertionError, match="shorter than its minimum"):
        walk(PLANS["two rings"], 5_000, seed=1)
