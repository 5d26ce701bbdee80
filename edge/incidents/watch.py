"""The incident candidates of one camera, picture by picture, with both clocks passed in.

Watched are the zones of kind `carriageway`; without one, nothing is an incident. The rules sight, the ledger makes of
their sightings incidents with one id each. Nothing here is a fact: an operator looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from contract import TRAFFIC, AreaZone, IncidentKind, NoParkingZone, Zones
from edge.frame import Image
from edge.incidents.debris import Debris
from edge.incidents.incident import Incident, IncidentNotice, IncidentState, Sighting
from edge.incidents.ledger import RESUMED_S, Ledger
from edge.incidents.moves import Directions, Move, Moves, Place
from edge.incidents.on_foot import OnFoot
from edge.incidents.stopped import STANDS_S, Scene, StoppedInLane
from edge.incidents.wrong_way import WrongWay
from edge.parking.places import Now
from edge.parking.seen import Box, Seen, inside

_PERIOD_S = 0.19
"""Five pictures a second are enough to see a way and a stop."""
_LONGEST_STEP_S = 1.0
"""Of a longer gap between pictures only this much counts as having looked."""


class _Road:
    """One carriageway and the rules that watch it."""

    def __init__(self, zone: AreaZone, zones: Zones) -> None:
        areas = [one for one in zones.zones if isinstance(one, AreaZone)]
        queues = [one.polygon for one in areas if one.kind == "queue"]
        kerbs = [one.polygon for one in zones.zones if isinstance(one, NoParkingZone)]
        self.zone = zone
        self.stopped = StoppedInLane(zone, queues, kerbs)
        self._on_foot = OnFoot(zone)
        self._debris = Debris(zone, queues)
        self._wrong_way = WrongWay(zone)
        self._directions: Directions | None = None

    def sightings(
        self, now: Now, moves: Sequence[Move], standing: Sequence[tuple[int, Place]], aspect: float, *, dark: bool
    ) -> list[Sighting]:
        """What all rules see in this picture."""
        directions = self._directions = self._directions or Directions(aspect)
        here = [move for move in moves if inside(self.zone.polygon, move.seen.box.foot)]
        scene = Scene(here, directions, standing, aspect)
        found = self._wrong_way.step(here, directions, now.time_s)
        directions.learn(here)
        found += self.stopped.step(now, scene) + self._on_foot.step(now, scene)
        return found if dark else found + self._debris.step(now)


class IncidentWatch:
    """Watches the carriageways of one camera."""

    def __init__(self, camera: str, zones: Zones, state: IncidentState | None = None) -> None:
        carriageways = [one for one in zones.zones if isinstance(one, AreaZone) and one.kind == "carriageway"]
        self._roads = [_Road(zone, zones) for zone in carriageways]
        self._ledger = Ledger(camera, {zone.id: zone.polygon for zone in carriageways})
        self._state = state
        self._moves: Moves | None = None
        self._now: Now | None = None

    def step(
        self, seen: Sequence[Seen], image: Image, time_s: float, wall: datetime, *, dark: bool = False
    ) -> list[IncidentNotice]:
        """Take one picture and what the tracker saw in it; tell what began and what is over.

        `time_s` never falls (`edge.frame.Frame`); `wall` is the UTC instant of the picture. Pictures that cannot be
        counted from (`edge.condition`) are not to be passed. In the `dark` nothing is said of things on the road.
        """
        last = self._now
        if not self._roads or (last is not None and time_s - last.time_s < _PERIOD_S):
            return []
        elapsed_s = 0.0 if last is None else min(time_s - last.time_s, _LONGEST_STEP_S)
        self._now = now = Now(seen, image, time_s, wall, elapsed_s)
        if last is None and self._state is not None:
            self._resume(self._state, time_s)
        return self._ledger.step(self._sightings(now, dark=dark), now)

    def finish(self) -> list[IncidentNotice]:
        """The recording is over: what is open ends when it was last seen."""
        return [] if self._now is None else self._ledger.finish(self._now)

    def state(self) -> IncidentState | None:
        """What a successor needs; to be kept whenever `step` tells something. None before the first picture."""
        return None if self._now is None else self._ledger.state(self._now)

    def _resume(self, state: IncidentState, time_s: float) -> None:
        self._ledger.resume(state, time_s)
        for road in self._roads:
            stood = [Box(*one.box) for one in state.incidents if _is_stopped(one.incident, road.zone)]
            road.stopped.resume(stood, time_s + RESUMED_S)

    def _sightings(self, now: Now, *, dark: bool) -> list[Sighting]:
        height, width = now.image.shape[:2]
        aspect = width / height
        self._moves = following = self._moves or Moves(aspect)
        moves = following.step(now.seen, now.time_s)
        standing = [
            (one.track, Place.of(one.box, aspect))
            for one in now.seen
            if one.vehicle in TRAFFIC and following.stood_s(one.track, now.time_s) >= STANDS_S
        ]
        return [one for road in self._roads for one in road.sightings(now, moves, standing, aspect, dark=dark)]


def _is_stopped(incident: Incident, zone: AreaZone) -> bool:
    return incident.incident is IncidentKind.STOPPED_VEHICLE and incident.zone == zone.id
