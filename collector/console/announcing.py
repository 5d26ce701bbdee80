"""A draft of an announcement, from how a junction and its neighbours stand; an operator has the last word. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from collector.announcements.book import Announced
from collector.console.judging import Condition
from collector.console.picture_of_now import CityNow, JunctionNow
from collector.console.roadmap import away, short_name
from collector.console.words import Words

_NEAR_M = 3000.0
_MOST_NAMED = 2
_WORTH_TELLING = frozenset({Condition.JAMMED, Condition.DENSE})


def draft(city: CityNow, junction: str, t: Words) -> Announced:
    """What may be said of a junction: its condition and where, and which junctions near by flow."""
    now = city.by_id[junction]
    condition = now.condition if now.condition in _WORTH_TELLING else Condition.FLOWING
    told = now.reason.place if now.reason and condition in _WORTH_TELLING else ""
    place = " " + t("public.at", place=told) if told else ""
    near = _flowing_near(now, city.junctions) if condition in _WORTH_TELLING else []
    instead = t("announce.instead", places=", ".join(near)) if near else ""
    return Announced(junction=junction, text=t(f"announce.{condition}", place=place)[:160], instead=instead[:160])


def _flowing_near(now: JunctionNow, others: Iterable[JunctionNow]) -> list[str]:
    """Names of the nearest junctions that are measured and flow."""
    here = now.junction.position
    near = sorted(
        (away(here, other.junction.position)[0], short_name(other.junction.name))
        for other in others
        if other.condition is Condition.FLOWING and other.junction.id != now.junction.id
    )
    return [name for metres, name in near if metres <= _NEAR_M][:_MOST_NAMED]
