"""What has been seen of a junction: for each phase, between which two instants its aspect must have begun.

A change happens between two readings, so every duration is a pair of bounds. Minimum green asks for the shortest the
green can have been, maximum green for the longest. After a gap in the readings, or an unknown aspect, the bounds part
as far as the truth may lie: a second green may have begun unseen, or the first may never have ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

from signal_bridge.controller import Aspect, ControllerStatus, PhaseStatus, Walk

Bounds = tuple[float, float]
"""At least, at most: seconds, or monotonic instants."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One phase. `began`: bounds of when the aspect began, `started`: of when its last green began.

    `cycle` is the last time from green start to green start, `green` the length of the last whole green; None until
    they were seen without a gap.
    """

    aspect: Aspect
    pedestrian: Walk
    began: Bounds
    started: Bounds | None = None
    cycle: Bounds | None = None
    green: Bounds | None = None


_UNSEEN = PhaseStatus()


@dataclass(frozen=True, slots=True)
class Sight:
    """All phases as of the reading that began at `read_at` and ended by `looked_at`."""

    phases: Mapping[int, Seen]
    read_at: float
    looked_at: float


def look(before: Sight | None, status: ControllerStatus, phases: Iterable[int], now: float, max_gap_s: float) -> Sight:
    """`before`, and what `status` adds to it at `now`, for the configured `phases`.

    A configured phase that the controller does not report is unknown. A gap above `max_gap_s` is one in which
    anything may have happened.
    """
    if before is None:
        first = {number: _first(status.phases.get(number, _UNSEEN), now) for number in phases}
        return Sight(first, status.read_at, now)
    gap = status.read_at - before.read_at > max_gap_s
    seen = {}
    for number in phases:
        read, old = status.phases.get(number, _UNSEEN), before.phases[number]
        if read.aspect is old.aspect and not gap:
            seen[number] = old if read.pedestrian is old.pedestrian else _walked(old, read.pedestrian)
        else:
            seen[number] = _changed(old, read, before.read_at, now, gap)
    return Sight(seen, status.read_at, now)


def _first(read: PhaseStatus, now: float) -> Seen:
    return Seen(read.aspect, read.pedestrian, (-inf, now))


def _walked(old: Seen, pedestrian: Walk) -> Seen:
    return Seen(old.aspect, pedestrian, old.began, old.started, old.cycle, old.green)


def _changed(old: Seen, read: PhaseStatus, last_read: float, now: float, gap: bool) -> Seen:
    blurred = gap or Aspect.UNKNOWN in {old.aspect, read.aspect}
    if blurred:
        # It may be the same aspect still, or have come back a moment ago.
        began = (old.began[0], now)
        green_now = read.aspect is Aspect.GREEN
        started = began if green_now else old.started and (old.started[0], now)
        return Seen(read.aspect, read.pedestrian, began, started)
    began = (last_read, now)
    if read.aspect is Aspect.GREEN:
        cycle = old.started and (began[0] - old.started[1], began[1] - old.started[0])
        return Seen(read.aspect, read.pedestrian, began, began, cycle, old.green)
    green = old.green
    if old.aspect is Aspect.GREEN:
        green = (max(0.0, began[0] - old.began[1]), began[1] - old.began[0])
    return Seen(read.aspect, read.pedestrian, began, old.started, old.cycle, green)


def green_for(seen: Seen, now: float) -> Bounds:
    """For how long it has been green: at least, at most. An unknown aspect may be a green that began just now."""
    if seen.aspect is Aspect.UNKNOWN:
        return 0.0, now - seen.began[0]
    if seen.aspect is not Aspect.GREEN:
        return 0.0, 0.0
    return max(0.0, now - seen.began[1]), now - seen.began[0]


def waited(seen: Seen, now: float) -> float:
    """For how long at most it has waited since its last green began; 0 while green, infinite when never seen green."""
    if seen.aspect is Aspect.GREEN:
        return 0.0
    return inf if seen.started is None else now - seen.started[0]
