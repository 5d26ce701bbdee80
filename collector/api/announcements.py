"""Announcements for signs and the radio desk: what an operator published, and nothing that a machine made up."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from collector.announcements.book import Announcement, AnnouncementBook
from collector.console.roadmap import short_name
from collector.store.ledger_reading import Clock
from contract import Site

_FRESH = {"Cache-Control": "public, max-age=15"}


def routes(site: Site, book: AnnouncementBook, clock: Clock) -> APIRouter:
    """`/api/v1/announcements`, as JSON for sign drivers and as plain text to be read aloud. No sign-in."""
    router = APIRouter(prefix="/api/v1/announcements", tags=["announcements"])
    names = {junction.id: short_name(junction.name) for junction in site.junctions}

    @router.get("", summary="What drivers are told now, the newest first")
    def announcements() -> tuple[Announcement, ...]:
        return book.standing(clock())

    @router.get(".txt", summary="The same, one line each, for the radio desk", response_class=PlainTextResponse)
    def spoken() -> PlainTextResponse:
        lines = [_line(one, names, site) for one in book.standing(clock())]
        return PlainTextResponse("".join(f"{line}\n" for line in lines), headers=_FRESH)

    return router


def _line(one: Announcement, names: dict[str, str], site: Site) -> str:
    until = one.until.astimezone(site.timezone).strftime("%H.%M")
    place = f"{names.get(one.junction, one.junction)}: " if one.junction else ""
    instead = f" {one.instead}" if one.instead else ""
    return f"{place}{one.text}{instead} (s.d. {until})"
