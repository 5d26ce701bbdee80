"""The announcements that operators made, each with a time at which it ends by itself, in a file of their own.

A sign that goes on telling of yesterday's jam is worse than a dark one: nothing here lasts longer than `LONGEST`.
"""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import Field

from collector.store.database import create, transaction
from contract import Model, Slug, UtcTime

LONGEST = timedelta(hours=6)
FILE = "announcements.sqlite"
"""Name of the file in the console's data folder."""

_TABLES = """
CREATE TABLE IF NOT EXISTS announcement (
    id INTEGER PRIMARY KEY AUTOINCREMENT, junction TEXT, text TEXT NOT NULL, instead TEXT NOT NULL, made REAL NOT NULL,
    until REAL NOT NULL, name TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS announcement_by_end ON announcement (until);
"""


class Announced(Model):
    """What drivers are told; one line each, as a sign or a speaker has it."""

    junction: Slug | None = Field(default=None, description="Where it is about; None: the whole city.")
    text: str = Field(min_length=3, max_length=160, pattern=r"^[^\r\n\t]*$", description="The condition.")
    instead: str = Field(default="", max_length=160, pattern=r"^[^\r\n\t]*$", description="The way to take instead.")


class Announcement(Announced):
    """Words that stand until a time."""

    id: int = Field(ge=1)
    made: UtcTime
    until: UtcTime


class AnnouncementBook:
    """The open book. Safe to use from several threads; `StoreError` when the file cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._db = create(path, _TABLES)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def publish(self, words: Announced, lasting: timedelta, name: str, now: datetime) -> Announcement:
        """Say `words` from now on; `ValueError` when they should stand for no time, or for longer than `LONGEST`."""
        if not timedelta(0) < lasting <= LONGEST:
            raise ValueError(f"an announcement stands for at most {LONGEST}")
        row = (words.junction, words.text, words.instead, now.timestamp(), (now + lasting).timestamp(), name)
        with self._lock, transaction(self._db, self._path):
            done = self._db.execute(
                "INSERT INTO announcement (junction, text, instead, made, until, name) VALUES (?, ?, ?, ?, ?, ?)", row
            )
        return Announcement(**words.model_dump(), id=done.lastrowid or 0, made=now, until=now + lasting)

    def end(self, number: int, now: datetime) -> None:
        """Take an announcement back; one that is over stays so."""
        with self._lock, transaction(self._db, self._path):
            self._db.execute("UPDATE announcement SET until = min(until, ?) WHERE id = ?", (now.timestamp(), number))

    def standing(self, now: datetime) -> tuple[Announcement, ...]:
        """What drivers are told now, the newest first."""
        question = "SELECT id, junction, text, instead, made, until FROM announcement WHERE until > ? ORDER BY id DESC"
        with self._lock, transaction(self._db, self._path):
            rows: list[sqlite3.Row] = self._db.execute(question, (now.timestamp(),)).fetchall()
        return tuple(
            Announcement(
                id=number,
                junction=junction,
                text=text,
                instead=instead,
                made=datetime.fromtimestamp(made, UTC),
                until=datetime.fromtimestamp(until, UTC),
            )
            for number, junction, text, instead, made, until in rows
        )
