"""A junction's signals on its page: what each phase shows and since when, who holds it, and why it cannot be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from nicegui import ui

from collector.console.accounts import Role
from collector.console.operators import OperatorError
from collector.console.pages.frame import Visit, live_on, since
from collector.console.signals import Signals
from collector.console.signals_words import asked, junction_name, leased, outcome, phases
from collector.console.words import NOTHING
from collector.signals.actions import Action
from collector.signals.board import Heard
from collector.signals.sending import SignalError
from contract import LeaseState, PhaseState, SignalStatus
from contract.signals import SignalReason

_ACTIONS = 6
_SOFT = frozenset({SignalReason.NOT_ARMED})
"""Nothing is wrong: nobody has armed it."""


def panel(visit: Visit, junction: str) -> None:
    """The panel; nothing where the console hears no bridges at all."""
    signals = visit.console.signals
    if signals is None:
        return

    def shown() -> tuple[Heard | None, bool]:
        heard = signals.now.of(junction)
        return heard, heard is not None and heard.stale(signals.now.time)

    with ui.element("div").classes("panel signals-panel"):
        live_on(signals.changed, shown, lambda found: _signals(visit, *found), classes="signals-now")
        if visit.person.guest:
            return
        live_on(
            signals.changed,
            lambda: _releasable(signals, junction),
            lambda request: _take_back(visit, junction, request),
            classes="signals-release",
        )
        live_on(
            signals.changed,
            lambda: signals.now.actions_of(junction)[:_ACTIONS],
            lambda found: _actions(visit, found),
            classes="signals-actions",
        )


def _signals(visit: Visit, heard: Heard | None, stale: bool) -> None:
    t = visit.t
    with ui.element("div").classes("panel-head"):
        ui.label(t("signals.heading")).classes("h2").props('role="heading" aria-level="2"')
        if heard is not None:
            since(visit, heard.arrived)
    if heard is None:
        ui.label(t("signals.no_bridge")).classes("note")
        return
    status = heard.status
    if stale:
        ui.label(t("signals.silent")).classes("alert").props('role="alert"')
    _state(visit, status, still=stale)
    with ui.element("table").classes("phases stale" if stale else "phases"):
        with ui.element("tr"):
            for key in ("phase", "shows", "since", "bounds"):
                with ui.element("th"):
                    ui.label(t(f"signals.{key}"))
        for phase in status.phases:
            _phase(visit, phase, heard.arrived - timedelta(seconds=status.age_s or 0.0), still=stale)
    if not visit.person.guest:
        _lease(visit, heard)
    _against(visit, status)


def _state(visit: Visit, status: SignalStatus, *, still: bool) -> None:
    """Mode, authority, armed, plan, watchdog: one chip each; of a silent bridge none in the colour of what is well."""
    t = visit.t
    watchdog = t.quantity(status.watchdog_s, t("unit.seconds"))
    with ui.element("div").classes("chips"):
        for text, kind in (
            (t(f"mode.{status.mode}"), "good" if status.mode == "remote" else "warn"),
            (t("signals.armed" if status.armed else "signals.disarmed"), "good" if status.armed else "warn"),
            (t(f"authority.{status.authority}"), ""),
            (t("signals.plan", plan=NOTHING if status.pattern is None else str(status.pattern)), ""),
            (t("signals.watchdog", seconds=watchdog), "" if status.watchdog_s else "warn"),
        ):
            ui.label(text).classes("state-chip stale" if still else f"state-chip {kind}")


def _phase(visit: Visit, phase: PhaseState, read: datetime, *, still: bool) -> None:
    t = visit.t
    began = None if phase.shown_s is None else read - timedelta(seconds=phase.shown_s)
    with ui.element("tr").classes(f"phase {phase.aspect}"):
        with ui.element("td"):
            ui.label(str(phase.phase)).classes("number")
            ui.label(", ".join(phase.approaches)).classes("note")
        with ui.element("td").classes("shows"):
            ui.element("span").classes("lamp3").props('aria-hidden="true"')
            ui.label(t(f"aspect.{phase.aspect}"))
            if phase.pedestrian in {"walk", "clear"}:
                ui.icon("directions_walk").tooltip(t(f"walk.{phase.pedestrian}"))
        with ui.element("td"):
            if began is None or still:
                ui.label(NOTHING)
            else:
                ui.label(t.lasting((visit.console.now() - began).total_seconds())).props(
                    f'data-since="{_ms(began)}" data-form="length"'
                )
        with ui.element("td").classes("bounds"):
            if phase.aspect == "green" and began is not None and not still:
                _bounds(visit, phase, began)


def _bounds(visit: Visit, phase: PhaseState, began: datetime) -> None:
    """The green between its minimum and its maximum, counted down in the browser."""
    t = visit.t
    if phase.min_green_s is None or phase.max_green_s is None:
        return
    tick = phase.min_green_s / phase.max_green_s
    ui.element("div").classes("green-bar").props(
        f'data-began="{_ms(began)}" data-most="{phase.max_green_s:g}" aria-hidden="true"'
    ).style(f"--tick: {tick:.3f}")
    with ui.element("div").classes("countdown"):
        for key, length in (("minimum", phase.min_green_s), ("maximum", phase.max_green_s)):
            with ui.element("span"):
                ui.label(t(f"signals.{key}"))
                until = began + timedelta(seconds=length)
                ui.label(NOTHING).props(f'data-until="{_ms(until)}" data-past="{t("signals.passed")}"')


def _lease(visit: Visit, heard: Heard) -> None:
    t, lease = visit.t, heard.status.lease
    if lease is None:
        return
    ends = heard.arrived + timedelta(seconds=lease.remaining_s)
    with ui.element("div").classes("lease"):
        ui.icon("key" if lease.outcome == "active" else "hourglass_top")
        with ui.element("div"):
            ui.label(leased(lease, heard, t)).classes("what")
            ui.label(t(f"outcome.{lease.outcome}", who=lease.who)).classes("note")
            ui.label(lease.why).classes("note why")
            if lease.waits_for is not None:
                ui.label(t("signals.waits", reason=t(f"signal_reason.{lease.waits_for}"))).classes("note")
            with ui.element("span").classes("note ends"):
                ui.label(t("signals.given", seconds=t.number(lease.granted_s)))
                ui.label(t("signals.ends_in"))
                ui.label(NOTHING).props(f'data-until="{_ms(ends)}" data-past="{t("signals.passed")}"')


def _against(visit: Visit, status: SignalStatus) -> None:
    if not status.reasons:
        return
    t = visit.t
    soft = set(status.reasons) <= _SOFT
    ui.label(t("signals.why_not")).classes("why-not")
    with ui.element("ul").classes("against soft" if soft else "against"):
        for reason in status.reasons:
            with ui.element("li"):
                ui.label(t(f"signal_reason.{reason}"))


def _releasable(signals: Signals, junction: str) -> str | None:
    """The request that stands and may be taken back from here."""
    heard = signals.now.of(junction)
    lease: LeaseState | None = None if heard is None or heard.stale(signals.now.time) else heard.status.lease
    return lease.request if lease else None


def _take_back(visit: Visit, junction: str, request: str | None) -> None:
    desk = visit.console.desk
    if request is None or desk is None or not visit.person.role.may(Role.OPERATE):
        return
    button = ui.button(visit.t("signals.release"), icon="undo", on_click=lambda: release(visit, junction, request))
    button.props("no-caps outline")


async def release(visit: Visit, junction: str, request: str) -> bool:
    """Take a request back, and say what came of it."""
    desk = visit.console.desk
    if desk is None:
        return False
    return await told(visit, lambda: desk.release(visit.token, junction, request, visit.t("signals.release_why")))


async def told(visit: Visit, ask: Callable[[], object]) -> bool:
    """Ask for something in a thread, for a broker may keep it waiting, and say what came of it."""
    try:
        await asyncio.to_thread(ask)
    except (OperatorError, SignalError) as error:
        ui.notify(visit.t(f"refused.{error.key}"), type="negative")
        return False
    ui.notify(visit.t("signals.asked_for"), type="positive")
    return True


def _actions(visit: Visit, actions: tuple[Action, ...]) -> None:
    t, signals = visit.t, visit.console.signals
    ui.label(t("signals.actions")).classes("h3")
    if not actions:
        ui.label(t("signals.no_actions")).classes("note")
    for action in actions:
        heard = signals.now.of(action.junction) if signals else None
        with ui.element("a").props(f'href="{address(action)}"').classes("case-line"):
            ui.label(t.moment(action.first, today=visit.city.time)).classes("time")
            ui.label(asked(action, heard, t)).classes("what")
            ui.label(outcome(action, t)).classes("note")


def address(action: Action) -> str:
    """The page of one action."""
    return f"/sinyal/{action.bridge}/{action.id}"


def greens(visit: Visit, heard: Heard) -> str:
    """The phases that are green now, in one line."""
    shown = [phase for phase in heard.status.phases if phase.aspect == "green"]
    approaches = dict.fromkeys(name for phase in shown for name in phase.approaches)
    return phases((one.phase for one in shown), approaches, visit.t) if shown else visit.t("signals.no_green")


def note(text: str) -> None:
    """A quiet line, if there is anything to say."""
    if text:
        ui.label(text).classes("note")


def place(visit: Visit, junction: str) -> None:
    """The junction's name, leading to its page."""
    with ui.element("a").props(f'href="/simpang/{junction}"').classes("place"):
        ui.label(junction_name(visit.console.site, junction))


def _ms(time: datetime) -> int:
    return int(time.timestamp() * 1000)
