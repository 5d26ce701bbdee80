"""A vehicle that stands in its lane, and does not wait: a breakdown or a crash.

    ───────────────────────────────┃ stop line     a  waits: somebody stands ahead of it in line
     [a]  [b]  [c]   queue zone    ┃               c  waits: it stands in a queue zone, or hardly past its end
    ───────────────────────────────┃               d  does not wait: its way is free, and it stands
                [d] ▶ ▶ ▶

Who does not wait is told after `HOLD_S` of standing with a free way; where many stand, only if others went past it.
Who waits is told only when it stands longer than any red is, while others went past it: a jam stands too, but nobody
gets past. Who stands in a no-parking zone is a matter of parking (`edge.parking`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from contract import TRAFFIC, AreaZone, IncidentKind, Polygon
from edge.incidents.incident import Sighting
from edge.incidents.moves import Direction, Directions, Move, Place
from edge.parking.places import Now, Places
from edge.parking.seen import Box, Seen, inside, overlap
from edge.parking.spot import Spot

HOLD_S = 30.0
"""Longer than an angkot takes for a passenger in most cases."""
LONGEST_RED_S = 150.0
"""The longest red of the city's plans, and the seconds to get going (`edge.parking.queue`)."""
_SAME_PLACE = 0.5
"""Intersection over union from which a vehicle stands where one stood before a restart."""
_PASSED = 3
"""Vehicles that must have gone past one that waits for too long."""
STANDS_S = 2.0
_IN_LINE, _BESIDE = 1.2, 5.0
"""Sizes across the way within which another stands in the same line, and passes on the same carriageway."""
_AHEAD = 0.5
"""Sizes along the way from which another is ahead or behind; nearer it may be a second box of the same vehicle."""
_JAM = 3
"""Others that stand on the carriageway; then somebody must have gone past before one is told."""
_REACH = 3.0
"""Sizes along the way that somebody ahead is looked for; seen from a mast, one size is more than one length of road."""
_BY_IT = 4.0
"""Sizes around a vehicle that was told within which others stand because of it, and are not told beside it."""
_PAST_LINE = 2.0
"""Sizes past a queue zone's end at which one still waits: many stop over the line."""
_VIEW, _LATERAL = 1.5, (-0.7, 0.0, 0.7)
"""Sizes ahead that must lie within the carriageway; where it ends, who stands beyond it is not seen."""


