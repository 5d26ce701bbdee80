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
from edge.incidents.moves import Directions, Moves, Place
from edge.incidents.on_foot import OnFoot
from edge.incidents.stopped import STANDS_S, Scene, StoppedInLane
from edge.incidents.wrong_way import WrongWay
from edge.parking.places import Now
from edge.parking.seen import Box, Seen

_PERIOD_S = 0.19
"""Five pictures a second are enough to see a way and a stop."""
_LONGEST_STEP_S = 1.0
"""Of a longer gap between pictures only this much counts as having looked."""


class IncidentWatch:
    """Watches the carriageways of one camera."""

    def __init__(self, camera: str, zones: Zones, state: IncidentState | None = None) -> None:
        areas = [zone for zone in zones.zones if isinstance(zone, AreaZone)]
        self._carriageways = [zone for zone in areas if zone.kind == "carriageway"]
        queues = [zone.polygon for zone in areas if zone.kind == "queue"]
        kerbs = [zone.polygon for zone in zones.zones if isinstance(zone, NoParkingZone)]
        self._stopped = [StoppedInLane(zone, queues, kerbs) for zone in self._carriageways]
        self._on_foot = [OnFoot(zone) for zone in self._carriageways]
        self._debris = [Debris(zone) for zone in self._carriageways]
        self._wrong_way = WrongWay(self._carriageways)
        self._ledger = Ledger(camera, {zone.id: zone.polygon for zone in self._carriageways})
        self._state = state
        self._ways: tuple[Moves, Directions] | None = None
        self._now: Now | None = None

    def step(
        self, seen: Sequence[Seen], image: Image, time_s: float, wall: datetime, *, dark: bool = False
    ) -> list[IncidentNotice]:
        """Take one picture and what the tracker saw in it; tell what began and what is over.

        `time_s` never falls (`edge.frame.Frame`); `wall` is the UTC instant of the picture. Pictures that cannot be
        counted from (`edge.condition`) are not to be passed. In the `dark` nothing is said of things on the road.
        """
        last = self._now
        if not self._carriageways or (last is not None and time_s - last.time_s < _PERIOD_S):
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
        for zone, stopped in zip(self._carriageways, self._stopped, strict=True):
            stood = [Box(*one.box) for one in state.incidents if _is_stopped(one.incident, zone)]
            stopped.resume(stood, time_s + RESUMED_S)

    def _sightings(self, now: Now, *, dark: bool) -> list[Sighting]:
        height, width = now.image.shape[:2]
        aspect = width / height
        moving, directions = self._ways = self._ways or (Moves(aspect), Directions(aspect))
        moves = moving.step(now.seen, now.time_s)
        standing = [
            (one.track, Place.of(one.box, aspect))
            for one in now.seen
            if one.vehicle in TRAFFIC and moving.stood_s(one.track, now.time_s) >= STANDS_S
        ]
        scene = Scene(moving, directions, standing, aspect)
        found = self._wrong_way.step(moves, directions, now.time_s)
        directions.learn(moves)
        for stopped, on_foot in zip(self._stopped, self._on_foot, strict=True):
            found += stopped.step(now, scene) + on_foot.step(now, moves, scene)
        return found if dark else found + [one for debris in self._debris for one in debris.step(now)]


def _is_stopped(incident: Incident, zone: AreaZone) -> bool:
    return incident.incident is IncidentKind.STOPPED_VEHICLE and incident.zone == zone.id
