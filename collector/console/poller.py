"""One look at the store for everybody: however many browsers watch, the store is asked once per round.

The store is asked in a thread, so that a slow one never holds up a page. When it cannot answer, the last picture stays
and `trouble` says since when; the wall is never blank.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from nicegui import Event

from collector.console.judging import Thresholds
from collector.console.picture_of_now import BIN_S, CASES, HOUR, RECENT, CityNow, Reports, last_hour, step_s, survey
from collector.console.rounds import rounds
from collector.store.reading import Reader, Span
from contract import Site

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """The store does not answer: since when, and what it said."""

    since: datetime
    text: str


class Poller:
    """Keeps `city` current. `changed` is emitted in the event loop after every round, good or bad."""

    def __init__(
        self, site: Site, reader: Reader, limits: Thresholds, *, every_s: float, clock: Callable[[], datetime]
    ) -> None:
        self._site, self._reader, self._limits = site, reader, limits
        self._every_s, self.clock = every_s, clock
        self.city = survey(site, Reports(), clock(), limits)
        self.trouble: Trouble | None = None
        self.rounds = 0
        self.changed = Event[[]]()

    def running(self) -> AbstractAsyncContextManager[None]:
        """Look again and again while the server runs."""
        return rounds(self.look, self._every_s, "console poller")

    async def look(self) -> None:
        """One round."""
        try:
            self.city = await asyncio.to_thread(self._ask)
            self.trouble = None
        except Exception as error:  # whatever a store, a driver or a network raises must not end the wall
            if self.trouble is None:
                log.exception("the store does not answer")
                self.trouble = Trouble(self.clock(), str(error) or type(error).__name__)
        self.rounds += 1
        self.changed.emit()

    def _ask(self) -> CityNow:
        now = self.clock()
        hour = last_hour(now)
        quality = self._reader.quality(Span(now - HOUR, now))
        reports = Reports(
            units=self._reader.units(),
            recent=self._reader.volumes(Span(now - RECENT, now), step_s(quality)),
            hour=self._reader.volumes(hour, BIN_S),
            approaches=self._reader.approaches(Span(now - RECENT, now)),
            quality=quality,
            cases=self._reader.cases(Span(now - CASES, now)),
        )
        return survey(self._site, reports, now, self._limits)
