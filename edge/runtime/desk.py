"""Where the cameras hand in what they saw and the outbox gets it: the one place that several threads write to.

Whatever must not come apart goes into the outbox in one transaction: an observation and the interval that runs on, a
parking event and the cases that stay open, a camera's trouble and that it is open.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from pydantic import ValidationError

from contract import CameraCondition, Evidence, Observation, Zones
from contract.messages import Kept
from edge.aggregation import Closed, Intervals, Sight
from edge.aggregation.intervals import Plan
from edge.counting import Crossing, Movement
from edge.detection import Detections
from edge.frame import Frame
from edge.incidents import IncidentNotice, IncidentState
from edge.outbox import Outbox
from edge.parking import Case, Notice, ParkingState
from edge.recording.recorder import Recorder
from edge.runtime.trouble import Told, Troubles
from edge.tracking import Track

log = logging.getLogger(__name__)

_NOTE_EVERY = timedelta(seconds=5)
"""How often the running intervals are written down: so much counting a kill -9 may cost."""
_INTERVALS = "intervals"


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one picture brought."""

    frame: Frame
    sight: Sight
    crossings: Sequence[Crossing]
    movements: Sequence[Movement] = ()
    tracks: Sequence[Track] = ()
    sighted: Detections | None = None
    """Everybody in the picture (`edge.pipeline.Pipeline.sighted`)."""


Onlooker = Callable[[str, Frame, Sequence[Track]], None]
"""Somebody who may look over the shoulder, as the unit's page does: camera, picture, and the tracks in it."""


