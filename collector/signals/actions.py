"""What was asked of a junction's signals and what became of it: one action a request, from first word to last.

Kept in the ledger as it came: the request once, each reply once, so that a second delivery changes nothing. The
bridge's own chained log is the record; this is the centre's copy, by the same ids, with the hash of the log's line.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from collector.store.database import reading
from collector.store.points import from_us, to_us
from collector.store.reading import Span
from collector.store.schema import SIGNAL_ACTION, Point
from collector.store.writing import Received
from contract import SignalReason, SignalReply, SignalRequest

FINAL = frozenset({"completed", "refused", "released", "expired"})
_MOST = 500


@dataclass(frozen=True, slots=True)
class Action:
    """One request and the bridge's replies to it, oldest first.

    `request` is None where only the replies were heard; `first`: when the first of it arrived.
    """

    site: str
    bridge: str
    id: str
    junction: str
    request: SignalRequest | None
    replies: tuple[SignalReply, ...]
    first: datetime

    @property
    def last(self) -> SignalReply | None:
        """The latest word."""
        return self.replies[-1] if self.replies else None

    @property
    def outcome(self) -> str:
        """Of the latest word; `sent` while the bridge has said nothing."""
        return self.replies[-1].outcome if self.replies else "sent"

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.outcome in FINAL

    @property
    def began(self) -> datetime | None:
        """When the signal first did something for it, by the bridge's clock."""
        return next((one.time for one in self.replies if one.outcome == "active"), None)

    @property
    def granted_s(self) -> float | None:
        """Seconds of green really held."""
        return next((one.granted_s for one in reversed(self.replies) if one.granted_s is not None), None)

    @property
    def reason(self) -> SignalReason | None:
        """Of the latest word."""
        return self.replies[-1].reason if self.replies else None


def keep(connection: sqlite3.Connection, received: Received) -> None:
    """Keep a request or a reply, inside the ledger's open transaction; anything else is not for here."""
    message, topic = received.message, received.topic
    where = (topic.site, topic.unit)
    if isinstance(message, SignalRequest):
        connection.execute(
            "INSERT OR IGNORE INTO signal_request VALUES (?, ?, ?, ?, ?, ?)",
            (*where, message.id, message.junction, to_us(received.arrived), message.model_dump_json(exclude_none=True)),
        )
    elif isinstance(message, SignalReply):
        connection.execute(
            "INSERT OR IGNORE INTO signal_reply VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *where,
                message.request,
                to_us(message.time),
                message.outcome,
                message.junction,
                to_us(received.arrived),
                message.model_dump_json(exclude_none=True),
            ),
        )


class ActionBook:
    """Answers from the ledger at `path`; any thread may ask. Raises `StoreError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def arrived(self, span: Span, *, junction: str | None = None, limit: int = _MOST) -> Sequence[Action]:
        """Actions of which something arrived within the span, the latest first, at most `limit`."""
        chosen = "" if junction is None else " AND junction = ?"
        bound = (to_us(span.start), to_us(span.end), *(() if junction is None else (junction,)))
        query = f"""
            SELECT site, unit, id, max(arrived) AS latest FROM (
                SELECT site, unit, id, arrived FROM signal_request WHERE arrived >= ? AND arrived < ?{chosen}
                UNION ALL
                SELECT site, unit, request, arrived FROM signal_reply WHERE arrived >= ? AND arrived < ?{chosen}
            ) GROUP BY site, unit, id ORDER BY latest DESC, id LIMIT ?"""
        with reading(self._path) as connection:
            names = connection.execute(query, (*bound, *bound, limit)).fetchall()
            return list(_actions(connection, [(site, unit, id_) for site, unit, id_, _ in names]))

    def one(self, bridge: str, id_: str) -> Action | None:
        """The action of that name at that bridge."""
        with reading(self._path) as connection:
            found = connection.execute(
                "SELECT site FROM signal_request WHERE unit = ? AND id = ? "
                "UNION SELECT site FROM signal_reply WHERE unit = ? AND request = ?",
                (bridge, id_, bridge, id_),
            ).fetchone()
            return None if found is None else next(_actions(connection, [(found[0], bridge, id_)]), None)


_Name = tuple[str, str, str]


def _actions(connection: sqlite3.Connection, names: Sequence[_Name]) -> Iterator[Action]:
    replies: defaultdict[_Name, list[tuple[int, SignalReply]]] = defaultdict(list)
    requests: dict[_Name, tuple[int, SignalRequest]] = {}
    for name in names:
        for arrived, text in connection.execute(
            "SELECT arrived, request FROM signal_request WHERE site = ? AND unit = ? AND id = ?", name
        ):
            requests[name] = (arrived, SignalRequest.model_validate_json(text))
        for arrived, text in connection.execute(
            "SELECT arrived, reply FROM signal_reply WHERE site = ? AND unit = ? AND request = ? ORDER BY time",
            name,
        ):
            replies[name].append((arrived, SignalReply.model_validate_json(text)))
        asked, said = requests.get(name), sorted(replies[name], key=lambda one: (one[1].time, one[1].outcome in FINAL))
        first = min([*([asked[0]] if asked else []), *(arrived for arrived, _ in said)])
        junction = asked[1].junction if asked else said[0][1].junction
        words = tuple(reply for _, reply in said)
        yield Action(*name, junction, asked[1] if asked else None, words, from_us(first))


def points(actions: Iterable[Action]) -> Iterator[Point]:
    """A point for each action that is over, at the time when it began to act or, if it never did, when it ended."""
    for action in actions:
        request, last = action.request, action.last
        if last is None or not action.over:
            continue
        tags = (
            action.site,
            action.bridge,
            action.junction,
            request.action.value if request else "unknown",
            request.kind.value if request and request.kind else "none",
            request.role.value if request else "unknown",
            action.outcome,
        )
        values = (
            action.id,
            request.who if request else None,
            action.reason.value if action.reason else None,
            request.seconds if request else None,
            action.granted_s,
            (last.time - (action.began or last.time)).total_seconds(),
        )
        yield Point(SIGNAL_ACTION, to_us(action.began or last.time), tags, values)
