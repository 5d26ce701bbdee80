"""A SUMO network as our junctions: streams, stages, and the road that the cameras of each stop line see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signal_bridge.control.junction import GREEN, Junction, Stream
from twin.sumo import engine

_WALK_MS, _STEP_OFF_S = 1.2, 5.0
"""Walking speed in clearance (PKJI 2023) and the least time in which to step off the kerb."""
_AS_LAMP = str.maketrans({"s": "r", "u": "r", "o": "g", "O": "g", "Y": "y"})
"""SUMO's further letters in ours: right turn on red, red and yellow, off."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of lane in sight: `behind_m` of road lie between its end and the stop line."""

    lane: str
    length_m: float
    behind_m: float
    share: float
    """Part of its traffic that comes to this stop line, others going on into neighbouring lanes."""


@dataclass(frozen=True)
class Signal:
    """One signal of the network."""

    junction: Junction
    stretches: dict[str, tuple[Stretch, ...]]
    """By lane with a stop line, the nearest stretch first."""
    inside: tuple[str, ...]
    """Edges inside the junction."""
    foes: frozenset[tuple[int, int]]
    """Pairs of streams that may not both be protected green."""


def signals(net_file: Path, reach_m: float) -> tuple[Signal, ...]:
    """Every signal of the network that has more than one stage, by name; cameras see `reach_m` upstream."""
    net = engine.read_net(net_file)
    controlled = {lane.getID() for light in net.getTrafficLights() for lane, _, _ in light.getConnections()}
    internal = [str(edge.getID()) for edge in net.getEdges() if edge.getFunction() == "internal"]
    found = []
    for light in sorted(net.getTrafficLights(), key=lambda one: str(one.getID())):
        junction = _junction(light)
        if junction is not None and len(junction.stages) > 1:
            nodes = {f":{lane.getEdge().getToNode().getID()}" for lane, _, _ in light.getConnections()}
            found.append(
                Signal(
                    junction,
                    {lane: tuple(_upstream(net, lane, reach_m, controlled)) for lane in junction.lanes},
                    tuple(edge for edge in internal if edge.rsplit("_", 1)[0] in nodes),
                    frozenset(_foes(light)),
                )
            )
    return tuple(found)


def _junction(light: Any) -> Junction | None:
    """Streams by link index; stages are the phases of the first program that show green and no yellow."""
    programs = light.getPrograms()
    if not programs:
        return None
    links = light.getLinks()
    streams = [Stream("", "")] * (max(links) + 1)
    walks: dict[int, float] = {}
    for index, connections in links.items():
        entry, exit_, _ = connections[0]
        streams[index] = Stream(str(entry.getID()), str(exit_.getID()))
        if exit_.getEdge().getFunction() == "crossing":
            walks[index] = _STEP_OFF_S + float(exit_.getLength()) / _WALK_MS
    stages: dict[str, float] = {}
    for phase in next(iter(programs.values())).getPhases():
        shown = str(phase.state).translate(_AS_LAMP)[: len(streams)]
        if "y" not in shown and set(shown) & GREEN:
            stages[shown] = stages.get(shown, 0.0) + float(phase.duration)
    least = tuple(max((s for i, s in walks.items() if stage[i] in GREEN), default=0.0) for stage in stages)
    return (
        Junction(str(light.getID()), tuple(streams), tuple(stages), tuple(stages.values()), least) if stages else None
    )


def _upstream(net: Any, lane_id: str, reach_m: float, controlled: set[str]) -> Iterator[Stretch]:
    """Stretches from the stop line on against the traffic, up to `reach_m` or the next signal."""
    waiting = [(net.getLane(lane_id), 0.0, 1.0)]
    seen = {lane_id}
    while waiting:
        lane, behind_m, share = waiting.pop(0)
        length_m = float(lane.getLength())
        yield Stretch(str(lane.getID()), length_m, behind_m, share)
        if behind_m + length_m >= reach_m:
            continue
        for before in _before(lane):
            name = str(before.getID())
            if name not in controlled and name not in seen:
                seen.add(name)
                ways = {way.getToLane().getID() for way in before.getOutgoing()}
                waiting.append((before, behind_m + length_m, share / max(1, len(ways))))


def _before(lane: Any) -> Iterator[Any]:
    """Lanes that lead into this one, those inside a junction passed over."""
    for before in lane.getIncoming():
        if before.getEdge().getFunction() == "internal":
            yield from _before(before)
        else:
            yield before


def _foes(light: Any) -> Iterator[tuple[int, int]]:
    """Pairs of streams that conflict by the node's own table."""
    links = {index: connections[0] for index, connections in light.getLinks().items()}
    ways = {index: _connection(entry, exit_) for index, (entry, exit_, _) in links.items()}
    for one, here in ways.items():
        for other, there in ways.items():
            if one < other and here is not None and there is not None:
                node = here.getFrom().getToNode()
                if node is there.getFrom().getToNode() and node.areFoes(
                    node.getLinkIndex(here), node.getLinkIndex(there)
                ):
                    yield one, other


def _connection(entry: Any, exit_: Any) -> Any:
    return next((way for way in entry.getOutgoing() if way.getToLane() is exit_), None)


def edge_of(lane: str) -> str:
    """The edge that a lane belongs to."""
    return lane.rsplit("_", 1)[0]


def ends(net_file: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Edges where a vehicle can enter the network, and where it can leave it; any edge where it has no border."""
    net = engine.read_net(net_file)
    edges = [edge for edge in net.getEdges() if not edge.getFunction() and edge.allows("emergency")]
    names = sorted(str(edge.getID()) for edge in edges)
    origins = sorted(str(edge.getID()) for edge in edges if _turns_only(edge, edge.getIncoming()))
    leaves = sorted(str(edge.getID()) for edge in edges if _turns_only(edge, edge.getOutgoing()))
    return tuple(origins or names), tuple(leaves or names)


def _turns_only(edge: Any, neighbours: Iterable[Any]) -> bool:
    """Whether an edge has no neighbours but the other side of its own street."""
    return all(one.getFromNode() is edge.getToNode() and one.getToNode() is edge.getFromNode() for one in neighbours)
