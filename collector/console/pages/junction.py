"""One junction: what passes on each line, how each arm stands, what its cameras are worth, and a look through them."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request, Response
from nicegui import ui

from collector.console import charts
from collector.console.context import Console
from collector.console.door import missing
from collector.console.drawing import CLASS_COLOURS, mark, sign
from collector.console.judging import USABLE
from collector.console.pages import signals_live
from collector.console.pages.frame import Visit, live, show, since, svg
from collector.console.picture_of_now import ApproachNow, CameraNow, CityNow, Flow, JunctionNow
from collector.console.sentences import because, case_title, quality, why
from collector.console.words import NOTHING
from collector.store.reading import CaseRow
from contract import TRAFFIC

_LOOK_S, _EVERY_S = 60, 1.0
"""A look through a camera lasts a minute, a picture a second: enough to judge, too little to watch people by."""


def add(console: Console) -> None:
    """Page `/simpang/{junction}`."""

    @ui.page("/simpang/{junction}")
    def page(request: Request, junction: str) -> Response | None:
        now = console.poller.city.by_id.get(junction)
        if now is None:
            return missing(console.words(request))
        name = now.junction.name
        return show(console, request, name, lambda visit: _draw(visit, junction), guests=True)


def _draw(visit: Visit, junction: str) -> None:
    with ui.element("div").classes("junction"):
        live(visit, lambda city: city.by_id[junction], lambda now: _head(visit, now), classes="junction-head")
        with ui.element("div").classes("columns"):
            with ui.element("section").classes("flows"):
                for place, flow in enumerate(visit.city.by_id[junction].flows):
                    _flow(visit, junction, place, flow)
            with ui.element("section").classes("besides"):
                signals_live.panel(visit, junction)
                live(
                    visit,
                    lambda city: city.by_id[junction].approaches,
                    lambda arms: _approaches(visit, arms),
                    classes="panel",
                )
                for place, camera in enumerate(visit.city.by_id[junction].cameras):
                    _camera(visit, junction, place, camera)
                if not visit.person.guest:
                    live(
                        visit,
                        lambda city: cases_of(city, junction),
                        lambda found: _cases(visit, found),
                        classes="panel",
                    )


def cases_of(city: CityNow, junction: str) -> tuple[CaseRow, ...]:
    """Cases of this junction's cameras, newest first."""
    cameras = {camera.id for camera in city.by_id[junction].junction.cameras}
    return tuple(case for case in city.cases if case.event.camera in cameras)


def _cases(visit: Visit, cases: tuple[CaseRow, ...]) -> None:
    t = visit.t
    ui.label(t("junction.cases")).classes("h2").props('role="heading" aria-level="2"')
    if not cases:
        ui.label(t("junction.no_cases")).classes("note")
    for case in cases[:8]:
        event = case.event
        with (
            ui.element("a").props(f'href="{"/parkir" if event.type == "parking" else "/insiden"}"').classes("case-line")
        ):
            ui.label(t.moment(event.opened, today=visit.city.time)).classes("time")
            ui.label(case_title(case, t)).classes("what")
            if event.closed:
                length = t.lasting((event.closed - event.opened).total_seconds())
                ui.label(t("junction.lasted", length=length)).classes("note")
            else:
                ui.label(t("junction.still")).classes("still")


def _head(visit: Visit, now: JunctionNow) -> None:
    t = visit.t
    svg(mark(now, 84))
    with ui.element("div").classes("title"):
        ui.label(now.junction.name).classes("h1").props('role="heading" aria-level="1"')
        with ui.element("p"):
            ui.label(t(f"condition.{now.condition}")).classes(f"word {now.condition}")
            ui.label(why(now, t))
    with ui.element("div").classes("figures"):
        for key, number in (("map.last_interval", now.interval), ("map.last_hour", now.hour)):
            with ui.element("div").classes("figure-box"):
                ui.label(t(key)).classes("what")
                ui.label(t.quantity(number, t("unit.vehicles"))).classes("number")
                if key == "map.last_interval":
                    since(visit, now.time, nothing=t("frame.never"))
                else:
                    ui.label(t("junction.seen", share=t.percent(now.seen_share))).classes("note")


def _flow(visit: Visit, junction: str, place: int, flow: Flow) -> None:
    with ui.element("div").classes("panel flow"):
        with ui.element("div").classes("panel-head"):
            name = flow.approach.name if flow.approach else flow.line.id
            ui.label(name).classes("h2").props('role="heading" aria-level="2"')
            ui.label(flow.direction).classes("direction")
        live(
            visit,
            lambda city: (city.by_id[junction].flows[place], city.by_id[junction].time),
            lambda shown: _counts(visit, *shown),
            classes="counts",
        )
        live(
            visit,
            lambda city: (city.by_id[junction].flows[place].bins, city.hour.start),
            lambda shown: _chart(visit, visit.city.by_id[junction].flows[place], shown[1]),
            classes="chart",
        )


