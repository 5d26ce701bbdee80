"""The parking cases of one camera, picture by picture, with both clocks passed in.

    vehicle stops ──▶ candidate ──half the grace──▶ opened ──grace over──▶ updated (confirmed) ──drives off──▶ closed
                         │                            │
                         ╰── drives off: nothing       ╰── drives off: closed, never confirmed

Grace runs only while standing is forbidden. A vehicle in a queue is neither opened nor confirmed while the queue
lives. Durations follow the stream's clock, so that a clock that is set does not make cases; the instants told are UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from contract.zones import NoParkingZone, Zones
from edge.frame import Image
from edge.parking.case import Case, Moment, Notice, ParkingState, Picture, case_id
from edge.parking.evidence import picture
from edge.parking.hours import forbidden
from edge.parking.places import Now, Places
from edge.parking.queue import Queues
from edge.parking.seen import Seen
from edge.parking.spot import Spot, resumed

OPEN_S = 30.0
"""A case opens after half its grace period, at the latest after this many seconds."""

_PERIOD_S = 0.19
"""What stands needs no more than five pictures a second."""

_STANDS_S = 3.0
"""Whoever stands shorter has not parked, even where there is no grace."""

_QUEUE_LIMIT_S = 900.0
"""Whoever stands this long in a living queue blocks it."""

_ASK_S = 1.0
"""Who waits in a queue is asked about it once a second: all that drove past since it came is gone through."""

_START_S = 2.0
"""Vehicles that stand within this time of the first picture stood there before."""

_BETTER_PICTURE_S = 5.0
"""How long a clear view is waited for; an alert is due within 10 s of the end of the grace period."""

_LONGEST_STEP_S = 1.0
"""Of a longer gap between pictures only this much counts as having looked."""


class ParkingWatch:
    """Watches the no-parking zones of one camera; `local_zone` is the time zone of their hours."""

    def __init__(self, camera: str, zones: Zones, local_zone: tzinfo, state: ParkingState | None = None) -> None:
        self._camera = camera
        self._zones = [zone for zone in zones.zones if isinstance(zone, NoParkingZone)]
        self._local_zone = local_zone
        self._places = {zone.id: Places(zone.polygon) for zone in self._zones}
        self._state = state
        self._queues: Queues | None = None
        self._first_s = self._last_s = 0.0

    def step(self, seen: Sequence[Seen], image: Image, time_s: float, wall: datetime) -> list[Notice]:
        """Take one picture and what the tracker saw in it; tell what changed.

        `time_s` never falls (`edge.frame.Frame`); `wall` is the UTC instant of the picture. Pictures that cannot be
        counted from (`edge.condition`) are not to be passed.
        """
        if not self._zones or (self._queues and time_s - self._last_s < _PERIOD_S):
            return []
        queues = self._queues or self._begin(image, time_s, wall)
        queues.step(seen, time_s)
        now = Now(seen, image, time_s, wall, min(max(time_s - self._last_s, 0.0), _LONGEST_STEP_S))
        self._last_s = time_s
        return [notice for zone in self._zones for notice in self._step_zone(zone, queues, now)]

    def finish(self, wall: datetime) -> list[Notice]:
        """The recording is over: close what is open, each with the time it was last seen."""
        spots = [spot for places in self._places.values() for spot in places.spots]
        self._places = {zone.id: Places(zone.polygon) for zone in self._zones}
        return [
            closed for spot in spots for closed in _close(spot, wall - timedelta(seconds=self._last_s - spot.seen_s))
        ]

    def state(self, wall: datetime) -> ParkingState:
        """What a successor needs to go on with the same cases; to be kept whenever `step` tells something."""
        records = (spot.record(self._last_s) for places in self._places.values() for spot in places.spots)
        return ParkingState(saved=wall, cases=tuple(record for record in records if record))

    def _begin(self, image: Image, time_s: float, wall: datetime) -> Queues:
        self._first_s = self._last_s = time_s
        self._queues = Queues(aspect=image.shape[1] / image.shape[0])
        if self._state is not None:
            away_s = max(0.0, (wall - self._state.saved).total_seconds())
            for record in self._state.cases:
                if record.case.zone in self._places:
                    self._places[record.case.zone].spots.append(resumed(record, away_s, time_s))
        return self._queues

    def _step_zone(self, zone: NoParkingZone, queues: Queues, now: Now) -> list[Notice]:
        places = self._places[zone.id]
        for fresh in places.follow(now):
            fresh.before_start = now.time_s - self._first_s <= _START_S
        notices: list[Notice] = []
        banned = forbidden(zone, now.wall.astimezone(self._local_zone))
        staying = []
        for spot in places.spots:
            if spot.left or not banned:
                notices += _close(spot, now.at(spot.seen_s))
                spot.since_s = now.time_s
            else:
                notices += self._advance(spot, zone, queues, now)
            if not spot.left:
                staying.append(spot)
        places.spots = staying
        return notices

    def _advance(self, spot: Spot, zone: NoParkingZone, queues: Queues, now: Now) -> list[Notice]:
        """Open and confirm the case of a vehicle that stands for itself."""
        grace_s = max(zone.grace_s, _STANDS_S)
        open_s = min(max(grace_s / 2, _STANDS_S), OPEN_S)
        opens = spot.case is None and _due(spot, open_s, now)
        confirms = (spot.case is None or spot.case.confirmed is None) and _due(spot, grace_s, now)
        if not (opens or confirms) or spot.vehicle in zone.exempt or _queueing(spot, queues, now):
            return []
        notices = []
        if spot.case is None:
            notices.append(_tell("opened", spot, self._open(spot, zone, now), zone, now))
        if confirms and spot.case is not None:
            confirmed = max(now.at(spot.since_s + grace_s), spot.case.opened)
            case = spot.case.model_copy(update={"confirmed": confirmed, "vehicle": spot.vehicle})
            notices.append(_tell("confirmed", spot, case, zone, now))
        return notices

    def _open(self, spot: Spot, zone: NoParkingZone, now: Now) -> Case:
        opened = now.at(spot.since_s)
        return Case(
            case=case_id(self._camera, zone.id, opened, spot.box),
            zone=zone.id,
            vehicle=spot.vehicle,
            opened=opened,
            since_before_start=spot.before_start,
        )


def _queueing(spot: Spot, queues: Queues, now: Now) -> bool:
    """Whether the vehicle waits in a queue, rather than stands for itself or blocks the queue."""
    if now.time_s - spot.asked_s >= _ASK_S:
        spot.asked_s = now.time_s
        spot.queues = queues.queueing(spot.box, spot.tracks, spot.since_s)
    return spot.queues and now.time_s - spot.since_s <= _QUEUE_LIMIT_S


def _due(spot: Spot, after_s: float, now: Now) -> bool:
    """Whether `after_s` of standing are over and the picture is good, or a good one was waited for long enough.

    Of a vehicle that nobody has seen lately (hidden, or before a restart) nothing is said.
    """
    late_s = now.time_s - spot.since_s - after_s
    if late_s < 0 or now.time_s - spot.seen_s > _BETTER_PICTURE_S:
        return False
    return (spot.matched and spot.clear) or late_s >= _BETTER_PICTURE_S


def _tell(moment: Moment, spot: Spot, case: Case, zone: NoParkingZone, now: Now) -> Notice:
    """A notice with its evidence, which the spot's case remembers."""
    others = [one for one in now.seen if not spot.holds(one.box)]
    taken = Picture(moment, picture(now.image, spot.box, zone.polygon, others))
    spot.case = case.model_copy(update={"evidence": (*case.evidence, taken.sha256)})
    return Notice("opened" if moment == "opened" else "updated", spot.case, taken)


def _close(spot: Spot, seen: datetime) -> list[Notice]:
    """The last notice of a spot's case, if it has one."""
    if spot.case is None:
        return []
    last = spot.case.confirmed or spot.case.opened
    case = spot.case.model_copy(update={"closed": max(seen, last)})
    spot.case = None
    return [Notice("closed", case)]
