"""A green route: choose junctions and approaches in the order of driving, send, watch each leg, take it back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from nicegui import ui
from pydantic import ValidationError

from collector.console.accounts import Role
from collector.console.pages.frame import Visit, live_each_on, live_on
from collector.console.pages.signals_live import note, place, release, told
from collector.console.signals import ESCORTS, SignalDesk, Signals
from collector.console.signals_words import approach_name, junction_name, outcome, stage
from collector.signals.actions import Action
from collector.signals.route import LEAD_S, MOST_AHEAD_S, Leg, Route
from contract.signals import PriorityKind

_MOST_LEGS = 12
_NEXT_S = 60
"""A further junction is first guessed a minute behind the one before."""
_MOST_ROUTES = 6
_OPEN = frozenset({"requested", "queued", "activated"})
_KINDS = (PriorityKind.AMBULANCE, PriorityKind.FIRE, PriorityKind.VVIP, PriorityKind.CONVOY)


@dataclass(frozen=True, slots=True)
class LegNow:
    """One leg as it stands."""

    action: Action
    stage: str


def routes(visit: Visit, signals: Signals) -> None:
    """The form, for whoever may, and the routes of the day."""
    t = visit.t
    ui.label(t("route.heading")).classes("h2").props('role="heading" aria-level="2"')
    desk = visit.console.desk
    if desk is not None and visit.person.role.may(Role.OPERATE):
        _Form(visit, signals, desk)

    def listed() -> list[tuple[str, tuple[LegNow, ...]]]:
        return list(_routes(signals).items())[:_MOST_ROUTES]

    live_each_on(signals.changed, listed, lambda legs: _route(visit, legs), classes="routes", each="box")
    live_on(
        signals.changed,
        lambda: bool(_routes(signals)),
        lambda some: note("" if some else t("route.none")),
    )


def _routes(signals: Signals) -> dict[str, tuple[LegNow, ...]]:
    """Route -> its legs in the order of arrival; the route last heard of first."""
    found: defaultdict[str, list[LegNow]] = defaultdict(list)
    for action in signals.now.actions:
        if action.request is not None and action.request.kind is not None:
            leg = LegNow(action, stage(action, signals.now.of(action.junction)))
            found[action.request.route or action.id].append(leg)
    return {name: tuple(sorted(legs, key=_begins)) for name, legs in found.items()}


def _begins(leg: LegNow) -> tuple[float, str]:
    request = leg.action.request
    return (request.expires.timestamp() if request else 0.0, leg.action.id)


def _route(visit: Visit, legs: tuple[LegNow, ...]) -> None:
    t, site = visit.t, visit.console.site
    request = legs[0].action.request
    if request is None:
        return
    with ui.element("article").classes("panel route"):
        with ui.element("div").classes("panel-head"):
            ui.label(t(f"priority.{request.kind}")).classes("h3")
            ui.label(t.moment(legs[0].action.first, today=visit.city.time)).classes("note")
        ui.label(request.why).classes("why")
        with ui.element("ol").classes("legs"):
            for leg in legs:
                with ui.element("li").classes(leg.stage):
                    place(visit, leg.action.junction)
                    asked = leg.action.request
                    if asked is not None and asked.approach:
                        ui.label(approach_name(site, leg.action.junction, asked.approach)).classes("note")
                    ui.label(t(f"stage.{leg.stage}")).classes(f"stage {leg.stage}")
                    ui.label(outcome(leg.action, t)).classes("note said")
        standing = [leg for leg in legs if leg.stage in _OPEN and not leg.action.over]
        if standing and visit.console.desk is not None and visit.person.role.may(Role.OPERATE):
            cancel = ui.button(t("route.cancel"), icon="undo", on_click=lambda: _cancel(visit, standing))
            cancel.props("no-caps outline color=negative").classes("cancel")


async def _cancel(visit: Visit, standing: list[LegNow]) -> None:
    for leg in standing:
        if not await release(visit, leg.action.junction, leg.action.id):
            return


class _Form:
    """Where a route is put together."""

    def __init__(self, visit: Visit, signals: Signals, desk: SignalDesk) -> None:
        t = visit.t
        self._visit, self._signals, self._desk = visit, signals, desk
        self._rows: list[_Row] = []
        kinds = {
            kind.value: t(f"priority.{kind}")
            for kind in _KINDS
            if kind not in ESCORTS or visit.person.role.may(Role.MANAGE)
        }
        with ui.element("div").classes("panel route-form"):
            self._kind = ui.select(kinds, value=PriorityKind.AMBULANCE.value, label=t("route.kind"))
            self._kind.props("outlined dense dark options-dark").classes("kind")
            self._why = ui.input(t("route.why")).props("outlined dense dark maxlength=120").classes("why")
            self._legs = ui.element("ol").classes("leg-rows")
            with ui.element("div").classes("judge"):
                more = ui.button(t("route.more"), icon="add", on_click=self._more)
                more.props("no-caps outline").classes("more")
                send = ui.button(t("route.send"), icon="send", on_click=self._send)
                send.props("no-caps unelevated color=primary").classes("send")
            ui.label(t("route.note", lead=t.number(LEAD_S))).classes("note")
        self._more()

    def _more(self) -> None:
        if len(self._rows) >= _MOST_LEGS:
            return
        after = self._rows[-1].seconds + _NEXT_S if self._rows else _NEXT_S
        with self._legs:
            self._rows.append(_Row(self._visit, self._signals, min(after, MOST_AHEAD_S)))

    async def _send(self) -> None:
        try:
            route = Route(
                kind=PriorityKind(self._kind.value),
                why=str(self._why.value or "").strip(),
                legs=tuple(leg for row in self._rows if (leg := row.leg()) is not None),
            )
        except ValidationError:
            ui.notify(self._visit.t("route.incomplete"), type="negative")
            return
        if await told(self._visit, lambda: self._desk.open_route(self._visit.token, route)):
            self._legs.clear()
            self._rows.clear()
            self._why.set_value("")
            self._more()


class _Row:
    """One leg of the form: junction, approach, seconds until arrival."""

    def __init__(self, visit: Visit, signals: Signals, seconds: float) -> None:
        t = visit.t
        self._visit, self._signals = visit, signals
        names = {name: junction_name(visit.console.site, name) for name in sorted(signals.now.heard)}
        with ui.element("li"):
            self._junction = ui.select(names, label=t("signals.junction"), on_change=self._choose)
            self._approach = ui.select({}, label=t("junction.approach"))
            self._arrives = ui.number(t("route.arrives"), value=seconds, min=0, max=MOST_AHEAD_S, step=10)
            for part, kind in ((self._junction, "where"), (self._approach, "whence"), (self._arrives, "when")):
                part.props("outlined dense dark options-dark").classes(kind)

    @property
    def seconds(self) -> float:
        """Until the vehicle is there."""
        return min(float(self._arrives.value or 0), MOST_AHEAD_S)  # the field corrects itself only when it is left

    def leg(self) -> Leg | None:
        """What was chosen; None for a row left empty. `ValidationError` for one half filled in."""
        if not self._junction.value:
            return None
        return Leg(
            junction=str(self._junction.value),
            approach=str(self._approach.value or ""),
            arrives_in_s=self.seconds,
        )

    def _choose(self) -> None:
        junction = str(self._junction.value)
        heard = self._signals.now.of(junction)
        served = dict.fromkeys(name for one in (heard.status.phases if heard else ()) for name in one.approaches)
        self._approach.set_options({name: approach_name(self._visit.console.site, junction, name) for name in served})
