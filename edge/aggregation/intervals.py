"""Cutting time into intervals, so that every crossing is in exactly one observation.

    ──┼───────────────┼───────────────┼──▶ wall clock, cut at whole minutes (or what interval_s is)
      │ settling      │ running       │    An interval is told a moment after its end: a crossing is known only once
      ╰── told ◀──────╯               │    the vehicle stands clear of the line, but belongs to when it crossed.

A crossing that comes later still goes to the oldest interval that is open: none is lost, none counted twice. A clock
that is set cuts the interval where it was. What runs can be written down and taken up again after a crash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from contract import CameraObservation, Observation, VehicleClass, Zones
from edge.aggregation.tally import CameraPlan, CameraTally, Sight

SETTLE = timedelta(seconds=2)
"""How long after its end an interval waits for crossings that are just being completed."""
_GAP_S = 2.0
"""Pictures further apart than this do not vouch for the time between them."""
_STEP = timedelta(seconds=10)
"""We are told the time several times a second: a larger difference is a clock that was set, or a machine that slept."""
_INSTANT = timedelta(milliseconds=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Plan = Mapping[str, CameraPlan]
"""Camera -> what it is meant to count."""


@dataclass(frozen=True, slots=True)
class _Scheme:
    """How time is cut from an instant on."""

    from_: datetime
    plan: Plan
    length: timedelta

    def floor(self, instant: datetime) -> datetime:
        """The start of the interval around `instant`."""
        return instant - (instant - _EPOCH) % self.length

    def after(self, instant: datetime) -> datetime:
        """The end of it."""
        return self.floor(instant) + self.length


@dataclass(frozen=True, slots=True)
class Closed:
    """An interval that is over."""

    start: datetime
    end: datetime
    cameras: tuple[CameraObservation, ...]

    def __str__(self) -> str:
        """For the log: vehicles, and what the count is worth, by camera."""
        told = []
        for one in self.cameras:
            vehicles = sum(sum(line.counts.values()) for line in one.lines)
            told.append(f"{one.camera} {vehicles} ({one.quality.grade})")
        return ", ".join(told)

    def observation(self, boot_id: str, seq: int) -> Observation:
        """The message for the outbox."""
        seconds = (self.end - self.start).total_seconds()
        return Observation(
            boot_id=boot_id, seq=seq, time=self.end, start=self.start, interval_s=seconds, cameras=self.cameras
        )


@dataclass(slots=True)
class Running:
    """An interval that is open. `began` is when we began to look, `end` when it ends or was cut."""

    began: datetime
    end: datetime
    whole: bool
    cameras: dict[str, CameraTally] = field(default_factory=dict)

    def of(self, camera: str) -> CameraTally:
        """The camera's tally."""
        return self.cameras.setdefault(camera, CameraTally())


@dataclass(frozen=True, slots=True)
class _Record:
    """What is written down: the intervals that are open, and when that was."""

    at: datetime
    running: list[Running]


_RECORD = TypeAdapter(_Record)


