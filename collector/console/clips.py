"""Recordings, as operators may have them: who may ask, who may look, and a line in the audit for either.

A recording shows people, blurred. So nobody has one by default: it is asked for with a reason, by name, and each look
is written down before the first picture is given.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from collector.clips.desk import ClipDesk
from collector.clips.fetch import Fetch
from collector.clips.film import FilmError, index_of, picture_of
from collector.console.accounts import Role
from collector.console.operators import OperatorError, Operators
from collector.store.reading import CaseRow
from contract import ClipIndex

NEEDED = Role.OPERATE
LEAST_WHY = 5
"""Characters of a reason."""
_ONE_LOOK = timedelta(minutes=10)
"""Pictures that one person sees of one recording within this are one look."""


class ClipRoom:
    """Where recordings are asked for and looked at. Every call may raise `OperatorError`."""

    def __init__(self, desk: ClipDesk, operators: Operators, clock: Callable[[], datetime]) -> None:
        self.desk = desk
        self._operators = operators
        self._clock = clock
        self._looks: dict[tuple[str, str, str], datetime] = {}
        desk.told = self._ended

    def ask(self, token: str | None, case: CaseRow, why: str) -> Fetch:
        """Have the recording of a case fetched."""
        now = self._clock()
        person = self._operators.allowed(token, NEEDED, now)
        if len(why.strip()) < LEAST_WHY:
            raise OperatorError("no_why", "a recording needs a reason")
        subject = f"{case.unit}/{case.event.case}"
        self._operators.note(person.name, "clip.asked", subject, now, detail=why.strip()[:500])
        return self.desk.ask(case.unit, case.event.case, person.name[:80], why.strip()[:500])

    def index(self, token: str | None, unit: str, case: str) -> ClipIndex | None:
        """What a recording shows; None when there is none here. A look begins."""
        fetch = self._look(token, unit, case, "clip.seen")
        try:
            return index_of(self.desk.path(fetch)) if fetch else None
        except FilmError:
            return None

    def picture(self, token: str | None, unit: str, case: str, number: int) -> bytes | None:
        """One picture of it."""
        fetch = self._look(token, unit, case, "clip.seen")
        try:
            return picture_of(self.desk.path(fetch), number) if fetch else None
        except FilmError:
            return None

    def whole(self, token: str | None, unit: str, case: str) -> bytes | None:
        """The file, to be taken away; each time is written down."""
        fetch = self._look(token, unit, case, "clip.taken", each=True)
        return self.desk.path(fetch).read_bytes() if fetch else None

    def _look(self, token: str | None, unit: str, case: str, action: str, *, each: bool = False) -> Fetch | None:
        now = self._clock()
        person = self._operators.allowed(token, NEEDED, now)
        fetch = self.desk.of(unit, case)
        if fetch is None or fetch.state != "here":
            return None
        look = person.name, unit, case
        if each or look not in self._looks or now - self._looks[look] > _ONE_LOOK:
            self._operators.note(person.name, action, f"{unit}/{case}", now, detail=fetch.sha256 or "")
            self._looks = {one: began for one, began in self._looks.items() if now - began <= _ONE_LOOK}
            self._looks[look] = now
        return fetch

    def _ended(self, fetch: Fetch) -> None:
        detail = f"{fetch.size} B, SHA-256 {fetch.sha256}" if fetch.state == "here" else fetch.reason
        subject = f"{fetch.unit}/{fetch.case}"
        self._operators.note("", f"clip.{fetch.state}", subject, self._clock(), detail=detail)
