"""The envelope case by case: what is sent, what waits and for what, what lets go, what latches.

The junction is that of `tests.support.junction`: stages {2, 6}, {4}, {8}, greens 30, 20, 15 s, pedestrians with 2 and 4
for the first 12 s of green, yellow 3 s, all-red 2 s; it obeys blindly. A guard ticks twice a second.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from contract import SignalReason
from signal_bridge.controller import ControllerStatus, Mode
from signal_bridge.envelope import Ask, Ended, Limits, Release, Rest, Send, Wait
from signal_bridge.envelope.state import Action
from signal_bridge.guard import Guard
from tests.support.junction import LIMITS, STAGES, Faults, Junction, Time

CYCLE_S = 80.0


class Scene:
    """A guard that has watched for two cycles and a bit: stage {2, 6} has just turned green."""

    def __init__(self) -> None:
        self.time = Time()
        self.junction = Junction(self.time)
        self.guard = Guard(self.junction, LIMITS, self.time, armed=True)
        self.ended: list[Ended] = []
        self.sent: list[Send] = []
        self.tick(2 * CYCLE_S + 1)
        assert self.junction.green_phases() == STAGES[0]

    def tick(self, seconds: float = 0.5) -> None:
        for _ in range(round(seconds * 2)):
            self.time.pass_(0.5)
            self.ended += self.guard.tick()
            if isinstance(self.guard.decision, Send) and self.guard.decision.kind != "heartbeat":
                self.sent.append(self.guard.decision)

    def ask(
        self, action: Action, *phases: int, seconds: float = 10, lease_s: float = 60, who: str = "budi", rank: int = 10
    ) -> SignalReason | None:
        ends = self.time.mono + lease_s
        against, ended = self.guard.ask(
            Ask(f"r{self.time.mono}", who, action, ends, frozenset(phases), seconds, 3, rank)
        )
        self.ended += ended
        return against

    @property
    def waits_for(self) -> SignalReason | None:
        assert isinstance(self.guard.decision, Wait), self.guard.decision
        return self.guard.decision.reason


def test_an_extension_waits_for_minimum_green_then_holds_and_lets_go() -> None:
    scene = Scene()
    assert scene.ask("extend", 2, 6, seconds=20) is None
    scene.tick()
    assert scene.waits_for == "minimum_green"
    scene.tick(9)
    assert scene.junction.hold_set == {2, 6}
    scene.tick(25)
    assert scene.junction.hold_set == frozenset()
    assert [(one.outcome, one.reason) for one in scene.ended] == [("completed", "given")]
    assert 18 <= scene.ended[0].lease.given_s <= 20


def test_an_extension_ends_at_maximum_green() -> None:
    scene = Scene()
    scene.ask("extend", 2, 6, seconds=120, lease_s=200)
    began = scene.junction.stage.began
    while scene.junction.stage.interval == "green":
        scene.tick()
    assert scene.ended[0].reason == "maximum_green"
    assert 47 < scene.junction.stage.began - began <= 50


def test_an_extension_asked_in_red_stands_until_its_green() -> None:
    scene = Scene()
    scene.ask("extend", 4, lease_s=90)
    scene.tick(15)
    assert scene.waits_for == "phase_not_green"
    scene.tick(14)
    assert scene.waits_for == "intergreen"
    scene.tick(5)
    assert scene.waits_for == "minimum_green"
    scene.tick(10)
    assert scene.junction.hold_set == {4}


def test_a_cut_waits_for_pedestrians() -> None:
    scene = Scene()
    scene.ask("cut", 2, 6)
    scene.tick(10)
    assert scene.waits_for == "pedestrians"
    scene.tick(3)
    assert [(one.kind, one.phases) for one in scene.sent] == [("force_off", frozenset({2, 6}))]
    assert scene.junction.stage.interval == "yellow"
    assert scene.ended[0].outcome == "completed"


def test_a_lease_that_never_got_its_turn_expires() -> None:
    scene = Scene()
    scene.ask("extend", 8, lease_s=20)
    scene.tick(30)
    assert [(one.outcome, one.reason) for one in scene.ended] == [("expired", "expired")]
    assert scene.sent == []


def test_the_end_of_the_lease_lifts_the_hold() -> None:
    scene = Scene()
    scene.ask("extend", 2, 6, seconds=60, lease_s=25)
    scene.tick(20)
    assert scene.junction.hold_set
    scene.tick(6)
    assert not scene.junction.hold_set
    assert [(one.outcome, one.reason) for one in scene.ended] == [("completed", "expired")]


def test_priority_brings_the_phase_and_keeps_it_for_its_presence() -> None:
    scene = Scene()
    scene.ask("priority", 8, seconds=20, lease_s=120, rank=40)
    scene.tick(40)
    assert scene.junction.green_phases() == {8}
    # 12 s of pedestrians, an intergreen of 5 s, stage {4} passed over; its own turn would be 60 s away
    assert scene.junction.started[8] < scene.time.mono - 5
    assert {one.kind for one in scene.sent} >= {"call", "omit", "force_off", "hold"}
    scene.tick(30)
    assert scene.ended[0].outcome == "completed"
    assert not (scene.junction.hold_set or scene.junction.omit_set or scene.junction.call_set)


OWNERS = [
    # who asks, with what rank, while budi (10) owns it         is refused because
    ("siti", 10, "owned_by_other"),
    ("adaptif", 0, "owned_by_other"),
    ("budi", 0, "owned_by_other"),
    ("budi", 10, None),
    ("siti", 40, None),
]


@pytest.mark.parametrize(("who", "rank", "against"), OWNERS)
def test_one_owner_at_a_time(who: str, rank: int, against: str | None) -> None:
    scene = Scene()
    scene.ask("extend", 2, 6)
    assert scene.ask("extend", 4, who=who, rank=rank) == against
    assert [one.reason for one in scene.ended] == ([] if against else ["owned_by_other"])


def mode(value: Mode) -> Callable[[Scene], None]:
    def change(scene: Scene) -> None:
        scene.junction.mode = value

    return change


def preempted(scene: Scene) -> None:
    scene.junction.preempts = frozenset({1})


def dead_line(scene: Scene) -> None:
    scene.junction.faults.dead = True


def wall_clock_set(scene: Scene) -> None:
    scene.time.wall += 3600


def blank(*items: str) -> Callable[[Scene], None]:
    def change(scene: Scene) -> None:
        scene.junction.faults.blank = frozenset(items)

    return change


def unknown_phase(scene: Scene) -> None:
    scene.junction.faults.blur = frozenset({2})


def refusing(scene: Scene) -> None:
    scene.junction.faults.refuse = True
    scene.guard.state = replace(scene.guard.state, last_set=None)  # a heartbeat is due


PASSING: list[tuple[Callable[[Scene], None], str]] = [
    (mode(Mode.LOCAL), "not_remote"),
    (mode(Mode.UNKNOWN), "not_remote"),
    (mode(Mode.PREEMPTED), "not_remote"),
    (preempted, "not_remote"),
    (wall_clock_set, "clock_jumped"),
    (blank("mode"), "not_remote"),
    (blank("preempts"), "not_remote"),
    (blank("checksum"), "plan_changed"),
    (blank("watchdog"), "watchdog_off"),
    (blank("alarms"), "conflict"),
    (unknown_phase, "phase_unknown"),
    (refusing, "controller_refused"),
]


@pytest.mark.parametrize(("happens", "reason"), PASSING, ids=[f"{row[0].__name__}-{row[1]}" for row in PASSING])
def test_what_passes_ends_the_lease_and_heals(happens: Callable[[Scene], None], reason: str) -> None:
    scene = Scene()
    scene.ask("extend", 2, 6, seconds=30)
    scene.tick(12)
    assert scene.junction.hold_set
    happens(scene)
    scene.tick(2)
    assert [(one.outcome, one.reason) for one in scene.ended] == [("released", reason)]
    assert not scene.junction.hold_set
    scene.junction.mode, scene.junction.preempts, scene.junction.faults = Mode.REMOTE, frozenset(), Faults()
    scene.tick(1)
    assert scene.ask("extend", 2, 6) is None


def test_a_dead_line_lets_the_watchdog_run_out_and_heals() -> None:
    scene = Scene()
    scene.ask("extend", 2, 6, seconds=35)
    scene.tick(12)
    dead_line(scene)
    scene.tick(3)
    assert scene.ended == [], "one or two lost readings end nothing"
    scene.tick(11)
    assert [(one.outcome, one.reason) for one in scene.ended] == [("released", "status_stale")]
    scene.junction.move()
    assert not scene.junction.hold_set, "the controller's own watchdog"
    scene.junction.faults = Faults()
    scene.tick(1)
    assert scene.ask("extend", 2, 6) is None


def test_a_reading_that_took_long_is_no_reading_to_command_on() -> None:
    scene = Scene()
    scene.ask("extend", 2, 6, seconds=30)
    read = scene.junction.read_status

    def slowly() -> ControllerStatus:
        status = read()
        scene.time.pass_(1.2)
        return status

    scene.junction.__dict__["read_status"] = slowly
    scene.tick(6)
    assert scene.sent == []
    assert scene.waits_for == "status_stale"
    del scene.junction.__dict__["read_status"]
    scene.tick(1)
    assert [one.kind for one in scene.sent] == ["hold"]


def plan(scene: Scene) -> None:
    scene.junction.checksum = 1


def watchdog(seconds: int) -> Callable[[Scene], None]:
    def change(scene: Scene) -> None:
        scene.junction.watchdog_s = seconds

    return change


def conflict(scene: Scene) -> None:
    scene.junction.alarms = frozenset({"conflict"})


def other_limits(scene: Scene) -> None:
    scene.guard.reconfigure(Limits(**LIMITS.model_dump() | {"cycle_max_s": 120.0}))


LATCHING: list[tuple[Callable[[Scene], None], str]] = [
    (plan, "plan_changed"),
    (watchdog(0), "watchdog_off"),
    (watchdog(600), "watchdog_off"),
    (watchdog(3), "watchdog_off"),
    (conflict, "conflict"),
    (mode(Mode.FLASH), "flash_under_control"),
    (other_limits, "config_changed"),
]


@pytest.mark.parametrize(("happens", "reason"), LATCHING, ids=[f"{row[0].__name__}-{row[1]}" for row in LATCHING])
def test_a_broken_interlock_stays_broken_until_armed_again(happens: Callable[[Scene], None], reason: str) -> None:
    scene = Scene()
    scene.ask("extend", 2, 6, seconds=30)
    scene.tick(12)
    happens(scene)
    scene.tick(1)
    assert [one.reason for one in scene.ended] == [reason]
    assert not scene.junction.hold_set
    junction = scene.junction
    junction.checksum, junction.watchdog_s, junction.alarms, junction.mode = 4711, 10, frozenset(), Mode.REMOTE
    if scene.guard.limits is not LIMITS:
        scene.guard.reconfigure(LIMITS)
    scene.tick(30)
    assert scene.ask("extend", 2, 6) == "latched"
    assert isinstance(scene.guard.decision, Rest)
    scene.guard.arm()
    scene.tick(1)
    assert scene.ask("extend", 2, 6) is None


def test_another_masters_hold_is_lifted_a_few_times_and_then_believed() -> None:
    scene = Scene()
    for _ in range(8):
        scene.junction.hold_set = frozenset({6})
        scene.tick()
    assert scene.guard.state.latched == "foreign_control"
    assert scene.junction.hold_set == {6}, "it is not ours to fight for"


def test_a_hold_left_by_a_dead_predecessor_is_lifted_at_once() -> None:
    scene = Scene()
    scene.junction.hold_set = frozenset({2})
    heir = Guard(scene.junction, LIMITS, scene.time, armed=True)
    heir.tick()
    assert isinstance(heir.decision, Release)
    assert not scene.junction.hold_set


def test_nothing_is_sent_unless_armed() -> None:
    scene = Scene()
    scene.guard.disarm()
    assert scene.ask("extend", 2, 6) == "not_armed"
    scene.tick(20)
    assert scene.sent == []


NEVER = [
    ("a phase that is not there", Ask("r", "b", "extend", 9e9, frozenset({3}), 10), "unknown_phase"),
    ("no phase", Ask("r", "b", "cut", 9e9), "unknown_phase"),
    ("a plan that is not allowed", Ask("r", "b", "pattern", 9e9, pattern=9), "pattern_not_allowed"),
    ("a lease that is over", Ask("r", "b", "extend", 0.0, frozenset({2}), 10), "expired"),
]


@pytest.mark.parametrize(("wanted", "reason"), [row[1:] for row in NEVER], ids=[row[0] for row in NEVER])
def test_what_can_never_be_is_refused_at_once(wanted: Ask, reason: str) -> None:
    assert Scene().guard.ask(wanted)[0] == reason


def test_a_plan_stands_while_its_lease_stands_and_changes_rarely() -> None:
    scene = Scene()
    scene.tick(10)
    assert scene.ask("pattern", lease_s=30) is None
    scene.tick(1)
    assert scene.junction.pattern == 3
    scene.tick(30)
    assert scene.junction.pattern == 0
    scene.ask("pattern", lease_s=100)
    scene.tick(40)
    assert scene.junction.pattern == 0
    assert any(one.lease.ask.action == "pattern" for one in scene.ended)


def test_heartbeats_come_only_while_something_is_in_force() -> None:
    scene = Scene()
    beats: list[float] = []
    for moment in range(2 * round(CYCLE_S) + 50):
        if moment == 2 * round(CYCLE_S):
            scene.ask("extend", 2, 6, seconds=60, lease_s=200)
        scene.tick()
        if isinstance(scene.guard.decision, Send):
            beats.append(scene.time.mono)
    held_from = scene.time.mono - 25 + 9
    assert min(beats) >= held_from
    assert max(later - earlier for earlier, later in itertools.pairwise(beats)) <= 10 / 3 + 0.5
