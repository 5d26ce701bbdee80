"""A virtual controller on a line, in a thread of its own and in real time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from signal_bridge.drivers.port import PortSettings, SerialPort
from twin.controllers.controller import START_UP_S, PhaseController
from twin.controllers.plan import ControllerPlan, dual_ring
from twin.controllers.serving import Station, serve


def started(plan: ControllerPlan | None = None) -> PhaseController:
    """A controller that has shown its first greens for a second."""
    unit = PhaseController(plan or dual_ring())
    now = time.monotonic()
    for step in range(int(START_UP_S) + 1):
        unit.advance(now - START_UP_S + step)
    unit.advance(now)
    return unit


@contextlib.contextmanager
def served(
    unit: PhaseController,
    station: Station,
    port: Path,
    *,
    clock: Callable[[], float] = time.monotonic,
    on_tick: Callable[[], None] | None = None,
) -> Iterator[PhaseController]:
    """The unit, answering at its end of the line, with its time going by `clock`."""
    stop, line = threading.Event(), SerialPort(PortSettings(port=str(port)))
    line.discard()  # opens it, so that nothing is sent to a port that nobody listens to yet

    def run() -> None:
        serve(unit, station, line, stop, clock=clock, on_tick=on_tick)

    thread = threading.Thread(target=run, name="virtual controller")
    thread.start()
    try:
        yield unit
    finally:
        stop.set()
        thread.join()


def wait_until(holds: Callable[[], bool], what: str, within_s: float = 60.0) -> None:
    """Wait for an event of another thread. The limit only ends a test that would hang."""
    give_up = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < give_up, f"never happened: {what}"
        time.sleep(0.01)
