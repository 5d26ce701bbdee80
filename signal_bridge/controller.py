"""The one interface between the bridge and a local controller, whatever protocol its serial line speaks.

The words are NTCIP 1202 v02's (`asc` is 1.3.6.1.4.1.1206.4.2.1); a driver for anything else mirrors these meanings.
Phases are numbered 1..16 (phase groups 1 and 2). Times are seconds of one monotonic clock, the caller's.

What every driver keeps to:

- **It never guesses.** What could not be read, or was read and made no sense, is `UNKNOWN` or None. A phase whose
  three colour bits do not show exactly one colour is `UNKNOWN`. The envelope takes unknown for the worst of both.
- **It has no rules.** No minimum green, no lease, no retry of a command that may have arrived: that is the envelope's.
  A read may be tried again within the call.
- **Sets are whole.** `hold({2, 6})` means 2 and 6 and no other; `hold(frozenset())` lifts every hold. The same for
  `omit`, `vehicle_call` and `pedestrian_call`.
- **It returns in bounded time**, a few seconds, or raises `LineError`: no or garbled answer, port gone. After a
  `LineError` from a command nobody knows whether it arrived. The next call tries the line anew, reopening the port.
- **`RefusedError`** means the controller answered and said no (SNMP error-status, Modbus exception). Nothing changed.
- It is used by one thread at a time.

Every method but `read_status` and `close` is a *control SET*: it restarts the controller's own watchdog
(`unitBackupTime`). A bridge that holds nothing sends none, so that the junction stays on, or returns to, its plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

PHASES: frozenset[int] = frozenset(range(1, 17))
"""Every phase number there can be."""


class LineError(Exception):
    """No answer, or not one that can be trusted. The text says which line, which call and what came."""


class RefusedError(Exception):
    """The controller answered, and said no. The text says to what, and how it said it."""


class Aspect(StrEnum):
    """What the vehicle signal of a phase shows."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


class Walk(StrEnum):
    """What the pedestrian signal of a phase shows."""

    WALK = "walk"
    CLEAR = "clear"
    DONT_WALK = "dont_walk"
    UNKNOWN = "unknown"


class Mode(StrEnum):
    """Who decides at the junction.

    `REMOTE`   free to be commanded: the controller runs by plan, and would obey a control SET. unitControlStatus
               (asc.3.5) systemControl, systemStandby, backupMode, timebase or interconnect; unitFlashStatus notFlash.
    `LOCAL`    somebody has taken it at the cabinet: unitControlStatus manual, stop-time, a police panel.
    `FLASH`    unitFlashStatus (asc.3.6) anything but notFlash and preempt.
    `PREEMPTED` a pre-emption runs that the bridge may not overrule: a preemptState (asc.6.2.1.16.n) other than
               notActive, or unitFlashStatus preempt.
    `UNKNOWN`  could not be read, or other(1).
    """

    REMOTE = "remote"
    LOCAL = "local"
    FLASH = "flash"
    PREEMPTED = "preempted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PhaseStatus:
    """One phase: phaseStatusGroupReds, Yellows, Greens (asc.1.4.1.2, .3, .4), DontWalks, PedClears, Walks (.5, .6, .7).

    `since` is when the vehicle aspect began, and only if the controller itself tells; else None, and the envelope
    reckons from what it has seen.
    """

    aspect: Aspect = Aspect.UNKNOWN
    pedestrian: Walk = Walk.UNKNOWN
    since: float | None = None


@dataclass(frozen=True, slots=True)
class ControllerStatus:
    """What one reading of the controller showed; whatever could not be read is unknown or None.

    `read_at`: monotonic seconds when the reading *began*: nothing in it is older than that.
    `phases`: only phases the controller has; one that is missing does not exist there.
    `held`: phases under remote hold, read back (phaseControlGroupHold, asc.1.5.1.4).
    `pattern`: coordPatternStatus (asc.4.10.0): 1-253 a plan, 254 free, 255 flash.
    `plan_checksum`: globalSetIDParameter (1.3.6.1.4.1.1206.4.2.6.1.1.0), 0..65535, or the register that plays its part.
    `unit_backup_time_s`: unitBackupTime (asc.3.3.0); 0 means that the watchdog is off.
    `preempts`: numbers whose preemptState is not notActive.
    `alarms`: names of the alarms that stand (unitAlarmStatus1, asc.3.8; unitAlarmStatus2, asc.3.7; shortAlarmStatus,
    asc.3.9), lower case; `"cabinet_door"`, `"conflict"`; None when they could not be read.
    """

    read_at: float
    mode: Mode = Mode.UNKNOWN
    phases: Mapping[int, PhaseStatus] = field(default_factory=dict)
    held: frozenset[int] | None = None
    pattern: int | None = None
    plan_checksum: int | None = None
    unit_backup_time_s: int | None = None
    preempts: frozenset[int] | None = None
    alarms: frozenset[str] | None = None


class Controller(Protocol):
    """One local controller at the far end of a line. See the module for what holds for every method."""

    def read_status(self) -> ControllerStatus:
        """Read everything, changing nothing. `LineError` only if nothing at all could be read."""
        ...

    def hold(self, phases: frozenset[int]) -> None:
        """phaseControlGroupHold (asc.1.5.1.4.g): these phases, once green, stay green until the hold is lifted."""
        ...

    def force_off(self, phases: frozenset[int]) -> None:
        """phaseControlGroupForceOff (asc.1.5.1.5.g): end these greens by the controller's own yellow and all-red.

        The bit clears itself when the green ends; the bridge never sets it before minimum green has run.
        """
        ...

    def omit(self, phases: frozenset[int]) -> None:
        """phaseControlGroupPhaseOmit (asc.1.5.1.2.g): do not begin these phases; one that runs is not cut short."""
        ...

    def vehicle_call(self, phases: frozenset[int]) -> None:
        """phaseControlGroupVehCall (asc.1.5.1.6.g): a vehicle demands these phases."""
        ...

    def pedestrian_call(self, phases: frozenset[int]) -> None:
        """phaseControlGroupPedCall (asc.1.5.1.7.g): a pedestrian demands these phases."""
        ...

    def select_pattern(self, pattern: int) -> None:
        """systemPatternControl (asc.4.14.0): 0 standby (its own plan), 1-253 that pattern, 254 free, 255 flash."""
        ...

    def preempt(self, number: int, on: bool) -> None:
        """preemptControlState (asc.6.3.1.2.n): begin or end pre-emption `number` as configured there."""
        ...

    def release_all(self) -> None:
        """Lift every hold, omit, force-off, call and pre-emption of ours, and set pattern 0: the junction is its own.

        Tries each even if one fails, then raises the first `LineError` or `RefusedError`. Safe to repeat at any time.
        """
        ...

    def heartbeat(self) -> None:
        """Keep `unitBackupTime` alive and change nothing: SET phaseControlGroupHold to what `hold` last set."""
        ...

    def close(self) -> None:
        """Give the port back; sends nothing. Calls after it raise `LineError`."""
        ...
