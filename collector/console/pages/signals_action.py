"""One action: what was asked, every word of the bridge on it, and the approach ten minutes before and after."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request, Response
from nicegui import ui
from starlette.concurrency import run_in_threadpool

from collector.console.context import Console
from collector.console.door import missing
from collector.console.pages.frame import Visit, show
from collector.console.pages.signals_live import place
from collector.console.signals import Signals, approaches_of
from collector.console.signals_chart import before_after
from collector.console.signals_words import approach_name, asked
from collector.console.words import NOTHING
from collector.signals.actions import Action
from collector.signals.before_after import Course, courses, span_of
from collector.store.writing import StoreError


def add(console: Console, signals: Signals) -> None:
    """Page `/sinyal/{bridge}/{request}`."""

    @ui.page("/sinyal/{bridge}/{id_}")
    async def page(request: Request, bridge: str, id_: str) -> Response | None:
        t = console.words(request)
        try:
            action = await run_in_threadpool(signals.book.one, bridge, id_)
            found = () if action is None else await run_in_threadpool(_courses, console, signals, action)
        except StoreError:
            action, found = None, ()
        if action is None:
            return missing(t)
        return show(console, request, t("effect.title"), lambda visit: _draw(visit, signals, action, found))


def _courses(console: Console, signals: Signals, action: Action) -> tuple[Course, ...]:
    request = action.request
    if request is None:
        return ()
    began, ended = _times(action)
    moving = (request.approach,) if request.approach else approaches_of(signals.now.of(action.junction), request.phases)
    cameras = [camera.id for one in console.site.junctions if one.id == action.junction for camera in one.cameras]
    rows = console.reader.approaches(span_of(began, ended), cameras=cameras) if cameras else ()
    return courses(rows, moving, began, ended)


def _times(action: Action) -> tuple[datetime, datetime]:
    """From when until when it acted; one that never did is taken at its last word."""
    ended = action.last.time if action.last else action.first
    return action.began or ended, ended


def _draw(visit: Visit, signals: Signals, action: Action, found: tuple[Course, ...]) -> None:
    t, request = visit.t, action.request
    began, ended = _times(action)
    with ui.element("div").classes("signals-page"):
        with ui.element("div").classes("page-head"):
            ui.label(asked(action, signals.now.of(action.junction), t)).classes("h1").props(
                'role="heading" aria-level="1"'
            )
            place(visit, action.junction)
        with ui.element("div").classes("columns"):
            with ui.element("section"):
                for course in found:
                    _course(visit, action, course, (began, ended))
                if request is not None and request.target is not None:
                    with ui.element("a").props(f'href="/sinyal/{action.bridge}/{request.target}"').classes("panel"):
                        ui.label(t("effect.target"))
                elif not found:
                    ui.label(t("effect.unmeasured")).classes("panel note")
                if found:
                    ui.label(t("effect.no_proof")).classes("note no-proof")
            with ui.element("section").classes("panel"):
                ui.label(t("effect.words")).classes("h2").props('role="heading" aria-level="2"')
                if request is not None:
                    _fact(
                        visit, request.not_before, f"{request.who} ({t(f'signal_role.{request.role}')}): {request.why}"
                    )
                for reply in action.replies:
                    _fact(visit, reply.time, reply.text_en if t.language == "en" else reply.text_id)
                with ui.element("dl"):
                    for name, text in (
                        (t("effect.asked_s"), t.quantity(request.seconds if request else None, t("unit.seconds"))),
                        (t("effect.granted_s"), t.quantity(action.granted_s, t("unit.seconds"), 1)),
                        (t("effect.number"), f"{action.bridge} / {action.id}"),
                        (t("effect.audit"), (action.last.audit if action.last else None) or NOTHING),
                    ):
                        with ui.element("dt"):
                            ui.label(name)
                        with ui.element("dd").classes("hash"):
                            ui.label(text)


def _fact(visit: Visit, time: datetime, text: str) -> None:
    with ui.element("div").classes("case-line"):
        ui.label(visit.t.moment(time, today=visit.city.time, seconds=True)).classes("time")
        ui.label(text).classes("what")


def _course(visit: Visit, action: Action, course: Course, times: tuple[datetime, datetime]) -> None:
    t = visit.t
    with ui.element("div").classes("panel effect"):
        with ui.element("div").classes("panel-head"):
            name = approach_name(visit.console.site, action.junction, course.approach)
            ui.label(name).classes("h2").props('role="heading" aria-level="2"')
        ui.echart(before_after(course, *times, t), renderer="svg").classes("echart")
        with ui.element("table").classes("arms"):
            with ui.element("tr"):
                for key in ("mean", "before", "after"):
                    with ui.element("th"):
                        ui.label(t(f"effect.{key}"))
            for key, unit, before, after in (
                ("queue", "m", course.queue_before_m, course.queue_after_m),
                ("flow", t("unit.pcu_h"), course.flow_before_pcu_h, course.flow_after_pcu_h),
            ):
                with ui.element("tr"):
                    with ui.element("td"):
                        ui.label(t(f"effect.{key}"))
                    for value in (before, after):
                        with ui.element("td").classes("number"):
                            ui.label(t.quantity(value, unit))
