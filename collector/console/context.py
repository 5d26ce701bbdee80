"""What every page of one console shares, and how a request becomes a person and a language."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from collector.alerts.book import AlertBook
from collector.announcements.book import AnnouncementBook
from collector.console.accounts import GUEST, Person, Role
from collector.console.clips import ClipRoom
from collector.console.operators import OperatorError, Operators, Verdict
from collector.console.poller import Poller
from collector.console.settings import ConsoleSettings
from collector.console.signals import SignalDesk, Signals
from collector.console.words import LANGUAGES, Words
from collector.store.reading import Reader
from collector.store.writing import Judge, StoreError
from contract import Site

log = logging.getLogger(__name__)

SESSION_COOKIE = "simpang_session"
LANGUAGE_COOKIE = "simpang_language"

PictureOf = Callable[[str], bytes | None]
"""A camera's picture just now as JPEG, by the camera's id; None when there is none. Called in a thread."""


@dataclass(frozen=True, slots=True)
class Console:
    """One console: no page keeps state of its own outside it."""

    site: Site
    reader: Reader
    operators: Operators
    settings: ConsoleSettings
    poller: Poller
    picture: PictureOf | None = None
    judge: Judge | None = None
    signals: Signals | None = None
    desk: SignalDesk | None = None
    announcements: AnnouncementBook | None = None
    clips: ClipRoom | None = None
    alerts: AlertBook | None = None

    def now(self) -> datetime:
        """The console's clock."""
        return self.poller.clock()

    def tell_store(self, said: Verdict) -> None:
        """Write a verdict beside its case in the store too, for the boards. The console's own book is what counts."""
        if self.judge is not None:
            try:
                self.judge.judge(said.unit, said.case, said.verdict, reason=said.reason, by=said.name, time=said.time)
            except StoreError:
                log.exception("verdict on %s/%s is in the operators' book, not in the store", said.unit, said.case)

    def words(self, request: Request) -> Words:
        """In the language that this browser chose, else the console's own."""
        chosen = request.cookies.get(LANGUAGE_COOKIE, "")
        return Words(chosen if chosen in LANGUAGES else self.settings.language, self.site.timezone)

    def person(self, request: Request, *, open_to_guests: bool = False) -> Person | None:
        """Who asks. Somebody without a session is a guest where guests are let in, else nobody."""
        try:
            person = self.operators.person(token_of(request), self.now())
        except OperatorError:
            log.exception("nobody can be let in")
            return None
        if person is None and open_to_guests and self.settings.open_views:
            return GUEST
        return person

    def admits(self, request: Request, needed: Role = Role.VIEW, *, open_to_guests: bool = False) -> bool:
        """Whether who asks may see it; for routes that are not pages."""
        person = self.person(request, open_to_guests=open_to_guests)
        return person is not None and person.role.may(needed)


def token_of(request: Request) -> str | None:
    """The session cookie's value."""
    return request.cookies.get(SESSION_COOKIE)


def address_of(request: Request) -> str:
    """Where the request came from, for the audit."""
    return request.client.host if request.client else ""
