"""The one place that knows SUMO's Python modules, which carry no types: a few questions under names of our own.

One simulation a process: libsumo runs SUMO inside it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from contract import ContractError


class EngineError(ContractError):
    """SUMO is not installed; the text says how to get it."""


class Driver(NamedTuple):
    """A vehicle on a lane: its front and its rear in metres from the lane's beginning, its speed in m/s."""

    id: str
    front_m: float
    rear_m: float
    speed_ms: float


@cache
def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise EngineError(f"SUMO's module {name} is not installed: pip install 'simpang[sumo]'") from None


def read_net(net_file: Path) -> Any:
    """A network as sumolib gives it, with programs, crossings, inner lanes and conflicts."""
    return _module("sumolib").net.readNet(
        str(net_file), withPrograms=True, withPedestrianConnections=True, withInternal=True, withFoes=True
    )


def start(command: Sequence[str]) -> None:
    """Load a scenario."""
    _module("libsumo").start(list(command))


def close() -> None:
    """End the simulation; SUMO then writes what it has to write."""
    _module("libsumo").close()


def time_s() -> float:
    """Simulated seconds."""
    return float(_module("libsumo").simulation.getTime())


def advance() -> int:
    """Simulate one step; the collisions in it."""
    sumo = _module("libsumo")
    sumo.simulationStep()
    return len(sumo.simulation.getCollisions())


def drivers(lane: str) -> list[Driver]:
    """Who is on a lane."""
    sumo = _module("libsumo")
    ask = sumo.vehicle
    found = []
    for one in sumo.lane.getLastStepVehicleIDs(lane):
        front_m = float(ask.getLanePosition(one))
        found.append(Driver(str(one), front_m, front_m - float(ask.getLength(one)), float(ask.getSpeed(one))))
    return found


def ways_through(edge: str) -> list[tuple[str, ...]]:
    """(edge before, edge behind) for each vehicle on an edge inside a junction."""
    sumo = _module("libsumo")
    ways = []
    for one in sumo.edge.getLastStepVehicleIDs(edge):
        index = int(sumo.vehicle.getRouteIndex(one))
        ways.append(tuple(str(part) for part in sumo.vehicle.getRoute(one)[index : index + 2]))
    return ways


def halting(edges: Iterable[str]) -> int:
    """Vehicles that stand on these edges."""
    ask = _module("libsumo").edge.getLastStepHaltingNumber
    return sum(int(ask(edge)) for edge in edges)


def edges() -> tuple[str, ...]:
    """Every edge of the network."""
    return tuple(str(edge) for edge in _module("libsumo").edge.getIDList())


def show(signal: str, lamps: str) -> None:
    """Set a signal's lamps."""
    _module("libsumo").trafficlight.setRedYellowGreenState(signal, lamps)
