"""Which recordings were asked for, by whom and why, and what became of them, in one SQLite file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from collector.clips.fetch import Fetch
from collector.store.database import create, transaction

FILE = "clips.sqlite"
"""Name of the file in the console's data folder."""

_TABLES = """
CREATE TABLE IF NOT EXISTS clip (
    unit TEXT NOT NULL, "case" TEXT NOT NULL, request TEXT NOT NULL, by TEXT NOT NULL, why TEXT NOT NULL,
    asked REAL NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, sha256 TEXT, size INTEGER NOT NULL,
    got INTEGER NOT NULL, came REAL, PRIMARY KEY (unit, "case")
) STRICT;
"""


class ClipBook:
    """The open book. Safe to use from several threads; `StoreError` when the file cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._db = create(path, _TABLES)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def keep(self, fetch: Fetch) -> None:
        """Write down how a fetching stands."""
        came = fetch.came.timestamp() if fetch.came else None
        row = (
            *(fetch.unit, fetch.case, fetch.request, fetch.by, fetch.why, fetch.asked.timestamp()),
            *(fetch.state, fetch.reason, fetch.sha256, fetch.size, fetch.got, came),
        )
        with self._lock, transaction(self._db, self._path):
            self._db.execute("INSERT OR REPLACE INTO clip VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def all(self) -> Mapping[tuple[str, str], Fetch]:
        """Every fetching, by unit and case."""
        with self._lock, transaction(self._db, self._path):
            rows: list[sqlite3.Row] = self._db.execute('SELECT * FROM clip ORDER BY asked, unit, "case"').fetchall()
        found = [
            Fetch(
                *(unit, case, request, by, why, datetime.fromtimestamp(asked, UTC)),
                *(state, reason, sha256, size, got),
                datetime.fromtimestamp(came, UTC) if came is not None else None,
            )
            for unit, case, request, by, why, asked, state, reason, sha256, size, got, came in rows
        ]
        return {(one.unit, one.case): one for one in found}
