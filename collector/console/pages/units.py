"""The fleet: every unit, the troubled first, what is wrong with it in words, and what to bring to the site."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request, Response
from nicegui import ui

from collector.console.advice import Finding, Severity, examine_all, worst
from collector.console.context import Console
from collector.console.judging import USABLE
from collector.console.pages.frame import Visit, live, live_each, show, since
from collector.console.picture_of_now import CityNow
from collector.console.sentences import bring, finding
from collector.console.words import NOTHING, Words
from collector.store.reading import UnitStatus
from contract import Health

Examined = tuple[UnitStatus, tuple[Finding, ...]]


def add(console: Console) -> None:
    """Page `/armada`."""

    @ui.page("/armada")
    def page(request: Request) -> Response | None:
        return show(console, request, console.words(request)("tab.units"), _draw)


def _draw(visit: Visit) -> None:
    with ui.element("div").classes("units"):
        live(visit, tally, lambda found: _head(visit, found), classes="page-head")
        live_each(visit, examined, lambda one: _unit(visit, *one), classes="unit-list")


def examined(city: CityNow) -> list[tuple[str, Examined]]:
    """Every unit with its findings, the worst first."""
    found = examine_all(city)
    units = [(unit, found[unit.unit]) for unit in city.units]
    units.sort(key=lambda one: (worst(one[1]).rank, one[0].online, one[0].unit))
    return [(one[0].unit, one) for one in units]


def tally(city: CityNow) -> tuple[tuple[Severity, int], ...]:
    """How many units are how well."""
    found = [worst(findings) for findings in examine_all(city).values()]
    return tuple((severity, found.count(severity)) for severity in Severity)


def _head(visit: Visit, counted: tuple[tuple[Severity, int], ...]) -> None:
    t, city = visit.t, visit.city
    ui.label(t("units.heading")).classes("h1").props('role="heading" aria-level="1"')
    for severity, number in counted:
        ui.label(f"{number} {t(f'severity.{severity}')}").classes(f"chip severity {severity}")
    known = {unit.unit for unit in city.units}
    never = sorted({camera.unit for _, camera in visit.console.site.camera_places.values()} - known)
    if never:
        ui.label(t("units.never", units=", ".join(never))).classes("never")


def _unit(visit: Visit, unit: UnitStatus, found: tuple[Finding, ...]) -> None:
    t = visit.t
    with ui.element("article").classes(f"unit {worst(found)}"):
        with ui.element("div").classes("unit-head"):
            ui.element("span").classes("lamp on" if unit.online else "lamp")
            ui.label(unit.unit).classes("h2").props('role="heading" aria-level="2"')
            ui.label(_places(visit, unit.unit)).classes("places")
            with ui.element("span").classes("presence"):
                ui.label(t("units.online" if unit.online else "units.offline"))
                ui.label(t(f"reason.{unit.state.reason}")).classes("note")
                since(visit, unit.state.started if unit.online else unit.last_seen)
        _vitals(visit, unit)
        for text in news(unit, t):
            ui.label(text).classes("note")
        if found:
            with ui.element("ul").classes("findings"):
                for one in found:
                    with ui.element("li").classes(one.severity):
                        ui.label(finding(one, t))
            things = bring(found, t)
            if things:
                with ui.element("div").classes("bring"):
                    ui.icon("handyman")
                    ui.label(t("units.bring")).classes("what")
                    ui.label(" · ".join(things))


def _places(visit: Visit, unit: str) -> str:
    places = visit.console.site.camera_places.values()
    return ", ".join(sorted({junction.name for junction, camera in places if camera.unit == unit}))


def _vitals(visit: Visit, unit: UnitStatus) -> None:
    t, health = visit.t, unit.health
    with ui.element("dl").classes("vitals"):
        for key, text in _measured(visit, unit, health):
            with ui.element("div"):
                with ui.element("dt"):
                    ui.label(t(f"units.{key}"))
                with ui.element("dd"):
                    ui.label(text)
        if health:
            for camera in health.cameras:
                with ui.element("div").classes("camera" if camera.condition in USABLE else "camera bad"):
                    with ui.element("dt"):
                        ui.label(camera.camera)
                    with ui.element("dd"):
                        ui.label(f"{t(f'camera.{camera.condition}')} · {t.quantity(camera.fps, t('unit.fps'), 1)}")


def _measured(visit: Visit, unit: UnitStatus, health: Health | None) -> list[tuple[str, str]]:
    t = visit.t
    rows = []
    if health is not None:
        power = {True: t("units.power_low"), False: t("units.power_good"), None: NOTHING}[health.under_voltage]
        rows = [
            *_supply(visit, health),
            ("temperature", t.quantity(health.temperature_c, "°C")),
            ("power", power),
            ("disk", t.quantity(health.disk_free_mb / 1000, "GB", 1)),
            ("memory", t.quantity(health.memory_mb, "MB")),
            ("outbox", t.quantity(health.outbox_depth, t("unit.messages"))),
            ("uptime", t.lasting(health.uptime_s)),
        ]
    number = f" · {t('units.update', number=str(unit.update.number))}" if unit.update and unit.update.number else ""
    rows.append(("software", unit.state.software + number))
    if unit.reported is not None and unit.reported.revision:
        rows.append(("configuration", t("units.revision", revision=str(unit.reported.revision))))
    skew = t.quantity(unit.skew_s, t("unit.seconds"), 1)
    return [*rows, ("clock", skew), ("missing", t.quantity(unit.missing, t("unit.messages")))]


def _supply(visit: Visit, health: Health) -> list[tuple[str, str]]:
    """Of a battery, where there is one."""
    t = visit.t
    if health.supply is None and health.battery_percent is None:
        return []
    source = f" · {t(f'units.supply_{health.supply}')}" if health.supply is not None else ""
    return [("battery", t.quantity(health.battery_percent, "%") + source)]


def news(unit: UnitStatus, t: Words) -> Iterator[str]:
    """What the unit says of orders from the centre, and of what was drawn at it."""
    reported, update = unit.reported, unit.update
    if reported is not None:
        if reported.outcome != "applied":
            yield t(f"units.config_{reported.outcome}", reason=reported.reason or NOTHING)
        if reported.drawn:
            yield t("units.drawn", cameras=", ".join(sorted(reported.drawn)))
    if update is not None and update.phase != "idle":
        megabytes = t.number(update.fetched_bytes / 1e6, 1)
        told = {"number": str(update.candidate), "megabytes": megabytes, "reason": update.reason or NOTHING}
        yield t(f"units.update_{update.phase}", **told)
