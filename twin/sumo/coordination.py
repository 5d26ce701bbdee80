"""Corridors of a network, and the local plans that give them a green wave: one cycle, offsets by `timing.progression`.

    e_A ──▶ A ──────▶ B ──────▶ C ◀── f_C      a corridor: straight on from signal to signal, and back the same way

Splits stay as they were; a plan whose cycle is shorter than the corridor's longest is stretched to it. A signal belongs
to one corridor, the longest. What is found is a pattern with an offset, as a local controller keeps it by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from signal_bridge.control.junction import GREEN, Junction
from signal_bridge.control.plain import cycle_s, starts_s
from signal_bridge.timing import progression
from twin.sumo import engine
from twin.sumo.network import Signal, edge_of

_SPEED = 0.9
"""Part of the speed limit at which a platoon drives."""
_LONGEST_S = 120.0
"""A platoon that drives longer has dissolved."""
_MOST_EDGES = 20


@dataclass(frozen=True, slots=True)
class Corridor:
    """Crossings in order: the signal and its stage for the corridor. Seconds over each link, forth and back."""

    stops: tuple[tuple[str, int], ...]
    forth_s: tuple[float, ...]
    back_s: tuple[float, ...]


def coordinated(net_file: Path, signals: Sequence[Signal]) -> tuple[Signal, ...]:
    """The signals, those of a corridor with a common cycle and their offset; the others as they are."""
    by_id = {one.junction.id: one.junction for one in signals}
    for corridor in corridors(net_file, by_id):
        by_id |= _waved(corridor, by_id)
    return tuple(replace(one, junction=by_id[one.junction.id]) for one in signals)


def _waved(corridor: Corridor, by_id: Mapping[str, Junction]) -> Iterator[tuple[str, Junction]]:
    common_s = max(cycle_s(by_id[name]) for name, _ in corridor.stops)
    plans = [_stretched(by_id[name], common_s) for name, _ in corridor.stops]
    greens = [plan.greens[stage] for plan, (_, stage) in zip(plans, corridor.stops, strict=True)]
    found = progression(common_s, greens, corridor.forth_s, corridor.back_s)
    for plan, (name, stage), offset_s in zip(plans, corridor.stops, found.offsets_s, strict=True):
        yield name, replace(plan, offset_s=(offset_s - starts_s(plan)[stage]) % common_s)


def _stretched(junction: Junction, to_s: float) -> Junction:
    """Longer greens, in proportion, so that the cycle is `to_s`."""
    share = 1 + (to_s - cycle_s(junction)) / sum(junction.greens)
    return replace(junction, greens=tuple(green * share for green in junction.greens))


def corridors(net_file: Path, junctions: Mapping[str, Junction]) -> tuple[Corridor, ...]:
    """The longest first; no signal is in two."""
    roads = {edge_of(lane): name for name, one in junctions.items() for lane in one.lanes if lane[:1] != ":"}
    net = engine.read_net(net_file)
    hops = {edge: hop for edge in sorted(roads) if (hop := _hop(net.getEdge(edge), roads)) is not None}
    found: list[Corridor] = []
    taken: set[str] = set()
    for chain in sorted(_chains(hops, roads), key=lambda one: (-len(one), one)):
        for part in _free_parts(chain, roads, taken):
            corridor = _corridor(part, hops, roads, junctions)
            if corridor is not None:
                found.append(corridor)
                taken |= {name for name, _ in corridor.stops}
    return tuple(found)


def _hop(edge: Any, roads: Mapping[str, str]) -> tuple[str, float] | None:
    """Straight on from a stop line: the next one on the way, and the seconds to it."""
    seconds, here = 0.0, edge
    for _ in range(_MOST_EDGES):
        here = _straight_on(here)
        if here is None:
            return None
        seconds += float(here.getLength()) / (_SPEED * float(here.getSpeed()))
        name = str(here.getID())
        if name in roads:
            return (name, seconds) if roads[name] != roads[str(edge.getID())] and seconds <= _LONGEST_S else None
    return None


def _straight_on(edge: Any) -> Any:
    ways = {
        str(ahead.getID()): ahead
        for ahead, links in edge.getOutgoing().items()
        if any(link.getDirection() == "s" for link in links)
    }
    return ways[min(ways)] if ways else None


def _chains(hops: Mapping[str, tuple[str, float]], roads: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """From each stop line straight on, until a signal comes again or the way ends."""
    for edge in hops:
        chain, met = [edge], {roads[edge]}
        while chain[-1] in hops and roads[ahead := hops[chain[-1]][0]] not in met:
            chain.append(ahead)
            met.add(roads[ahead])
        yield tuple(chain)


def _free_parts(chain: Sequence[str], roads: Mapping[str, str], taken: set[str]) -> Iterator[tuple[str, ...]]:
    """The pieces of a chain between signals that are taken, of two or more."""
    part: list[str] = []
    for edge in (*chain, None):
        if edge is not None and roads[edge] not in taken:
            part.append(edge)
            continue
        if len(part) > 1:
            yield tuple(part)
        part = []


def _corridor(
    chain: Sequence[str],
    hops: Mapping[str, tuple[str, float]],
    roads: Mapping[str, str],
    junctions: Mapping[str, Junction],
) -> Corridor | None:
    """The corridor of a chain of stop lines, if there is a way back and a stage for both directions everywhere."""
    for last in sorted(edge for edge, name in roads.items() if name == roads[chain[-1]]):
        back = [last]
        while back[-1] in hops and len(back) < len(chain):
            back.append(hops[back[-1]][0])
        if [roads[edge] for edge in reversed(back)] != [roads[edge] for edge in chain]:
            continue
        stages = [_stage(junctions[roads[one]], one, two) for one, two in zip(chain, reversed(back), strict=True)]
        stops = tuple((roads[edge], stage) for edge, stage in zip(chain, stages, strict=True) if stage is not None)
        if len(stops) == len(chain):
            seconds_back = tuple(hops[edge][1] for edge in back[:-1])
            return Corridor(stops, tuple(hops[edge][1] for edge in chain[:-1]), seconds_back[::-1])
    return None


def _stage(junction: Junction, one: str, other: str) -> int | None:
    """The longest stage in which every lane of both roads has green."""
    lanes = {lane for lane in junction.lanes if edge_of(lane) in {one, other}}
    fit = [
        (junction.greens[number], -number)
        for number, lamps in enumerate(junction.stages)
        if lanes <= {s.lane for s, lamp in zip(junction.streams, lamps, strict=True) if lamp in GREEN}
    ]
    return -max(fit)[1] if fit else None