def _counts(visit: Visit, flow: Flow, time: datetime | None) -> None:
    t = visit.t
    with ui.element("table").props(f'aria-label="{t("junction.by_class")}"'):
        with ui.element("tr"):
            ui.element("th")
            for kind in TRAFFIC:
                with ui.element("th").style(f"--kind: {CLASS_COLOURS[kind]}").classes("class"):
                    ui.label(t(f"class.{kind}"))
            with ui.element("th"):
                ui.label(t("junction.sum"))
        hour = flow.hour if any(part is not None for part in flow.bins) else None
        for key, counts in (("junction.interval", flow.interval), ("junction.hour", hour)):
            with ui.element("tr"):
                with ui.element("th"):
                    ui.label(t(key))
                for kind in TRAFFIC:
                    with ui.element("td"):
                        ui.label(NOTHING if counts is None else t.number(counts.get(kind, 0)))
                with ui.element("td").classes("sum"):
                    ui.label(NOTHING if counts is None else t.number(sum(counts.values())))
    if flow.interval is None:
        ui.label(t("junction.not_seen")).classes("not-seen")
    since(visit, time, before=t("frame.updated"), nothing=t("frame.never"))


def _chart(visit: Visit, flow: Flow, start: datetime) -> None:
    if all(part is None for part in flow.bins):
        ui.label(visit.t("junction.no_hour")).classes("empty")
    else:
        ui.echart(charts.last_hour(flow, start, visit.t), renderer="svg").classes("echart")


def _approaches(visit: Visit, arms: tuple[ApproachNow, ...]) -> None:
    t = visit.t
    ui.label(t("junction.approaches")).classes("h2").props('role="heading" aria-level="2"')
    with ui.element("table").classes("arms"):
        with ui.element("tr"):
            for key in ("approach", "condition", "queue", "speed", "occupancy", "flow"):
                with ui.element("th"):
                    ui.label(t(f"junction.{key}"))
        for arm in arms:
            found = arm.measured
            with ui.element("tr").classes("" if arm.condition else "unmeasured"):
                with ui.element("td"):
                    ui.label(arm.approach.name)
                with ui.element("td").classes("state"):
                    if arm.condition:
                        svg(sign(arm.condition, 18))
                        word = ui.label(t(f"condition.{arm.condition}"))
                        if arm.reason:
                            word.tooltip(because(arm.reason, t))
                    else:
                        ui.label(t("junction.unmeasured"))
                for text in (
                    t.quantity(found.queue_m, "m"),
                    t.quantity(found.speed_kmh, "km/h"),
                    t.percent(found.occupancy),
                    t.quantity(found.pcu_h, t("unit.pcu_h")),
                ):
                    with ui.element("td").classes("number"):
                        ui.label(text)


def _camera(visit: Visit, junction: str, place: int, camera: CameraNow) -> None:
    with ui.element("div").classes("panel camera"):
        live(
            visit,
            lambda city: city.by_id[junction].cameras[place],
            lambda now: _camera_words(visit, now),
            classes="camera-words",
        )
        if visit.console.picture is not None:
            _look(visit, camera.camera.id)


def _camera_words(visit: Visit, now: CameraNow) -> None:
    t = visit.t
    ui.label(now.camera.name).classes("h2").props('role="heading" aria-level="2"')
    with ui.element("dl"):
        for key, text, kind in (
            ("condition", *_condition(visit, now)),
            ("quality", quality(now, t), now.grade or "none"),
            ("fps", t.quantity(now.fps, t("unit.fps"), 1), ""),
            ("light", t(f"light.{now.light}") if now.light else NOTHING, ""),
            ("unit", now.camera.unit, ""),
        ):
            with ui.element("dt"):
                ui.label(t(f"junction.camera_{key}"))
            with ui.element("dd").classes(kind):
                ui.label(text)
        with ui.element("dt"):
            ui.label(t("junction.camera_last"))
        with ui.element("dd"):
            since(visit, now.time, nothing=t("frame.never"))


def _condition(visit: Visit, now: CameraNow) -> tuple[str, str]:
    """In words, and the class that colours them."""
    if now.condition is None:
        return NOTHING, "none"
    return visit.t(f"camera.{now.condition}"), "" if now.condition in USABLE else "bad"


def _look(visit: Visit, camera: str) -> None:
    """Pictures only while somebody asks for them, and a line in the audit of who did."""
    t, console = visit.t, visit.console
    box = ui.element("div").classes("look")

    def look() -> None:
        console.operators.note(visit.person.name, "picture.look", camera, console.now())
        left = [int(_LOOK_S / _EVERY_S)]
        box.clear()
        with box:
            image = ui.element("img").props(f'alt="{t("junction.picture_of", camera=camera)}"')
            note = ui.label(t("junction.picture_for", seconds=str(_LOOK_S))).classes("note")
            ui.button(t("junction.stop"), icon="visibility_off", on_click=stop).props("flat no-caps")

            def turn() -> None:
                left[0] -= 1
                if left[0] < 0:
                    stop()
                else:
                    image.props(f'src="/gambar/{camera}.jpg?n={left[0]}"')
                    note.set_text(t("junction.picture_for", seconds=str(int(left[0] * _EVERY_S))))

            ui.timer(_EVERY_S, turn)

    def stop() -> None:
        box.clear()
        with box:
            ui.button(t("junction.look"), icon="visibility", on_click=look).props("outline no-caps")

    with box:
        ui.button(t("junction.look"), icon="visibility", on_click=look).props("outline no-caps")
