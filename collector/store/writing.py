"""What a store takes: batches of decoded messages and dead letters, whole or not at all, and each message once.

A message is acknowledged to the broker once it is written whole, and may come again at any time. Points are told
apart by measurement, tags and source time, cases and pictures by their names, kept messages by `seq`: a second writing
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal, NamedTuple, Protocol

from contract import MAX_PAYLOAD, Model, Topic, encode


class StoreError(Exception):
    """The store cannot do what was asked; the text says what to do."""


class StoreDownError(StoreError):
    """The store is down, slow, full or refuses the credentials: try again, lose nothing."""


class StoreRefusedError(StoreError):
    """The store will never take this message, for example because it is older than the retention."""


class DeadLetter(NamedTuple):
    """A message that could not be taken, and why."""

    topic: str
    payload: bytes
    reason: str
    arrived: datetime

    @property
    def digest(self) -> str:
        """The same for the same message, however often it comes."""
        return sha256(self.topic.encode("utf-8", "surrogatepass") + b"\0" + self.payload).hexdigest()

    @property
    def shown_topic(self) -> str:
        """The topic as it can be kept and shown."""
        return self.topic[:300].encode("utf-8", "replace").decode()

    @property
    def kept(self) -> bytes:
        """The payload as far as it is kept: one longer than the contract allows can never be replayed."""
        return self.payload if len(self.payload) <= MAX_PAYLOAD else self.payload[:1024]


class Received(NamedTuple):
    """A decoded message, when it came by the collector's clock, and whether the broker had only kept it (retained).

    `payload`: as it came, if it did. `series`: its points as the store wants them, where `Writer.prepared` has made
    them already; the message may have let go of what is in them.
    """

    topic: Topic
    message: Model
    arrived: datetime
    retained: bool = False
    payload: bytes | None = None
    series: str | None = None

    def refused(self, reason: str) -> DeadLetter:
        """The dead letter that becomes of it."""
        payload = encode(self.message) if self.payload is None else self.payload
        return DeadLetter(str(self.topic), payload, reason, self.arrived)


class Writer(Protocol):
    """Takes what came, in two steps: `send`, then `record`. A batch may be sent while the one before is recorded.

    Both raise `StoreDownError`, and then have taken nothing that a second time would double.
    """

    def prepared(self, received: Received) -> Received:
        """What can be made of one message by itself, before its batch is whole. Touches no store; any thread."""
        ...

    def send(self, messages: Sequence[Received], /) -> Sequence[DeadLetter]:
        """Keep the points of a batch, unless `record` does; returns what the store will never take."""
        ...

    def record(self, messages: Sequence[Received], letters: Sequence[DeadLetter] = ()) -> None:
        """Keep the rest of a batch that was sent: only then is it here. One thread at a time."""
        ...


Verdict = Literal["accepted", "rejected"]


class Judge(Protocol):
    """Keeps what an operator said of a case."""

    def judge(self, unit: str, case: str, verdict: Verdict, *, reason: str, by: str, time: datetime) -> None:
        """The last verdict holds. `StoreError` when there is no such case."""
        ...
