"""The ledger: what is no series. Units, numbering, cases and verdicts, evidence, dead letters, in one SQLite file.

It stands beside InfluxDB in production and holds the series too where everything is embedded
(docs/decisions/0025). Several collectors on one machine share the file: a batch is one transaction, which reads
what it changes under the write lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from collector.signals import actions
from collector.store import unit_rows
from collector.store.database import create, transaction
from collector.store.points import to_us
from collector.store.schema import QUARTER
from collector.store.tables import LEDGER
from collector.store.writing import DeadLetter, Received, StoreError, Verdict
from collector.units.unit import Name, Unit
from contract import (
    CameraEvent,
    Evidence,
    IncidentEvent,
    Observation,
    ParkingEvent,
    SignalReply,
    SignalRequest,
    UpdateReported,
)

_PHASES = ("opened", "updated", "closed")

MOST_LETTERS = 20_000
MOST_LETTER_BYTES = 256 * 1024 * 1024
"""Dead letters kept, and their bytes; the oldest go first, and how many went is counted."""

LETTERS_TAKEN, LETTERS_FORGOTTEN = "letters_taken", "letters_forgotten"


class Ledger:
    """Writes the ledger. One thread at a time."""

    def __init__(self, path: Path, more_tables: str = "") -> None:
        self.path = path
        self.connection = create(path, LEDGER + more_tables)
        self._units: dict[Name, Unit] = {}
        self._data_version = -1

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def write(self, messages: Sequence[Received], letters: Sequence[DeadLetter] = ()) -> None:
        """Keep all of it in one transaction."""
        with transaction(self.connection, self.path):
            self.record(messages, letters)

    def record(self, messages: Sequence[Received], letters: Sequence[DeadLetter]) -> None:
        """Keep all of it, inside the transaction that is open."""
        try:
            self._record_units(messages)
        except BaseException:
            self._units.clear()
            raise
        _mark_dirty(self.connection, messages)
        for received in messages:
            match received.message:
                case Observation():
                    pass  # by far the most of them; its unit has heard it, and the series have its points
                case ParkingEvent() | IncidentEvent() | CameraEvent() as event:
                    _keep_event(self.connection, received, event)
                case Evidence() as evidence:
                    _keep_picture(self.connection, received, evidence)
                case UpdateReported() as software:
                    _keep_software(self.connection, received, software)
                case SignalRequest() | SignalReply():
                    actions.keep(self.connection, received)
        if letters:
            _keep_letters(self.connection, letters)

    def judge(self, unit: str, case: str, verdict: Verdict, *, reason: str, by: str, time: datetime) -> None:
        """Keep what an operator said of a case; the last verdict holds. `StoreError` when there is no such case."""
        with transaction(self.connection, self.path):
            changed = self.connection.execute(
                "UPDATE occurrence SET verdict=?, verdict_reason=?, verdict_by=?, verdict_time=? "
                'WHERE unit=? AND "case"=?',
                (verdict, reason, by, to_us(time), unit, case),
            )
            if not changed.rowcount:
                raise StoreError(f"unit {unit!r} has no case {case!r}")

    def forget_letters(self, digests: Sequence[str]) -> None:
        """Delete dead letters."""
        with transaction(self.connection, self.path):
            self.connection.executemany("DELETE FROM letter WHERE digest=?", [(one,) for one in digests])

    def expire_pictures(self, before: datetime) -> None:
        """Delete evidence that was taken before."""
        with transaction(self.connection, self.path):
            self.connection.execute("DELETE FROM picture WHERE time < ?", (to_us(before),))

    def _record_units(self, messages: Sequence[Received]) -> None:
        # What this process knows of the units holds until somebody else has written.
        version: int = self.connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._data_version:
            self._units.clear()
            self._data_version = version
        heard: dict[Name, Unit] = {}
        for received in messages:
            name = (received.topic.site, received.topic.unit)
            unit = heard.get(name)
            if unit is None:
                if name not in self._units:
                    self._units[name] = unit_rows.load(self.connection, name)
                unit = heard[name] = self._units[name]
            unit.hear(received)
        for unit in heard.values():
            changed = unit.count()
            unit_rows.save(self.connection, unit, changed, messages[-1].arrived)


def _mark_dirty(connection: sqlite3.Connection, messages: Iterable[Received]) -> None:
    width = QUARTER.step_s * 1_000_000
    starts = {to_us(one.message.start) // width * width for one in messages if isinstance(one.message, Observation)}
    mark_dirty(connection, starts)


def mark_dirty(connection: sqlite3.Connection, starts: Iterable[int]) -> None:
    """The quarters of an hour that begin at `starts` have new points."""
    connection.executemany(
        "INSERT INTO dirty VALUES (?, 1) ON CONFLICT (start) DO UPDATE SET version = version + 1",
        [(start,) for start in starts],
    )


def _keep_event(
    connection: sqlite3.Connection, received: Received, event: ParkingEvent | IncidentEvent | CameraEvent
) -> None:
    """The furthest phase holds and, within it, the latest time: events may come twice and in any order."""
    ended = event.closed or (event.time if event.phase == "closed" else None)
    connection.execute(
        """INSERT INTO occurrence (site, unit, "case", opened, closed, phase, time, event)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (site, unit, "case") DO UPDATE SET
            opened = excluded.opened, closed = excluded.closed, phase = excluded.phase, time = excluded.time,
            event = excluded.event
        WHERE (excluded.phase, excluded.time) >= (occurrence.phase, occurrence.time)""",
        (
            received.topic.site,
            received.topic.unit,
            event.case,
            to_us(event.opened),
            to_us(ended) if ended else None,
            _PHASES.index(event.phase),
            to_us(event.time),
            event.model_dump_json(exclude_none=True),
        ),
    )


def _keep_software(connection: sqlite3.Connection, received: Received, told: UpdateReported) -> None:
    row = (received.topic.site, received.topic.unit, told.model_dump_json(exclude_none=True))
    connection.execute("INSERT OR REPLACE INTO software VALUES (?, ?, ?)", row)


def _keep_picture(connection: sqlite3.Connection, received: Received, evidence: Evidence) -> None:
    name = (received.topic.site, received.topic.unit)
    connection.execute(
        "INSERT OR IGNORE INTO picture VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*name, evidence.sha256, evidence.case, evidence.moment, to_us(evidence.time), evidence.jpeg),
    )


def _keep_letters(connection: sqlite3.Connection, letters: Sequence[DeadLetter]) -> None:
    connection.executemany(
        """INSERT INTO letter VALUES (?, ?, ?, ?, ?, ?, ?, 1)
        ON CONFLICT (digest) DO UPDATE SET reason = excluded.reason, last = excluded.last, times = times + 1""",
        [
            (one.digest, one.shown_topic, one.kept, len(one.kept), one.reason, *[to_us(one.arrived)] * 2)
            for one in letters
        ],
    )
    add(connection, LETTERS_TAKEN, len(letters))
    number, size = connection.execute("SELECT count(*), total(size) FROM letter").fetchone()
    if number <= MOST_LETTERS and size <= MOST_LETTER_BYTES:
        return
    forgotten = connection.execute(
        """DELETE FROM letter WHERE digest IN (
            SELECT digest FROM (
                SELECT digest, row_number() OVER newest AS place, sum(size) OVER newest AS bytes FROM letter
                WINDOW newest AS (ORDER BY last DESC, digest)
            ) WHERE place > ? OR bytes > ?)""",
        (MOST_LETTERS * 9 // 10, MOST_LETTER_BYTES * 9 // 10),
    )
    add(connection, LETTERS_FORGOTTEN, forgotten.rowcount)


def add(connection: sqlite3.Connection, name: str, number: int) -> None:
    """Count up a tally."""
    connection.execute(
        "INSERT INTO tally VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET number = number + excluded.number",
        (name, number),
    )
