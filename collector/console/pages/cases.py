"""The inboxes: parking cases to be judged from their evidence, incident candidates, and camera trouble."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from fastapi import Request, Response
from nicegui import ui

from collector.clips.fetch import Fetch
from collector.console.accounts import Role
from collector.console.clips import NEEDED
from collector.console.context import Console
from collector.console.operators import OperatorError, Verdict, Word
from collector.console.pages import clips
from collector.console.pages.frame import Visit, live, live_each, show, since
from collector.console.picture_of_now import CASES, CityNow
from collector.console.sentences import case_place, case_title, precision
from collector.store.reading import CaseRow
from contract import CameraEvent

_MOST = 60
"""Cards on one page."""
_JUDGED_OVER = timedelta(days=30)
REJECTIONS = ("not_parked", "queueing", "allowed", "wrong_class", "other")
"""Ready reasons of a rejection: keys of the catalogue (`rejection.<key>`)."""


class Shown(NamedTuple):
    """A case with what was said of it, and how its recording stands."""

    case: CaseRow
    verdict: Verdict | None
    clip: Fetch | None = None


def add(console: Console) -> None:
    """Pages `/parkir` and `/insiden`."""

    @ui.page("/parkir")
    def parking(request: Request) -> Response | None:
        title = console.words(request)("tab.parking")
        return show(console, request, title, lambda visit: _draw(visit, "parking", frozenset({"parking"})))

    @ui.page("/insiden")
    def incidents(request: Request) -> Response | None:
        title = console.words(request)("tab.incidents")
        return show(console, request, title, lambda visit: _draw(visit, "incidents", frozenset({"incident", "camera"})))


def _draw(visit: Visit, page: str, kinds: frozenset[str]) -> None:
    t, chosen = visit.t, {"which": "open"}
    dialog = _Rejection(visit) if visit.person.role.may(Role.OPERATE) else None
    room = visit.console.clips
    why = clips.WhyDialog(visit, room) if room is not None and visit.person.role.may(NEEDED) else None

    def listed(city: CityNow) -> list[tuple[str, Shown]]:
        verdicts = visit.console.operators.verdicts(city.time - CASES)
        asked = room.desk.all() if room is not None else {}
        shown = [
            Shown(case, said_of(case, verdicts), asked.get((case.unit, case.event.case)))
            for case in city.cases
            if case.event.type in kinds
        ]
        return [(f"{one.case.unit}/{one.case.event.case}", one) for one in shown if _wanted(one, chosen["which"])]

    def newest(city: CityNow) -> list[tuple[str, Shown]]:
        return listed(city)[:_MOST]

    with ui.element("div").classes("cases"):
        with ui.element("div").classes("page-head"):
            ui.label(t(f"cases.{page}")).classes("h1").props('role="heading" aria-level="1"')
            choices = {key: t(f"cases.{key}") for key in ("open", "unjudged", "all")}
            filter_ = ui.toggle(choices, value="open").props("no-caps unelevated").classes("filter")
            if page == "parking":
                live(
                    visit,
                    lambda city: visit.console.operators.precision("parking", city.time - _JUDGED_OVER),
                    lambda found: _labelled(precision(found, t)),
                    classes="precision",
                )
        redraw = live_each(
            visit, newest, lambda one: _case(visit, one, dialog, why), classes="case-list", each="case-box"
        )
        live(visit, lambda city: len(listed(city)), lambda number: _below(visit, number), classes="nothing")

    def choose() -> None:
        chosen["which"] = str(filter_.value)
        redraw()
        visit.console.poller.changed.emit()

    filter_.on_value_change(choose)


def _labelled(text: str) -> None:
    ui.label(text)


def _below(visit: Visit, number: int) -> None:
    """What stands under the list: that there is nothing, or that there is more."""
    if not number:
        ui.icon("task_alt")
        ui.label(visit.t("cases.none"))
    elif number > _MOST:
        ui.label(visit.t("cases.more", number=visit.t.number(number - _MOST)))


def said_of(case: CaseRow, verdicts: Mapping[tuple[str, str], Verdict]) -> Verdict | None:
    """What the operators' book says of a case, else what its row in the store does."""
    event = case.event
    said = verdicts.get((case.unit, event.case))
    if said is not None or case.verdict is None or case.verdict_time is None:
        return said
    word: Word = "accepted" if case.verdict == "accepted" else "rejected"
    by, reason = case.verdict_by or "", case.verdict_reason or ""
    return Verdict(case.unit, event.case, event.type, word, reason, by, case.verdict_time)


def _wanted(one: Shown, which: str) -> bool:
    if which == "open":
        return one.case.event.closed is None
    return which == "all" or (one.verdict is None and not isinstance(one.case.event, CameraEvent))


