"""What drivers are told: a form that begins with a draft, and what stands now, each with its end."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Request, Response
from nicegui import ui
from pydantic import ValidationError

from collector.announcements.book import Announced, Announcement, AnnouncementBook
from collector.console.accounts import Role
from collector.console.announcing import draft
from collector.console.context import Console
from collector.console.operators import OperatorError
from collector.console.pages.frame import Visit, live_each, show
from collector.console.picture_of_now import CityNow
from collector.console.roadmap import short_name
from collector.store.writing import StoreError

_MINUTES = (15, 30, 60, 120, 240)
_CITY = "-"
"""The choice that is no junction: the whole city."""


def add(console: Console) -> None:
    """Page `/siaran`; nothing where no book of announcements is open."""
    book = console.announcements
    if book is None:
        return

    @ui.page("/siaran")
    def page(request: Request) -> Response | None:
        title = console.words(request)("tab.announcements")
        return show(console, request, title, lambda visit: _draw(visit, book))


def _draw(visit: Visit, book: AnnouncementBook) -> None:
    t = visit.t
    with ui.element("div").classes("announcements"):
        with ui.element("div").classes("page-head"):
            ui.label(t("announce.heading")).classes("h1").props('role="heading" aria-level="1"')
            ui.label(t("announce.note")).classes("note")
        if visit.person.role.may(Role.OPERATE):
            _Form(visit, book)

        def standing(city: CityNow) -> list[tuple[str, Announcement]]:
            return [(str(one.id), one) for one in book.standing(city.time)]

        live_each(visit, standing, lambda one: _one(visit, book, one), classes="announcement-list")


class _Form:
    """Junction, words, and for how long."""

    def __init__(self, visit: Visit, book: AnnouncementBook) -> None:
        t, self._visit, self._book = visit.t, visit, book
        places = {_CITY: t("announce.city")}
        places |= {one.id: short_name(one.name) for one in visit.console.site.junctions}
        with ui.element("section").classes("panel announce"):
            self._place = ui.select(places, value=_CITY, label=t("announce.place"), with_input=True)
            self._place.on_value_change(self._drafted)
            self._text = ui.input(t("announce.text")).props("counter maxlength=160")
            self._instead = ui.input(t("announce.way")).props("counter maxlength=160")
            lasting = {minutes: t.lasting(60 * minutes) for minutes in _MINUTES}
            self._minutes = ui.select(lasting, value=30, label=t("announce.lasting"))
            ui.button(t("announce.publish"), icon="campaign", on_click=self._publish).props("no-caps unelevated")

    def _drafted(self) -> None:
        place = str(self._place.value)
        if place in self._visit.city.by_id:
            words = draft(self._visit.city, place, self._visit.t)
            self._text.value, self._instead.value = words.text, words.instead

    def _publish(self) -> None:
        console, t = self._visit.console, self._visit.t
        place = None if self._place.value == _CITY else str(self._place.value)
        try:
            person = console.operators.allowed(self._visit.token, Role.OPERATE, console.now())
            words = Announced(
                junction=place, text=str(self._text.value or "").strip(), instead=str(self._instead.value or "").strip()
            )
            console.operators.note(
                person.name, "announcement.made", place or _CITY, console.now(), detail=f"{words.text} {words.instead}"
            )
            self._book.publish(words, timedelta(minutes=int(self._minutes.value or 0)), person.name, console.now())
        except OperatorError as error:
            ui.notify(t(f"refused.{error.key}"), type="negative")
            return
        except (ValidationError, ValueError):
            ui.notify(t("announce.wrong"), type="negative")
            return
        except StoreError:
            ui.notify(t("refused.book"), type="negative")
            return
        self._text.value = self._instead.value = ""
        ui.notify(t("announce.made"), type="positive")
        console.poller.changed.emit()


def _one(visit: Visit, book: AnnouncementBook, one: Announcement) -> None:
    t = visit.t
    names = {junction.id: short_name(junction.name) for junction in visit.console.site.junctions}
    with ui.element("article").classes("panel announcement"):
        ui.label(names.get(one.junction, one.junction) if one.junction else t("announce.city")).classes("h3")
        ui.label(one.text).classes("text")
        if one.instead:
            ui.label(one.instead).classes("instead")
        ui.label(t("announce.until", time=t.clock(one.until))).classes("note")
        if visit.person.role.may(Role.OPERATE):
            end = ui.button(t("announce.end"), icon="stop", on_click=lambda: _end(visit, book, one))
            end.props("no-caps outline color=negative")


def _end(visit: Visit, book: AnnouncementBook, one: Announcement) -> None:
    console = visit.console
    try:
        person = console.operators.allowed(visit.token, Role.OPERATE, console.now())
        console.operators.note(person.name, "announcement.ended", one.junction or _CITY, console.now(), detail=one.text)
        book.end(one.id, console.now())
    except OperatorError as error:
        ui.notify(visit.t(f"refused.{error.key}"), type="negative")
        return
    except StoreError:
        ui.notify(visit.t("refused.book"), type="negative")
        return
    console.poller.changed.emit()
