"""A Modbus RTU line: pymodbus asks, and what it may not know about a serial line is added here.

An RTU answer carries no number that ties it to its question. So a write is never sent twice by itself (pymodbus would),
and after a failure the line is listened to until it is silent, lest a late answer be taken for the next one.
"""

from __future__ import annotations

import contextlib
import logging
import struct
import threading
import time
from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import Field
from pymodbus.client import ModbusSerialClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse, ModbusPDU

from signal_bridge.controller import LineError, RefusedError
from signal_bridge.drivers.port import PORT_FAULTS, PortSettings, open_port

# What it would log is told by the `LineError`, once, with the line's name.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)

_GARBLED = (ModbusException, struct.error, IndexError, ValueError)
_EXCEPTIONS = {
    1: "it does not know this function",
    2: "it has no such register",
    3: "the value is not allowed",
    4: "it failed",
    5: "it is still at it",
    6: "it is busy",
}


class ModbusLineSettings(PortSettings):
    """A line of Modbus stations, and which of them may be spoken to."""

    addresses: frozenset[Annotated[int, Field(ge=1, le=247)]] = Field(
        frozenset({1}), min_length=1, description="Station numbers that may be spoken to; no other ever is."
    )
    echo: bool = Field(False, description="The adapter hands back what is sent, as some two-wire RS-485 adapters do.")


class ModbusLine:
    """One port, many stations, one exchange at a time whatever the threads."""

    def __init__(self, settings: ModbusLineSettings) -> None:
        self.settings = settings
        self._client = ModbusSerialClient(
            settings.port,
            baudrate=settings.baud,
            bytesize=settings.data_bits,
            parity=settings.parity[0].upper(),
            stopbits=settings.stop_bits,
            handle_local_echo=settings.echo,
            timeout=settings.reply_timeout_s + settings.seconds(256),
            retries=0,
        )
        self._one_at_a_time = threading.Lock()
        self._disturbed = False
        self._closed = False

    def read_status(self, address: int, count: int) -> list[int]:
        """Input registers from 0. Raises `LineError`, `RefusedError`."""
        ask = self._client.read_input_registers
        return self._registers(address, count, lambda: ask(0, count=count, device_id=address))

    def read_controls(self, address: int, count: int) -> list[int]:
        """Holding registers from 0. Raises `LineError`, `RefusedError`."""
        ask = self._client.read_holding_registers
        return self._registers(address, count, lambda: ask(0, count=count, device_id=address))

    def write(self, address: int, register: int, values: Sequence[int]) -> None:
        """Holding registers from `register`, all or none, sent once. Raises `LineError`, `RefusedError`."""
        self._ask(
            address,
            lambda: self._client.write_registers(register, list(values), device_id=address),
            lambda answer: (answer.address, answer.count) == (register, len(values)),
        )

    def close(self) -> None:
        """Give the port back for good."""
        self._closed = True
        self._drop()

    def _registers(self, address: int, count: int, ask: Callable[[], ModbusPDU]) -> list[int]:
        return list(self._ask(address, ask, lambda answer: len(answer.registers) == count).registers)

    def _ask(self, address: int, ask: Callable[[], ModbusPDU], fits: Callable[[ModbusPDU], bool]) -> ModbusPDU:
        if address not in self.settings.addresses:
            raise ValueError(f"{self.settings.port}: station {address} is not in this line's list of addresses")
        with self._one_at_a_time:
            self._ready()
            try:
                answer = ask()
            except (*_GARBLED, *PORT_FAULTS) as error:
                raise self._failed(f"station {address} did not answer: {error}") from None
            if not answer.isError() and not fits(answer):
                raise self._failed(f"station {address} answered another question than it was asked")
        if isinstance(answer, ExceptionResponse):
            said = _EXCEPTIONS.get(answer.exception_code, "for a reason of its own")
            raise RefusedError(f"station {address} refused: {said} (Modbus exception {answer.exception_code})")
        return answer

    def _ready(self) -> None:
        """The port open, and silent if something went wrong before. Raises `LineError` that says what to check."""
        if self._closed:
            raise LineError(f"{self.settings.port}: this line has been closed")
        if self._client.socket is None:
            port = open_port(self.settings)
            port.timeout = self._client.comm_params.timeout_connect
            port.inter_byte_timeout = self._client.inter_byte_timeout
            self._client.socket = port
        if self._disturbed:
            self._wait_for_silence()
            self._disturbed = False

    def _wait_for_silence(self) -> None:
        port = self._client.socket
        until = time.monotonic() + 2 * self.settings.reply_timeout_s
        try:
            while port and port.read(256) and time.monotonic() < until:
                pass
        except PORT_FAULTS as error:
            raise self._failed(f"the port failed ({error}): unplugged?") from None

    def _failed(self, what: str) -> LineError:
        """The port is opened anew for the next call: what failed may be the adapter."""
        self._disturbed = True
        self._drop()
        return LineError(f"{self.settings.port}: {what}")

    def _drop(self) -> None:
        port, self._client.socket = self._client.socket, None
        if port:
            with contextlib.suppress(*PORT_FAULTS):  # what was unplugged cannot be closed in good order
                port.close()
