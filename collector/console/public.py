"""What citizens see: the condition of every junction, in plain words. No counts of persons, no pictures, no sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.announcements.book import Announcement
from collector.console.drawing import sign
from collector.console.judging import Condition
from collector.console.picture_of_now import CityNow, JunctionNow
from collector.console.roadmap import short_name
from collector.console.words import Words


@dataclass(frozen=True, slots=True)
class Row:
    """One junction: its sign (our own SVG), its name, what to expect there."""

    condition: Condition
    sign: str
    name: str
    place: str
    word: str
    advice: str


@dataclass(frozen=True, slots=True)
class Told:
    """An announcement of the command centre: where, what, what instead, and until when."""

    place: str
    text: str
    instead: str
    until: str


@dataclass(frozen=True, slots=True)
class PublicView:
    """The whole page's content."""

    time: datetime
    clock: str
    late: bool
    """The store does not answer: what is shown is old."""
    rows: Sequence[Row]
    tally: Sequence[tuple[Condition, str, int]]
    told: Sequence[Told] = ()


_SHOWN = (Condition.JAMMED, Condition.DENSE, Condition.FLOWING, Condition.COUNTED, Condition.NO_DATA)


def view(city: CityNow, late: bool, t: Words, announcements: Sequence[Announcement] = ()) -> PublicView:
    """Traffic first, by trouble; whether a unit or a camera is broken is the city's business: "no data" will do."""
    rows = sorted(
        (_row(junction, t) for junction in city.junctions), key=lambda row: (_SHOWN.index(row.condition), row.name)
    )
    counted = {condition: sum(row.condition is condition for row in rows) for condition in _SHOWN}
    return PublicView(
        time=city.time,
        clock=f"{t.clock(city.time)} {t.zone_name}",
        late=late,
        rows=rows,
        tally=[(condition, t(f"public.{condition}"), number) for condition, number in counted.items() if number],
        told=[_told(one, city, t) for one in announcements],
    )


def _told(one: Announcement, city: CityNow, t: Words) -> Told:
    at = city.by_id.get(one.junction or "")
    place = short_name(at.junction.name) if at else ""
    return Told(place, one.text, one.instead, t("announce.until", time=t.clock(one.until)))


def _row(now: JunctionNow, t: Words) -> Row:
    condition = now.condition if now.condition in _SHOWN else Condition.NO_DATA
    place = now.reason.place if now.reason and condition in {Condition.JAMMED, Condition.DENSE} else ""
    return Row(
        condition=condition,
        sign=sign(condition, 30),
        name=short_name(now.junction.name),
        place=t("public.at", place=place) if place else "",
        word=t(f"public.{condition}"),
        advice=t(f"public.advice_{condition}"),
    )
