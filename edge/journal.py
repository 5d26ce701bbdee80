"""What happened in a recording: parking cases, incidents and its camera's troubles, one line of events.jsonl each.

Times are seconds since the recording began. A parking case that never outlasted its grace has no `confirmed_s`. What
is still open when the recording ends is closed: cases and incidents when they were last seen, trouble at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from time import perf_counter

from contract import CameraCondition, NoParkingZone, Zones
from edge.condition import COUNTABLE
from edge.frame import Frame
from edge.incidents import Incident, IncidentNotice, IncidentWatch
from edge.parking import Case, Notice, ParkingWatch, located
from edge.tracking import Track

_ALWAYS: dict[str, tuple[()]] = {"hours": (), "days": ()}

_Event = dict[str, str | float | bool | None]


@dataclass(slots=True)
class _Trouble:
    condition: CameraCondition
    opened_s: float
    closed_s: float


class Journal:
    """Watches one recording for events; it began at `began`.

    A recording does not say at what hour it was made, so standing is forbidden all through it, whatever hours and
    days its zones have.
    """

    def __init__(self, zones: Zones, began: datetime) -> None:
        always = tuple(
            zone.model_copy(update=_ALWAYS) if isinstance(zone, NoParkingZone) else zone for zone in zones.zones
        )
        self._zones = zones.model_copy(update={"zones": always})
        self._watch = ParkingWatch("replay", self._zones, UTC)
        self._incident_watch = IncidentWatch("replay", zones)
        self._began = self._wall = began
        self._cases: dict[str, Case] = {}
        self._incidents: dict[str, Incident] = {}
        self._troubles: list[_Trouble] = []
        self._condition = CameraCondition.OK
        self.seconds = 0.0
        """Time spent on parking and incidents."""

    def step(self, frame: Frame, tracks: Iterable[Track], condition: CameraCondition) -> None:
        """Take one picture, what the tracker saw in it, and what it is worth."""
        self._note_condition(condition, (frame.wall - self._began).total_seconds())
        self._wall = frame.wall
        if condition in COUNTABLE:
            begun = perf_counter()
            seen, dark = located(tracks, frame.image), condition is CameraCondition.NIGHT
            self._note_parking(self._watch.step(seen, frame.image, frame.time_s, frame.wall))
            occurred = self._incident_watch.step(seen, frame.image, frame.time_s, frame.wall, dark=dark)
            self._note_incidents(occurred)
            self.seconds += perf_counter() - begun

    def finish(self) -> None:
        """The recording is over."""
        self._note_parking(self._watch.finish(self._wall))
        self._note_incidents(self._incident_watch.finish())

    def cases(self) -> dict[str, dict[str, int]]:
        """Confirmed cases by no-parking zone, as summary.json has them: `{zone: {"cases": n}}`."""
        places = [case.zone for case in self._cases.values() if case.confirmed is not None]
        zones = [zone.id for zone in self._zones.zones if isinstance(zone, NoParkingZone)]
        return {zone: {"cases": places.count(zone)} for zone in zones}

    def lines(self) -> list[str]:
        """JSON objects, one an event, in the order in which they began."""
        began = [(case.opened, self._parking_event(case)) for case in self._cases.values()]
        began += [(one.opened, self._incident_event(one)) for one in self._incidents.values()]
        began += [(self._began + timedelta(seconds=one.opened_s), _camera_event(one)) for one in self._troubles]
        return [json.dumps(event) for _, event in sorted(began, key=itemgetter(0))]

    def _note_parking(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            self._cases[notice.case.case] = notice.case

    def _note_incidents(self, notices: Iterable[IncidentNotice]) -> None:
        for notice in notices:
            self._incidents[notice.incident.case] = notice.incident

    def _note_condition(self, condition: CameraCondition, time_s: float) -> None:
        if self._condition not in COUNTABLE:
            self._troubles[-1].closed_s = time_s
        if condition is not self._condition and condition not in COUNTABLE:
            self._troubles.append(_Trouble(condition, time_s, time_s))
        self._condition = condition

    def _parking_event(self, case: Case) -> _Event:
        return {
            "kind": "parking",
            "case": case.case,
            "zone": case.zone,
            "class": case.vehicle,
            "opened_s": self._seconds(case.opened),
            "confirmed_s": self._seconds(case.confirmed),
            "closed_s": self._seconds(case.closed),
            "since_before_start": case.since_before_start,
        }

    def _incident_event(self, one: Incident) -> _Event:
        return {
            "kind": "incident",
            "case": one.case,
            "incident": one.incident,
            "zone": one.zone,
            "class": one.vehicle,
            "opened_s": self._seconds(one.opened),
            "closed_s": self._seconds(one.closed),
        }

    def _seconds(self, instant: datetime | None) -> float | None:
        return None if instant is None else round((instant - self._began).total_seconds(), 3)


def _camera_event(trouble: _Trouble) -> _Event:
    return {
        "kind": "camera",
        "condition": trouble.condition,
        "opened_s": round(trouble.opened_s, 3),
        "closed_s": round(trouble.closed_s, 3),
    }
