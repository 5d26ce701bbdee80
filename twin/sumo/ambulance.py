"""Ambulances through a SUMO network, and the green windows that are asked for along their routes.

Their routes are drawn by the seed alone, so that a run with priority and one without have the same ambulances. They
are announced a minute and a half before they enter, as a dispatcher opens a route when an ambulance sets off; from then
on their position is known each second, as by GPS. Each junction ahead is asked when the ambulance is as far away as the
junction needs to change its stage and to empty the lanes.

Of SUMO's privileges for emergency vehicles none is used but what the class `emergency` brings by itself (lanes that are
reserved for it, overtaking on the right): no blue-light device, so nobody makes way and red is red; no more than the
speed limit.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from contract.signals import PriorityKind
from signal_bridge.control.junction import GREEN, Control, Junction
from signal_bridge.control.window import Approach, GreenWindow, with_approaches
from signal_bridge.priority import AMBULANCE_S, Manners
from twin.sumo import engine
from twin.sumo.network import Signal, edge_of
from twin.sumo.score import AMBULANCE

ANNOUNCED_S = 90.0
ASKED_S = 90.0
"""How long before it arrives each junction is told."""
_LENGTH_M = 6.5
_FIRST_S, _LAST_S = 120.0, 300.0
"""No ambulance sets off sooner after the beginning, nor later before the end: it shall find traffic, and arrive."""
_TRIES = 200
_AT_SIGNAL_M = 150.0
"""Who loses time so near before a lamp loses it at a signal."""
MANNERS = Manners(dict.fromkeys(PriorityKind, AMBULANCE_S))


@dataclass(frozen=True, slots=True)
class Rescue:
    """How many ambulances drive in a run, and whether they have priority."""

    ambulances: int
    priority: bool


@dataclass(frozen=True, slots=True)
class Crossing:
    """A signal on a way: passed at the end of the edge number `index`."""

    index: int
    signal: str
    approach: Approach


@dataclass(frozen=True, slots=True)
class Trip:
    """One ambulance: when it enters, and its way."""

    id: str
    enters_s: float
    edges: tuple[str, ...]
    crossings: tuple[Crossing, ...]


def windowed(signal: Signal, inner: Control) -> GreenWindow:
    """The signal's control with green windows before it."""
    return GreenWindow(
        with_approaches(signal.junction, roads(signal.junction).values(), signal.foes),
        len(signal.junction.stages),
        inner,
        MANNERS,
    )


def roads(junction: Junction) -> dict[str, frozenset[str]]:
    """The lanes with a stop line, by edge; the ways of pedestrians are none."""
    lanes: dict[str, set[str]] = {}
    for lane in junction.lanes:
        if not lane.startswith(":"):
            lanes.setdefault(edge_of(lane), set()).add(lane)
    return {edge: frozenset(those) for edge, those in lanes.items()}


def draw(
    signals: Sequence[Signal],
    ends: tuple[Sequence[str], Sequence[str]],
    count: int,
    seed: int,
    hours: tuple[float, float],
) -> list[Trip]:
    """`count` trips between random `ends` (origins, destinations) through a signal each, over `hours` (begin, end).

    Fewer if the network has no such ways.
    """
    chance = random.Random(f"ambulances {seed}")
    engine.new_type(AMBULANCE, "emergency", _LENGTH_M)
    first_s, last_s = hours[0] + _FIRST_S, hours[1] - _LAST_S
    span_s = max(0.0, last_s - first_s) / max(1, count)
    by_edge = {edge: (one, lanes) for one in signals for edge, lanes in roads(one.junction).items()}
    trips: list[Trip] = []
    for _ in range(_TRIES * count):
        if len(trips) == count:
            break
        edges = engine.way(chance.choice(ends[0]), chance.choice(ends[1]), AMBULANCE)
        met = tuple(_crossings(edges, by_edge))
        if met and len(set(edges)) == len(edges) and not _turns_round(edges):
            at_s = int(first_s + span_s * (len(trips) + chance.random()))
            trips.append(Trip(f"ambulance {len(trips) + 1}", float(at_s), edges, met))
    return trips


