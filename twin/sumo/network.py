"""A SUMO network as our junctions: streams, stages, and the road that the cameras of each stop line see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from signal_bridge.control.junction import GREEN, Junction, Stream
from twin.sumo import engine
from twin.sumo.engine import Plan

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
    links: tuple[int, ...]
    """SUMO's link index of each stream; a link may let several streams go."""
    begun: tuple[int, float]
    """The stage in which the plan is, and how long it has been in it."""

    def state(self, lamps: str) -> str:
        """The lamps of the streams as SUMO numbers them; a link that leads nowhere stays red."""
        shown = ["r"] * (max(self.links) + 1)
        for link, lamp in zip(self.links, lamps, strict=True):
            shown[link] = lamp
        return "".join(shown)


def signals(net_file: Path, reach_m: float, plan_of: Callable[[str], Plan | None]) -> tuple[Signal, ...]:
    """Every signal whose plan has more than one stage, by name; cameras see `reach_m` upstream.

    All others (off, blinking, one stage only, a railway's) are left to whatever SUMO runs there.
    """
    net = engine.read_net(net_file)
    controlled = {lane.getID() for light in net.getTrafficLights() for lane, _, _ in light.getConnections()}
    internal = [str(edge.getID()) for edge in net.getEdges() if edge.getFunction() == "internal"]
    found = []
    for light in sorted(net.getTrafficLights(), key=lambda one: str(one.getID())):
        plan = plan_of(str(light.getID()))
        ways = _ways(light)
        junction = _junction(light, ways, plan) if plan is not None and ways else None
        if plan is None or junction is None or len(junction.stages) < 2:
            continue
        nodes = {f":{lane.getEdge().getToNode().getID()}" for lane, _, _ in light.getConnections()}
        links = tuple(way.link for way in ways)
        found.append(
            Signal(
                junction,
                {lane: tuple(_upstream(net, lane, reach_m, controlled)) for lane in junction.lanes},
                tuple(edge for edge in internal if edge.rsplit("_", 1)[0] in nodes),
                frozenset(_foes(ways)),
                links,
                _begun(junction, links, plan),
            )
        )
    return tuple(found)


class _Way(NamedTuple):
    """One movement as sumolib has it."""

    link: int
    entry: Any
    exit: Any


def _ways(light: Any) -> list[_Way]:
    links = light.getLinks()
    return [_Way(int(index), entry, exit_) for index in sorted(links) for entry, exit_, _ in links[index]]


def _shown(state: str, links: Iterable[int]) -> str:
    """A state of SUMO's in our letters, by stream; a link that the state forgets is red."""
    ours = state.translate(_AS_LAMP)
    return "".join(ours[link] if link < len(ours) else "r" for link in links)


def _is_stage(lamps: str) -> bool:
    return "y" not in lamps and bool(set(lamps) & GREEN)


def _junction(light: Any, ways: list[_Way], plan: Plan) -> Junction | None:
    """Stages are the phases of the running program that show green and no yellow."""
    links = [way.link for way in ways]
    stages: dict[str, float] = {}
    for state, seconds in plan.phases:
        lamps = _shown(state, links)
        if _is_stage(lamps):
            stages[lamps] = stages.get(lamps, 0.0) + seconds
    if not stages:
        return None
    walks = {
        index: _STEP_OFF_S + float(way.exit.getLength()) / _WALK_MS
        for index, way in enumerate(ways)
        if way.exit.getEdge().getFunction() == "crossing"
    }
    least = tuple(max((s for i, s in walks.items() if stage[i] in GREEN), default=0.0) for stage in stages)
    streams = tuple(Stream(str(way.entry.getID()), str(way.exit.getID())) for way in ways)
    return Junction(str(light.getID()), streams, tuple(stages), tuple(stages.values()), least)


def _begun(junction: Junction, links: tuple[int, ...], plan: Plan) -> tuple[int, float]:
    """Where the plan is now; between two stages it is at the beginning of the next."""
    count = len(plan.phases)
    for ahead in range(count):
        lamps = _shown(plan.phases[(plan.running + ahead) % count][0], links)
        if _is_stage(lamps):
            return junction.stages.index(lamps), 0.0 if ahead else plan.spent_s
    return 0, 0.0


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


def _foes(ways: list[_Way]) -> Iterator[tuple[int, int]]:
    """Pairs of streams that conflict by the node's own table."""
    connections = [_connection(way.entry, way.exit) for way in ways]
    for (one, here), (other, there) in combinations(enumerate(connections), 2):
        if here is None or there is None:
            continue
        node = here.getFrom().getToNode()
        if node is there.getFrom().getToNode() and node.areFoes(node.getLinkIndex(here), node.getLinkIndex(there)):
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
