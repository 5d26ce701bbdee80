"""People on a carriageway for longer than it takes to cross it, who neither ride nor walk among a queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contract import AreaZone, IncidentKind, VehicleClass
from edge.incidents.incident import Sighting
from edge.incidents.moves import Place
from edge.incidents.stopped import Scene
from edge.parking.places import Now
from edge.parking.seen import Seen, covered, inside

HOLD_S = 10.0
"""A carriageway of three lanes is crossed in eight seconds (1.2 m/s, the walking pace of PKJI)."""
_LAPSE_S = 2.0
_RIDES = 0.3
"""Share of a person's box under a vehicle's from which the person rides it, or sits in it."""
_FAST = 4.0
"""Sizes a second: nobody walks so fast, so it is a rider whose machine was not seen."""
_AMONG, _QUEUE = 4.0, 2
"""Sizes around a person within which so many standing vehicles make a queue: sellers and buskers walk there."""


@dataclass(slots=True)
class _Walker:
    since_s: float
    seen_s: float


class OnFoot:
    """Watches one carriageway."""

    def __init__(self, zone: AreaZone) -> None:
        self._zone = zone
        self._walkers: dict[int, _Walker] = {}

    def step(self, now: Now, scene: Scene) -> list[Sighting]:
        """Those who have been there for too long; the one who was there first speaks for all."""
        fast = {
            move.seen.track
            for move in scene.moves
            if move.sizes > _FAST * max(now.time_s - move.since_s, now.elapsed_s, 0.1)
        }
        for one in now.seen:
            if one.track in fast:
                self._walkers.pop(one.track, None)
            elif one.vehicle is VehicleClass.PERSON and self._walks(one, now.seen, scene):
                self._walkers.setdefault(one.track, _Walker(now.time_s, now.time_s)).seen_s = now.time_s
        self._walkers = {key: kept for key, kept in self._walkers.items() if now.time_s - kept.seen_s <= _LAPSE_S}
        here = [one for one in now.seen if self._stays(one.track, now.time_s)]
        if not here:
            return []
        first = min(here, key=lambda one: self._walkers[one.track].since_s)
        since_s = self._walkers[first.track].since_s
        return [Sighting(IncidentKind.PERSON_ON_ROAD, self._zone.id, first.box, since_s, VehicleClass.PERSON)]

    def _stays(self, track: int, time_s: float) -> bool:
        walker = self._walkers.get(track)
        return walker is not None and walker.seen_s == time_s and time_s - walker.since_s >= HOLD_S

    def _walks(self, one: Seen, seen: Sequence[Seen], scene: Scene) -> bool:
        if not inside(self._zone.polygon, one.box.foot):
            return False
        if any(other.vehicle is not VehicleClass.PERSON and covered(one.box, other.box) > _RIDES for other in seen):
            return False
        here = Place.of(one.box, scene.aspect)
        around = [
            place
            for _, place in scene.standing
            if max(abs(place.x - here.x), abs(place.y - here.y)) <= _AMONG * max(place.size, here.size)
        ]
        return len(around) < _QUEUE