def _case(visit: Visit, shown: Shown, dialog: _Rejection | None, why: clips.WhyDialog | None) -> None:
    t, case, event = visit.t, shown.case, shown.case.event
    with ui.element("article").classes(f"case {event.type} {'closed' if event.closed else 'open'}"):
        _evidence(visit, case)
        with ui.element("div").classes("case-text"):
            ui.label(case_title(case, t)).classes("h2").props('role="heading" aria-level="2"')
            _place(visit, case)
            with ui.element("dl"):
                _fact(t("cases.opened"), t.moment(event.opened, today=visit.city.time))
                with ui.element("dt"):
                    ui.label(t("cases.lasting"))
                with ui.element("dd"):
                    if event.closed:
                        ui.label(t.lasting((event.closed - event.opened).total_seconds()))
                    else:
                        since(visit, event.opened, form="length")
                zone = getattr(event, "zone", None)
                if zone:
                    _fact(t("cases.zone"), zone)
                _fact(t("cases.number"), f"{case.unit} / {event.case}")
            if getattr(event, "since_before_start", False):
                ui.label(t("cases.before_start")).classes("note")
            if not isinstance(event, CameraEvent):
                _verdict(visit, shown, dialog)
                if visit.console.clips is not None and not visit.person.guest:
                    clips.draw(visit, case, shown.clip, why)


def _place(visit: Visit, case: CaseRow) -> None:
    name, found = case_place(case, visit.console.site), visit.console.site.camera_places.get(case.event.camera)
    if found is None:
        ui.label(name).classes("place")
    else:
        with ui.element("a").props(f'href="/simpang/{found[0].id}"').classes("place"):
            ui.label(name)


def _fact(name: str, text: str) -> None:
    with ui.element("dt"):
        ui.label(name)
    with ui.element("dd"):
        ui.label(text)


def _evidence(visit: Visit, case: CaseRow) -> None:
    hashes: tuple[str, ...] = getattr(case.event, "evidence", ())
    with ui.element("div").classes("evidence"):
        if not hashes:
            ui.icon("videocam_off" if isinstance(case.event, CameraEvent) else "image_not_supported")
            if not isinstance(case.event, CameraEvent):
                ui.label(visit.t("cases.no_evidence"))
        for sha256 in hashes[-2:]:
            address = f"/bukti/{case.unit}/{case.event.case}/{sha256}.jpg"
            with ui.element("a").props(f'href="{address}" target="_blank"'):
                ui.element("img").props(f'src="{address}" loading="lazy" alt="{visit.t("cases.evidence")}"')


def _verdict(visit: Visit, shown: Shown, dialog: _Rejection | None) -> None:
    t, said = visit.t, shown.verdict
    if said is not None:
        with ui.element("p").classes(f"verdict {said.verdict}"):
            ui.icon("check_circle" if said.verdict == "accepted" else "cancel")
            ui.label(t(f"cases.{said.verdict}", name=said.name, time=t.moment(said.time, today=visit.city.time)))
            if said.reason:
                ui.label(said.reason).classes("note")
    if dialog is None:
        return
    case = shown.case
    with ui.element("div").classes("judge"):
        if said is None or said.verdict == "rejected":
            accept = ui.button(t("cases.accept"), icon="check", on_click=lambda: _judge(visit, case, "accepted"))
            accept.props("no-caps unelevated color=positive").classes("accept")
        if said is None or said.verdict == "accepted":
            reject = ui.button(t("cases.reject"), icon="close", on_click=lambda: dialog.ask(case))
            reject.props("no-caps outline color=negative").classes("reject")


def _judge(visit: Visit, case: CaseRow, verdict: Word, reason: str = "") -> bool:
    """Write the verdict down; the role is asked for again, for the page may be older than a change of role."""
    console = visit.console
    try:
        said = console.operators.judge(visit.token, case, console.now(), verdict=verdict, reason=reason)
    except OperatorError as error:
        ui.notify(visit.t(f"refused.{error.key}"), type="negative")
        return False
    console.tell_store(said)
    ui.notify(visit.t("cases.kept"), type="positive")
    console.poller.changed.emit()
    return True


class _Rejection:
    """The dialog that asks why a case is rejected."""

    def __init__(self, visit: Visit) -> None:
        t = visit.t
        self._visit = visit
        self._case: CaseRow | None = None
        with ui.dialog() as self._dialog, ui.element("div").classes("dialog"):
            ui.label(t("cases.why_reject")).classes("h2")
            reasons = {key: t(f"rejection.{key}") for key in REJECTIONS}
            self._ready = ui.radio(reasons).classes("reasons")
            self._text = ui.input(t("cases.reason")).props("outlined dense dark maxlength=500")
            with ui.element("div").classes("judge"):
                ui.button(t("cases.reject"), icon="close", on_click=self._reject).props(
                    "no-caps unelevated color=negative"
                )
                ui.button(t("cases.cancel"), on_click=self._dialog.close).props("no-caps flat")

    def ask(self, case: CaseRow) -> None:
        """Ask about this case."""
        self._case = case
        self._ready.set_value(None)
        self._text.set_value("")
        self._dialog.open()

    def _reject(self) -> None:
        key = self._ready.value
        ready = self._visit.t(f"rejection.{key}") if key and key != "other" else ""
        reason = ": ".join(part for part in (ready, str(self._text.value or "").strip()) if part)
        if self._case is not None and _judge(self._visit, self._case, "rejected", reason):
            self._dialog.close()
