"""The one place that knows SUMO's Python modules, which carry no types: a few questions under names of our own.

One simulation a process: libsumo runs SUMO inside it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax import SAXException

from contract import ContractError


class EngineError(ContractError):
    """SUMO is not installed, or cannot run what it was given; the text says what to do."""


class Plan(NamedTuple):
    """The program that runs at a signal: its phases as (state, seconds), and where it is."""

    phases: tuple[tuple[str, float], ...]
    running: int
    spent_s: float


class Place(NamedTuple):
    """Where a vehicle is on its route: the number of its edge, metres along it; inside a junction, the edge before."""

    edge: int
    along_m: float
    inside: bool


class Pace(NamedTuple):
    """The part of the present second that a vehicle loses, and the lamp on its way: metres ahead, SUMO's letter."""

    lost: float
    lamp_m: float
    lamp: str


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
        raise EngineError(
            f"SUMO's module {name} is not installed: pip install -e '.[sumo]' in Simpang's folder"
        ) from None


def read_net(net_file: Path) -> Any:
    """A network as sumolib gives it, with programs, crossings, inner lanes and conflicts."""
    try:
        return _module("sumolib").net.readNet(
            str(net_file), withPrograms=True, withPedestrianConnections=True, withInternal=True, withFoes=True
        )
    except (SAXException, KeyError, ValueError) as error:
        raise EngineError(f"{net_file}: not readable as a SUMO network: {error}") from None


def start(command: Sequence[str]) -> None:
    """Load a scenario."""
    sumo = _module("libsumo")
    try:
        sumo.start(list(command))
    except (sumo.TraCIException, sumo.FatalTraCIError) as error:
        raise EngineError(f"SUMO cannot load the scenario: {' '.join(str(error).split())}") from None


def plan(signal: str) -> Plan | None:
    """The program that runs at a signal now; None where there is none, as at a level crossing."""
    sumo = _module("libsumo")
    ask = sumo.trafficlight
    if signal not in ask.getIDList():
        return None
    running = str(ask.getProgram(signal))
    for one in ask.getAllProgramLogics(signal):
        if str(one.programID) == running and one.phases:
            phases = tuple((str(phase.state), float(phase.duration)) for phase in one.phases)
            return Plan(phases, int(ask.getPhase(signal)) % len(phases), float(ask.getSpentDuration(signal)))
    return None


def close() -> None:
    """End the simulation; SUMO then writes what it has to write."""
    _module("libsumo").close()


def time_s() -> float:
    """Simulated seconds."""
    return float(_module("libsumo").simulation.getTime())


def advance() -> int:
    """Simulate one step; the collisions in it."""
    sumo = _module("libsumo")
    try:
        sumo.simulationStep()
    except (sumo.TraCIException, sumo.FatalTraCIError) as error:
        raise EngineError(f"SUMO gave up at {time_s():g} s: {' '.join(str(error).split())}") from None
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


def walkers(area: str, crossings: frozenset[str]) -> int:
    """People on a walking area who are about to cross by one of these."""
    ask = _module("libsumo")
    return sum(ask.person.getNextEdge(one) in crossings for one in ask.edge.getLastStepPersonIDs(area))


def lights() -> tuple[str, ...]:
    """Every signal of the network at which more than one road has a stop line."""
    ask = _module("libsumo").trafficlight
    roads = {one: {str(lane).rsplit("_", 1)[0] for lane in ask.getControlledLanes(one)} for one in ask.getIDList()}
    return tuple(str(one) for one, edges in roads.items() if len(edges) > 1)


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


def lane_speed_ms(lane: str) -> float:
    """Speed limit of a lane."""
    return float(_module("libsumo").lane.getMaxSpeed(lane))


def lane_length_m(lane: str) -> float:
    """Length of a lane."""
    return float(_module("libsumo").lane.getLength(lane))


def new_type(name: str, vehicle_class: str, length_m: float) -> None:
    """A vehicle type that keeps to the speed limit exactly."""
    kind = _module("libsumo").vehicletype
    kind.copy("DEFAULT_VEHTYPE", name)
    kind.setVehicleClass(name, vehicle_class)
    kind.setLength(name, length_m)
    kind.setSpeedFactor(name, 1.0)
    kind.setSpeedDeviation(name, 0.0)


def way(origin: str, destination: str, kind: str) -> tuple[str, ...]:
    """Edges of the fastest way in an empty network; empty when there is none."""
    try:
        stage = _module("libsumo").simulation.findRoute(origin, destination, kind)
    except _module("libsumo").TraCIException:
        return ()
    return tuple(str(edge) for edge in stage.edges)


def send(vehicle: str, kind: str, edges: Sequence[str]) -> None:
    """Let a vehicle drive from now on; it enters as soon as there is room."""
    sumo = _module("libsumo")
    sumo.route.add(vehicle, list(edges))
    sumo.vehicle.add(vehicle, vehicle, kind, departLane="best", departSpeed="max")


def pace(vehicle: str) -> Pace | None:
    """How a vehicle gets on that is on the road; without a lamp ahead, that is infinitely far and has no letter."""
    ask = _module("libsumo").vehicle
    if vehicle not in ask.getIDList():
        return None
    lost = max(0.0, 1.0 - float(ask.getSpeed(vehicle)) / float(ask.getAllowedSpeed(vehicle)))
    lamps = ask.getNextTLS(vehicle)
    return Pace(lost, float(lamps[0][2]), str(lamps[0][3])) if lamps else Pace(lost, float("inf"), "")


def place(vehicle: str) -> Place | None:
    """Where a vehicle is that was sent; None when it has arrived. One that waits to enter stands at its beginning."""
    ask = _module("libsumo").vehicle
    if vehicle not in ask.getLoadedIDList():
        return None
    road = str(ask.getRoadID(vehicle))
    if not road:
        return Place(0, 0.0, inside=False)
    return Place(int(ask.getRouteIndex(vehicle)), float(ask.getLanePosition(vehicle)), inside=road.startswith(":"))
