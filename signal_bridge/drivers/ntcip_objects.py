"""The NTCIP 1202 v02 objects that the bridge reads and sets, and what their numbers mean.

`asc` is 1.3.6.1.4.1.1206.4.2.1. The numbers of `phase` (asc.1) agree across three independent sources; those of `unit`
(asc.3), `coord` (asc.4) and `preempt` (asc.6) were found in two. Vendors renumber: every one can be set per junction.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated

from pydantic import Field

from contract.base import Model
from signal_bridge.controller import Mode
from signal_bridge.drivers.snmp import Oid

ASC = "1.3.6.1.4.1.1206.4.2.1"
GLOBAL = "1.3.6.1.4.1.1206.4.2.6"

OidText = Annotated[
    str, Field(pattern=r"^[0-2](\.(0|[1-9][0-9]{0,9})){2,40}$", description="An object identifier, 1.3.6.1...")
]


class NtcipObjects(Model):
    """Object numbers. A column of a table stands without its index: the group's, or the pre-emption's, is added."""

    reds: OidText = Field(f"{ASC}.1.4.1.2", title="phaseStatusGroupReds")
    yellows: OidText = Field(f"{ASC}.1.4.1.3", title="phaseStatusGroupYellows")
    greens: OidText = Field(f"{ASC}.1.4.1.4", title="phaseStatusGroupGreens")
    dont_walks: OidText = Field(f"{ASC}.1.4.1.5", title="phaseStatusGroupDontWalks")
    ped_clears: OidText = Field(f"{ASC}.1.4.1.6", title="phaseStatusGroupPedClears")
    walks: OidText = Field(f"{ASC}.1.4.1.7", title="phaseStatusGroupWalks")

    omit: OidText = Field(f"{ASC}.1.5.1.2", title="phaseControlGroupPhaseOmit")
    hold: OidText = Field(f"{ASC}.1.5.1.4", title="phaseControlGroupHold")
    force_off: OidText = Field(f"{ASC}.1.5.1.5", title="phaseControlGroupForceOff")
    vehicle_call: OidText = Field(f"{ASC}.1.5.1.6", title="phaseControlGroupVehCall")
    pedestrian_call: OidText = Field(f"{ASC}.1.5.1.7", title="phaseControlGroupPedCall")

    backup_time: OidText = Field(f"{ASC}.3.3.0", title="unitBackupTime")
    control_status: OidText = Field(f"{ASC}.3.5.0", title="unitControlStatus")
    flash_status: OidText = Field(f"{ASC}.3.6.0", title="unitFlashStatus")
    alarms_2: OidText = Field(f"{ASC}.3.7.0", title="unitAlarmStatus2")
    alarms_1: OidText = Field(f"{ASC}.3.8.0", title="unitAlarmStatus1")
    short_alarms: OidText = Field(f"{ASC}.3.9.0", title="shortAlarmStatus")

    pattern_status: OidText = Field(f"{ASC}.4.10.0", title="coordPatternStatus")
    pattern_control: OidText = Field(f"{ASC}.4.14.0", title="systemPatternControl")
    preempt_state: OidText = Field(f"{ASC}.6.2.1.16", title="preemptState")
    preempt_control: OidText = Field(f"{ASC}.6.3.1.2", title="preemptControlState")
    set_id: OidText = Field(f"{GLOBAL}.1.1.0", title="globalSetIDParameter")


def oid(text: str, *index: int) -> Oid:
    """The object of this number, in a table at this index."""
    return (*map(int, text.split(".")), *index)


# unitControlStatus, asc.3.5
CONTROL_OTHER, SYSTEM_CONTROL, SYSTEM_STANDBY, BACKUP_MODE, MANUAL, TIMEBASE, INTERCONNECT, INTERCONNECT_BACKUP = range(
    1, 9
)
# unitFlashStatus, asc.3.6
FLASH_OTHER, NOT_FLASH, FLASH_AUTOMATIC, FLASH_LOCAL_MANUAL, FLASH_FAULT_MONITOR, FLASH_MMU, FLASH_STARTUP = range(1, 8)
FLASH_PREEMPT = 8
# preemptState, asc.6.2.1.16
PREEMPT_NOT_ACTIVE, PREEMPT_WITH_CALL, PREEMPT_ENTRY, PREEMPT_TRACK, PREEMPT_DWELL = range(2, 7)
PREEMPT_EXIT, PREEMPT_MAX_PRESENCE = 8, 9
# systemPatternControl and coordPatternStatus, asc.4.14 and asc.4.10
PATTERN_STANDBY, PATTERN_FREE, PATTERN_FLASH = 0, 254, 255

# Bits of the alarm objects from bit 0 on. What only tells how the unit runs is no alarm and stands here as None.
ALARMS_1 = (
    "cycle_fault",
    "coord_fault",
    "coord_fail",
    "cycle_fail",
    "conflict",  # MMU flash: the conflict monitor has tripped
    "local_flash",
    None,  # local free
    None,  # coordination active
)
STOP_TIME = "stop_time"
ALARMS_2 = ("power_restart", "low_battery", "response_fault", "external_start", STOP_TIME, None)
SHORT_ALARMS = (
    None,  # a pre-emption runs
    "terminal_flash",
    None,  # the local cycle passed zero
    "local_override",
    "coordination",
    "detector_fault",
    "non_critical",
    "critical",
)


@cache
def alarm_names(bits: int, names: tuple[str | None, ...]) -> frozenset[str]:
    """The alarms that stand in one alarm object."""
    return frozenset(name for bit, name in enumerate(names) if name and bits >> bit & 1)


def mode(
    control: int | None, flash: int | None, preempts: frozenset[int] | None, alarms: frozenset[str] | None
) -> Mode:
    """Who decides, by unitControlStatus, unitFlashStatus, what pre-empts, whether time stands; None is unread."""
    if flash is not None and FLASH_AUTOMATIC <= flash <= FLASH_STARTUP:
        return Mode.FLASH
    if control == MANUAL or (alarms and STOP_TIME in alarms):
        return Mode.LOCAL
    if preempts or flash == FLASH_PREEMPT:
        return Mode.PREEMPTED
    commanded = control is not None and SYSTEM_CONTROL <= control <= INTERCONNECT_BACKUP
    if commanded and flash == NOT_FLASH and preempts is not None:
        return Mode.REMOTE
    return Mode.UNKNOWN
