"""Somebody drives against the way that traffic goes there: over several lengths and some time, not by a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from contract import TRAFFIC, AreaZone, IncidentKind
from edge.incidents.incident import Sighting
from edge.incidents.moves import Directions, Move
from edge.parking.seen import Box

_AGAINST, _WITH = -0.7, 0.3
"""Cosine of the angle to the usual way: 135 degrees and more off it, and less than 72."""
_SIZES, _SECONDS, _PLACES = 4.0, 1.0, 2
"""Of its own sizes it must have driven so many, in so many seconds, through so many cells of the picture."""
_GONE_S = 3.0


@dataclass(slots=True)
class _Against:
    """How far one track went against the others."""

    since_s: float
    seen_s: float
    box: Box
    sizes: float = 0.0
    places: set[tuple[int, int]] = field(default_factory=set)

    def is_sure(self, time_s: float) -> bool:
        """Whether that was no step aside."""
        return self.sizes >= _SIZES and len(self.places) >= _PLACES and time_s - self.since_s >= _SECONDS


class WrongWay:
    """Watches one carriageway; what is usual there is to be learned from these steps after they were judged."""

    def __init__(self, zone: AreaZone) -> None:
        self._zone = zone
        self._against: dict[int, _Against] = {}

    def step(self, moves: Sequence[Move], directions: Directions, time_s: float) -> list[Sighting]:
        """Those who drive the wrong way in this picture."""
        found = []
        for move in moves:
            if move.seen.vehicle not in TRAFFIC:
                continue
            one = self._judge(move, directions, time_s)
            if one is not None and one.is_sure(time_s):
                vehicle = move.seen.vehicle
                found.append(Sighting(IncidentKind.WRONG_WAY, self._zone.id, one.box, one.since_s, vehicle))
        self._against = {key: kept for key, kept in self._against.items() if time_s - kept.seen_s < _GONE_S}
        return found

    def _judge(self, move: Move, directions: Directions, time_s: float) -> _Against | None:
        """Add a step to what is known of its track; None when it goes with the others."""
        usual = directions.around(move.end)
        if usual is None:
            return None
        along = move.way[0] * usual[0] + move.way[1] * usual[1]
        if along > _WITH:
            self._against.pop(move.seen.track, None)
        if along > _AGAINST:
            return None
        fresh = _Against(move.since_s, time_s, move.seen.box)
        one = self._against.setdefault(move.seen.track, fresh)
        one.sizes += move.sizes
        one.places.add(directions.cell(move.end))
        one.seen_s, one.box = time_s, move.seen.box
        return one
