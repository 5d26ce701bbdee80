"""What a junction is told by its neighbours: who has left them towards it, before its own cameras can see them.

    A ──exit──▶ · · · 150 m out of sight · · · ▶ 100 m in sight ──▶ B

Only what cameras count: vehicles that enter an exit of A, and the time that the road to B takes at its speed limit.
Whither they turn in B is not known: they are spread over the lanes of the road.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from signal_bridge.control.junction import Coming
from twin.sumo import engine
from twin.sumo.network import Signal, edge_of

_SPEED = 0.9
"""Part of the speed limit at which a platoon drives."""
_LEAST_SHARE = 0.3
"""Roads from which fewer come than this part of their vehicles foretell nothing."""


class Link(NamedTuple):
    """A road from the exit of a neighbour to a stop line."""

    source: str
    """The edge behind the neighbour."""
    seconds: float
    share: float
    """Part of who enters at the source that comes to this road."""


@dataclass(slots=True)
class Corridor:
    """All links of a network. `step` once a simulated step, then ask for each signal."""

    links: Mapping[str, tuple[Link, ...]]
    """By edge with a stop line."""
    lanes: Mapping[str, tuple[str, ...]]
    """The lanes of each source edge."""
    _known: dict[str, set[str]] = field(default_factory=dict)
    _entered: dict[str, deque[float]] = field(default_factory=dict)

    def step(self, now_s: float) -> None:
        """Note who entered each source."""
        for edge, lanes in self.lanes.items():
            there = {driver.id for lane in lanes for driver in engine.drivers(lane)}
            events = self._entered.setdefault(edge, deque(maxlen=100))
            events.extend([now_s] * len(there - self._known.get(edge, there)))
            self._known[edge] = there

    def coming(self, signal: Signal, now_s: float) -> dict[str, Coming]:
        """By lane: who is on its way and not in sight yet."""
        told = {}
        by_edge: dict[str, list[str]] = {}
        for lane in signal.junction.lanes:
            by_edge.setdefault(edge_of(lane), []).append(lane)
        for edge, lanes in by_edge.items():
            links = self.links.get(edge, ())
            if links:
                told.update(dict.fromkeys(lanes, self._foretold(links, now_s, len(lanes))))
        return told

    def _foretold(self, links: Iterable[Link], now_s: float, lanes: int) -> Coming:
        arrivals = sorted(
            (entered_s + link.seconds - now_s, link.share / lanes)
            for link in links
            for entered_s in self._entered.get(link.source, ())
            if entered_s + link.seconds > now_s
        )
        return Coming(min(link.seconds for link in links), tuple(arrivals))


def corridor(net_file: Path, signals: Sequence[Signal], sight_m: float) -> Corridor:
    """Find the roads between signals that are longer than cameras see."""
    net = engine.read_net(net_file)
    behind = {edge_of(stream.exit) for one in signals for stream in one.junction.streams if stream.exit[:1] != ":"}
    before = {edge_of(lane) for one in signals for lane in one.junction.lanes if lane[:1] != ":"}
    links = {edge: tuple(_links(net.getEdge(edge), behind, before, sight_m)) for edge in sorted(before)}
    sources = {link.source for those in links.values() for link in those}
    lanes = {edge: tuple(str(lane.getID()) for lane in net.getEdge(edge).getLanes()) for edge in sorted(sources)}
    return Corridor(links, lanes)


def _links(edge: Any, behind: set[str], before: set[str], sight_m: float) -> Iterable[Link]:
    """Upstream from a stop line to the exits of signals."""
    waiting = [(edge, 0.0, 0.0, 1.0)]
    seen = {edge.getID()}
    while waiting:
        here, metres, seconds, share = waiting.pop()
        metres += float(here.getLength())
        seconds += float(here.getLength()) / (_SPEED * float(here.getSpeed()))
        if str(here.getID()) in behind:
            if metres > sight_m:
                yield Link(str(here.getID()), seconds, share)
            continue
        for upstream in here.getIncoming():
            part = share / max(1, len(upstream.getOutgoing()))
            if upstream.getID() not in seen | before and part >= _LEAST_SHARE:
                seen.add(upstream.getID())
                waiting.append((upstream, metres, seconds, part))
