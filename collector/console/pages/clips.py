"""The recording of a case: the button that asks for it, how far it has come, and the page on which it plays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from nicegui import ui

from collector.clips.fetch import Fetch
from collector.console.clips import LEAST_WHY, NEEDED, ClipRoom
from collector.console.context import Console, token_of
from collector.console.door import refuse, sign_in_address, templates
from collector.console.operators import OperatorError
from collector.console.pages.frame import Visit
from collector.store.reading import CaseRow

_PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def routes(console: Console, room: ClipRoom) -> APIRouter:
    """The page of a recording, its pictures one by one, and the whole file."""
    router = APIRouter(include_in_schema=False)

    @router.get("/rekaman/{unit}/{case}.zip")
    def whole(request: Request, unit: str, case: str) -> Response:
        with _refusals():
            return _found(room.whole(token_of(request), unit, case), "application/zip")

    @router.get("/rekaman/{unit}/{case}")
    def page(request: Request, unit: str, case: str) -> Response:
        t, person = console.words(request), console.person(request)
        if person is None:
            return RedirectResponse(sign_in_address(request), status_code=303)
        if not person.role.may(NEEDED):
            console.operators.note(person.name, "refused", request.url.path, console.now(), detail=NEEDED.value)
            return refuse(t, person.role, NEEDED)
        with _refusals():
            index = room.index(token_of(request), unit, case)
        fetch = room.desk.of(unit, case)
        if index is None or fetch is None:
            raise HTTPException(404)
        now = console.now()
        times = [t.moment(time, today=now, seconds=True) for time in index.times]
        begun = index.times[0]
        text = templates.get_template("clip.html.jinja").render(
            t=t,
            unit=unit,
            case=case,
            camera=index.camera,
            fetch=fetch,
            times=times,
            offsets=[round((time - begun).total_seconds(), 3) for time in index.times],
            came=t.moment(fetch.came or now, today=now),
        )
        return HTMLResponse(text, headers=_PRIVATE)

    @router.get("/rekaman/{unit}/{case}/{number}.jpg")
    def picture(request: Request, unit: str, case: str, number: int) -> Response:
        with _refusals():
            return _found(room.picture(token_of(request), unit, case, number), "image/jpeg")

    return router


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except OperatorError as error:
        raise HTTPException(503 if error.key == "book" else 403, error.key) from None


def _found(content: bytes | None, kind: str) -> Response:
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type=kind, headers=_PRIVATE)


def draw(visit: Visit, case: CaseRow, fetch: Fetch | None, dialog: WhyDialog | None) -> None:
    """What is to be said of the recording of a case, and what may be done. `dialog` None: not by this person."""
    t = visit.t
    if fetch is not None:
        with ui.element("p").classes(f"clip {fetch.state}"):
            ui.icon({"here": "movie", "asked": "hourglass_empty", "coming": "downloading"}.get(fetch.state, "block"))
            ui.label(_stands(visit, fetch))
            if fetch.state == "coming":
                ui.element("progress").props(f'max=1 value={fetch.share:.3f} aria-label="{t("clip.progress")}"')
            ui.label(t("clip.asked_by", name=fetch.by, time=t.moment(fetch.asked, today=visit.city.time))).classes(
                "note"
            )
            ui.label(fetch.why).classes("note")
    if dialog is None:
        return
    with ui.element("div").classes("clip-do"):
        if fetch is not None and fetch.state == "here":
            address = f"/rekaman/{case.unit}/{case.event.case}"
            with ui.element("a").props(f'href="{address}" target="_blank"').classes("clip-play"):
                ui.icon("play_circle")
                ui.label(t("clip.play"))
        elif fetch is None or not fetch.open:
            button = ui.button(t("clip.ask"), icon="movie", on_click=lambda: dialog.ask(case))
            button.props("no-caps flat").classes("clip-ask")


def _stands(visit: Visit, fetch: Fetch) -> str:
    t = visit.t
    if fetch.state == "coming":
        size = t.quantity(fetch.size / 1e6, "MB", 1)
        return t("clip.coming", share=t.percent(fetch.share), size=size)
    if fetch.state == "refused":
        return t(f"clip.refused_{fetch.reason}")
    return t(f"clip.{fetch.state}")


class WhyDialog:
    """The dialog that asks what a recording is wanted for."""

    def __init__(self, visit: Visit, room: ClipRoom) -> None:
        t = visit.t
        self._visit, self._room = visit, room
        self._case: CaseRow | None = None
        with ui.dialog() as self._dialog, ui.element("div").classes("dialog clip-dialog"):
            ui.label(t("clip.ask")).classes("h2")
            ui.label(t("clip.law")).classes("note")
            self._why = ui.input(t("clip.why")).props(f"outlined dense dark maxlength=500 minlength={LEAST_WHY}")
            with ui.element("div").classes("judge"):
                send = ui.button(t("clip.ask"), icon="movie", on_click=self._send)
                send.props("no-caps unelevated color=primary").classes("clip-send")
                ui.button(t("cases.cancel"), on_click=self._dialog.close).props("no-caps flat")

    def ask(self, case: CaseRow) -> None:
        """Ask about this case."""
        self._case = case
        self._why.set_value("")
        self._dialog.open()

    def _send(self) -> None:
        """The role is asked for again, for the page may be older than a change of role."""
        if self._case is None:
            return
        try:
            self._room.ask(self._visit.token, self._case, str(self._why.value or ""))
        except OperatorError as error:
            ui.notify(self._visit.t(f"refused.{error.key}"), type="negative")
            return
        self._dialog.close()
        ui.notify(self._visit.t("clip.on_its_way"), type="positive")
        self._visit.console.poller.changed.emit()