class Intervals:
    """The intervals of one unit. Not thread safe. The first interval begins when the first instant is told."""

    def __init__(self, plan: Plan, interval_s: int, now: datetime) -> None:
        """`now`, here and everywhere, is UTC."""
        self._schemes = [_Scheme(now, plan, timedelta(seconds=interval_s))]
        self._now = now
        self._looked: dict[str, datetime] = {}
        self._over: list[Running] = []
        self._open: list[Running] = [self._begin(now)]
        self.changed = False
        """Whether `record` would say something new since it was last asked."""

    def look(self, camera: str, wall: datetime, sight: Sight) -> None:
        """A picture, taken at `wall`, was looked at."""
        before = max(self._looked.get(camera, wall), wall - timedelta(seconds=_GAP_S))
        self._looked[camera] = wall
        self._at(wall).of(camera).look(sight)
        for running in self._open:
            shared = min(wall, running.end) - max(before, running.began)
            if shared > timedelta(0):
                running.of(camera).watch(sight.condition, shared.total_seconds())
        self.changed = True

    def cross(self, camera: str, instant: datetime, line: str, direction: str, vehicle: VehicleClass) -> None:
        """A vehicle of `camera` crossed at `instant`."""
        self._at(instant).of(camera).cross(line, direction, vehicle)
        self.changed = True

    def turn(self, camera: str, instant: datetime, origin: str, destination: str, vehicle: VehicleClass) -> None:
        """A vehicle of `camera` left the junction at `instant` by the exit zone `destination`."""
        self._at(instant).of(camera).turn(origin, destination, vehicle)
        self.changed = True

    def replan(self, plan: Plan, interval_s: int, from_: datetime) -> None:
        """Intervals that begin at `from_` or later have another plan and length; to be told before that."""
        self._schemes = [*self._schemes[-2:], _Scheme(from_, plan, timedelta(seconds=interval_s))]

    def due(self, now: datetime) -> list[Closed]:
        """It is `now`: the intervals that are over and settled. To be asked a few times a second."""
        if not -_STEP <= now - self._now <= _STEP:
            self._cut(self._now)
            self._now = now
            self._open = [self._begin(now)]
        self._now = max(now, self._now)
        self._extend(now)
        settled = [running for running in self._open if running.end + SETTLE <= now]
        self._open = [running for running in self._open if running.end + SETTLE > now]
        return self._told(self._drain() + settled)

    def finish(self, now: datetime) -> list[Closed]:
        """We stop looking `now`: everything that is open, cut short where it is not over."""
        self._cut(min(now, self._now + _STEP))
        return self._told(self._drain())

    def next_boundary(self, now: datetime) -> datetime:
        """The start of the next whole interval."""
        return self._scheme(now).after(now)

    def record(self) -> bytes:
        """What is open, to be kept for a successor."""
        self.changed = False
        return _RECORD.dump_json(_Record(self._now, [*self._over, *self._open]))

    def resume(self, record: bytes) -> None:
        """Take up what a predecessor left, at the very beginning. What cannot be read is nothing."""
        try:
            left = _RECORD.validate_json(record)
        except ValidationError:
            return
        running_now = self._open[-1]
        for running in left.running:
            if running.end == running_now.end and running.began <= running_now.began:
                # The same minute goes on; what was missed shows in the time that was watched.
                running.whole = False
                self._open[-1] = running
            else:
                self._over.append(_cut_short(running, left.at))
        self.changed = True

    def _at(self, instant: datetime) -> Running:
        """The open interval that `instant` belongs to, or the nearest."""
        self._extend(min(instant, self._now + _STEP))
        return next((running for running in self._open if instant < running.end), self._open[-1])

    def _begin(self, now: datetime) -> Running:
        """The interval around `now`, looked at from `now` on."""
        scheme = self._scheme(now)
        return Running(now, scheme.after(now), whole=now == scheme.floor(now))

    def _extend(self, now: datetime) -> None:
        """Let intervals follow each other until one holds `now`."""
        while now >= (end := self._open[-1].end):
            self._open.append(self._begin(end))

    def _cut(self, at: datetime) -> None:
        self._over += [_cut_short(running, at) for running in self._open]
        self._open = []
        self._looked.clear()

    def _drain(self) -> list[Running]:
        over, self._over = self._over, []
        return over

    def _told(self, over: list[Running]) -> list[Closed]:
        self.changed = self.changed or bool(over)
        return [closed for running in over if (closed := self._closed(running)) is not None]

    def _closed(self, running: Running) -> Closed | None:
        plan = dict(self._scheme(running.began).plan)
        counted = [name for name, tally in running.cameras.items() if tally.counted]
        if running.end - running.began <= _INSTANT and not counted:
            return None
        # A camera that left the plan in this very moment may have brought a last crossing.
        plan |= {name: CameraPlan(Zones(), 1.0) for name in counted if name not in plan}
        seconds = (running.end - running.began).total_seconds()
        cameras = tuple(
            running.of(name).observation(name, one, seconds, whole=running.whole) for name, one in plan.items()
        )
        return Closed(running.began, running.end, cameras)

    def _scheme(self, start: datetime) -> _Scheme:
        known = [scheme for scheme in self._schemes if scheme.from_ <= start]
        return known[-1] if known else self._schemes[0]


def _cut_short(running: Running, at: datetime) -> Running:
    """`running`, ended at `at` if that is before its end."""
    if at < running.end:
        running.end = max(at, running.began + _INSTANT)
        running.whole = False
    return running
