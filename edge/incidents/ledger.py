"""One incident, one id: sightings of the same thing belong together, through gaps, new track numbers and restarts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contract import IncidentKind, Polygon
from edge.incidents.incident import Incident, IncidentNotice, IncidentState, OpenIncident, Sighting, incident_id
from edge.parking.case import Picture
from edge.parking.evidence import picture
from edge.parking.places import Now
from edge.parking.seen import Box, Seen, overlap

GONE_S = {
    IncidentKind.WRONG_WAY: 8.0,
    IncidentKind.STOPPED_VEHICLE: 60.0,
    IncidentKind.PERSON_ON_ROAD: 15.0,
    IncidentKind.OBJECT_ON_ROAD: 15.0,
}
"""An incident that was not sighted for so long is over; it ended when it was last sighted. A crowd may hide a vehicle
that broke down, and its rule then holds off anew."""
RESUMED_S = 60.0
"""After a restart every rule holds off anew before it can sight anything again."""
_NEAR = 1.5
"""Sizes, each way, within which two sightings of something that stays are of the same thing."""
_SAME = 0.3
"""Intersection over union from which a box is that of the incident itself."""


@dataclass(slots=True)
class _Open:
    incident: Incident
    box: Box
    seen_s: float
    until_s: float


class Ledger:
    """The open incidents of one camera; `polygons` are those of its carriageways."""

    def __init__(self, camera: str, polygons: dict[str, Polygon]) -> None:
        self._camera = camera
        self._polygons = polygons
        self._open: list[_Open] = []

    def resume(self, state: IncidentState, time_s: float) -> None:
        """Take up what a predecessor left, at the very beginning."""
        for one in state.incidents:
            if one.incident.zone in self._polygons:
                self._open.append(_Open(one.incident, Box(*one.box), time_s, time_s + RESUMED_S))

    def step(self, sightings: Iterable[Sighting], now: Now) -> list[IncidentNotice]:
        """Take what was sighted in one picture; tell what began and what is over."""
        notices = []
        for one in sightings:
            known = next((entry for entry in self._open if _same(entry, one)), None)
            if known is None:
                known = _Open(self._opened(one, now), one.box, now.time_s, 0.0)
                notices.append(self._tell(known, one, now))
                self._open.append(known)
            known.box, known.until_s = one.box, now.time_s + GONE_S[one.kind]
            known.seen_s = now.time_s if one.seen_s is None else one.seen_s
        over = [entry for entry in self._open if now.time_s > entry.until_s]
        self._open = [entry for entry in self._open if now.time_s <= entry.until_s]
        return notices + [_closed(entry, now) for entry in over]

    def finish(self, now: Now) -> list[IncidentNotice]:
        """The recording is over."""
        entries, self._open = self._open, []
        return [_closed(entry, now) for entry in entries]

    def state(self, now: Now) -> IncidentState:
        """What a successor needs to go on with the same incidents."""
        entries = tuple(OpenIncident(incident=entry.incident, box=entry.box) for entry in self._open)
        return IncidentState(saved=now.wall, incidents=entries)

    def _opened(self, one: Sighting, now: Now) -> Incident:
        opened = now.at(one.since_s)
        case = incident_id(self._camera, one.kind, one.zone, opened, one.box)
        return Incident(case=case, incident=one.kind, zone=one.zone, vehicle=one.vehicle, opened=opened)

    def _tell(self, entry: _Open, one: Sighting, now: Now) -> IncidentNotice:
        """The first word of an incident, with its picture."""
        taken = Picture("opened", picture(now.image, one.box, self._polygons[one.zone], _others(one.box, now.seen)))
        entry.incident = entry.incident.model_copy(update={"evidence": (taken.sha256,)})
        return IncidentNotice("opened", entry.incident, taken)


def _same(entry: _Open, one: Sighting) -> bool:
    if (entry.incident.incident, entry.incident.zone) != (one.kind, one.zone):
        return False
    return not one.fixed or _is_near(entry.box, one.box)


def _is_near(box: Box, other: Box) -> bool:
    (x0, y0), (x1, y1) = box.foot, other.foot
    width, height = max(box.x1 - box.x0, other.x1 - other.x0), max(box.y1 - box.y0, other.y1 - other.y0)
    return abs(x0 - x1) <= _NEAR * width and abs(y0 - y1) <= _NEAR * height


def _others(box: Box, seen: Sequence[Seen]) -> list[Seen]:
    """Everybody but the one in `box`."""
    return [one for one in seen if overlap(one.box, box) < _SAME]


def _closed(entry: _Open, now: Now) -> IncidentNotice:
    return IncidentNotice("closed", entry.incident.ended(now.at(entry.seen_s)))
