"""What the cameras of a SUMO junction would report: no more than design.md grants, with a detector's errors.

Seen are vehicles within reach of a stop line, people at a crossing, jammed exits, and who stands inside. Whither a
vehicle will turn is not.
With an error e, each vehicle is missed in a share e of all looks, and as often one that is not there is reported.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from signal_bridge.control.junction import GREEN, Seen, View
from twin.sumo import engine
from twin.sumo.engine import Driver
from twin.sumo.network import Signal, Stretch, edge_of

REACH_M = 100.0
_EXIT_M, _VEHICLE_M, _SLOW_MS = 40.0, 7.5, 2.0
"""An exit is watched over so many metres; a queued vehicle takes this much of it."""


@dataclass(slots=True)
class Cameras:
    """The cameras of one junction."""

    signal: Signal
    error: float
    random: random.Random
    _before: dict[str, set[str]] = field(default_factory=dict)

    def look(self, time_s: float, lamps: str) -> View:
        """The view now, while the lamps show `lamps`."""
        lanes, departed = {}, {}
        for lane, stretches in self.signal.stretches.items():
            if lane.startswith(":"):
                lanes[lane] = self._waiting_to_cross(lane)
                continue
            there = [engine.drivers(stretch.lane) for stretch in stretches]
            lanes[lane] = self._approaching(stretches, there)
            departed[lane] = self._departed(lane, there[0])
        return View(
            time_s,
            lanes=lanes,
            departed=departed,
            room=self._room(),
            stranded=self._stranded(lamps),
        )

    def _approaching(self, stretches: tuple[Stretch, ...], there: Sequence[Sequence[Driver]]) -> tuple[Seen, ...]:
        """Who comes; `there` are the drivers on each stretch, the one at the stop line first."""
        seen = []
        for stretch, drivers in zip(stretches, there, strict=True):
            for driver in drivers:
                ahead_m = stretch.behind_m + stretch.length_m - driver.front_m
                if ahead_m <= REACH_M and _comes(driver.id, stretches[0].lane, stretch.share):
                    seen += [Seen(ahead_m, driver.speed_ms)] * self._reports()
        return tuple(sorted(seen))

    def _waiting_to_cross(self, lane: str) -> tuple[Seen, ...]:
        """Pedestrians at the kerb, as vehicles that stand at the stop line."""
        crossings = frozenset(edge_of(one.exit) for one in self.signal.junction.streams if one.lane == lane)
        people = engine.walkers(edge_of(lane), crossings)
        return tuple(Seen(1.0, 0.0) for _ in range(people) for _ in range(self._reports()))

    def _reports(self) -> int:
        """How often one vehicle is reported in one look: once, but for errors."""
        if not self.error:
            return 1
        drawn = self.random.random()
        return 0 if drawn < self.error else 2 if drawn < 2 * self.error else 1

    def _departed(self, lane: str, there: Sequence[Driver]) -> int:
        now = {driver.id for driver in there}
        gone = len(self._before.get(lane, set()) - now)
        self._before[lane] = now
        return gone

    def _room(self) -> dict[str, float]:
        room = {}
        for exit_ in {stream.exit for stream in self.signal.junction.streams}:
            there = engine.drivers(exit_)
            jam_m = min((one.rear_m for one in there if one.speed_ms < _SLOW_MS), default=_EXIT_M)
            if jam_m < _EXIT_M:
                coming = sum(one.rear_m < jam_m for one in there)
                room[exit_] = max(0.0, jam_m / _VEHICLE_M - coming - 0.5)
        return room

    def _stranded(self, lamps: str) -> int:
        """Vehicles inside the junction whose own stream is no longer green."""
        flowing = {
            (edge_of(stream.lane), edge_of(stream.exit))
            for stream, lamp in zip(self.signal.junction.streams, lamps, strict=False)
            if lamp in GREEN
        }
        return sum(way not in flowing for edge in self.signal.inside for way in engine.ways_through(edge))


def _comes(vehicle: str, lane: str, share: float) -> bool:
    """Whether a vehicle upstream is taken to come to `lane`: of k lanes ahead each is given one in k of them."""
    return share > 0.999 or zlib.crc32(f"{vehicle}{lane}".encode()) % 1000 < 1000 * share
