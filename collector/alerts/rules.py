"""From one look to the next: which alerts begin, which are over, and what is said. Pure; the clock is passed in.

                     lasts long enough              gone for clear_minutes
    found ──────────────────────────────▶ told ──────────────────────────────▶ over
      │   (and it is not quiet, or it     │  ▲ (and it is not quiet, or it
      │    is critical): RAISED           │  │  was critical): CLEARED
      ▼                                   └──┘ every remind_hours, until
    gone before anybody was told:              acknowledged: REMINDED
    nothing is said

What comes back before it is over goes on, and nothing is said: a flutter is one alert. Where it cannot be known whether
something still stands (its unit is away, the store is down), it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collector.alerts.alert import Alert, Finding, Notice, What
from collector.alerts.settings import AlertSettings, Severity


class Step(NamedTuple):
    """What stands now, by key, and what is to be said."""

    standing: dict[str, Alert]
    notices: list[Notice]


def step(
    before: Mapping[str, Alert],
    found: Iterable[Finding],
    now: datetime,
    settings: AlertSettings,
    zone: ZoneInfo,
    *,
    unsure: Callable[[Alert], bool],
) -> Step:
    """One look. `unsure`: whether nobody can know if an alert that was not found still stands."""
    seen = {finding.key: finding for finding in found if finding.kind not in settings.without}
    quiet = is_quiet(now.astimezone(zone).time(), settings.quiet)
    standing: dict[str, Alert] = {}
    notices: list[Notice] = []
    for alert in _looked_at(before, seen, now, unsure):
        held = quiet and alert.severity is not Severity.CRITICAL
        what = _due(alert, now, settings, held=held)
        after = alert if what is None else alert.model_copy(update={"told": alert.told or now, "said": now})
        if what is not None:
            notices.append(Notice(what=what, alert=after, time=now))
        if not _over(alert, now, settings, held=held):
            standing[alert.finding.key] = after
    return Step(standing, notices)


def is_quiet(local: time, hours: Iterable[tuple[time, time]]) -> bool:
    """Whether it is in one of the spans [begin, end), which may run over midnight; a span from x to x is all day."""
    return any(begin <= local < end if begin < end else local >= begin or local < end for begin, end in hours)


def acknowledged(alert: Alert, now: datetime, by: str) -> Alert:
    """The alert, known to somebody: no more reminders. The first who said so stays."""
    return alert if alert.acknowledged else alert.model_copy(update={"acknowledged": now, "by": by})


def _looked_at(
    before: Mapping[str, Alert], seen: Mapping[str, Finding], now: datetime, unsure: Callable[[Alert], bool]
) -> Iterator[Alert]:
    for key, alert in before.items():
        if key in seen:
            yield alert.model_copy(update={"finding": seen[key], "gone": None})
        elif alert.gone is not None or unsure(alert):
            yield alert
        else:
            yield alert.model_copy(update={"gone": now})
    for key, finding in seen.items():
        if key not in before:
            yield Alert(finding=finding, since=now)


def _due(alert: Alert, now: datetime, settings: AlertSettings, *, held: bool) -> What | None:
    """What is to be said of an alert now, if anything."""
    if held:
        return None
    if alert.told is None:
        lasting = timedelta(minutes=settings.limits.lasting_minutes(alert.finding.kind))
        return What.RAISED if alert.gone is None and now - alert.since >= lasting else None
    if alert.gone is not None:
        return What.CLEARED if alert.finding.kind.ends and _gone_long_enough(alert.gone, now, settings) else None
    if alert.acknowledged is not None or settings.remind_hours is None or alert.said is None:
        return None
    return What.REMINDED if now - alert.said >= timedelta(hours=settings.remind_hours) else None


def _over(alert: Alert, now: datetime, settings: AlertSettings, *, held: bool) -> bool:
    """Whether an alert can be forgotten: gone, and everybody who was told of it knows that."""
    if alert.gone is None or not _gone_long_enough(alert.gone, now, settings):
        return False
    return alert.told is None or not held


def _gone_long_enough(gone: datetime, now: datetime, settings: AlertSettings) -> bool:
    return now - gone >= timedelta(minutes=settings.limits.clear_minutes)