@dataclass(slots=True)
class _Watched:
    """What happened around a spot since it stands: seconds with a free way, and who went past."""

    spot: Spot
    free_s: float = 0.0
    behind: set[int] = field(default_factory=set)
    passed: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of a picture and a carriageway beside the boxes."""

    moves: Sequence[Move]
    """Of those on the carriageway."""
    directions: Directions
    standing: Sequence[tuple[int, Place]]
    """Track and place of each vehicle that stands."""
    aspect: float


class StoppedInLane:
    """Watches one carriageway; `queues` are the queue zones of the camera, `kerbs` its no-parking zones."""

    def __init__(self, zone: AreaZone, queues: Sequence[Polygon], kerbs: Sequence[Polygon]) -> None:
        self._zone, self._queues, self._kerbs = zone, queues, kerbs
        self._places = Places(zone.polygon)
        self._watched: dict[int, _Watched] = {}
        self._known: Sequence[Box] = ()
        self._known_until_s = float("-inf")

    def resume(self, known: Sequence[Box], until_s: float) -> None:
        """Vehicles stood in these places when the process ended; who stands there until then is one of them."""
        self._known, self._known_until_s = known, until_s

    def step(self, now: Now, scene: Scene) -> list[Sighting]:
        """Those who stand there and should not, in this picture."""
        self._places.follow(now)
        self._places.spots = [spot for spot in self._places.spots if not spot.left]
        self._watched = {id(spot): self._watched.get(id(spot), _Watched(spot)) for spot in self._places.spots}
        return [self._sighting(one.spot) for one in self._watched.values() if self._is_incident(one, now, scene)]

    def _sighting(self, spot: Spot) -> Sighting:
        return Sighting(
            kind=IncidentKind.STOPPED_VEHICLE,
            zone=self._zone.id,
            box=spot.box,
            since_s=spot.since_s,
            vehicle=spot.vehicle,
            fixed=True,
            seen_s=spot.seen_s,
        )

    def _is_incident(self, one: _Watched, now: Now, scene: Scene) -> bool:
        spot = one.spot
        stood_s = now.time_s - spot.since_s
        # The pixels alone may vouch for a vehicle that was told, but not tell one: a patch may have become the road's.
        if spot.told or stood_s < STANDS_S or not spot.matched:
            return spot.told
        known = self._known if now.time_s <= self._known_until_s else ()
        if any(overlap(box, spot.box) >= _SAME_PLACE for box in known):
            spot.told = True
            return True
        if any(inside(kerb, spot.box.foot) for kerb in self._kerbs):
            return False
        here = Place.of(spot.box, scene.aspect)
        way = scene.directions.around(here)
        if way is None:
            return False
        _note_passing(one, here, way, now.seen, scene)
        if self._stands_by_another(here, scene.aspect):
            return False
        passed = len(one.passed) >= _PASSED
        waits = self._waits(spot, here, way, scene) or (self._is_jammed(spot, scene) and not passed)
        one.free_s = 0.0 if waits else one.free_s + now.elapsed_s
        overdue = stood_s >= LONGEST_RED_S and passed
        spot.told = one.free_s >= HOLD_S or overdue
        return spot.told

    def _stands_by_another(self, here: Place, aspect: float) -> bool:
        """Whether a vehicle that was told stands near: this one is held up by it, or belongs to it."""
        told = [Place.of(other.box, aspect) for other in self._places.spots if other.told]
        return any(
            max(abs(place.x - here.x), abs(place.y - here.y)) <= _BY_IT * max(place.size, here.size) for place in told
        )

    def _is_jammed(self, spot: Spot, scene: Scene) -> bool:
        """Whether so many stand on the carriageway that who stands ahead may only be hidden, or not recognised."""
        others = [
            place
            for track, place in scene.standing
            if track not in spot.tracks and inside(self._zone.polygon, (place.x / scene.aspect, place.y))
        ]
        return len(others) >= _JAM

    def _waits(self, spot: Spot, here: Place, way: Direction, scene: Scene) -> bool:
        """Whether there is a reason ahead to stand: somebody, a queue zone, or the end of what can be seen."""
        past = _along(here, way, -_PAST_LINE * here.size, 0.0, scene.aspect)
        if any(inside(queue, spot.box.foot) or inside(queue, past) for queue in self._queues):
            return True
        ahead = [_along(here, way, _VIEW * here.size, side * here.size, scene.aspect) for side in _LATERAL]
        if not any(inside(self._zone.polygon, point) for point in ahead):
            return True
        return any(
            _AHEAD * here.size < forward <= _REACH * here.size and abs(across) <= _IN_LINE * here.size
            for track, place in scene.standing
            if track not in spot.tracks
            for forward, across in (_beside(here, way, place),)
        )


def _note_passing(one: _Watched, here: Place, way: Direction, seen: Sequence[Seen], scene: Scene) -> None:
    """Who was behind the spot, and who of them is now ahead of it."""
    for other in seen:
        if other.track in one.spot.tracks or other.track in one.passed or other.vehicle not in TRAFFIC:
            continue
        forward, across = _beside(here, way, Place.of(other.box, scene.aspect))
        if abs(across) > _BESIDE * here.size:
            continue
        if forward < -_AHEAD * here.size:
            one.behind.add(other.track)
        elif forward > _AHEAD * here.size and other.track in one.behind:
            one.passed.add(other.track)


def _beside(here: Place, way: Direction, there: Place) -> tuple[float, float]:
    """How far `there` is ahead of `here`, and to the side of it, in picture heights."""
    dx, dy = there.x - here.x, there.y - here.y
    return dx * way[0] + dy * way[1], dy * way[0] - dx * way[1]


def _along(here: Place, way: Direction, forward: float, across: float, aspect: float) -> tuple[float, float]:
    """A point beside `here`, in normalised coordinates."""
    x = here.x + forward * way[0] - across * way[1]
    y = here.y + forward * way[1] + across * way[0]
    return x / aspect, y
