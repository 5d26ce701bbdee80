"""How every junction's signals stand just now, as their bridges last said: in memory, for whoever looks.

A status is worth nothing a minute later, so it is not kept on disk, and every collector hears all of them itself.
Fed from the ingest's thread, read from any other.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.store.writing import Received
from contract import SignalReply, SignalStatus

STALE_AFTER = timedelta(seconds=8)
"""A bridge speaks each second; after this the junction is shown as not heard."""
_MOST_REPLIES = 2000


@dataclass(frozen=True, slots=True)
class Heard:
    """A junction's last status, which bridge said so, and when it arrived by the collector's clock."""

    bridge: str
    status: SignalStatus
    arrived: datetime

    def stale(self, now: datetime) -> bool:
        """Whether the bridge has been silent for too long to speak of now."""
        return now - self.arrived > STALE_AFTER


class SignalBoard:
    """Remembers the last status of each junction, and the last word on each of the newest requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._junctions: dict[str, Heard] = {}
        self._replies: dict[str, SignalReply] = {}

    def hear(self, received: Received) -> None:
        """Take note of one message, whatever it is."""
        message = received.message
        if isinstance(message, SignalStatus):
            with self._lock:
                before = self._junctions.get(message.junction)
                heard = Heard(received.topic.unit, message, received.arrived)
                if before is None or _counts(heard, before):
                    self._junctions[message.junction] = heard
        elif isinstance(message, SignalReply):
            with self._lock:
                self._replies.pop(message.request, None)
                self._replies[message.request] = message
                if len(self._replies) > _MOST_REPLIES:
                    del self._replies[next(iter(self._replies))]

    def junctions(self) -> Mapping[str, Heard]:
        """Junction -> what was last heard of its signals."""
        with self._lock:
            return dict(self._junctions)

    def of(self, junction: str) -> Heard | None:
        """The same for one junction."""
        with self._lock:
            return self._junctions.get(junction)

    def reply_to(self, request: str) -> SignalReply | None:
        """The last word on a request, if this collector heard it."""
        with self._lock:
            return self._replies.get(request)


def _counts(heard: Heard, before: Heard) -> bool:
    """Whether it takes the place of what was heard before.

    A junction is its bridge's for as long as that speaks; nobody else may step in. A restarted bridge may come with
    another clock: only within one boot does its own time decide.
    """
    if heard.bridge != before.bridge:
        return before.stale(heard.arrived)
    same_boot = heard.status.boot_id == before.status.boot_id
    return not same_boot or heard.status.time >= before.status.time
