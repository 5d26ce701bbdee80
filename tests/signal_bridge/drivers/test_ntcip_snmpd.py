"""The NTCIP driver against net-snmp's agent, whose objects may be overridden, behind a PMPP shim of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signal_bridge.controller import Aspect, LineError, Mode, RefusedError, Walk
from signal_bridge.drivers.ntcip import NtcipController, NtcipSettings
from signal_bridge.drivers.ntcip_objects import NtcipObjects
from signal_bridge.drivers.pmpp_line import PmppLine, PmppLineSettings
from tests.support.pty_pair import pty_pair
from tests.support.snmpd import ASC, GLOBAL_SET_ID, NetSnmp, agent_over_pmpp, snmpd

CONTROLS = {
    f"{ASC}.1.5.1.{column}.{group}": 0
    for column in (2, 4, 5, 6, 7)
    for group in (1, 2)
} | {f"{ASC}.4.14.0": 0, f"{ASC}.6.3.1.2.1": 0, f"{ASC}.6.3.1.2.3": 0, f"{ASC}.3.3.0": 20}  # fmt: skip
STATUS = {
    f"{ASC}.1.4.1.2.1": 0b1101_1001,  # reds: all but 2, 3 and 6
    f"{ASC}.1.4.1.3.1": 0b0000_0100,  # yellow: 3
    f"{ASC}.1.4.1.4.1": 0b0010_0010,  # greens: 2 and 6
    f"{ASC}.1.4.1.5.1": 0b1101_1101,
    f"{ASC}.1.4.1.6.1": 0b0010_0000,  # clearing: 6
    f"{ASC}.1.4.1.7.1": 0b0000_0010,  # walking: 2
    f"{ASC}.1.4.1.2.2": 0b0000_0001,  # phase 9 red
    f"{ASC}.1.4.1.3.2": 0,
    f"{ASC}.1.4.1.4.2": 0b0000_0001,  # and green at once
    f"{ASC}.1.4.1.5.2": 0b0000_0001,
    f"{ASC}.1.4.1.6.2": 0,
    f"{ASC}.1.4.1.7.2": 0,
    f"{ASC}.3.5.0": 2,
    f"{ASC}.3.6.0": 2,
    f"{ASC}.3.8.0": 0b1000_1000,  # coordination active, which is no alarm, and cycle fail
    f"{ASC}.3.7.0": 0,
    f"{ASC}.3.9.0": 0,
    f"{ASC}.4.10.0": 7,
    f"{ASC}.6.2.1.16.1": 2,
    f"{ASC}.6.2.1.16.3": 2,
    GLOBAL_SET_ID: 40321,
}
SETTINGS = NtcipSettings(address=5, phases=frozenset({2, 3, 6, 9}), preempts=frozenset({1, 3}))


@pytest.fixture(name="agent", scope="module")
def fixture_agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetSnmp]:
    with snmpd(tmp_path_factory.mktemp("snmpd"), CONTROLS, STATUS) as agent:
        yield agent


@pytest.fixture(name="line", scope="module")
def fixture_line(agent: NetSnmp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PmppLine]:
    with pty_pair(tmp_path_factory.mktemp("line")) as pair, agent_over_pmpp(pair.controller, 5, agent):
        line = PmppLine(PmppLineSettings(port=str(pair.bridge), addresses=frozenset({5, 6}), reply_timeout_s=2))
        yield line
        line.close()


@pytest.fixture(name="controller")
def fixture_controller(line: PmppLine) -> NtcipController:
    return NtcipController(line, SETTINGS, clock=lambda: 1000.0)


def test_status_is_read(controller: NtcipController) -> None:
    status = controller.read_status()
    assert status.read_at == 1000.0
    assert {number: (phase.aspect, phase.pedestrian) for number, phase in status.phases.items()} == {
        1: (Aspect.RED, Walk.DONT_WALK),
        2: (Aspect.GREEN, Walk.WALK),
        3: (Aspect.YELLOW, Walk.DONT_WALK),
        4: (Aspect.RED, Walk.DONT_WALK),
        5: (Aspect.RED, Walk.DONT_WALK),
        6: (Aspect.GREEN, Walk.CLEAR),
        7: (Aspect.RED, Walk.DONT_WALK),
        8: (Aspect.RED, Walk.DONT_WALK),
        9: (Aspect.UNKNOWN, Walk.DONT_WALK),  # red and green at once is believed in neither
    }
    assert status.mode is Mode.REMOTE
    assert status.pattern == 7
    assert status.plan_checksum == 40321
    assert status.unit_backup_time_s == 20
    assert status.preempts == frozenset()
    assert status.alarms == frozenset({"cycle_fail"})


def test_phase_sets_are_whole_and_in_both_groups(controller: NtcipController, agent: NetSnmp) -> None:
    calls = {
        4: controller.hold,
        5: controller.force_off,
        2: controller.omit,
        6: controller.vehicle_call,
        7: controller.pedestrian_call,
    }
    for column, call in calls.items():
        for phases, groups in [({2, 6, 9}, ("34", "1")), ({3}, ("4", "0")), (set[int](), ("0", "0"))]:
            call(frozenset(phases))
            assert tuple(agent.get(f"{ASC}.1.5.1.{column}.{group}") for group in (1, 2)) == groups


def test_holds_are_read_back(controller: NtcipController) -> None:
    controller.hold(frozenset({6, 9}))
    assert controller.read_status().held == frozenset({6, 9})
    controller.hold(frozenset())
    assert controller.read_status().held == frozenset()


def test_a_heartbeat_sets_the_hold_again(controller: NtcipController, agent: NetSnmp) -> None:
    controller.hold(frozenset({6}))
    agent.set(f"{ASC}.1.5.1.4.1", 0)
    controller.heartbeat()
    assert agent.get(f"{ASC}.1.5.1.4.1") == "32"
    controller.hold(frozenset())


def test_pattern_and_preemption_are_set_and_all_is_released(controller: NtcipController, agent: NetSnmp) -> None:
    controller.select_pattern(12)
    controller.preempt(3, on=True)
    controller.hold(frozenset({2}))
    assert agent.get(f"{ASC}.4.14.0") == "12"
    assert agent.get(f"{ASC}.6.3.1.2.3") == "1"
    controller.release_all()
    assert {oid: agent.get(oid) for oid in CONTROLS} == {
        oid: "20" if oid.endswith(".3.3.0") else "0" for oid in CONTROLS
    }


@pytest.mark.parametrize(
    ("what", "number", "expected"),
    [
        ("an object that is there and may not be written", f"{ASC}.3.5.0"[1:], "it has this object"),
        ("one that is missing", f"{ASC}.99.0"[1:], "does this vendor number it otherwise"),
    ],
)
def test_a_refusal_says_which_it_is(line: PmppLine, what: str, number: str, expected: str) -> None:
    renumbered = SETTINGS.model_copy(update={"objects": NtcipObjects(pattern_control=number)})
    with pytest.raises(RefusedError, match=expected):
        NtcipController(line, renumbered).select_pattern(1)


def test_a_refused_part_does_not_keep_the_rest_from_being_released(line: PmppLine, agent: NetSnmp) -> None:
    controller = NtcipController(line, SETTINGS.model_copy(update={"preempts": frozenset({1, 2})}))
    controller.hold(frozenset({2}))
    with pytest.raises(RefusedError, match=r"6\.3\.1\.2\.2 "):  # pre-emption 2 is not there
        controller.release_all()
    assert agent.get(f"{ASC}.1.5.1.4.1") == "0"


def test_objects_that_are_missing_leave_the_rest_readable(line: PmppLine) -> None:
    """Another vendor's numbers for colours, and a pre-emption that is not there."""
    there = NtcipObjects(walks=f"{ASC}.1.4.1.70"[1:], alarms_2=f"{ASC}.3.70.0"[1:])
    settings = SETTINGS.model_copy(update={"objects": there, "preempts": frozenset({1, 9})})
    status = NtcipController(line, settings).read_status()
    assert status.phases[2].aspect is Aspect.GREEN
    assert status.phases[2].pedestrian is Walk.UNKNOWN
    assert status.preempts is None
    assert status.mode is Mode.UNKNOWN, "what might pre-empt could not be read"
    assert status.alarms == frozenset({"cycle_fail"}), "the objects that it has"


def test_a_wrong_community_is_a_silent_line(line: PmppLine) -> None:
    stranger = NtcipController(line, SETTINGS.model_copy(update={"read_community": "guest", "read_tries": 1}))
    with pytest.raises(LineError, match="station 5 did not answer a GET"):
        stranger.read_status()


def test_another_station_is_not_spoken_to(line: PmppLine) -> None:
    with pytest.raises(ValueError, match="not in its line's list"):
        NtcipController(line, SETTINGS.model_copy(update={"address": 7}))
