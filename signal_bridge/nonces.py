"""Nonces that were used, in SQLite, so that a request recorded on the wire is worth nothing after a restart either."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_KEEP_S = 7 * 86_400.0
"""A used nonce is kept for this long beyond its request's end: a wall clock set back must not bring it to life."""

_TABLE = "CREATE TABLE IF NOT EXISTS used (key TEXT, nonce TEXT, expires REAL NOT NULL, PRIMARY KEY (key, nonce))"


class NonceError(Exception):
    """A nonce cannot be remembered, so that a replay could not be told; the text says why."""


class Nonces:
    """One writer. `use` is on the disk before it returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._store = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._store.execute("PRAGMA journal_mode = WAL")
            self._store.execute("PRAGMA synchronous = FULL")
            self._store.execute(_TABLE)
        except sqlite3.Error as error:
            raise NonceError(f"{path}: cannot keep the requests that were used: {error}") from error

    def use(self, key: str, nonce: str, expires: float) -> bool:
        """Whether this is the first use by `key`. `expires`: Unix time after which the request is refused anyway."""
        try:
            found = self._store.execute("INSERT OR IGNORE INTO used VALUES (?, ?, ?)", (key, nonce, expires))
        except sqlite3.Error as error:
            raise NonceError(f"{self._path}: cannot remember a request: {error}") from error
        return found.rowcount == 1

    def forget(self, now: float) -> None:
        """Drop what is long over at Unix time `now`."""
        self._store.execute("DELETE FROM used WHERE expires < ?", (now - _KEEP_S,))

    def close(self) -> None:
        """Close the file."""
        self._store.close()
