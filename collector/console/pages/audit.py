"""The audit: who did what and when, newest first. It can be read, never changed."""

from __future__ import annotations

from fastapi import Request, Response
from nicegui import ui

from collector.console.accounts import Role
from collector.console.context import Console
from collector.console.operators import Entry
from collector.console.pages.frame import Visit, show
from collector.console.words import NOTHING

_PAGE = 100


def add(console: Console) -> None:
    """Page `/audit`."""

    @ui.page("/audit")
    def page(request: Request) -> Response | None:
        return show(console, request, console.words(request)("tab.audit"), _draw, needed=Role.MANAGE)


def _draw(visit: Visit) -> None:
    t = visit.t
    with ui.element("div").classes("audit"):
        with ui.element("div").classes("page-head"):
            ui.label(t("audit.heading")).classes("h1").props('role="heading" aria-level="1"')
            ui.label(t("audit.note")).classes("note")
        with ui.element("table").classes("entries"):
            with ui.element("thead"), ui.element("tr"):
                for key in ("time", "name", "action", "subject", "detail", "address"):
                    with ui.element("th"):
                        ui.label(t(f"audit.{key}"))
            body = ui.element("tbody")
        more = ui.button(t("audit.more"), icon="expand_more").props("flat no-caps")

        oldest: list[int] = []

        def read_on() -> None:
            entries = visit.console.operators.audit(limit=_PAGE, before=oldest[-1] if oldest else None)
            with body:
                for _, entry in entries:
                    _row(visit, entry)
            oldest.extend(number for number, _ in entries)
            more.set_visibility(len(entries) == _PAGE)

        more.on_click(read_on)
        read_on()


def _row(visit: Visit, entry: Entry) -> None:
    t = visit.t
    with ui.element("tr"):
        for text, kind in (
            (t.moment(entry.time, today=visit.city.time, seconds=True), "time"),
            (entry.name or t("audit.nobody"), "name"),
            (t(f"action.{entry.action.replace('.', '_')}"), "action"),
            (entry.subject or NOTHING, "subject"),
            (entry.detail or NOTHING, "detail"),
            (entry.address or NOTHING, "address"),
        ):
            with ui.element("td").classes(kind):
                ui.label(text)
