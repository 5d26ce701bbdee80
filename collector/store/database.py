"""The SQLite file under the ledger and the embedded store: opening, transactions, errors in our own words.

WAL with synchronous=FULL: a batch costs one fsync, and what was acknowledged survives the power cut. Readers open a
connection for each question, so that any thread may ask while the writer writes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from collector.store.writing import StoreDownError, StoreError

_BUSY_S = 30.0

VERSION = 1
"""Of the tables; a file with a higher one was written by a newer Simpang."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode that any thread may use, one at a time."""
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def create(path: Path, tables: str) -> sqlite3.Connection:
    """Open `path` for writing; makes the folder, the file and the tables where they are not yet."""
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = connect(path)
        found: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            connection.close()
            raise StoreError(f"{path} was written by a newer Simpang (tables {found}, known {VERSION}): upgrade first")
        connection.executescript(f"BEGIN IMMEDIATE; {tables} PRAGMA user_version={VERSION}; COMMIT;")
        return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one question."""
    with translated(path), closing(connect(path)) as connection:
        yield connection


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All or nothing; takes the write lock at once, so that what is read inside is what will be changed."""
    with translated(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's and the disk's errors as ours."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreDownError(f"{path}: {error}. Is the disk full, or the folder not ours to write?") from error
