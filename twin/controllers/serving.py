"""Serve a virtual controller at the end of a serial line, and let its time pass, until told to stop.

A line that fails is opened anew, for ever; the junction goes on meanwhile, as it would in the street.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from signal_bridge.controller import LineError
from signal_bridge.drivers.pmpp import Decoder, Frame, encode
from signal_bridge.drivers.port import SerialPort
from twin.controllers.agent import Agent
from twin.controllers.controller import PhaseController

_TICK_S = 0.05
"""How often time passes, and how long a line is silent before half a frame is given up."""


class Station(Protocol):
    """A protocol's end at the controller: bytes in, answers out."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes off the line; the answers that are due."""
        ...

    def silence(self) -> None:
        """Nothing came for longer than any gap within a frame."""
        ...


class NtcipStation:
    """An SNMP agent at a PMPP address."""

    def __init__(self, unit: PhaseController, address: int) -> None:
        self._agent = Agent(unit)
        self._address = address
        self._decoder = Decoder()

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes off the line; the answers that are due."""
        mine = (frame for frame in self._decoder.feed(data) if frame.address == self._address)
        answers = (self._agent.answer(frame.information) for frame in mine)
        return [encode(Frame(self._address, answer)) for answer in answers if answer is not None]

    def silence(self) -> None:
        """PMPP has flags and no gaps."""


def serve(
    unit: PhaseController,
    station: Station,
    port: SerialPort,
    stop: threading.Event,
    *,
    clock: Callable[[], float] = time.monotonic,
    on_tick: Callable[[], None] | None = None,
    on_lost: Callable[[str], None] | None = None,
) -> None:
    """Answer on `port` and advance `unit` by `clock`, in seconds, until `stop` is set.

    `on_tick` is called after every tick, `on_lost` once for each time that the line is lost.
    """
    lost = False
    while not stop.is_set():
        try:
            data = port.receive(time.monotonic() + _TICK_S)
            unit.advance(clock())
            if not data:
                station.silence()
            for answer in station.feed(data):
                port.send(answer)
            lost = False
        except LineError as error:
            if on_lost and not lost:
                on_lost(str(error))
            lost = True
            unit.advance(clock())
            stop.wait(_TICK_S)
        if on_tick:
            on_tick()
    port.close()
