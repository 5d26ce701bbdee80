"""The Modbus RTU register map: the NTCIP 1202 objects that the bridge needs, for controllers that speak Modbus.

There is no traffic profile for Modbus, so Simpang publishes this one: `docs/modbus-register-map.md` is written from
here (`python -m signal_bridge.drivers.modbus_map`). Status is read as input registers (function 04), in one request;
controls are holding registers (functions 03, 06, 16). A set of phases is one register: bit 0 is phase 1, bit 15 is
phase 16. A number that cannot be told is FFFF.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import IntEnum

MAP_VERSION = 0x5301
"""`S` and a number that grows when a register changes its meaning."""

UNKNOWN = 0xFFFF


class Status(IntEnum):
    """Input registers, from 0."""

    MAP_VERSION = 0
    CONTROL_STATUS = 1
    FLASH_STATUS = 2
    ALARMS_1 = 3
    ALARMS_2 = 4
    SHORT_ALARMS = 5
    PATTERN = 6
    PLAN_CHECKSUM = 7
    PHASES = 8
    REDS = 9
    YELLOWS = 10
    GREENS = 11
    DONT_WALKS = 12
    PED_CLEARS = 13
    WALKS = 14
    VEHICLE_CALLS = 15
    PEDESTRIAN_CALLS = 16
    PREEMPTS = 17
    CLOCK = 18


class Control(IntEnum):
    """Holding registers, from 0."""

    HEARTBEAT = 0
    HOLD = 1
    FORCE_OFF = 2
    OMIT = 3
    VEHICLE_CALL = 4
    PEDESTRIAN_CALL = 5
    PREEMPT = 6
    PATTERN = 7
    BACKUP_TIME = 8


STATUS_LENGTH = len(Status)
CONTROL_LENGTH = len(Control)


@dataclass(frozen=True, slots=True)
class Row:
    """A register's line of the published table."""

    mirrors: str
    meaning: str


STATUS_ROWS: dict[Status, Row] = {
    Status.MAP_VERSION: Row("", f"`{MAP_VERSION:04X}`: this map. Another value: the bridge does not command."),
    Status.CONTROL_STATUS: Row(
        "unitControlStatus",
        "1 other, 2 system control, 3 system standby, 4 backup mode, 5 manual, 6 timebase, 7 interconnect, "
        "8 interconnect backup",
    ),
    Status.FLASH_STATUS: Row(
        "unitFlashStatus",
        "1 other, 2 not flashing, 3 automatic, 4 local manual, 5 fault monitor, 6 conflict monitor, 7 start-up, "
        "8 pre-emption",
    ),
    Status.ALARMS_1: Row(
        "unitAlarmStatus1",
        "bits from 0: cycle fault, coordination fault, coordination fail, cycle fail, conflict monitor flash, "
        "local flash, local free, coordination active",
    ),
    Status.ALARMS_2: Row(
        "unitAlarmStatus2",
        "bits from 0: power restart, low battery, response fault, external start, stop time, offset transition",
    ),
    Status.SHORT_ALARMS: Row(
        "shortAlarmStatus",
        "bits from 0: pre-emption, flash, local cycle zero, local override, coordination, detector fault, "
        "non-critical, critical",
    ),
    Status.PATTERN: Row("coordPatternStatus", "1-253 that pattern, 254 free, 255 flash"),
    Status.PLAN_CHECKSUM: Row(
        "globalSetIDParameter", "changes whenever a timing or the configuration changes; never `FFFF`"
    ),
    Status.PHASES: Row("", "phases that this junction has"),
    Status.REDS: Row("phaseStatusGroupReds", "phases that show red"),
    Status.YELLOWS: Row("phaseStatusGroupYellows", "phases that show yellow"),
    Status.GREENS: Row("phaseStatusGroupGreens", "phases that show green"),
    Status.DONT_WALKS: Row("phaseStatusGroupDontWalks", "phases whose pedestrians must wait; also those without any"),
    Status.PED_CLEARS: Row("phaseStatusGroupPedClears", "phases whose pedestrians clear the road"),
    Status.WALKS: Row("phaseStatusGroupWalks", "phases whose pedestrians may walk"),
    Status.VEHICLE_CALLS: Row("phaseStatusGroupVehCalls", "phases with a vehicle call, by detector or by remote"),
    Status.PEDESTRIAN_CALLS: Row("phaseStatusGroupPedCalls", "phases with a pedestrian call"),
    Status.PREEMPTS: Row("preemptState", "bit n-1: pre-emption n is anything but not active"),
    Status.CLOCK: Row(
        "", "tenths of a second, counting through 65535 to 0 for ever: tells a fresh answer from one that came late"
    ),
}

