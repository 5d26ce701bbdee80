"""Alerts that stand: what is wrong, since when, who was told, and a button by which somebody says that they know.

The book is the alert desk's own (`collector.alerts.book`): what is acknowledged here ends its reminders, as
`simpang collector alerts ack` does.
"""

from __future__ import annotations

from fastapi import Request, Response
from nicegui import Event, ui

from collector.alerts.alert import Alert, Notice, What
from collector.alerts.book import AlertBook
from collector.alerts.wording import Wording
from collector.console.accounts import Role
from collector.console.context import Console
from collector.console.operators import OperatorError
from collector.console.pages.frame import Visit, live_each_on, live_on, show, since
from collector.store.writing import StoreError


def add(console: Console) -> None:
    """Page `/peringatan`; nothing where nobody is alerted of anything."""
    book = console.alerts
    if book is None:
        return

    @ui.page("/peringatan")
    def page(request: Request) -> Response | None:
        title = console.words(request)("tab.alerts")
        return show(console, request, title, lambda visit: _Page(visit, book).draw())


class _Page:
    """One person's view of the book. While it cannot be read, what it said last stays, and the page says so."""

    def __init__(self, visit: Visit, book: AlertBook) -> None:
        self._visit, self._book = visit, book
        self._wording = Wording(visit.t.language, visit.console.site)
        self._acknowledged = Event[[]]()
        self._shown: list[tuple[str, Alert]] = []

    def draw(self) -> None:
        """Heading and list."""
        t, changed = self._visit.t, self._visit.console.poller.changed
        with ui.element("div").classes("announcements"):
            with ui.element("div").classes("page-head"):
                ui.label(t("alerts.heading")).classes("h1").props('role="heading" aria-level="1"')
                ui.label(t("alerts.note")).classes("note")
            redraw = live_each_on(changed, self._standing, self._one, classes="announcement-list")
            self._acknowledged.subscribe(redraw)
            live_on(changed, lambda: not self._shown, self._nothing)

    def _nothing(self, none: bool) -> None:
        if none:
            ui.label(self._visit.t("alerts.none"))

    def _standing(self) -> list[tuple[str, Alert]]:
        """The most severe first, of those the ones that nobody knows of, the newest before the older."""
        try:
            found = [one for one in self._book.standing().items() if one[1].gone is None]
        except StoreError:
            return self._shown
        found.sort(key=lambda one: one[1].since, reverse=True)
        found.sort(key=lambda one: (-one[1].severity.rank, one[1].acknowledged is not None))
        self._shown = found
        return found

    def _one(self, alert: Alert) -> None:
        t, visit = self._visit.t, self._visit
        known = alert.acknowledged is not None
        with ui.element("article").classes(f"panel announcement trouble {alert.severity} {'known' if known else ''}"):
            notice = Notice(what=What.RAISED, alert=alert, time=visit.console.now())
            ui.label(self._wording.sentence(notice)).classes("text")
            with ui.element("span").classes("note"):
                since(visit, alert.since)
                if alert.told is None:
                    ui.label(t("alerts.untold"))
                if alert.acknowledged is not None:
                    ui.label(t("alerts.known", name=alert.by or "", time=t.clock(alert.acknowledged)))
            if not known and visit.person.role.may(Role.OPERATE):
                button = ui.button(t("alerts.acknowledge"), icon="done", on_click=lambda: self._acknowledge(alert))
                button.props("no-caps outline color=white")

    def _acknowledge(self, alert: Alert) -> None:
        console, key = self._visit.console, alert.finding.key
        try:
            person = console.operators.allowed(self._visit.token, Role.OPERATE, console.now())
            console.operators.note(person.name, "alert.acknowledged", key, console.now())
            self._book.acknowledge(key, console.now(), person.name)
        except OperatorError as error:
            ui.notify(self._visit.t(f"refused.{error.key}"), type="negative")
        except StoreError:
            ui.notify(self._visit.t("refused.alerts"), type="negative")
        else:
            self._acknowledged.emit()
