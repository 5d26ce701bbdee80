"""The virtual controller: what it shows when left alone, when commanded, when pre-empted, and when abandoned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from signal_bridge.drivers.bits import mask, phases
from signal_bridge.drivers.ntcip_objects import (
    BACKUP_MODE,
    FLASH_AUTOMATIC,
    FLASH_LOCAL_MANUAL,
    FLASH_MMU,
    MANUAL,
    NOT_FLASH,
    PREEMPT_DWELL,
    PREEMPT_ENTRY,
    PREEMPT_MAX_PRESENCE,
    PREEMPT_NOT_ACTIVE,
    PREEMPT_WITH_CALL,
    SYSTEM_CONTROL,
    SYSTEM_STANDBY,
    TIMEBASE,
)
from twin.controllers.controller import PhaseController
from twin.controllers.monitor import Indications
from twin.controllers.plan import ControllerPlan, Pattern, Phase, Preemption, dual_ring, stages

FREE = 254
Hook = Callable[[PhaseController], None]


def run(unit: PhaseController, until: float, at: dict[float, Hook] | None = None) -> list[tuple[float, str]]:
    """Advance by tenths of a second until `until`, doing what `at` says; the changes of what is shown."""
    hooks, told = dict(at or {}), []
    last = told_of(unit)
    for tenth in range(round(unit.now * 10), round(until * 10) + 1):
        hook = hooks.pop(tenth / 10, None)
        if hook:
            hook(unit)
        unit.advance(tenth / 10)
        assert unit.monitor.tripped is None
        if told_of(unit) != last:
            last = told_of(unit)
            told.append((tenth / 10, last))
    assert not hooks
    return told


def told_of(unit: PhaseController) -> str:
    """`1 5` phases 1 and 5 green, `y` yellow, `w` walk, `c` clearance; `-` all red or dark."""
    shown: Indications = unit.shown
    signs = dict.fromkeys(phases(shown.greens), "")
    signs |= dict.fromkeys(phases(shown.yellows), "y")
    signs |= dict.fromkeys(phases(shown.walks), "w") | dict.fromkeys(phases(shown.clears), "c")
    return " ".join(f"{number}{sign}" for number, sign in sorted(signs.items())) or "-"


def pattern_unit(plan: ControllerPlan | None = None, watchdog_s: int = 30) -> PhaseController:
    chosen = plan or dual_ring(Phase())
    return PhaseController(chosen.model_copy(update={"backup_time_s": watchdog_s}))


def free_unit(recall: bool = False, **timing: float) -> PhaseController:
    plan = stages(3, Phase(recall=recall, **timing))
    return PhaseController(plan.model_copy(update={"local_pattern": FREE}))


def command(name: str, value: int) -> Hook:
    """Set one remote control."""
    return lambda unit: getattr(unit.remote, f"set_{name}")(value)


# Left alone.


def test_a_pattern_gives_every_phase_its_split_in_its_place() -> None:
    cycle = [
        (5.0, "1 5"), (20.0, "1y 5y"), (23.0, "-"), (25.0, "2 6"), (45.0, "2y 6y"), (48.0, "-"),
        (50.0, "3 7"), (70.0, "3y 7y"), (73.0, "-"), (75.0, "4 8"), (95.0, "4y 8y"), (98.0, "-"), (100.0, "1 5"),
    ]  # fmt: skip
    assert run(pattern_unit(), 100) == cycle


def test_an_offset_moves_the_cycle() -> None:
    plan = stages(2)
    shifted = plan.model_copy(update={"patterns": {1: Pattern(cycle_s=50, offset_s=10, splits={1: 25, 2: 25})}})
    changes = run(PhaseController(shifted), 200)
    assert {(110.0, "1"), (135.0, "2"), (160.0, "1")} <= set(changes)


def test_free_serves_who_waits_and_ends_a_green_in_its_gap() -> None:
    unit = free_unit(minimum_green_s=10, passage_s=3, maximum_green_s=40)
    calls: dict[float, Hook] = {
        6: lambda unit: unit.detect(mask({2})),
        7: lambda unit: unit.detect(0),
        15: lambda unit: unit.detect(mask({2})),
        18: lambda unit: unit.detect(mask({2, 3})),
        22: lambda unit: unit.detect(0),
    }
    assert run(unit, 60, calls) == [
        (6.0, "2"),
        (24.9, "2y"),  # three seconds after its last vehicle was seen, past its minimum
        (27.9, "-"),
        (29.9, "3"),  # and rests there: nobody else waits
    ]


def test_free_ends_a_green_at_its_maximum_for_those_who_wait() -> None:
    unit = free_unit(minimum_green_s=10, maximum_green_s=20)
    calls: dict[float, Hook] = {6: lambda unit: unit.detect(mask({1, 2}))}
    assert run(unit, 30, calls) == [(6.0, "1"), (26.0, "1y"), (29.0, "-")]


def test_pedestrians_walk_and_clear_within_the_green() -> None:
    unit = pattern_unit(stages(2, Phase(walk_s=5, ped_clear_s=8)))
    press: dict[float, Hook] = {10: lambda unit: unit.detect(0, mask({2}))}
    assert run(unit, 46, press) == [
        (5.0, "1"), (20.0, "1y"), (23.0, "-"), (25.0, "2w"), (30.0, "2c"), (38.0, "2"), (45.0, "2y"),
    ]  # fmt: skip


# Commanded.


def test_a_hold_keeps_its_green_until_it_is_lifted() -> None:
    at = {15.0: command("hold", mask({1})), 40.0: command("hold", 0)}
    assert run(pattern_unit(stages(2)), 46, at)[:2] == [(5.0, "1"), (40.0, "1y")]


def test_after_a_long_hold_the_plan_is_caught_up_by_minimum_greens() -> None:
    at = {15.0: command("hold", mask({1})), 40.0: command("hold", 0)}
    changes = run(pattern_unit(stages(4)), 230, at)
    greens = [one for one in changes if one[1] in "1234"]
    # Late by 20 s after the hold; each green gives back up to ten, and the cycle is in its place again.
    late = [(5.0, "1"), (45.0, "2"), (60.0, "3"), (75.0, "4")]
    assert greens == [*late, (100.0, "1"), (125.0, "2"), (150.0, "3"), (175.0, "4"), (200.0, "1"), (225.0, "2")]


@pytest.mark.parametrize(
    ("set_at", "ends_at"),
    [(6.0, 15.0), (14.9, 15.0), (17.0, 17.0)],
    ids=["within minimum green", "at its very end", "past it"],
)
def test_a_force_off_waits_for_the_minimum_green_and_clears_itself(set_at: float, ends_at: float) -> None:
    unit = pattern_unit(stages(2))
    assert run(unit, ends_at, {set_at: command("force_off", mask({1}))})[-1] == (ends_at, "1y")
    assert unit.remote.force_off == 0


def test_a_force_off_in_intergreen_waits_for_its_green() -> None:
    unit = pattern_unit(stages(2))
    changes = run(unit, 39, {21.0: command("force_off", mask({2}))})
    assert changes[-3:] == [(25.0, "2"), (35.0, "2y"), (38.0, "-")]


def test_a_force_off_waits_for_pedestrians_on_the_road() -> None:
    unit = pattern_unit(stages(2, Phase(walk_s=5, ped_clear_s=8)))
    at = {1.0: command("pedestrian_call", mask({1})), 6.0: command("force_off", mask({1}))}
    assert run(unit, 18, at) == [(5.0, "1w"), (10.0, "1c"), (18.0, "1y")]


def test_a_hold_wins_over_a_force_off() -> None:
    at = {6.0: command("hold", mask({1})), 7.0: command("force_off", mask({1}))}
    assert run(pattern_unit(stages(2)), 34, at) == [(5.0, "1")]


def test_an_omitted_phase_does_not_begin_and_a_running_one_is_not_cut() -> None:
    at = {10.0: command("omit", mask({1, 2}))}
    greens = [what for _, what in run(pattern_unit(stages(3), watchdog_s=0), 80, at) if what in "123"]
    assert greens == ["1", "3"]


def test_a_vehicle_call_brings_a_phase_that_nobody_waits_for() -> None:
    assert run(free_unit(), 8, {7.0: command("vehicle_call", mask({3}))}) == [(7.0, "3")]


def test_another_pattern_is_run_and_abandoned_the_own_one_again() -> None:
    plan = stages(2)
    two = plan.model_copy(update={"patterns": {**plan.patterns, 2: Pattern(cycle_s=60, splits={1: 40, 2: 20})}})
    unit = pattern_unit(two, watchdog_s=60)
    changes = run(unit, 230, {99.0: command("pattern", 2), 140.0: command("pattern", 2)})
    assert [one for one in changes if 120 < one[0] < 190 and one[1] in {"1", "1y", "2", "2y"}] == [
        (125.0, "2y"), (130.0, "1"), (155.0, "1y"), (160.0, "2"), (175.0, "2y"), (180.0, "1"),
    ]  # fmt: skip
    assert (unit.remote.backup, unit.pattern_status()) == (True, 1)


def test_flash_by_command_comes_after_the_clearances() -> None:
    unit = pattern_unit(stages(2))
    changes = run(unit, 30, {10.0: command("pattern", 255)})
    assert changes == [(5.0, "1"), (15.0, "1y"), (18.0, "-")]
    assert (unit.flash_status(), unit.pattern_status(), unit.reds()) == (FLASH_AUTOMATIC, 255, 0)
    assert [what for _, what in run(unit, 40, {31.0: command("pattern", 0)})] == ["1"]
    assert unit.flash_status() == NOT_FLASH


# Pre-empted.


def test_a_preemption_clears_what_conflicts_and_dwells() -> None:
    unit = pattern_unit()
    on = {27.0: command("preempt", 0b10)}  # pre-emption 2: phases 4 and 7; 2 and 6 are green since 25
    changes = run(unit, 34, on)
    assert changes[-1] == (25.0, "2 6")
    assert unit.preemptions.state(2) == PREEMPT_ENTRY
    assert run(unit, 54) == [(35.0, "2y 6y"), (38.0, "-"), (40.0, "4 7")]
    assert unit.preemptions.state(2) == PREEMPT_DWELL
    assert run(unit, 120, {56.0: command("preempt", 0)})[0][0] >= 56.0
    assert unit.preemptions.state(2) == PREEMPT_NOT_ACTIVE


def test_a_preemption_overrules_a_hold() -> None:
    unit = pattern_unit()
    at = {10.0: command("hold", mask({1, 5})), 20.0: command("preempt", 0b10)}
    assert (25.0, "4 7") in run(unit, 30, at)


def test_a_preemption_ends_at_its_maximum_presence_and_stays_ended() -> None:
    plan = stages(2).model_copy(update={"preempts": {1: Preemption(dwell=frozenset({1}), maximum_presence_s=30)}})
    unit = pattern_unit(plan, watchdog_s=0)
    assert run(unit, 50, {10.0: command("preempt", 1)}) == [(5.0, "1"), (40.0, "1y"), (43.0, "-"), (45.0, "2")]
    assert unit.preemptions.state(1) == PREEMPT_MAX_PRESENCE
    run(unit, 60, {55.0: command("preempt", 0)})
    assert unit.preemptions.state(1) == PREEMPT_NOT_ACTIVE


def test_the_lower_number_goes_first() -> None:
    unit = pattern_unit()
    run(unit, 30, {10.0: command("preempt", 0b10)})
    run(unit, 60, {31.0: command("preempt", 0b11)})
    assert (unit.preemptions.state(1), unit.preemptions.state(2)) == (PREEMPT_DWELL, PREEMPT_WITH_CALL)
    assert told_of(unit) == "2 5"


# Abandoned, and taken at the cabinet.


def test_without_a_set_for_the_backup_time_everything_is_taken_back() -> None:
    unit = pattern_unit(stages(2), watchdog_s=20)
    assert unit.control_status() == TIMEBASE
    at = {10.0: command("hold", mask({1})), 12.0: command("pattern", FREE), 15.0: command("vehicle_call", mask({2}))}
    run(unit, 34.8, at)
    assert (unit.control_status(), unit.remote.hold) == (SYSTEM_CONTROL, 1)
    changes = run(unit, 36)
    assert (unit.control_status(), unit.remote.hold, unit.remote.vehicle_call) == (BACKUP_MODE, 0, 0)
    assert unit.pattern_status() == 1, "its own plan"
    assert changes == [(34.9, "1y")], "the held green ends"
    run(unit, 40, {39.0: command("hold", 0)})
    assert unit.control_status() == SYSTEM_STANDBY


def test_a_watchdog_of_zero_watches_nothing() -> None:
    """This is why the bridge refuses to command where it is zero."""
    unit = pattern_unit(stages(2), watchdog_s=0)
    run(unit, 600, {10.0: command("hold", mask({1}))})
    assert told_of(unit) == "1"


def test_a_watchdog_that_is_shortened_counts_from_the_last_set() -> None:
    unit = pattern_unit(stages(2))
    at: dict[float, Hook] = {10.0: command("hold", mask({1})), 18.0: lambda unit: unit.remote.watch_for(10)}
    run(unit, 20, at)
    assert unit.remote.backup


def test_manual_keeps_the_centre_out() -> None:
    unit = pattern_unit(stages(2))
    at: dict[float, Hook] = {6.0: lambda unit: unit.cabinet(manual=True), 10.0: command("hold", mask({1}))}
    assert (20.0, "1y") in run(unit, 21, at)
    assert unit.control_status() == MANUAL


def test_the_flash_switch_works_at_once_and_the_signals_start_up_again() -> None:
    unit = pattern_unit(stages(2))
    assert run(unit, 12, {10.0: lambda unit: unit.cabinet(flash=True)})[-1] == (10.0, "-")
    assert unit.flash_status() == FLASH_LOCAL_MANUAL
    run(unit, 30, {13.0: lambda unit: unit.cabinet()})
    assert unit.flash_status() == NOT_FLASH


def test_a_tripped_monitor_is_dark_for_good_and_tells() -> None:
    unit = pattern_unit()
    run(unit, 10)
    unit.monitor.watch(10, Indications(greens=0b11, yellows=0))
    for second in range(11, 200):
        unit.remote.set_pattern(1)
        unit.advance(second)
        assert told_of(unit) == "-"
    assert (unit.flash_status(), unit.alarms_1() & 0b1_0000) == (FLASH_MMU, 0b1_0000)
    unit.reset_monitor()
    for second in range(200, 220):
        unit.advance(second)
    assert unit.flash_status() == NOT_FLASH


# Clocks.


def test_a_clock_that_jumps_cuts_nothing_short() -> None:
    unit = pattern_unit(stages(2))
    run(unit, 10)
    for reading in (10_000.0, 3.0, 3.5, -50.0, -49.5, 1e9, 1e9 + 0.5):
        unit.advance(reading)
        assert unit.monitor.tripped is None
    assert unit.flash_status() == NOT_FLASH
