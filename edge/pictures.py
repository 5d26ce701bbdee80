"""Which pictures of cases go onto the line, and when: within a day's budget, at a pace, and never before a count.

A picture of evidence is as long as two hours of telemetry. So it is held in the outbox until nothing else waits there,
until the one before it has had its time on the line, and until the day has budget for it; what the day does not pay for
comes on the next one, oldest first. The rules are pure; `Pictures` applies them to an outbox.
"""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from contract import Model
from edge.config import UnitConfig
from edge.outbox import Outbox

_NOTE = "pictures"


class Spent(Model):
    """What of a day's budget has gone."""

    day: date
    bytes: int = Field(ge=0)

    def on(self, day: date) -> Spent:
        """The same on `day`: a new day begins with nothing, a clock that steps back a few hours does not."""
        return self if 0 <= (self.day - day).days <= 1 else Spent(day=day, bytes=0)


def may_send(spent: Spent, size: int, budget_bytes: int) -> bool:
    """Whether the day pays for a picture of `size` bytes."""
    return spent.bytes + size <= budget_bytes


def pause_s(size: int, kbit_s: int) -> float:
    """How long a picture has the line for itself before the next may follow."""
    return size * 8 / (kbit_s * 1000)


class Pictures:
    """Releases what the outbox holds, one at a time."""

    def __init__(self, outbox: Outbox, boot_id: str) -> None:
        self._outbox = outbox
        self._boot_id = boot_id
        self._due_s = 0.0
        self._spent = outbox.noted_as(_NOTE, Spent)

    def turn(self, config: UnitConfig, now: datetime, now_s: float) -> None:
        """Let the oldest picture go if it may; call this often, while the broker is there."""
        if self._outbox.depth or not self._outbox.held or now_s < self._due_s:
            return
        picture = self._outbox.first_held()
        if picture is None:
            return
        day, size = now.astimezone(config.local_zone).date(), len(picture.payload)
        spent = self._spent.on(day) if self._spent is not None else Spent(day=day, bytes=0)
        if may_send(spent, size, config.evidence.day_mb * 1_000_000):
            self._spent = spent.model_copy(update={"bytes": spent.bytes + size})
            self._due_s = now_s + pause_s(size, config.evidence.kbit_s)
            self._outbox.release(picture, self._boot_id, {_NOTE: self._spent.model_dump_json().encode()})
