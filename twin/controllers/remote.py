"""What the centre has set, and the backup timer that takes it all away again (NTCIP 1202 v02, unitBackupTime).

Every set restarts the timer. When it runs out the unit is in backup mode: all remote controls become zero, and the
junction runs its own plan until the next set.
"""

from __future__ import annotations

from signal_bridge.drivers.ntcip_objects import BACKUP_MODE, PATTERN_STANDBY, SYSTEM_CONTROL, SYSTEM_STANDBY, TIMEBASE


class RemoteControls:
    """Sets of phases are 16 bits, bit 0 for phase 1; those of pre-emptions likewise."""

    __slots__ = (
        "_backup_at",
        "_now",
        "_was_set",
        "backup",
        "backup_time_s",
        "force_off",
        "hold",
        "omit",
        "pattern",
        "pedestrian_call",
        "preempt",
        "vehicle_call",
    )

    def __init__(self, backup_time_s: int) -> None:
        self.backup_time_s = backup_time_s
        self.backup = False
        self._was_set = False
        self._now = 0.0
        self._backup_at = 0.0
        self.clear()

    def clear(self) -> None:
        """Nothing is commanded."""
        self.hold = self.force_off = self.omit = self.vehicle_call = self.pedestrian_call = self.preempt = 0
        self.pattern = PATTERN_STANDBY

    def touch(self) -> None:
        """A control was set: the timer begins anew."""
        self._was_set = True
        self.backup = False
        self._backup_at = self._now + self.backup_time_s

    def set_hold(self, phases: int) -> None:
        """Set phaseControlGroupHold."""
        self.hold = phases
        self.touch()

    def set_force_off(self, phases: int) -> None:
        """Set phaseControlGroupForceOff."""
        self.force_off = phases
        self.touch()

    def set_omit(self, phases: int) -> None:
        """Set phaseControlGroupPhaseOmit."""
        self.omit = phases
        self.touch()

    def set_vehicle_call(self, phases: int) -> None:
        """Set phaseControlGroupVehCall."""
        self.vehicle_call = phases
        self.touch()

    def set_pedestrian_call(self, phases: int) -> None:
        """Set phaseControlGroupPedCall."""
        self.pedestrian_call = phases
        self.touch()

    def set_preempt(self, numbers: int) -> None:
        """Set preemptControlState, bit n-1 for pre-emption n."""
        self.preempt = numbers
        self.touch()

    def set_pattern(self, pattern: int) -> None:
        """Set systemPatternControl."""
        self.pattern = pattern
        self.touch()

    def release(self) -> None:
        """Set everything to nothing."""
        self.clear()
        self.touch()

    def watch_for(self, seconds: int) -> None:
        """Set unitBackupTime. It is no control: what already runs is measured from its last control."""
        self._backup_at += seconds - self.backup_time_s
        self.backup_time_s = seconds

    def advance(self, now: float) -> None:
        """Let time pass; `now` in seconds."""
        self._now = now
        if self._was_set and not self.backup and self.backup_time_s and now >= self._backup_at:
            self.backup = True
            self.clear()

    def control_status(self) -> int:
        """unitControlStatus."""
        if not self._was_set:
            return TIMEBASE
        if self.backup:
            return BACKUP_MODE
        return SYSTEM_STANDBY if self.pattern == PATTERN_STANDBY else SYSTEM_CONTROL