CONTROL_ROWS: dict[Control, Row] = {
    Control.HEARTBEAT: Row("", "any write restarts the backup timer and changes nothing else; reads what was written"),
    Control.HOLD: Row("phaseControlGroupHold", "phases that stay green, once green"),
    Control.FORCE_OFF: Row(
        "phaseControlGroupForceOff",
        "phases whose green ends as soon as minimum green and pedestrian clearance have run; the bit clears itself "
        "when the green ends",
    ),
    Control.OMIT: Row("phaseControlGroupPhaseOmit", "phases that do not begin"),
    Control.VEHICLE_CALL: Row("phaseControlGroupVehCall", "phases that vehicles demand"),
    Control.PEDESTRIAN_CALL: Row("phaseControlGroupPedCall", "phases that pedestrians demand"),
    Control.PREEMPT: Row("preemptControlState", "bit n-1: pre-emption n is demanded"),
    Control.PATTERN: Row("systemPatternControl", "0 its own plan, 1-253 that pattern, 254 free, 255 flash"),
    Control.BACKUP_TIME: Row(
        "unitBackupTime",
        "seconds; without a write to registers 0 to 7 for so long, they all become 0 and the junction runs its own "
        "plan. 0: never, and the bridge refuses to command. Writing this register restarts nothing",
    ),
}


def document() -> str:
    """`docs/modbus-register-map.md`."""
    status = "\n".join(_line(register, row) for register, row in STATUS_ROWS.items())
    control = "\n".join(_line(register, row) for register, row in CONTROL_ROWS.items())
    return _PAGE.format(version=f"{MAP_VERSION:04X}", status=status, control=control, length=STATUS_LENGTH)


def _line(register: Status | Control, row: Row) -> str:
    return f"| {register:d} | {register.name.lower()} | {row.mirrors or '–'} | {row.meaning} |"


_PAGE = """# Modbus RTU register map, version {version}

*Written by `python -m signal_bridge.drivers.modbus_map`; a test holds it to the code.*

There is no traffic profile for Modbus. This map mirrors the NTCIP 1202 v02 objects that the signal bridge needs; a
controller that serves it can be commanded exactly as one that speaks NTCIP. `simpang twin controller --protocol
modbus` serves it.

- Addresses count from 0, as on the wire (`mbpoll -0`). Registers are 16 bits, high byte first.
- A set of phases is one register: bit 0 is phase 1, bit 15 is phase 16.
- A number that cannot be told is `FFFF`. A phase whose colour cannot be told has its bit in none of the colours, or in
  more than one: the bridge then takes it for unknown, and so for the worst.
- Status comes in one request, so that it is of one moment: function 04, address 0, {length} registers.
- A write to a register that is not there, or of a value that is not allowed, is answered by exception 2 or 3 and
  changes nothing, also not the other registers of the same request.
- Writing is a *control*: it restarts the backup timer. Reading never does.

## Status: input registers (function 04)

| address | name | mirrors | meaning |
|---|---|---|---|
{status}

## Controls: holding registers (functions 03, 06, 16)

| address | name | mirrors | meaning |
|---|---|---|---|
{control}
"""

if __name__ == "__main__":
    sys.stdout.write(document())