class Desk:
    """One unit's desk."""

    def __init__(
        self, outbox: Outbox, boot_id: str, plan: Plan, interval_s: int, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._outbox = outbox
        self._boot_id = boot_id
        self._clock = clock
        self._lock = threading.Lock()
        now = clock()
        self._intervals = Intervals(plan, interval_s, now)
        left = outbox.noted(_INTERVALS)
        if left is not None:
            self._intervals.resume(left)
        self._noted = now
        self._troubles: dict[str, Troubles] = {}
        self.onlooker: Onlooker | None = None
        self.recorder: Recorder | None = None

    def looked(self, camera: str, seen: Seen) -> None:
        """A picture was looked at."""
        frame = seen.frame
        with self._lock:
            self._intervals.look(camera, frame.wall, seen.sight)
            for one in seen.crossings:
                instant = _instant(frame, one.time_s)
                self._intervals.cross(camera, instant, one.line, one.direction, one.vehicle)
            self._turn(camera, frame, seen.movements)
            self._judge(camera, seen.sight.condition, frame.wall)
        if self.recorder is not None:
            self.recorder.look(camera, frame, seen.sighted)
        if self.onlooker is not None:
            self.onlooker(camera, frame, seen.tracks)

    def turned(self, camera: str, frame: Frame, movements: Sequence[Movement]) -> None:
        """The camera's worker ends with `frame`; these movements were still untold."""
        with self._lock:
            self._turn(camera, frame, movements)

    def lost(self, camera: str) -> None:
        """There is no picture to look at."""
        with self._lock:
            self._judge(camera, CameraCondition.LOST, self._clock())

    def parked(self, camera: str, notices: Sequence[Notice], state: ParkingState) -> None:
        """Something is to be told of parking cases; `state` is what the watch would need after a restart."""
        self._tell_cases(camera, notices, {_parking(camera): state.model_dump_json().encode()})

    def occurred(self, camera: str, notices: Sequence[IncidentNotice], state: IncidentState) -> None:
        """Something is to be told of incidents; `state` is what the watch would need after a restart."""
        self._tell_cases(camera, notices, {_incidents(camera): state.model_dump_json().encode()})

    def parking_state(self, camera: str, zones: Zones) -> ParkingState | None:
        """What the camera's last watch left; what cannot be read is nothing.

        A case whose zone was taken away is closed here: nobody watches it any more.
        """
        left = self._outbox.noted(_parking(camera))
        try:
            state = None if left is None else ParkingState.model_validate_json(left)
        except ValidationError:
            return None
        known = {zone.id for zone in zones.zones}
        orphans = [one for one in state.cases if one.case.zone not in known] if state is not None else []
        if state is None or not orphans:
            return state
        state = state.model_copy(update={"cases": tuple(one for one in state.cases if one not in orphans)})
        self.parked(camera, [_closed(one.case, self._clock()) for one in orphans], state)
        return state

    def incident_state(self, camera: str, zones: Zones) -> IncidentState | None:
        """What the camera's last watch left of incidents; one whose zone was taken away is closed here."""
        left = self._outbox.noted(_incidents(camera))
        try:
            state = None if left is None else IncidentState.model_validate_json(left)
        except ValidationError:
            return None
        known = {zone.id for zone in zones.zones}
        orphans = [one.incident for one in state.incidents if one.incident.zone not in known] if state else []
        if state is None or not orphans:
            return state
        state = state.model_copy(
            update={"incidents": tuple(one for one in state.incidents if one.incident.zone in known)}
        )
        now = self._clock()
        self.occurred(camera, [IncidentNotice("closed", one.ended(now)) for one in orphans], state)
        return state

    def removed(self, camera: str) -> None:
        """The camera was taken out of the configuration: what is open of it is closed."""
        self.parking_state(camera, Zones())
        self.incident_state(camera, Zones())
        now = self._clock()
        with self._lock:
            told = self._troubles_of(camera).give_up(now)
            if told is not None:
                self._tell_trouble(camera, told)

    def tick(self) -> None:
        """Time passes: tell the intervals that are over, and write down those that run."""
        now = self._clock()
        with self._lock:
            closed = self._intervals.due(now)
            if closed:
                self._tell(closed)
                self._noted = now
            elif self._intervals.changed and abs(now - self._noted) >= _NOTE_EVERY:
                self._outbox.note({_INTERVALS: self._intervals.record()})
                self._noted = now

    def next_boundary(self) -> datetime:
        """When the next interval begins."""
        with self._lock:
            return self._intervals.next_boundary(self._clock())

    def replan(self, plan: Plan, interval_s: int, from_: datetime) -> None:
        """Count by another plan in intervals that begin at `from_` or later."""
        with self._lock:
            self._intervals.replan(plan, interval_s, from_)

    def finish(self) -> None:
        """The cameras have stopped: tell what is open as the part that it is."""
        with self._lock:
            self._tell(self._intervals.finish(self._clock()))

    def _tell(self, closed: Sequence[Closed]) -> None:
        drafts = [partial(_observation, one, self._boot_id) for one in closed]
        self._outbox.append(drafts, {_INTERVALS: self._intervals.record()})
        for one in closed:
            log.info("%s: %s; %d messages wait", one.end.isoformat(timespec="seconds"), one, self._outbox.depth)

    def _judge(self, camera: str, condition: CameraCondition, now: datetime) -> None:
        told = self._troubles_of(camera).step(condition, now)
        if told is not None:
            self._tell_trouble(camera, told)

    def _troubles_of(self, camera: str) -> Troubles:
        if camera not in self._troubles:
            self._troubles[camera] = Troubles(camera, self._outbox.noted(_trouble(camera)))
        return self._troubles[camera]

    def _tell_trouble(self, camera: str, told: Told) -> None:
        draft = partial(_camera_event, told, camera, self._boot_id, self._clock())
        self._outbox.append([draft], {_trouble(camera): self._troubles[camera].record()})

    def _turn(self, camera: str, frame: Frame, movements: Sequence[Movement]) -> None:
        for way in movements:
            instant = _instant(frame, way.time_s)
            self._intervals.turn(camera, instant, way.origin, way.destination, way.vehicle)

    def _tell_cases(self, camera: str, notices: Sequence[Notice | IncidentNotice], notes: Mapping[str, bytes]) -> None:
        now = self._clock()
        events = [partial(_event, notice, camera, self._boot_id, now) for notice in notices]
        shown = [notice for notice in notices if notice.picture is not None]
        pictures = [partial(_evidence, notice, camera, self._boot_id, now) for notice in shown]
        self._outbox.append(events, notes, pictures)
        if self.recorder is not None:
            for notice in notices:
                if notice.phase == "opened":
                    begun = notice.case if isinstance(notice, Notice) else notice.incident
                    self.recorder.pin(camera, begun.case, begun.opened)


def _closed(case: Case, now: datetime) -> Notice:
    """The end of a case that nobody watches any more."""
    last = case.confirmed or case.opened
    return Notice("closed", case.model_copy(update={"closed": max(now, last)}))


def _instant(frame: Frame, time_s: float) -> datetime:
    """The wall clock at an earlier time of the stream."""
    return frame.wall - timedelta(seconds=frame.time_s - time_s)


def _parking(camera: str) -> str:
    return f"parking/{camera}"


def _incidents(camera: str) -> str:
    return f"incidents/{camera}"


def _trouble(camera: str) -> str:
    return f"trouble/{camera}"


def _observation(closed: Closed, boot_id: str, seq: int) -> Observation:
    return closed.observation(boot_id, seq)


def _camera_event(told: Told, camera: str, boot_id: str, time: datetime, seq: int) -> Kept:
    return told.event(camera=camera, boot_id=boot_id, seq=seq, time=time)


def _event(notice: Notice | IncidentNotice, camera: str, boot_id: str, time: datetime, seq: int) -> Kept:
    return notice.event(camera=camera, boot_id=boot_id, seq=seq, time=time)


def _evidence(notice: Notice | IncidentNotice, camera: str, boot_id: str, time: datetime, seq: int) -> Evidence:
    picture = notice.evidence(camera=camera, boot_id=boot_id, seq=seq, time=time)
    assert picture is not None, "asked only of notices with a picture"
    return picture
