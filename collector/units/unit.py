"""What is known of a unit, and what each message changes in it. Rules: `liveness`, `gaps`. No I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from collector.store.writing import Received
from collector.units.gaps import Outbox, Run, runs
from collector.units.liveness import DEFAULT_INTERVAL_S, after, after_sign_of_life
from contract import ConfigReported, Health, Kept, Message, Observation, State

Name = tuple[str, str]
"""(site, unit)."""


@dataclass(slots=True)
class Unit:
    """One unit.

    `boots`: boot -> number of its outbox; `former`: boots that another followed; `numbers`: boot -> what this batch
    brought; `new_boots`: the former two have changed.
    """

    name: Name
    state: State | None = None
    last_seen: datetime | None = None
    interval_s: float = DEFAULT_INTERVAL_S
    skew_s: float | None = None
    health: str | None = None
    reported: str | None = None
    boots: dict[str, int] = field(default_factory=dict)
    former: set[str] = field(default_factory=set)
    outboxes: dict[int, Outbox] = field(default_factory=dict)
    numbers: dict[str, list[int]] = field(default_factory=dict)
    new_boots: bool = False

    def hear(self, received: Received) -> None:
        """Note one message; numbers are only gathered, for `count`."""
        message = received.message
        if not isinstance(message, Message):
            return
        will = isinstance(message, State) and message.reason == "connection_lost"
        if self.last_seen is None or not (received.retained or will):
            self.last_seen = max(self.last_seen or received.arrived, received.arrived)
        if not received.retained and not will:
            self._note_clock(message, received.arrived)
        if isinstance(message, State):
            self._note_state(message)
        elif self.state is None:
            self.state = _presumed(message)
        elif not received.retained:
            self.state = after_sign_of_life(self.state, message.boot_id, message.time)
        if isinstance(message, Kept):
            self.numbers.setdefault(message.boot_id, []).append(message.seq)
        if isinstance(message, Observation):
            self.interval_s = message.interval_s
        elif isinstance(message, Health):
            self.health = message.model_dump_json(exclude_none=True)
        elif isinstance(message, ConfigReported):
            self.reported = message.model_dump_json(exclude_none=True)

    def count(self) -> set[int]:
        """Bring the gathered numbers into their outboxes; returns which outboxes changed."""
        changed = set()
        for boot_id, numbers in self.numbers.items():
            for run in runs(numbers):
                number = self._outbox_of(boot_id, run)
                if number in self.outboxes:
                    self.outboxes[number].take(run)
                else:
                    self.outboxes[number] = Outbox.begun_by(run)
                changed.add(number)
        self.numbers.clear()
        return changed

    def _outbox_of(self, boot_id: str, run: Run) -> int:
        if boot_id not in self.boots:
            latest = max(self.outboxes, default=0)
            fits = latest in self.outboxes and self.outboxes[latest].could_hold(run)
            self.boots[boot_id] = latest if fits else latest + 1
            self.new_boots = True
        return self.boots[boot_id]

    def _note_state(self, heard: State) -> None:
        before = self.state
        self.state = after(before, heard, former=self.former)
        if before is not None and before.boot_id != self.state.boot_id:
            self.former.add(before.boot_id)
            self.new_boots = True

    def _note_clock(self, message: Message, arrived: datetime) -> None:
        ahead_s = (message.time - arrived).total_seconds()
        fresh = isinstance(message, Health) or (isinstance(message, State) and message.status == "online")
        if fresh or ahead_s > 0:  # anything else may have waited in the outbox
            self.skew_s = ahead_s


def _presumed(message: Message) -> State:
    """A unit that speaks is there, though its birth has not been heard yet."""
    return State(
        boot_id=message.boot_id,
        time=message.time,
        status="online",
        reason="started",
        started=message.time,
        software="unknown",
    )
