"""`simpang twin controller`: a virtual local controller at the end of a serial line."""

from __future__ import annotations

import signal
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from contract import ContractError, explain
from signal_bridge.controller import LineError
from signal_bridge.drivers.bits import phases
from signal_bridge.drivers.ntcip_objects import NOT_FLASH
from signal_bridge.drivers.port import PortSettings, SerialPort, open_port
from twin.controllers.controller import PhaseController
from twin.controllers.plan import ControllerPlan, dual_ring, stages
from twin.controllers.registers import ModbusStation
from twin.controllers.serving import NtcipStation, Station, serve

app = typer.Typer(help="The digital twin: what stands at a junction, without the junction.")


@app.callback()
def twin() -> None:
    """The digital twin: what stands at a junction, without the junction."""


@app.command("controller")
def controller_command(
    *,
    port: Annotated[str, typer.Option(help="Its end of the line: a serial port or a pty.")],
    protocol: Annotated[Literal["ntcip", "modbus"], typer.Option(help="What it speaks.")] = "ntcip",
    address: Annotated[int, typer.Option(min=1, max=8191, help="Its PMPP address or Modbus station number.")] = 1,
    baud: Annotated[int, typer.Option(help="Bits per second.")] = 9600,
    plan: Annotated[Path | None, typer.Option(help="PLAN.toml; else the usual eight phases in two rings.")] = None,
    approaches: Annotated[int, typer.Option(min=0, max=16, help="Instead: so many stages, one after another.")] = 0,
) -> None:
    """Serve a virtual controller until Ctrl-C, and print what its signals show.

    A pair of pseudo-terminals joined as a cable joins two ports:
    socat pty,rawer,link=bridge-end pty,rawer,link=controller-end
    """
    console = Console()
    try:
        unit = PhaseController(_plan(plan, approaches))
        settings = _port(port, baud)
        station = _station(protocol, unit, address)
        open_port(settings).close()  # a line that never was is a mistake; one that is lost later comes back
    except (ContractError, LineError, OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        Console(stderr=True).print(f"[red]simpang twin:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        raise typer.Exit(2) from None
    stop = threading.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: stop.set())

    def tell(text: str) -> None:
        console.print(escape(text), soft_wrap=True, highlight=False)

    tell(f"{protocol} at {port}, address {address}, plan checksum {unit.checksum}")
    serve(unit, station, SerialPort(settings), stop, on_tick=_Teller(tell, unit).tell, on_lost=tell)


def _plan(file: Path | None, approaches: int) -> ControllerPlan:
    if file is None:
        return stages(approaches) if approaches else dual_ring()
    try:
        return ControllerPlan.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise explain(error, file.name) from None


def _port(port: str, baud: int) -> PortSettings:
    try:
        return PortSettings.model_validate({"port": port, "baud": baud})
    except ValidationError as error:
        raise explain(error, "--baud") from None


def _station(protocol: Literal["ntcip", "modbus"], unit: PhaseController, address: int) -> Station:
    if protocol == "ntcip":
        return NtcipStation(unit, address)
    if address > 247:
        raise ContractError("--address: a Modbus station number is 1 to 247")
    return ModbusStation(unit, address)


class _Teller:
    """Prints a line whenever the signals change."""

    def __init__(self, tell: Callable[[str], None], unit: PhaseController) -> None:
        self._tell = tell
        self._unit = unit
        self._told = ""

    def tell(self) -> None:
        """One line, if there is news."""
        unit = self._unit
        shown = unit.shown
        groups = {"green": shown.greens, "yellow": shown.yellows, "walk": shown.walks, "clear": shown.clears}
        lit = "  ".join(f"{name} {_listed(bits)}" for name, bits in groups.items() if bits)
        flash = "" if unit.flash_status() == NOT_FLASH else f"flash {unit.flash_status()}"
        text = lit or flash or "all red"
        if unit.monitor.tripped:
            text = f"CONFLICT MONITOR: {unit.monitor.tripped}"
        if text != self._told:
            self._tell(f"{unit.now:8.1f} s  {text}")
            self._told = text


def _listed(bits: int) -> str:
    return " ".join(map(str, sorted(phases(bits))))
