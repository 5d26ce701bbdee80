"""What surrounds every page: who may see it, the bar with its links, the clock and the banner."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import Event, ui

from collector.console.accounts import Person, Role
from collector.console.context import Console, token_of
from collector.console.door import refuse, sign_in_address
from collector.console.operators import OperatorError
from collector.console.picture_of_now import CityNow
from collector.console.words import NOTHING, Words

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tab:
    """A link of the bar: its address, key of its text (`tab.<key>`), icon, and who sees it."""

    address: str
    key: str
    icon: str
    needed: Role = Role.VIEW
    guests: bool = False


TABS = (
    Tab("/", "map", "map", guests=True),
    Tab("/parkir", "parking", "local_parking"),
    Tab("/insiden", "incidents", "warning_amber"),
    Tab("/sinyal", "signals", "traffic"),
    Tab("/siaran", "announcements", "campaign"),
    Tab("/peringatan", "alerts", "notifications"),
    Tab("/armada", "units", "developer_board"),
    Tab("/audit", "audit", "history_edu", Role.MANAGE),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One person on one page."""

    console: Console
    person: Person
    t: Words
    token: str | None
    path: str

    @property
    def city(self) -> CityNow:
        """The city now."""
        return self.console.poller.city


def show(
    console: Console,
    request: Request,
    title: str,
    draw: Callable[[Visit], None],
    *,
    needed: Role = Role.VIEW,
    guests: bool = False,
) -> Response | None:
    """Draw a page for whoever may see it. Nobody signed in: to the sign-in. A role that does not reach: 403, in words.

    `title` is a key of the catalogue, or a name that needs no translation.
    """
    person = console.person(request, open_to_guests=guests)
    if person is None:
        return RedirectResponse(sign_in_address(request), status_code=303)
    visit = Visit(console, person, console.words(request), token_of(request), request.url.path)
    if not person.role.may(needed):
        console.operators.note(person.name, "refused", visit.path, console.now(), detail=needed.value)
        return refuse(visit.t, person.role, needed)
    with frame(visit, title):
        draw(visit)
    return None


@contextmanager
def frame(visit: Visit, title: str) -> Iterator[None]:
    """The bar above (below, on a phone) and the page between."""
    t, console = visit.t, visit.console
    parts = {"signals": console.signals, "announcements": console.announcements, "alerts": console.alerts}
    absent = {key for key, part in parts.items() if part is None}
    ui.page_title(f"{title} · Simpang")
    ui.add_head_html(_head(t, console))
    ui.colors(primary="#3f8fd2", positive="#1e8a62", negative="#c9474c", dark="#101a2d", dark_page="#0a111f")
    with ui.element("header").classes("bar"):
        with ui.element("a").props('href="/"').classes("brand"):
            ui.element("img").props('src="/konsol/logo.svg" alt="" width=34 height=34')
            with ui.element("span"):
                ui.label("Simpang").classes("name")
                ui.label(console.site.site.name).classes("city")
        with ui.element("nav").props(f'aria-label="{t("tab.label")}"'):
            for tab in TABS:
                if tab.key in absent:
                    continue
                if visit.person.role.may(tab.needed) and (tab.guests or not visit.person.guest):
                    _tab(tab, visit)
        with ui.element("span").classes("right"):
            _clock(visit)
            other = t("language.other")
            with (
                ui.element("a")
                .props(f'href="/bahasa/{other}?lanjut={visit.path}" hreflang="{other}"')
                .classes("language")
            ):
                ui.label(t("language.switch"))
            _who(visit)
    _banner(visit)
    with ui.element("main").classes("page"):
        yield
    _stay_only_while_signed_in(visit)


def _head(t: Words, console: Console) -> str:
    ages = json.dumps(dict(t.ages())).replace("<", "\\u003c")
    now = int(console.now().timestamp() * 1000)
    script = (
        f'document.documentElement.lang = "{t.language}"; window.simpang = {{ages: {ages}, now: {now}, '
        f'zone: "{console.site.site.timezone}", lang: "{t.language}"}};'
    )
    return (
        '<link rel="stylesheet" href="/konsol/console.css"><link rel="stylesheet" href="/konsol/told.css">'
        '<link rel="icon" href="/konsol/logo.svg">'
        f'<script>{script}</script><script src="/konsol/console.js" defer></script>'
    )


def _tab(tab: Tab, visit: Visit) -> None:
    below = "/simpang/" if tab.address == "/" else f"{tab.address}/"
    here = visit.path == tab.address or visit.path.startswith(below)
    with ui.element("a").props(f'href="{tab.address}"').classes("tab here" if here else "tab"):
        ui.icon(tab.icon)
        ui.label(visit.t(f"tab.{tab.key}"))
        if tab.key == "parking":
            live(visit, lambda city: open_cases(city, "parking"), _badge)
        if tab.key == "incidents":
            live(visit, lambda city: open_cases(city, "incident") + open_cases(city, "camera"), _badge)
        signals = visit.console.signals
        if tab.key == "signals" and signals is not None:
            live_on(signals.changed, lambda: len(signals.now.proposals), _badge)


def open_cases(city: CityNow, kind: str) -> int:
    """How many cases of a kind are open."""
    return sum(case.event.type == kind and case.event.closed is None for case in city.cases)


