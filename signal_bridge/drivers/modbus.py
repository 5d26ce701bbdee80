"""Modbus RTU: the bridge's calls on the registers of `modbus_map`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from pydantic import Field

from contract.base import Model
from contract.signals import PhaseNumber
from signal_bridge.controller import ControllerStatus, LineError, RefusedError
from signal_bridge.drivers import bits
from signal_bridge.drivers.modbus_line import ModbusLine
from signal_bridge.drivers.modbus_map import (
    CONTROL_LENGTH,
    MAP_VERSION,
    STATUS_LENGTH,
    UNKNOWN,
    Control,
    Status,
)
from signal_bridge.drivers.ntcip_objects import ALARMS_1, ALARMS_2, SHORT_ALARMS, alarm_names, mode
from signal_bridge.drivers.reading import Colours

_COLOURS = (Status.REDS, Status.YELLOWS, Status.GREENS, Status.DONT_WALKS, Status.PED_CLEARS, Status.WALKS)
_CLOCK_SPAN_DS = 1 << 16
_OLDEST_S = 0.5
"""A status that is older than its request by more than this answers an earlier request."""


class ModbusSettings(Model):
    """One Modbus controller on a line."""

    protocol: Literal["modbus"] = "modbus"
    address: int = Field(1, ge=1, le=247, description="Its station number.")
    phases: frozenset[PhaseNumber] = Field(min_length=1, description="The phases that this junction uses.")
    read_tries: int = Field(2, ge=1, le=5, description="How often a read is tried before the line counts as silent.")


class ModbusController:
    """A `signal_bridge.controller.Controller` at a station number of a `ModbusLine`."""

    def __init__(self, line: ModbusLine, settings: ModbusSettings, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives `read_at`. Raises `ValueError` for a station that the line does not allow."""
        if settings.address not in line.settings.addresses:
            raise ValueError(f"station {settings.address} is not in its line's list of addresses")
        self._line = line
        self._address = settings.address
        self._tries = settings.read_tries
        self._clock = clock
        self._phases = bits.mask(settings.phases)
        self._held = frozenset[int]()
        self._beats = 0
        self._last_clock: tuple[float, int] | None = None

    def read_status(self) -> ControllerStatus:
        """Status and controls, each in one request; see `ControllerStatus`."""
        begun = self._clock()
        status = self._try(self._fresh_status)
        try:
            return self._status(begun, status, self._try(self._controls))
        except (LineError, RefusedError):
            return self._status(begun, status, None)

    def hold(self, phases: frozenset[int]) -> None:
        """Write HOLD."""
        self._held &= phases  # should the answer be lost, a later hold must not hold again what was lifted
        self._write(Control.HOLD, bits.mask(phases))
        self._held = phases

    def force_off(self, phases: frozenset[int]) -> None:
        """Write FORCE_OFF."""
        self._write(Control.FORCE_OFF, bits.mask(phases))

    def omit(self, phases: frozenset[int]) -> None:
        """Write OMIT."""
        self._write(Control.OMIT, bits.mask(phases))

    def vehicle_call(self, phases: frozenset[int]) -> None:
        """Write VEHICLE_CALL."""
        self._write(Control.VEHICLE_CALL, bits.mask(phases))

    def pedestrian_call(self, phases: frozenset[int]) -> None:
        """Write PEDESTRIAN_CALL."""
        self._write(Control.PEDESTRIAN_CALL, bits.mask(phases))

    def select_pattern(self, pattern: int) -> None:
        """Write PATTERN."""
        self._write(Control.PATTERN, pattern)

    def preempt(self, number: int, on: bool) -> None:
        """Write PREEMPT: this one besides those that are demanded already."""
        if not 1 <= number <= 16:
            raise RefusedError(f"the register map has pre-emptions 1 to 16, not {number}")
        demanded = self._try(self._controls)[Control.PREEMPT]
        bit = bits.mask({number})
        self._write(Control.PREEMPT, demanded | bit if on else demanded & ~bit)

    def release_all(self) -> None:
        """HOLD to PATTERN, in one write; where that is refused or unanswered, one by one."""
        self._held = frozenset()
        registers = range(Control.HOLD, Control.PATTERN + 1)
        try:
            self._line.write(self._address, Control.HOLD, [0] * len(registers))
        except (LineError, RefusedError):
            failures: list[LineError | RefusedError] = []
            for register in registers:
                try:
                    self._line.write(self._address, register, [0])
                except (LineError, RefusedError) as failure:
                    failures.append(failure)
            if failures:
                raise failures[0] from None

    def heartbeat(self) -> None:
        """Write HEARTBEAT and HOLD, which stay what they are but for the beat's number."""
        self._beats = (self._beats + 1) % UNKNOWN
        self._line.write(self._address, Control.HEARTBEAT, [self._beats, bits.mask(self._held)])

    def close(self) -> None:
        """Give the line back. Other stations on it lose it too: close a line when all are done."""
        self._line.close()

    def _write(self, register: Control, value: int) -> None:
        self._line.write(self._address, register, [value])

    def _try(self, read: Callable[[], list[int]]) -> list[int]:
        for _ in range(self._tries - 1):
            try:
                return read()
            except LineError:
                continue
        return read()

    def _controls(self) -> list[int]:
        return self._line.read_controls(self._address, CONTROL_LENGTH)

    def _fresh_status(self) -> list[int]:
        """The status registers, of this map, and not the late answer to an earlier request."""
        asked = self._clock()
        status = self._line.read_status(self._address, STATUS_LENGTH)
        if status[Status.MAP_VERSION] != MAP_VERSION:
            shown = f"{status[Status.MAP_VERSION]:04X}"
            raise LineError(f"station {self._address} does not speak register map {MAP_VERSION:04X} (it says {shown})")
        last, self._last_clock = self._last_clock, (asked, status[Status.CLOCK])
        if last and _lag_s(last, self._last_clock) > _OLDEST_S:
            self._last_clock = None
            raise LineError(f"station {self._address} answered late, or with a clock that was set back")
        return status

    def _status(self, begun: float, status: list[int], controls: list[int] | None) -> ControllerStatus:
        def number(register: Status) -> int | None:
            return None if status[register] == UNKNOWN else status[register]

        self._phases |= status[Status.PHASES]
        colours = Colours(*(status[register] for register in _COLOURS))
        preempts = bits.phases(status[Status.PREEMPTS])
        alarms = _alarms(status)
        return ControllerStatus(
            read_at=begun,
            mode=mode(number(Status.CONTROL_STATUS), number(Status.FLASH_STATUS), preempts, alarms),
            phases={phase: colours.phase(phase) for phase in sorted(bits.phases(self._phases))},
            held=bits.phases(controls[Control.HOLD]) if controls else None,
            pattern=number(Status.PATTERN),
            plan_checksum=number(Status.PLAN_CHECKSUM),
            unit_backup_time_s=controls[Control.BACKUP_TIME] if controls else None,
            preempts=preempts,
            alarms=alarms,
        )


def _lag_s(last: tuple[float, int], now: tuple[float, int]) -> float:
    """By how much the controller's clock advanced less than ours between two requests, in seconds."""
    tenths = (now[1] - last[1]) % _CLOCK_SPAN_DS
    elapsed = now[0] - last[0]
    # After more than one turn of its clock (109 minutes) only the part of a turn can be compared.
    lag = (elapsed - tenths / 10) % (_CLOCK_SPAN_DS / 10)
    return lag if lag < _CLOCK_SPAN_DS / 20 else lag - _CLOCK_SPAN_DS / 10


def _alarms(status: list[int]) -> frozenset[str] | None:
    """The alarms that stand; None if one of the three registers cannot tell."""
    named = ((Status.ALARMS_1, ALARMS_1), (Status.ALARMS_2, ALARMS_2), (Status.SHORT_ALARMS, SHORT_ALARMS))
    if any(status[register] == UNKNOWN for register, _ in named):
        return None
    return frozenset[str]().union(*(alarm_names(status[register], names) for register, names in named))
