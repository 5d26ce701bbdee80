"""Questions to the ledger: units, cases, evidence, holes, dead letters."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from collector.store.database import reading
from collector.store.points import from_us, to_us
from collector.store.reading import CaseRow, Picture, Span, UnitStatus
from collector.store.writing import DeadLetter
from collector.units.liveness import silent
from contract import ConfigReported, Event, Health, State, UpdateReported

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of everyday."""
    return datetime.now(UTC)


class Gap(NamedTuple):
    """Consecutive kept messages that never arrived."""

    site: str
    unit: str
    outbox: int
    first: int
    last: int
    noticed: datetime

    @property
    def missing(self) -> int:
        """How many."""
        return self.last - self.first + 1


class KeptLetter(NamedTuple):
    """A dead letter as it is kept: `last` and `times` say when it came again."""

    letter: DeadLetter
    digest: str
    last: datetime
    times: int


class LedgerReader:
    """Answers from the file at `path`; any thread may ask."""

    def __init__(self, path: Path, clock: Clock = utc_now) -> None:
        self._path = path
        self._clock = clock

    def units(self) -> Sequence[UnitStatus]:
        """Every unit ever heard of, by name."""
        now = self._clock()
        with reading(self._path) as connection:
            rows = connection.execute(
                "SELECT unit.*, software.reported FROM unit LEFT JOIN software USING (site, unit) ORDER BY site, unit"
            ).fetchall()
            missing = _missing(connection)
        return [_status(row, missing.get(row[:2], 0), now) for row in rows]

    def cases(self, span: Span, *, open_only: bool = False) -> Sequence[CaseRow]:
        """Cases that were open at some time within the span, newest first."""
        wanted = "opened < ? AND (closed IS NULL OR closed >= ?)" + (" AND closed IS NULL" if open_only else "")
        with reading(self._path) as connection:
            rows = connection.execute(
                "SELECT site, unit, event, verdict, verdict_reason, verdict_by, verdict_time FROM occurrence "
                f'WHERE {wanted} ORDER BY opened DESC, site, unit, "case"',
                (to_us(span.end), to_us(span.start)),
            ).fetchall()
        return [
            CaseRow(
                site=site,
                unit=unit,
                event=_EVENT.validate_json(event),
                verdict=verdict,
                verdict_reason=reason,
                verdict_by=by,
                verdict_time=from_us(time) if time is not None else None,
            )
            for site, unit, event, verdict, reason, by, time in rows
        ]

    def pictures(self, unit: str, case: str) -> Sequence[Picture]:
        """Evidence of one case, oldest first."""
        with reading(self._path) as connection:
            rows = connection.execute(
                'SELECT sha256, "case", moment, time, jpeg FROM picture WHERE unit=? AND "case"=? ORDER BY time',
                (unit, case),
            ).fetchall()
        return [
            Picture(sha256=sha256, case=of_case, moment=moment, time=from_us(time), jpeg=jpeg)
            for sha256, of_case, moment, time, jpeg in rows
        ]

    def gaps(self) -> Sequence[Gap]:
        """Every hole that is still open, by unit, lowest number first."""
        with reading(self._path) as connection:
            rows = connection.execute("SELECT * FROM hole ORDER BY site, unit, outbox, first").fetchall()
        return [
            Gap(site, unit, outbox, first, last, from_us(noticed)) for site, unit, outbox, first, last, noticed in rows
        ]

    def letters(self, limit: int | None = None) -> Sequence[KeptLetter]:
        """Dead letters, newest first."""
        with reading(self._path) as connection:
            rows = connection.execute(
                "SELECT digest, topic, payload, reason, first, last, times FROM letter "
                "ORDER BY last DESC, digest LIMIT ?",
                (-1 if limit is None else limit,),
            ).fetchall()
        return [
            KeptLetter(DeadLetter(topic, payload, reason, from_us(first)), digest, from_us(last), times)
            for digest, topic, payload, reason, first, last, times in rows
        ]

    def tally(self, name: str) -> int:
        """A number that is counted up."""
        with reading(self._path) as connection:
            row = connection.execute("SELECT number FROM tally WHERE name=?", (name,)).fetchone()
        return 0 if row is None else int(row[0])


def _missing(connection: sqlite3.Connection) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for site, unit, number in connection.execute(
        "SELECT site, unit, lost FROM outbox WHERE lost > 0 UNION ALL SELECT site, unit, last - first + 1 FROM hole"
    ):
        found[site, unit] = found.get((site, unit), 0) + number
    return found


def _status(
    row: tuple[str, str, str, int, float, float | None, str | None, str | None, str | None], missing: int, now: datetime
) -> UnitStatus:
    site, unit, state, last_seen, interval_s, skew_s, health, reported, software = row
    return UnitStatus(
        site=site,
        unit=unit,
        state=State.model_validate_json(state),
        last_seen=from_us(last_seen),
        health=Health.model_validate_json(health) if health else None,
        missing=missing,
        skew_s=skew_s,
        silent=silent(from_us(last_seen), interval_s, now),
        reported=ConfigReported.model_validate_json(reported) if reported else None,
        update=UpdateReported.model_validate_json(software) if software else None,
    )
