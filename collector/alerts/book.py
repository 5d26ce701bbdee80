"""What stands and what is still to be said, in an SQLite file of its own: a restart repeats and forgets nothing.

One transaction takes the old alerts, lets the rules decide, and keeps the new ones together with a delivery for each
channel. A delivery is deleted once its channel has taken it; if the power goes between the two, it is sent once more,
under the same id.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from collector.alerts.alert import Alert, Notice
from collector.alerts.rules import Step, acknowledged
from collector.alerts.settings import Severity
from collector.store import database
from collector.store.points import from_us, to_us

log = logging.getLogger(__name__)

_Row = TypeVar("_Row")
_TABLES = """
CREATE TABLE IF NOT EXISTS alert (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS delivery (
    id TEXT PRIMARY KEY, channel TEXT NOT NULL, made INTEGER NOT NULL, notices TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL
) WITHOUT ROWID;
"""
_NOTICES = TypeAdapter(list[Notice])
_FIRST_WAIT_S, _LONGEST_WAIT_S = 30, 3600
STALE = timedelta(days=1)
"""Nobody is told of what was news a day ago: a channel that was down so long gets the reminders."""


class Delivery(NamedTuple):
    """Notices on their way to one channel. `id`: the same at every try."""

    id: str
    channel: str
    notices: list[Notice]
    tries: int


class AlertBook:
    """Any thread and any process may use the file, each through a book of its own. Raises `StoreError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = database.create(path, _TABLES)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def standing(self) -> dict[str, Alert]:
        """Every alert that is not over, by key."""
        with database.translated(self.path):
            rows = self._connection.execute("SELECT key, body FROM alert ORDER BY key").fetchall()
        return {key: alert for key, body in rows if (alert := _read(Alert.model_validate_json, body)) is not None}

    def advance(
        self, decide: Callable[[Mapping[str, Alert]], Step], channels: Mapping[str, Severity], now: datetime
    ) -> list[Notice]:
        """Let `decide` make what stands now of what stood; keep it, with a delivery to each channel whose least
        severity is met. Returns what is to be said."""
        with database.transaction(self._connection, self.path):
            before = self.standing()
            after = decide(before)
            self._connection.executemany(
                "DELETE FROM alert WHERE key=?", [(key,) for key in before if key not in after.standing]
            )
            self._connection.executemany(
                "INSERT INTO alert VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body",
                [(key, alert.model_dump_json()) for key, alert in after.standing.items() if alert != before.get(key)],
            )
            for channel, least in channels.items():
                told = [notice for notice in after.notices if notice.alert.severity.rank >= least.rank]
                if told:
                    self._connection.execute(
                        "INSERT INTO delivery (id, channel, made, notices, due) VALUES (?, ?, ?, ?, ?)",
                        (uuid4().hex, channel, to_us(now), _NOTICES.dump_json(told).decode(), to_us(now)),
                    )
        return after.notices

    def acknowledge(self, key: str, now: datetime, by: str) -> Alert | None:
        """Somebody knows of it; None when there is no such alert."""
        with database.transaction(self._connection, self.path):
            alert = self.standing().get(key)
            if alert is None:
                return None
            known = acknowledged(alert, now, by)
            self._connection.execute("UPDATE alert SET body=? WHERE key=?", (known.model_dump_json(), key))
        return known

    def due(self, now: datetime) -> list[Delivery]:
        """Deliveries whose turn it is, oldest first. What is stale, or for nobody any more, is let go by `expire`."""
        return [delivery for delivery, due in self.waiting() if due <= now]

    def delivered(self, delivery: Delivery) -> None:
        """The channel has taken it."""
        with database.transaction(self._connection, self.path):
            self._connection.execute("DELETE FROM delivery WHERE id=?", (delivery.id,))

    def failed(self, delivery: Delivery, now: datetime) -> datetime:
        """It was not taken: try again later, ever more rarely. Returns when."""
        again = now + timedelta(seconds=min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 1 << min(delivery.tries, 10)))
        with database.transaction(self._connection, self.path):
            self._connection.execute(
                "UPDATE delivery SET tries = tries + 1, due = ? WHERE id=?", (to_us(again), delivery.id)
            )
        return again

    def expire(self, now: datetime, channels: Mapping[str, Severity]) -> int:
        """Let go of deliveries that are stale or for a channel that is no more; returns how many."""
        names = list(channels)
        marks = ", ".join("?" * len(names)) or "''"
        with database.transaction(self._connection, self.path):
            gone = self._connection.execute(
                f"DELETE FROM delivery WHERE made < ? OR channel NOT IN ({marks})", (to_us(now - STALE), *names)
            )
        return gone.rowcount

    def waiting(self) -> list[tuple[Delivery, datetime]]:
        """Every delivery that is not taken yet, and when it is tried next, oldest first."""
        with database.translated(self.path):
            rows = self._connection.execute(
                "SELECT id, channel, notices, tries, due FROM delivery ORDER BY made, id"
            ).fetchall()
        return [
            (Delivery(id_, channel, notices, tries), from_us(due))
            for id_, channel, body, tries, due in rows
            if (notices := _read(_NOTICES.validate_json, body)) is not None
        ]


def _read(validate: Callable[[str], _Row], body: str) -> _Row | None:
    """A row as a model; None, with a word in the log, when another version wrote what this one cannot read."""
    try:
        return validate(body)
    except ValidationError as error:
        log.warning("alerts: a row of the book is left out: %s", error)
        return None