def _badge(number: int) -> None:
    if number:
        ui.label(str(number)).classes("badge")


def _clock(visit: Visit) -> None:
    with ui.element("span").classes("clock"):
        ui.element("time").props("data-clock")
        ui.label(visit.t.zone_name).classes("zone")
        live(visit, lambda city: city.time, lambda time: since(visit, time, before=visit.t("frame.data")))


def _who(visit: Visit) -> None:
    t = visit.t
    if visit.person.guest:
        with ui.element("a").props(f'href="/masuk?lanjut={visit.path}"').classes("who"):
            ui.icon("login")
            ui.label(t("sign_in.title"))
        return
    with ui.element("form").props('method="post" action="/keluar"').classes("who"):
        ui.label(visit.person.name).classes("person").tooltip(t(f"role.{visit.person.role}"))
        with ui.element("button").props(f'type="submit" aria-label="{t("sign_in.leave")}"'):
            ui.icon("logout").tooltip(t("sign_in.leave"))


def _banner(visit: Visit) -> None:
    poller = visit.console.poller

    def draw(_: object) -> None:
        trouble = poller.trouble
        if trouble is not None:
            with ui.element("aside").classes("banner").props('role="alert"'):
                ui.icon("cloud_off")
                ui.label(visit.t("frame.store_silent", time=visit.t.clock(trouble.since)))
                if visit.person.role.may(Role.MANAGE):
                    ui.label(trouble.text).classes("detail")

    live(visit, lambda _: poller.trouble, draw)


def _stay_only_while_signed_in(visit: Visit) -> None:
    """A page that stays open does not outlive its session: on every round the book is asked again."""
    console = visit.console

    def check() -> None:
        if visit.person.guest:
            return
        try:
            person = console.operators.person(visit.token, console.now())
        except OperatorError:  # a wall stays up while the book cannot be read; nothing can be done on it
            return
        if person != visit.person:
            ui.navigate.to(f"/masuk?lanjut={visit.path}")

    console.poller.changed.subscribe(check)


def live(visit: Visit, select: Callable[[CityNow], T], draw: Callable[[T], None], *, classes: str = "") -> None:
    """A part of the page that is drawn anew when what `select` takes from the city differs by value."""
    live_on(visit.console.poller.changed, lambda: select(visit.city), draw, classes=classes)


def live_on(changed: Event[[]], select: Callable[[], T], draw: Callable[[T], None], *, classes: str = "") -> None:
    """A part of the page that is drawn anew when, upon `changed`, what `select` gives differs by value."""
    box = ui.element("div").classes(f"live {classes}")
    shown = [select()]

    def redraw() -> None:
        value = select()
        if value != shown[0]:
            shown[0] = value
            box.clear()
            with box:
                draw(value)

    with box:
        draw(shown[0])
    changed.subscribe(redraw)


def live_each(
    visit: Visit,
    select: Callable[[CityNow], Sequence[tuple[str, T]]],
    draw: Callable[[T], None],
    *,
    classes: str = "",
    each: str = "",
) -> Callable[[], None]:
    """As `live_each_on`, of the city."""
    return live_each_on(visit.console.poller.changed, lambda: select(visit.city), draw, classes=classes, each=each)


def live_each_on(
    changed: Event[[]],
    select: Callable[[], Sequence[tuple[str, T]]],
    draw: Callable[[T], None],
    *,
    classes: str = "",
    each: str = "",
) -> Callable[[], None]:
    """A list of which only the entries that differ by value are drawn anew; `select` gives (key, value) in order.

    Returned is what redraws it, for when something else than `changed` tells changed.
    """
    outer = ui.element("div").classes(f"live-list {classes}")
    boxes: dict[str, tuple[ui.element, T]] = {}
    order: list[str] = []

    def redraw() -> None:
        listed = select()
        keys = [key for key, _ in listed]
        for key in boxes.keys() - set(keys):
            boxes.pop(key)[0].delete()
        for key, value in listed:
            if key in boxes and boxes[key][1] == value:
                continue
            with outer:
                box = boxes[key][0] if key in boxes else ui.element("div").classes(each)
            box.clear()
            with box:
                draw(value)
            boxes[key] = (box, value)
        if keys != order:
            order[:] = keys
            for place, key in enumerate(keys):
                boxes[key][0].move(outer, place)

    redraw()
    changed.subscribe(redraw)
    return redraw


def since(visit: Visit, time: datetime | None, *, before: str = "", nothing: str = NOTHING, form: str = "ago") -> None:
    """How long ago something was, or (`form` "length") for how long; kept current by static/console.js."""
    if time is None:
        ui.label(nothing).classes("age")
        return
    with ui.element("span").classes("age"):
        if before:
            ui.label(before)
        age = visit.t.lasting((visit.console.now() - time).total_seconds())
        shown = visit.t("age.ago", age=age) if form == "ago" else age
        ui.label(shown).props(f'data-since="{int(time.timestamp() * 1000)}" data-form="{form}"')


def svg(text: str, classes: str = "") -> None:
    """A drawing of ours (`collector.console.drawing`)."""
    ui.html(text, sanitize=False).classes(f"svg {classes}")
