"""What waits for the broker, read beside the unit that may be writing it."""

from __future__ import annotations

import fcntl
import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from contract import Model
from edge.doctor.readings import OutboxReading

_M = TypeVar("_M", bound=Model)


def running(data: Path) -> bool:
    """Whether a unit works with this data folder now (it holds a lock there)."""
    try:
        with (data / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def probe_outbox(data: Path) -> OutboxReading:
    """Depth, age of the oldest message, and how many were given up so far."""
    file = data / "outbox.db"
    if not file.exists():
        return OutboxReading(0)
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as database:
            (depth,) = database.execute("SELECT count(*) FROM message").fetchone()
            oldest = database.execute("SELECT payload FROM message ORDER BY seq LIMIT 1").fetchone()
            dropped = database.execute("SELECT value FROM tally WHERE name = 'dropped'").fetchone()
    except sqlite3.Error as error:
        return OutboxReading(0, fault=str(error))
    return OutboxReading(depth, dropped[0] if dropped else 0, _time(oldest[0]) if oldest else None)


def noted(data: Path, name: str, model: type[_M]) -> _M | None:
    """A note that the unit keeps in its outbox; None when there is none that can be read."""
    file = data / "outbox.db"
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as database:
            row = database.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return None if row is None else model.model_validate_json(row[0])
    except (sqlite3.Error, ValidationError):
        return None


def _time(payload: bytes) -> datetime | None:
    """When a message was made."""
    try:
        return datetime.fromisoformat(json.loads(payload)["time"])
    except (ValueError, KeyError, TypeError):
        return None
