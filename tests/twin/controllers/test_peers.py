"""The virtual controller, read and commanded by net-snmp and by mbpoll (libmodbus)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from signal_bridge.drivers.modbus_map import CONTROL_LENGTH, MAP_VERSION, STATUS_LENGTH, Control, Status
from tests.support import mbpoll
from tests.support.pty_pair import pty_pair, socat_pair
from tests.support.snmpd import ASC, GLOBAL_SET_ID, NetSnmp, tools_over_pmpp
from tests.support.virtual import served, started
from twin.controllers.controller import PhaseController
from twin.controllers.registers import ModbusStation
from twin.controllers.serving import NtcipStation

GREENS, HOLD, PATTERN = f"{ASC}.1.4.1.4.1", f"{ASC}.1.5.1.4.1", f"{ASC}.4.14.0"
FIRST_GREENS = 0b0001_0001  # phases 1 and 5


@pytest.fixture(name="unit", scope="module")
def fixture_unit() -> PhaseController:
    return started()


@pytest.fixture(name="tools", scope="module")
def fixture_tools(unit: PhaseController, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetSnmp]:
    """net-snmp's tools, towards the unit as station 5."""
    with (
        pty_pair(tmp_path_factory.mktemp("line")) as line,
        served(unit, NtcipStation(unit, 5), line.controller),
        tools_over_pmpp(line.bridge, 5) as tools,
    ):
        yield tools


def test_snmpget_reads_status(unit: PhaseController, tools: NetSnmp) -> None:
    assert tools.get(GREENS) == str(FIRST_GREENS)
    assert tools.get(f"{ASC}.1.4.1.2.1") == str(0xFF & ~FIRST_GREENS), "the others are red"
    assert tools.get(f"{ASC}.3.3.0") == "30"
    assert tools.get(GLOBAL_SET_ID) == str(unit.checksum)


def test_snmpset_commands(unit: PhaseController, tools: NetSnmp) -> None:
    assert tools.set(HOLD, 0b10) == "2"
    assert unit.remote.hold == 0b10
    assert tools.get(HOLD) == "2"
    assert tools.set(PATTERN, 254) == "254"
    assert unit.pattern_status() == 254
    assert tools.set(f"{ASC}.6.3.1.2.1", 0) == "0"
    assert tools.set(PATTERN, 0) == "0"


@pytest.mark.parametrize(
    ("what", "asked", "complaint"),
    [
        ("a pattern that is not there", (PATTERN, 99, "administrator"), "badValue"),
        ("more than a group's byte", (HOLD, 256, "administrator"), "badValue"),
        ("what may only be read", (GREENS, 1, "administrator"), "noSuchName"),
        ("what is not there", (f"{ASC}.99.0", 1, "administrator"), "noSuchName"),
        ("by the reader's community", (HOLD, 1, "public"), "noSuchName"),
    ],
)
def test_snmpset_is_refused(tools: NetSnmp, what: str, asked: tuple[str, int, str], complaint: str) -> None:
    assert complaint in tools.set(*asked)


def test_snmpwalk_finds_every_object_once(tools: NetSnmp) -> None:
    walked = tools.get(f"{ASC}.1", tool="snmpwalk").splitlines()
    assert len(walked) == (6 + 5) * 2  # six status and five control columns of two groups


def test_an_unknown_community_is_not_answered(tools: NetSnmp) -> None:
    assert "Timeout" in tools.get(GREENS, community="guest", timeout_s=0.5)


def test_mbpoll_reads_and_commands(tmp_path: Path) -> None:
    unit = started()
    with socat_pair(tmp_path) as (bridge, controller), served(unit, ModbusStation(unit, 3), controller):
        status = mbpoll.read(bridge, table=3, first=0, count=STATUS_LENGTH, station=3)
        assert status[Status.MAP_VERSION] == MAP_VERSION
        assert status[Status.GREENS] == FIRST_GREENS
        assert status[Status.PLAN_CHECKSUM] == unit.checksum

        mbpoll.write(bridge, Control.HOLD, 0b10, station=3)  # function 06
        assert unit.remote.hold == 0b10
        mbpoll.write(bridge, Control.VEHICLE_CALL, 4, 8, 0, 254, station=3)  # function 16
        controls = mbpoll.read(bridge, table=4, first=0, count=CONTROL_LENGTH, station=3)
        assert controls == [0, 2, 0, 0, 4, 8, 0, 254, 30]

        refused: list[tuple[Callable[[], object], str]] = [
            (partial(mbpoll.write, bridge, Control.PATTERN, 99, station=3), "Illegal data value"),
            (partial(mbpoll.write, bridge, Control.BACKUP_TIME, 9, 9, station=3), "Illegal data address"),
            (partial(mbpoll.read, bridge, table=3, first=0, count=60, station=3), "Illegal data address"),
            (partial(mbpoll.read, bridge, table=0, first=0, count=1, station=3), "Illegal function"),
            (partial(mbpoll.read, bridge, table=4, first=0, count=1, station=4, timeout_s=0.2), "timed out"),
        ]
        for ask, complaint in refused:
            with pytest.raises(AssertionError, match=complaint):
                ask()
        assert unit.remote.backup_time_s == 30, "a refused write changes nothing, not even its allowed part"
