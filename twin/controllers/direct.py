"""The bridge's interface straight on a virtual controller: no line between, for simulations and millions of steps."""

from __future__ import annotations

from collections.abc import Callable

from signal_bridge.controller import ControllerStatus, PhaseStatus, RefusedError
from signal_bridge.drivers import bits
from signal_bridge.drivers.ntcip_objects import (
    ALARMS_1,
    ALARMS_2,
    SHORT_ALARMS,
    alarm_names,
    mode,
)
from signal_bridge.drivers.reading import Colours
from twin.controllers.controller import PhaseController


class DirectController:
    """A `signal_bridge.controller.Controller` that reads and sets `unit` itself."""

    def __init__(self, unit: PhaseController, clock: Callable[[], float]) -> None:
        """`clock` gives `read_at`; it is the one that `unit` is advanced by."""
        self._unit = unit
        self._clock = clock
        self._colours: Colours | None = None
        self._phases: dict[int, PhaseStatus] = {}

    def read_status(self) -> ControllerStatus:
        """What the unit shows now."""
        unit = self._unit
        shown = unit.shown
        colours = Colours(unit.reds(), shown.yellows, shown.greens, unit.dont_walks(), shown.clears, shown.walks)
        preempts = bits.phases(unit.preemptions.active())
        alarms = alarm_names(unit.alarms_1(), ALARMS_1)
        alarms |= alarm_names(unit.alarms_2(), ALARMS_2) | alarm_names(unit.short_alarms(), SHORT_ALARMS)
        return ControllerStatus(
            read_at=self._clock(),
            mode=mode(unit.control_status(), unit.flash_status(), preempts, alarms),
            phases=self._read(colours),
            held=bits.phases(unit.remote.hold),
            pattern=unit.pattern_status(),
            plan_checksum=unit.checksum,
            unit_backup_time_s=unit.remote.backup_time_s,
            preempts=preempts,
            alarms=alarms,
        )

    def _read(self, colours: Colours) -> dict[int, PhaseStatus]:
        """Each phase; spelt out anew only when a lamp has changed."""
        if colours != self._colours:
            self._phases = {number: colours.phase(number) for number in self._unit.plan.phases}
            self._colours = colours
        return self._phases

    def hold(self, phases: frozenset[int]) -> None:
        """As phaseControlGroupHold."""
        self._unit.remote.set_hold(bits.mask(phases))

    def force_off(self, phases: frozenset[int]) -> None:
        """As phaseControlGroupForceOff."""
        self._unit.remote.set_force_off(bits.mask(phases))

    def omit(self, phases: frozenset[int]) -> None:
        """As phaseControlGroupPhaseOmit."""
        self._unit.remote.set_omit(bits.mask(phases))

    def vehicle_call(self, phases: frozenset[int]) -> None:
        """As phaseControlGroupVehCall."""
        self._unit.remote.set_vehicle_call(bits.mask(phases))

    def pedestrian_call(self, phases: frozenset[int]) -> None:
        """As phaseControlGroupPedCall."""
        self._unit.remote.set_pedestrian_call(bits.mask(phases))

    def select_pattern(self, pattern: int) -> None:
        """As systemPatternControl."""
        if not self._unit.has_pattern(pattern):
            raise RefusedError(f"this controller has no pattern {pattern}")
        self._unit.remote.set_pattern(pattern)

    def preempt(self, number: int, on: bool) -> None:
        """As preemptControlState."""
        if number not in self._unit.plan.preempts:
            raise RefusedError(f"this controller has no pre-emption {number}")
        bit = bits.mask({number})
        demanded = self._unit.remote.preempt
        self._unit.remote.set_preempt(demanded | bit if on else demanded & ~bit)

    def release_all(self) -> None:
        """Everything lifted."""
        self._unit.remote.release()

    def heartbeat(self) -> None:
        """The backup timer restarted."""
        self._unit.remote.touch()

    def close(self) -> None:
        """There is nothing to close."""