def _turns_round(edges: Sequence[str]) -> bool:
    """Whether a way comes back on the other side of a street: SUMO names that with a minus."""
    return any(f"-{edge}" in edges for edge in edges)


def _crossings(edges: Sequence[str], by_edge: Mapping[str, tuple[Signal, frozenset[str]]]) -> Iterator[Crossing]:
    """The signals on a way, in order."""
    for index, (edge, behind) in enumerate(pairwise(edges)):
        if edge in by_edge:
            signal, lanes = by_edge[edge]
            streams = signal.junction.streams
            own = {one.lane for one in streams if edge_of(one.lane) == edge and edge_of(one.exit) == behind}
            beside = _fed_by(signal, edges[:index]) - lanes
            yield Crossing(index, signal.junction.id, Approach(lanes, frozenset(own) or lanes, beside))


def _fed_by(signal: Signal, edges: Sequence[str]) -> frozenset[str]:
    """The lanes with a stop line here to which traffic comes by these edges, within sight."""
    return frozenset(
        lane for lane, stretches in signal.stretches.items() if any(edge_of(one.lane) in edges for one in stretches)
    )


@dataclass(slots=True)
class Convoy:
    """Sends the ambulances of a run on their way, and asks for their greens."""

    trips: Sequence[Trip]
    windows: Mapping[str, GreenWindow]
    """By signal; empty when there is no priority."""
    lost_s: dict[str, float] = field(default_factory=lambda: {"red": 0.0, "green": 0.0})
    """Seconds that all lost with such a lamp near ahead; yellow counts as red."""
    _before_s: float = 0.0
    _sent: set[str] = field(default_factory=set)
    _seconds: dict[str, float] = field(default_factory=dict)
    """Free driving time of each edge."""

    def step(self, now_s: float) -> None:
        """Send who sets off now; tell the junctions ahead of each ambulance."""
        for trip in self.trips:
            if trip.id not in self._sent and now_s >= trip.enters_s:
                engine.send(trip.id, AMBULANCE, trip.edges)
                self._sent.add(trip.id)
            if self.windows and now_s >= trip.enters_s - ANNOUNCED_S:
                self._announce(trip, now_s)
            self._account(trip, now_s - self._before_s)
        self._before_s = now_s

    def _account(self, trip: Trip, passed_s: float) -> None:
        """Note where its time went since the step before."""
        pace = engine.pace(trip.id) if trip.id in self._sent else None
        if pace is not None and pace.lamp_m <= _AT_SIGNAL_M:
            self.lost_s["green" if pace.lamp in GREEN else "red"] += pace.lost * passed_s

    def _announce(self, trip: Trip, now_s: float) -> None:
        """Ask each junction whose time has come; thank each that was passed."""
        here = engine.place(trip.id) if trip.id in self._sent else engine.Place(0, 0.0, inside=False)
        for crossing in trip.crossings:
            window = self.windows[crossing.signal]
            id_ = f"{trip.id}, stop line {crossing.index}"
            if here is None or here.edge > crossing.index or (here.edge == crossing.index and here.inside):
                window.passed(id_, now_s)
            else:
                arrives_s = self._arrives_in_s(trip, here, crossing, now_s)
                if arrives_s <= ASKED_S:
                    window.ask(id_, crossing.approach, arrives_s, now_s)

    def _arrives_in_s(self, trip: Trip, here: engine.Place, crossing: Crossing, now_s: float) -> float:
        """Seconds to a stop line at the speed limit."""
        ahead_s = sum(self._drive_s(edge) for edge in trip.edges[here.edge : crossing.index + 1])
        edge_s = self._drive_s(trip.edges[here.edge])
        gone_s = edge_s if here.inside else here.along_m / engine.lane_speed_ms(f"{trip.edges[here.edge]}_0")
        return max(0.0, trip.enters_s - now_s) + ahead_s - gone_s

    def _drive_s(self, edge: str) -> float:
        if edge not in self._seconds:
            lane = f"{edge}_0"
            self._seconds[edge] = engine.lane_length_m(lane) / engine.lane_speed_ms(lane)
        return self._seconds[edge]

    def fates(self) -> Counter[str]:
        """How many requests ended how."""
        return Counter(fate for window in self.windows.values() for fate in window.fates.values())
