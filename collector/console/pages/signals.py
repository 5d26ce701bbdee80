"""Signals of the whole city: proposals that wait for a word, green routes, each junction's state, what was asked."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request, Response
from nicegui import ui

from collector.console.accounts import Role
from collector.console.context import Console
from collector.console.pages import signals_action, signals_route
from collector.console.pages.frame import Visit, live_each_on, live_on, show
from collector.console.pages.signals_live import address, greens, note, place, told
from collector.console.signals import Proposal, SignalDesk, Signals
from collector.console.signals_words import approach_name, asked, junction_name, outcome, proposed
from collector.console.words import NOTHING
from collector.signals.actions import Action
from collector.signals.board import Heard
from contract.signals import SignalReason

REJECTIONS = ("queue_gone", "other_needs", "event", "doubtful", "other")
"""Ready reasons: keys of the catalogue (`proposal.<key>`)."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the cameras say of an approach now, as it stands beside a proposal."""

    approach: str
    queue_m: float | None
    pcu_h: float | None


def add(console: Console) -> None:
    """Pages `/sinyal` and `/sinyal/{bridge}/{request}`; none where the console hears no bridges."""
    signals = console.signals
    if signals is None:
        return

    @ui.page("/sinyal")
    def page(request: Request) -> Response | None:
        return show(console, request, console.words(request)("tab.signals"), lambda visit: _draw(visit, signals))

    signals_action.add(console, signals)


def _draw(visit: Visit, signals: Signals) -> None:
    t = visit.t
    with ui.element("div").classes("signals-page"):
        with ui.element("div").classes("page-head"):
            ui.label(t("signals.title")).classes("h1").props('role="heading" aria-level="1"')
        _hands(visit)
        with ui.element("div").classes("columns"):
            with ui.element("section"):
                _inbox(visit, signals)
                _table(visit, signals)
            with ui.element("section"):
                signals_route.routes(visit, signals)
                _junctions(visit, signals)


def _hands(visit: Visit) -> None:
    """What stands between this operator and a signal, said before anything is pressed."""
    t, desk = visit.t, visit.console.desk
    if not visit.person.role.may(Role.OPERATE):
        ui.label(t("signals.only_look", role=t(f"role.{visit.person.role}"))).classes("note")
        return
    trouble = desk.trouble(visit.person) if desk else t("signals.not_set_up")
    if trouble is not None:
        with ui.element("aside").classes("alert").props('role="alert"'):
            ui.label(t("refused.no_key"))
            if visit.person.role.may(Role.MANAGE):
                ui.label(trouble).classes("note")


def _inbox(visit: Visit, signals: Signals) -> None:
    t = visit.t
    desk = visit.console.desk if visit.person.role.may(Role.OPERATE) else None
    dialog = None if desk is None else _Rejection(visit, desk)
    ui.label(t("signals.inbox")).classes("h2").props('role="heading" aria-level="2"')

    def listed() -> list[tuple[str, tuple[Proposal, tuple[Measured, ...]]]]:
        return [(f"{one.junction}/{one.request}", (one, _measured(visit, one))) for one in signals.now.proposals]

    live_each_on(
        signals.changed, listed, lambda shown: _proposal(visit, *shown, desk, dialog), classes="proposals", each="box"
    )
    live_on(
        signals.changed,
        lambda: bool(signals.now.proposals),
        lambda some: None if some else _nothing(visit),
        classes="nothing",
    )


def _nothing(visit: Visit) -> None:
    ui.icon("task_alt")
    ui.label(visit.t("signals.no_proposals"))


def _measured(visit: Visit, one: Proposal) -> tuple[Measured, ...]:
    now = visit.city.by_id.get(one.junction)
    arms = {arm.approach.id: arm.measured for arm in now.approaches} if now else {}
    return tuple(
        Measured(name, arms[name].queue_m, arms[name].pcu_h) if name in arms else Measured(name, None, None)
        for name in one.approaches
    )


def _proposal(
    visit: Visit, one: Proposal, measured: tuple[Measured, ...], desk: SignalDesk | None, dialog: _Rejection | None
) -> None:
    t, site = visit.t, visit.console.site
    with ui.element("article").classes("proposal"):
        ui.label(proposed(one, t)).classes("h2").props('role="heading" aria-level="3"')
        place(visit, one.junction)
        ui.label(one.why).classes("why")
        with ui.element("dl"):
            _fact(t("signals.from"), one.who)
            for arm in measured:
                queue, flow = t.quantity(arm.queue_m, "m"), t.quantity(arm.pcu_h, t("unit.pcu_h"))
                _fact(approach_name(site, one.junction, arm.approach), t("signals.measured", queue=queue, flow=flow))
            if one.expires is not None:
                with ui.element("dt"):
                    ui.label(t("signals.good_for"))
                with ui.element("dd"):
                    ui.label(NOTHING).props(
                        f'data-until="{int(one.expires.timestamp() * 1000)}" data-past="{t("signals.passed")}"'
                    )
        if desk is None or dialog is None:
            return
        with ui.element("div").classes("judge"):
            approve = ui.button(t("signals.approve"), icon="check", on_click=lambda: decide(visit, desk, one))
            approve.props("no-caps unelevated color=positive").classes("accept")
            reject = ui.button(t("signals.reject"), icon="close", on_click=lambda: dialog.ask(one))
            reject.props("no-caps outline color=negative").classes("reject")


