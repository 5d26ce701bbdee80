"""The serial port: an adapter that may be busy, forbidden, unplugged, and back under the same name.

Give it a name that follows the adapter and not the order of plugging: `/dev/serial/by-id/...`. The port is opened
when it is needed, for this process alone (flock, by pyserial), and closed as soon as it fails; the next call opens
whatever then stands behind the name.
"""

from __future__ import annotations

import contextlib
import errno
import termios
import time
from pathlib import Path
from typing import Literal

import serial
import serial.rs485
from pydantic import Field

from contract.base import Model
from signal_bridge.controller import LineError

PORT_FAULTS = (serial.SerialException, OSError, termios.error)
"""What pyserial raises when a port is not there, or not there any more."""


class PortSettings(Model):
    """How the port is called and how its line is set; both ends must agree."""

    port: str = Field(min_length=1, description="The device, best by a name that stays: /dev/serial/by-id/usb-...")
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = Field(9600, description="Bits per second.")
    data_bits: Literal[7, 8] = Field(8, description="Data bits of a character.")
    parity: Literal["none", "even", "odd"] = Field("none", description="Parity bit of a character.")
    stop_bits: Literal[1, 2] = Field(1, description="Stop bits of a character.")
    rs485: bool = Field(
        False,
        description="The port's own driver turns RS-485 round (TIOCSRS485); most USB adapters do it by themselves.",
    )
    reply_timeout_s: float = Field(
        1.0, ge=0.05, le=5, description="How long a station may think before its answer begins, in seconds."
    )

    def seconds(self, characters: int) -> float:
        """How long so many characters take on this line."""
        bits = 1 + self.data_bits + (self.parity != "none") + self.stop_bits
        return characters * bits / self.baud


def open_port(settings: PortSettings) -> serial.Serial:
    """The opened port. Raises `LineError` that says what to check."""
    try:
        port = serial.Serial(
            settings.port,
            baudrate=settings.baud,
            bytesize=settings.data_bits,
            parity={"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}[settings.parity],
            stopbits=settings.stop_bits,
            timeout=0,
            write_timeout=settings.seconds(4096) + 1,
            exclusive=True,
        )
    except (*PORT_FAULTS, ValueError) as error:
        raise LineError(f"{settings.port}: {_advice(error)}") from None
    if settings.rs485:
        try:
            port.rs485_mode = serial.rs485.RS485Settings()
        except (*PORT_FAULTS, ValueError):
            port.close()
            raise LineError(f"{settings.port}: its driver cannot turn RS-485 round: set rs485 = false") from None
    return port


def _advice(error: Exception) -> str:
    beneath = error.__context__  # pyserial keeps the number of some faults to itself
    match getattr(error, "errno", None) or (beneath.args[0] if isinstance(beneath, termios.error) else None):
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return "there is no such port: is the adapter plugged in, and is this its name?"
        case errno.EACCES | errno.EPERM:
            return "this user may not open it: add the user to the group dialout"
        case errno.EBUSY | errno.EWOULDBLOCK:
            return "another program has it open: only one may command a line"
        case errno.ENOTTY | errno.EISDIR:
            return "this is no serial port"
        case _:
            return f"cannot be opened: {error}"


class SerialPort:
    """A port that opens itself when it is used. One thread at a time."""

    def __init__(self, settings: PortSettings) -> None:
        self.settings = settings
        self._open: serial.Serial | None = None
        self._closed = False

    @property
    def name(self) -> str:
        """What errors call it."""
        return Path(self.settings.port).name

    def discard(self) -> None:
        """Drop what has come unasked until now. Raises `LineError`."""
        port = self._port()
        try:
            port.reset_input_buffer()
        except PORT_FAULTS as error:
            raise self._lost(error) from None

    def send(self, data: bytes) -> None:
        """Write all of `data`. Raises `LineError`."""
        port = self._port()
        try:
            port.write(data)
        except PORT_FAULTS as error:
            raise self._lost(error) from None

    def receive(self, until: float) -> bytes:
        """What has come; nothing if nothing came until the monotonic time `until`. Raises `LineError`."""
        port = self._port()
        try:
            port.timeout = max(0.0, until - time.monotonic())
            return port.read(1) + port.read(port.in_waiting)
        except PORT_FAULTS as error:
            raise self._lost(error) from None

    def close(self) -> None:
        """Give it back for good."""
        self._closed = True
        self._drop()

    def _port(self) -> serial.Serial:
        if self._closed:
            raise LineError(f"{self.name}: this line has been closed")
        if self._open is None:
            self._open = open_port(self.settings)
        return self._open

    def _lost(self, error: Exception) -> LineError:
        self._drop()
        return LineError(f"{self.name}: the port failed ({error}): unplugged? It is opened anew at the next call")

    def _drop(self) -> None:
        if self._open is not None:
            with contextlib.suppress(*PORT_FAULTS):  # what was unplugged cannot be closed in good order
                self._open.close()
            self._open = None
