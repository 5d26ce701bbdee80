"""What of a recording is kept, and for how long. Pure: segments are names with a size, the clock is an argument.

    ─── ring: the newest segments, up to a cap ───▶ dropped, the oldest first
               │ keep: a pin covers it, and the cap of all pins has room
               ▼
            pinned ─── until no living pin covers it ───▶ released

A pin is a span of one camera's time: `BEFORE` a case and `AFTER` it. Several pins share the segments that they cover.
What is pinned is never given up before its time; so when the cap is reached it is the new that is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import Field

from contract import Model, Slug, UtcTime

BEFORE, AFTER = timedelta(seconds=20), timedelta(seconds=40)
MOST_PINS = 2000


class Segment(NamedTuple):
    """Some seconds of one camera, in one file of `size` bytes."""

    camera: str
    start: datetime
    end: datetime
    size: int

    def within(self, camera: str, start: datetime, end: datetime) -> bool:
        """Whether it shows anything of this camera between these instants."""
        return self.camera == camera and self.start <= end and self.end >= start


class Pin(Model):
    """A span that is kept until `until`, for a case."""

    case: Slug
    camera: Slug
    start: UtcTime
    end: UtcTime
    until: UtcTime = Field(description="When it is deleted.")

    def covers(self, segment: Segment) -> bool:
        """Whether the segment shows anything of the span."""
        return segment.within(self.camera, self.start, self.end)


class Changes(NamedTuple):
    """What is to be done with files, in this order."""

    keep: tuple[Segment, ...] = ()
    drop: tuple[Segment, ...] = ()
    release: tuple[Segment, ...] = ()


@dataclass(slots=True)
class Ring:
    """The segments of all cameras of a unit, and the pins. Sizes in bytes."""

    cap_bytes: int
    pins_bytes: int
    segments: list[Segment] = field(default_factory=list)
    """Of the ring, by their start."""
    kept: list[Segment] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)

    def add(self, segment: Segment) -> Changes:
        """The newest segment; it may push the oldest out."""
        self.segments.append(segment)
        self.segments.sort(key=_age)
        keep = self._keep([segment])
        return Changes(keep=keep, drop=self._turn())

    def pin(self, case: str, camera: str, opened: datetime, now: datetime, lasting: timedelta) -> Changes:
        """Keep what lies around `opened`; around `now` where the ring does not reach back so far.

        The same case again changes nothing.
        """
        if any(pin.case == case for pin in self.pins) or len(self.pins) >= MOST_PINS:
            return Changes()
        first = min((one.start for one in self.segments if one.camera == camera), default=now)
        moment = opened if first < opened <= now else now
        pin = Pin(case=case, camera=camera, start=moment - BEFORE, end=moment + AFTER, until=now + lasting)
        self.pins.append(pin)
        return Changes(keep=self._keep([one for one in self.segments if pin.covers(one)]))

    def expire(self, now: datetime) -> Changes:
        """Let go of what has had its time. A clock that starts in the past keeps it longer, never shorter."""
        self.pins = [one for one in self.pins if now < one.until]
        over = tuple(one for one in self.kept if not any(pin.covers(one) for pin in self.pins))
        self.kept = [one for one in self.kept if one not in over]
        return Changes(release=over)

    def lose(self, segments: Iterable[Segment]) -> None:
        """These could not be kept after all."""
        lost = set(segments)
        self.kept = [one for one in self.kept if one not in lost]

    def of(self, case: str) -> Pin | None:
        """The pin of a case."""
        return next((pin for pin in self.pins if pin.case == case), None)

    def showing(self, pin: Pin) -> list[Segment]:
        """What is kept of a pin, in its order."""
        return sorted((one for one in self.kept if pin.covers(one)), key=_age)

    def _keep(self, segments: Iterable[Segment]) -> tuple[Segment, ...]:
        room = self.pins_bytes - sum(one.size for one in self.kept)
        new: list[Segment] = []
        for one in segments:
            if one.size <= room and one not in self.kept and any(pin.covers(one) for pin in self.pins):
                new.append(one)
                room -= one.size
        self.kept += new
        return tuple(new)

    def _turn(self) -> tuple[Segment, ...]:
        over = sum(one.size for one in self.segments) - self.cap_bytes
        number = 0
        while over > 0:
            over -= self.segments[number].size
            number += 1
        dropped = tuple(self.segments[:number])
        del self.segments[:number]
        return dropped


def _age(segment: Segment) -> tuple[datetime, str]:
    return segment.start, segment.camera