def _fact(name: str, text: str) -> None:
    with ui.element("dt"):
        ui.label(name)
    with ui.element("dd"):
        ui.label(text)


async def decide(visit: Visit, desk: SignalDesk, one: Proposal, *, rejected: str | None = None) -> bool:
    """Send the word, and say what came of it; the role is asked for again when it is pressed."""
    why = visit.t("signals.approved_why") if rejected is None else rejected
    approve = rejected is None
    return await told(visit, lambda: desk.decide(visit.token, one.junction, one.request, approve=approve, why=why))


class _Rejection:
    """The dialog that asks why a proposal is rejected."""

    def __init__(self, visit: Visit, desk: SignalDesk) -> None:
        t = visit.t
        self._visit, self._desk = visit, desk
        self._one: Proposal | None = None
        with ui.dialog() as self._dialog, ui.element("div").classes("dialog"):
            ui.label(t("signals.why_reject")).classes("h2")
            self._ready = ui.radio({key: t(f"proposal.{key}") for key in REJECTIONS}).classes("reasons")
            self._text = ui.input(t("cases.reason")).props("outlined dense dark maxlength=120")
            with ui.element("div").classes("judge"):
                reject = ui.button(t("signals.reject"), icon="close", on_click=self._reject)
                reject.props("no-caps unelevated color=negative")
                ui.button(t("cases.cancel"), on_click=self._dialog.close).props("no-caps flat")

    def ask(self, one: Proposal) -> None:
        """Ask about this proposal."""
        self._one = one
        self._ready.set_value(None)
        self._text.set_value("")
        self._dialog.open()

    async def _reject(self) -> None:
        key = self._ready.value
        ready = self._visit.t(f"proposal.{key}") if key and key != "other" else ""
        reason = ": ".join(part for part in (ready, str(self._text.value or "").strip()) if part)
        if self._one is not None and await decide(self._visit, self._desk, self._one, rejected=reason):
            self._dialog.close()


def _table(visit: Visit, signals: Signals) -> None:
    t = visit.t
    ui.label(t("signals.actions")).classes("h2").props('role="heading" aria-level="2"')
    with ui.element("div").classes("panel action-table"):
        live_on(signals.changed, lambda: signals.now.actions, lambda found: _rows(visit, signals, found))


def _rows(visit: Visit, signals: Signals, actions: tuple[Action, ...]) -> None:
    t = visit.t
    if not actions:
        ui.label(t("signals.no_actions")).classes("note")
        return
    with ui.element("table").classes("entries"):
        with ui.element("thead"), ui.element("tr"):
            for key in ("time", "junction", "asked", "by", "outcome"):
                with ui.element("th"):
                    ui.label(t(f"signals.{key}"))
        with ui.element("tbody"):
            for action in actions:
                _row(visit, action, signals.now.of(action.junction))


def _row(visit: Visit, action: Action, heard: Heard | None) -> None:
    t, request = visit.t, action.request
    by = f"{request.who}: {request.why}" if request else NOTHING
    with ui.element("tr").classes(f"action {action.outcome}"):
        with ui.element("td").classes("time"), ui.element("a").props(f'href="{address(action)}"'):
            ui.label(t.moment(action.first, today=visit.city.time, seconds=True))
        for text, kind in (
            (junction_name(visit.console.site, action.junction), "place"),
            (asked(action, heard, t), "what"),
            (by, "by"),
            (outcome(action, t), "outcome"),
        ):
            with ui.element("td").classes(kind):
                ui.label(text)


def _junctions(visit: Visit, signals: Signals) -> None:
    t = visit.t
    ui.label(t("signals.junctions")).classes("h2").props('role="heading" aria-level="2"')

    def listed() -> list[tuple[str, _Line]]:
        return [(name, _line(visit, signals, one)) for name, one in sorted(signals.now.heard.items())]

    with ui.element("div").classes("panel"):
        live_each_on(signals.changed, listed, lambda line: _junction(visit, line), classes="bridges", each="box")
        live_on(
            signals.changed,
            lambda: bool(signals.now.heard),
            lambda some: note("" if some else t("signals.no_bridges")),
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """What is shown of one junction."""

    junction: str
    green: str
    armed: bool
    against: tuple[SignalReason, ...]


def _line(visit: Visit, signals: Signals, heard: Heard) -> _Line:
    status = heard.status
    if heard.stale(signals.now.time):
        return _Line(status.junction, visit.t("signals.silent_short"), armed=False, against=())
    return _Line(status.junction, greens(visit, heard), status.armed, status.reasons)


def _junction(visit: Visit, line: _Line) -> None:
    t = visit.t
    with ui.element("div").classes("bridge-line"):
        place(visit, line.junction)
        ui.label(line.green).classes("what")
        kind = "good" if line.armed else "warn"
        ui.label(t("signals.armed" if line.armed else "signals.disarmed")).classes(f"state-chip {kind}")
        if line.against:
            ui.label(" ".join(t(f"signal_reason.{reason}") for reason in line.against)).classes("note against-line")
