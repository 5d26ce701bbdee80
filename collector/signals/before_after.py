"""An approach before and after an action: queue and flow, ten minutes each way. Pure. It proves no cause.

Traffic swells and ebbs by itself, and an action is often asked for when a queue is longest: what comes after would have
been shorter anyhow (regression to the mean). So the means are shown beside the action, and nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import mean

from collector.store.reading import ApproachRow, Span

REACH = timedelta(minutes=10)
_INTERVAL = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """One interval that ended at `time`; a queue that was not measured is None."""

    time: datetime
    queue_m: float | None
    flow_pcu_h: float


@dataclass(frozen=True, slots=True)
class Course:
    """One approach over the span, and means of what lies before and after; None where nothing was measured."""

    approach: str
    moments: tuple[Moment, ...]
    queue_before_m: float | None
    queue_after_m: float | None
    flow_before_pcu_h: float | None
    flow_after_pcu_h: float | None


def span_of(began: datetime, ended: datetime) -> Span:
    """What to ask the store for."""
    return Span(began - REACH - _INTERVAL, ended + REACH)


def courses(
    rows: Iterable[ApproachRow], approaches: Collection[str], began: datetime, ended: datetime
) -> tuple[Course, ...]:
    """The course of each of `approaches` that was measured at all. An interval that the action touches is neither."""
    by_approach: dict[str, list[ApproachRow]] = {name: [] for name in approaches}
    for row in rows:
        if row.approach in by_approach and began - REACH < row.time <= ended + REACH:
            by_approach[row.approach].append(row)
    return tuple(_course(name, found, began, ended) for name, found in by_approach.items() if found)


def _course(approach: str, rows: Sequence[ApproachRow], began: datetime, ended: datetime) -> Course:
    rows = sorted(rows, key=lambda row: row.time)
    interval = _interval(rows)
    moments = tuple(Moment(row.time, row.queue_m, row.pcu * (timedelta(hours=1) / interval)) for row in rows)
    before = [one for one in moments if one.time <= began]
    after = [one for one in moments if one.time - interval >= ended]
    return Course(
        approach,
        moments,
        _mean(one.queue_m for one in before),
        _mean(one.queue_m for one in after),
        _mean(one.flow_pcu_h for one in before),
        _mean(one.flow_pcu_h for one in after),
    )


def _interval(rows: Sequence[ApproachRow]) -> timedelta:
    """How long an interval of these rows is: the least distance of two ends of one camera, for some may be missing."""
    ends: dict[str, list[datetime]] = {}
    for row in rows:
        ends.setdefault(row.camera, []).append(row.time)
    steps = [later - earlier for times in ends.values() for earlier, later in pairwise(times) if later > earlier]
    return min(steps, default=_INTERVAL)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None
