"""The wall map: every junction by its condition, beside the list that puts trouble first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import NamedTuple

from fastapi import Request, Response
from nicegui import ui
from nicegui.elements.leaflet.leaflet_layers import Marker
from nicegui.events import GenericEventArguments

from collector.console import roadmap
from collector.console.context import Console
from collector.console.drawing import CLASS_COLOURS, mark, sign, spark, split_bar
from collector.console.judging import Condition
from collector.console.pages.frame import Visit, live, live_each, open_cases, show, svg
from collector.console.picture_of_now import CityNow, Counts, JunctionNow, total
from collector.console.sentences import why
from contract import Junction

_METRES_PER_PIXEL = 13.9
"""Of the whole city on a 1080p wall; names are placed for it until the browser has said how large its map is."""

_STREET = "street-name"
_MARK = 58
"""Pixels of a mark with its arms."""


def add(console: Console) -> None:
    """Page `/`."""

    @ui.page("/")
    def wall(request: Request) -> Response | None:
        return show(console, request, console.words(request)("tab.map"), _draw, guests=True)


def _draw(visit: Visit) -> None:
    with ui.element("div").classes("wall"):
        with ui.element("div").classes("map"):
            _Map(visit)
            live(visit, CityNow.tally, lambda tally: _tally(visit, tally), classes="tally")
            _legend(visit)
        with ui.element("aside").classes("side"):
            live(visit, figures, lambda found: _city(visit, found), classes="city-figures")
            _list(visit)


class _Map:
    """Leaflet without tiles, or with those of the settings. Marks are changed one by one, when they changed."""

    def __init__(self, visit: Visit) -> None:
        site, settings = visit.console.site, visit.console.settings
        self._visit = visit
        self._lettering = roadmap.lettering(site.junctions, _METRES_PER_PIXEL)
        self._letters: list[tuple[Marker, str, str]] = []
        options = {"zoomControl": False, "attributionControl": bool(settings.tiles), "zoomSnap": 0.1, "minZoom": 10}
        self._map = ui.leaflet(center=site.site.centre, zoom=13, options=options).classes("leaflet-wall")
        self._map.clear_layers()
        if settings.tiles:
            self._map.tile_layer(url_template=settings.tiles, options={"attribution": settings.tiles_credit})
        self._background(site.junctions)
        self._marks: dict[str, tuple[Marker, str]] = {}
        for now in visit.city.junctions:
            marker = self._map.marker(
                latlng=now.junction.position, options={"interactive": False, "keyboard": False, "opacity": 0}
            )
            self._marks[now.junction.id] = (marker, "")
        self._map.on("init", self._ready)
        self._map.on("map-zoomend", self._scaled)
        visit.console.poller.changed.subscribe(self._redraw)
        if visit.console.signals is not None:
            visit.console.signals.changed.subscribe(self._redraw)

    def _background(self, junctions: tuple[Junction, ...]) -> None:
        corners = roadmap.bounds(junctions)
        (south, west), (north, east) = corners
        for parallel, degrees in roadmap.graticule(corners):
            ends = (
                [[degrees, west - 1], [degrees, east + 1]] if parallel else [[south - 1, degrees], [north + 1, degrees]]
            )
            self._line(ends, "graticule", 1)
            self._degrees(parallel, degrees, corners)
        for road in roadmap.roads(junctions):
            self._line([road.start, road.end], "road" if road.joins else "stub", 9 if road.joins else 7)
        for road in roadmap.roads(junctions):
            if road.joins:
                self._line([road.start, road.end], "road-middle", 1)
        self._streets()

    def _streets(self) -> None:
        for name in self._lettering.streets:
            turned = f'<span style="transform: rotate({name.turn_deg:.1f}deg)">{escape(name.street)}</span>'
            self._letter(name.position, _STREET, turned)

    def _scaled(self, event: GenericEventArguments) -> None:
        """Place the names anew for the scale that the map now has."""
        site = self._visit.console.site
        scale = roadmap.metres_per_pixel(site.site.centre[0], float(event.args["zoom"]))
        lettering = roadmap.lettering(site.junctions, scale)
        if lettering == self._lettering or not self._map.is_initialized:
            return
        self._lettering = lettering
        for marker, kind, _ in self._letters:
            if kind == _STREET:
                self._map.remove_layer(marker)
        self._letters = [letter for letter in self._letters if letter[1] != _STREET]
        before = len(self._letters)
        self._streets()
        self._dress_letters(self._letters[before:])
        self._redraw()

    def _degrees(self, parallel: bool, degrees: float, corners: tuple[roadmap.LatLon, roadmap.LatLon]) -> None:
        """Write the degrees of a line of the graticule beside the map, where it crosses the city."""
        (south, west), (north, east) = corners
        number = self._visit.t.number(abs(degrees), 2)
        if parallel and south - 0.01 < degrees < north + 0.01:
            word = self._visit.t("map.south" if degrees < 0 else "map.north_of_equator")
            self._letter((degrees, east + 0.006), "degrees", f"<span>{number}° {word}</span>")
        elif not parallel and west - 0.005 < degrees < east + 0.005:
            word = self._visit.t("map.east" if degrees > 0 else "map.west")
            self._letter((south - 0.0055, degrees), "degrees", f"<span>{number}° {word}</span>")

    def _letter(self, position: roadmap.LatLon, kind: str, html: str) -> None:
        options = {"interactive": False, "keyboard": False, "opacity": 0}
        self._letters.append((self._map.marker(latlng=position, options=options), kind, html))

    def _line(self, ends: object, kind: str, weight: int) -> None:
        options = {"className": kind, "weight": weight, "interactive": False}
        self._map.generic_layer(name="polyline", args=[ends, options])

    def _ready(self) -> None:
        (south, west), (north, east) = roadmap.bounds(self._visit.console.site.junctions)
        fit = {"paddingTopLeft": [40, 84], "paddingBottomRight": [92, 64]}
        self._map.run_map_method("fitBounds", [[south, west], [north, east]], fit)
        self._map.run_map_method(
            ":addControl", "L.control.scale({imperial: false, maxWidth: 140, position: 'bottomright'})"
        )
        self._map.run_map_method(":addControl", "L.control.zoom({position: 'topright'})")
        self._dress_letters(self._letters)
        self._redraw()

    def _dress_letters(self, letters: Sequence[tuple[Marker, str, str]]) -> None:
        for marker, kind, html in letters:
            self._dress(marker, {"className": kind, "iconSize": [0, 0], "html": html})
            marker.run_method("setZIndexOffset", -2000)

    @staticmethod
    def _dress(marker: Marker, icon: dict[str, object]) -> None:
        marker.run_method(":setIcon", f"L.divIcon({json.dumps(icon)})")
        marker.run_method("setOpacity", 1)

    def _redraw(self) -> None:
        for now in self._visit.city.junctions:
            marker, shown = self._marks[now.junction.id]
            html = self._html(now)
            if html != shown and self._map.is_initialized:
                self._dress(marker, {"className": "junction-icon", "iconSize": [_MARK, _MARK], "html": html})
                marker.run_method("setZIndexOffset", 1000 - 100 * now.condition.rank)
                self._marks[now.junction.id] = (marker, html)

    def _html(self, now: JunctionNow) -> str:
        t, name = self._visit.t, escape(roadmap.short_name(now.junction.name))
        word = escape(t(f"condition.{now.condition}"))
        signals = self._visit.console.signals
        lamps = signals.now.lamps(now.junction.id) if signals else {}
        told = [f"{now.junction.name}: {t(f'condition.{now.condition}')}. {why(now, t)}"]
        told += [
            f"{arm.approach.name}: {t(f'aspect.{lamps[arm.approach.id]}')}"
            for arm in now.approaches
            if arm.approach.id in lamps
        ]
        title = escape("\n".join(told), quote=True)
        side = self._lettering.sides.get(now.junction.id, "nowhere")
        return (
            f'<a href="/simpang/{now.junction.id}" title="{title}" class="mark-link {now.condition}">'
            f'{mark(now, _MARK, lamps)}<span class="mark-name {side}">{name}<small>{word}</small></span></a>'
        )


def _tally(visit: Visit, tally: Counter[Condition]) -> None:
    for condition in Condition:
        if tally[condition]:
            with ui.element("span").classes(f"chip {condition}"):
                svg(sign(condition, 20))
                ui.label(str(tally[condition])).classes("number")
                ui.label(visit.t(f"condition.{condition}"))


def _legend(visit: Visit) -> None:
    t = visit.t
    with ui.element("div").classes("legend"):
        svg(
            '<svg width="26" height="38" viewBox="0 0 26 38"><path d="M13 2 21 34 13 28 5 34Z" fill="#e8eef8"/>'
            '<path d="M13 2 13 28 5 34Z" fill="#7487a6"/></svg>'
        )
        ui.label(t("map.north")).classes("north")
        ui.label(t("map.sketch" if not visit.console.settings.tiles else "map.tiles")).classes("sketch")


class Figures(NamedTuple):
    """What the head of the list tells of the city. `hour` is by class; `seen` of `junctions` were seen at all."""

    hour: Counts
    seen: int
    junctions: int
    online: int
    units: int
    parking: int
    since: datetime
    until: datetime


def figures(city: CityNow) -> Figures:
    """The city in a few numbers; all directions over all lines."""
    return Figures(
        hour=total(flow.hour for junction in city.junctions for flow in junction.flows),
        seen=sum(junction.hour is not None for junction in city.junctions),
        junctions=len(city.junctions),
        online=sum(unit.online for unit in city.units),
        units=len(city.units),
        parking=open_cases(city, "parking"),
        since=city.hour.start,
        until=city.time.replace(second=0, microsecond=0),
    )


def _city(visit: Visit, found: Figures) -> None:
    t = visit.t
    with ui.element("div").classes("figures"):
        with ui.element("div").classes("figure-box wide"):
            ui.label(t("map.vehicles_hour", since=t.clock(found.since), until=t.clock(found.until))).classes("what")
            ui.label(t.number(sum(found.hour.values()) if found.seen else None)).classes("number")
            ui.label(t("map.seen_of", seen=str(found.seen), all=str(found.junctions))).classes("note")
        with ui.element("div").classes("figure-box"):
            ui.label(t("map.units_online")).classes("what")
            ui.label(f"{found.online}/{found.units}").classes("number")
        with ui.element("a").props('href="/parkir"').classes("figure-box"):
            ui.label(t("map.parking_open")).classes("what")
            ui.label(str(found.parking)).classes("number")
    with ui.element("div").classes("modal-split"):
        svg(split_bar(found.hour))
        with ui.element("div").classes("classes"):
            for kind, number in found.hour.items():
                share = number / sum(found.hour.values())
                with ui.element("span").classes("class").style(f"--kind: {CLASS_COLOURS[kind]}"):
                    ui.label(t(f"class.{kind}"))
                    ui.label(t.percent(share)).classes("number")


def listed(city: CityNow) -> list[tuple[str, JunctionNow]]:
    """Trouble first; among equals the busier first. Where no unit ever reported, nothing is the matter yet: last."""
    rows = sorted(
        city.junctions,
        key=lambda now: (now.condition is Condition.NO_DATA, now.condition.rank, -(now.hour or 0)),
    )
    return [(now.junction.id, now) for now in rows]


def _list(visit: Visit) -> None:
    t = visit.t
    with ui.element("div").classes("row head"):
        for key in ("junction", "hour_bars", "interval", "last_hour"):
            ui.label(t(f"map.{key}"))
    live_each(visit, listed, lambda now: _row(visit, now), classes="list")


def _row(visit: Visit, now: JunctionNow) -> None:
    t = visit.t
    with ui.element("a").props(f'href="/simpang/{now.junction.id}"').classes(f"row {now.condition}"):
        svg(sign(now.condition))
        with ui.element("span").classes("what"):
            ui.label(roadmap.short_name(now.junction.name)).classes("name")
            with ui.element("span").classes("why"):
                ui.label(t(f"condition.{now.condition}")).classes("word")
                ui.label(why(now, t))
        svg(spark(bars(now)), "bars")
        ui.label(("≈ " if now.degraded and now.interval is not None else "") + t.number(now.interval)).classes("figure")
        ui.label(t.number(now.hour)).classes("figure hour")


def bars(now: JunctionNow) -> list[int | None]:
    """All lines' vehicles in each bin of the hour; None where no line was seen."""
    columns = zip(*(flow.bins for flow in now.flows), strict=True)
    return [
        None if all(part is None for part in column) else sum(sum(part.values()) for part in column if part is not None)
        for column in columns
    ]
