"""What must be true of the line, the controller and ourselves before anything is commanded, and while it is in force.

Absorbed from IRIS (MnDOT), which guards real gates: unknown is the worst of both, a broken interlock never mends
itself, a changed configuration disarms. What merely passes (a stale reading, a policeman at the cabinet) ends the lease
and heals by itself; what means that the junction is not the one that was approved latches until somebody arms it anew.
"""

from __future__ import annotations

from itertools import combinations

from contract.signals import SignalReason
from signal_bridge.controller import Aspect, ControllerStatus, Mode
from signal_bridge.envelope.limits import Limits
from signal_bridge.envelope.state import State

MAX_STRANGERS = 3
"""Readings in a row with a foreign hold, each answered by a release, before we believe in another master."""


def broken(limits: Limits, state: State, status: ControllerStatus) -> SignalReason | None:
    """The interlock that `status` shows broken, to be latched; None: none."""
    checksum, watchdog_s = status.plan_checksum, status.unit_backup_time_s
    found: SignalReason | None = None
    if _conflict(limits, status):
        found = SignalReason.CONFLICT
    elif status.mode is Mode.FLASH and state.controls:
        found = SignalReason.FLASH_UNDER_CONTROL
    elif checksum is not None and checksum != limits.plan_checksum:
        found = SignalReason.PLAN_CHANGED
    elif watchdog_s is not None and not limits.watchdog_min_s <= watchdog_s <= limits.watchdog_max_s:
        found = SignalReason.WATCHDOG_OFF
    elif state.strangers >= MAX_STRANGERS:
        found = SignalReason.FOREIGN_CONTROL
    return found


def standing_against(limits: Limits, state: State, status: ControllerStatus | None, now: float) -> list[SignalReason]:
    """Everything that forbids commanding at `now`; empty: go ahead. `status` is the last reading there was."""
    reasons = []
    if state.latched is not None:
        reasons += [SignalReason.LATCHED, state.latched]
    elif state.armed_for != limits.digest:
        reasons.append(SignalReason.NOT_ARMED)
    if status is None or not 0 <= now - status.read_at <= limits.status_max_age_s:
        return [*reasons, SignalReason.STATUS_STALE]
    if status.mode is not Mode.REMOTE or status.preempts is None or status.preempts:
        reasons.append(SignalReason.NOT_REMOTE)
    if status.unit_backup_time_s is None:
        reasons.append(SignalReason.WATCHDOG_OFF)
    if status.plan_checksum is None:
        reasons.append(SignalReason.PLAN_CHANGED)
    if status.alarms is None:
        reasons.append(SignalReason.CONFLICT)
    return reasons


def foreign(state: State, status: ControllerStatus) -> bool:
    """Whether the controller holds a phase that we neither hold nor may be holding."""
    return bool(status.held and status.held - state.controls.hold) and state.doubt is None


def _conflict(limits: Limits, status: ControllerStatus) -> bool:
    """The controller's own monitor tripped, or two phases that must never be green together are."""
    if status.alarms and "conflict" in status.alarms:
        return True
    green = [number for number, phase in status.phases.items() if phase.aspect is Aspect.GREEN]
    return any(frozenset(pair) in limits.foes for pair in combinations(green, 2))
