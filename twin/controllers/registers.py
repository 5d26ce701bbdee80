"""The virtual controller as a Modbus RTU station: the register map, framed and parsed by pymodbus.

pymodbus's own server answers for stations that it is not, and loses a line that is unplugged; so only its framer and
its messages are used, and the line is served as the NTCIP one is (`serving`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TypeVar

from pymodbus.constants import ExcCodes
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    ReadInputRegistersRequest,
    ReadInputRegistersResponse,
    WriteMultipleRegistersRequest,
    WriteMultipleRegistersResponse,
    WriteSingleRegisterRequest,
    WriteSingleRegisterResponse,
)

from signal_bridge.drivers.bits import mask
from signal_bridge.drivers.modbus_map import MAP_VERSION, Control, Status
from twin.controllers.controller import PhaseController

_LONGEST_FRAME = 256
_Register = TypeVar("_Register", int, Control)


class _RefusedError(Exception):
    """A request is answered by this exception code."""

    def __init__(self, code: ExcCodes) -> None:
        self.code = code


class ModbusStation:
    """One `PhaseController` at a station number. Bytes in, answers out."""

    def __init__(self, unit: PhaseController, address: int) -> None:
        self._unit = unit
        self._address = address
        self._framer = FramerRTU(DecodePDU(is_server=True))
        self._heard = b""
        self._heartbeat = 0
        self._preempts = mask(unit.plan.preempts)

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes off the line; the answers that are due."""
        self._heard = (self._heard + data)[-_LONGEST_FRAME:]
        try:
            used, request = self._framer.handleFrame(self._heard, 0, 0)
        except (ModbusException, struct.error, IndexError, ValueError):
            self.silence()
            return []
        self._heard = self._heard[used:]
        if request is None or request.dev_id != self._address:
            return []
        response = self._respond(request)
        response.dev_id = self._address
        return [self._framer.buildFrame(response)]

    def silence(self) -> None:
        """Nothing came for longer than the gap between frames: half a frame is none."""
        self._heard = b""

    def _respond(self, request: ModbusPDU) -> ModbusPDU:
        try:
            return self._do(request)
        except _RefusedError as refused:
            return ExceptionResponse(request.function_code, refused.code)

    def _do(self, request: ModbusPDU) -> ModbusPDU:
        first, count, values = request.address, request.count, list(request.registers)
        match request:
            case ReadInputRegistersRequest():
                return ReadInputRegistersResponse(registers=_part(self._status(), first, count))
            case ReadHoldingRegistersRequest():
                return ReadHoldingRegistersResponse(registers=_part(self._controls(), first, count))
            case WriteSingleRegisterRequest():
                self._write(first, values)
                return WriteSingleRegisterResponse(address=first, registers=values)
            case WriteMultipleRegistersRequest():
                self._write(first, values)
                return WriteMultipleRegistersResponse(address=first, count=len(values))
        raise _RefusedError(ExcCodes.ILLEGAL_FUNCTION)

    def _write(self, first: int, values: list[int]) -> None:
        """All of them, or none."""
        registers = _part(list(Control), first, len(values))
        if not all(map(self._allows, registers, values)):
            raise _RefusedError(ExcCodes.ILLEGAL_VALUE)
        writers = self._writers()
        for register, value in zip(registers, values, strict=True):
            writers[register](value)

    def _allows(self, register: Control, value: int) -> bool:
        if register is Control.PATTERN:
            return self._unit.has_pattern(value)
        return register is not Control.PREEMPT or not value & ~self._preempts

    def _writers(self) -> dict[Control, Callable[[int], None]]:
        remote = self._unit.remote
        return {
            Control.HEARTBEAT: self._beat,
            Control.HOLD: remote.set_hold,
            Control.FORCE_OFF: remote.set_force_off,
            Control.OMIT: remote.set_omit,
            Control.VEHICLE_CALL: remote.set_vehicle_call,
            Control.PEDESTRIAN_CALL: remote.set_pedestrian_call,
            Control.PREEMPT: remote.set_preempt,
            Control.PATTERN: remote.set_pattern,
            Control.BACKUP_TIME: remote.watch_for,
        }

    def _beat(self, value: int) -> None:
        self._heartbeat = value
        self._unit.remote.touch()

    def _status(self) -> list[int]:
        unit, shown = self._unit, self._unit.shown
        registers = {
            Status.MAP_VERSION: MAP_VERSION,
            Status.CONTROL_STATUS: unit.control_status(),
            Status.FLASH_STATUS: unit.flash_status(),
            Status.ALARMS_1: unit.alarms_1(),
            Status.ALARMS_2: unit.alarms_2(),
            Status.SHORT_ALARMS: unit.short_alarms(),
            Status.PATTERN: unit.pattern_status(),
            Status.PLAN_CHECKSUM: unit.checksum,
            Status.PHASES: unit.phases,
            Status.REDS: unit.reds(),
            Status.YELLOWS: shown.yellows,
            Status.GREENS: shown.greens,
            Status.DONT_WALKS: unit.dont_walks(),
            Status.PED_CLEARS: shown.clears,
            Status.WALKS: shown.walks,
            Status.VEHICLE_CALLS: unit.vehicle_calls(),
            Status.PEDESTRIAN_CALLS: unit.pedestrian_calls(),
            Status.PREEMPTS: unit.preemptions.active(),
            Status.CLOCK: int(unit.now * 10) & 0xFFFF,
        }
        return [registers[register] for register in Status]

    def _controls(self) -> list[int]:
        remote = self._unit.remote
        registers = {
            Control.HEARTBEAT: self._heartbeat,
            Control.HOLD: remote.hold,
            Control.FORCE_OFF: remote.force_off,
            Control.OMIT: remote.omit,
            Control.VEHICLE_CALL: remote.vehicle_call,
            Control.PEDESTRIAN_CALL: remote.pedestrian_call,
            Control.PREEMPT: remote.preempt,
            Control.PATTERN: remote.pattern,
            Control.BACKUP_TIME: remote.backup_time_s,
        }
        return [registers[register] for register in Control]


def _part(registers: list[_Register], first: int, count: int) -> list[_Register]:
    if count < 1 or first + count > len(registers):
        raise _RefusedError(ExcCodes.ILLEGAL_ADDRESS)
    return registers[first : first + count]
