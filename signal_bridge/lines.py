"""Which serial lines there are, which controller hangs on which, and opening them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import Field

from contract.base import Slug
from signal_bridge.controller import Controller
from signal_bridge.drivers.modbus import ModbusController, ModbusSettings
from signal_bridge.drivers.modbus_line import ModbusLine, ModbusLineSettings
from signal_bridge.drivers.ntcip import NtcipController, NtcipSettings
from signal_bridge.drivers.pmpp_line import PmppLine, PmppLineSettings


class NtcipLine(PmppLineSettings):
    """A serial line with NTCIP 1202 controllers behind PMPP."""

    id: Slug
    protocol: Literal["ntcip"]


class ModbusRtuLine(ModbusLineSettings):
    """A serial line with Modbus RTU controllers."""

    id: Slug
    protocol: Literal["modbus"]


LineSettings = Annotated[NtcipLine | ModbusRtuLine, Field(discriminator="protocol")]
ControllerSettings = Annotated[NtcipSettings | ModbusSettings, Field(discriminator="protocol")]


class Lines:
    """The opened lines. Several controllers share one; `close` gives all ports back."""

    def __init__(self, lines: Sequence[NtcipLine | ModbusRtuLine]) -> None:
        self._pmpp = {one.id: PmppLine(one) for one in lines if isinstance(one, NtcipLine)}
        self._modbus = {one.id: ModbusLine(one) for one in lines if isinstance(one, ModbusRtuLine)}

    def controller(self, line: str, settings: NtcipSettings | ModbusSettings, clock: Callable[[], float]) -> Controller:
        """The controller that `settings` describe, on the line of that name."""
        if isinstance(settings, NtcipSettings):
            return NtcipController(self._pmpp[line], settings, clock)
        return ModbusController(self._modbus[line], settings, clock)

    def close(self) -> None:
        """Give every port back."""
        for pmpp in self._pmpp.values():
            pmpp.close()
        for modbus in self._modbus.values():
            modbus.close()
