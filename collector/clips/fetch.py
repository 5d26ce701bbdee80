"""One fetching of one recording: what is known of it, what comes of an answer, and when to ask again. Pure.

Whoever fetches holds the place: `got` bytes are there, the next question is for what follows. A lost question or answer
costs a pause, nothing else; a unit that is away is asked for a day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from contract import ClipChunk, ClipOffer, ClipRequest

State = Literal["asked", "coming", "here", "refused", "broken", "given_up", "deleted"]
OPEN: frozenset[State] = frozenset({"asked", "coming"})
GIVE_UP = timedelta(hours=24)
PATIENCE = timedelta(seconds=20)
"""Longer than a chunk takes at the slowest sensible pace."""
SOON = timedelta(seconds=4)
"""After a unit has said that it is still preparing."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """A recording that was asked for. One a case; asked for again, it begins anew."""

    unit: str
    case: str
    request: str
    by: str
    why: str
    asked: datetime
    state: State = "asked"
    reason: str = ""
    """Of a refusal, as `contract.ClipOffer` has it."""
    sha256: str | None = None
    size: int = 0
    got: int = 0
    came: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it is still to be fetched."""
        return self.state in OPEN

    @property
    def share(self) -> float:
        """How much of it is there, 0..1."""
        return self.got / self.size if self.size else 0.0

    def question(self, most_bytes: int, now: datetime) -> ClipRequest:
        """What to ask the unit now."""
        return ClipRequest(
            request=self.request,
            time=now,
            case=self.case,
            by=self.by,
            why=self.why,
            sha256=self.sha256,
            from_byte=self.got,
            most_bytes=most_bytes,
        )

    def offered(self, offer: ClipOffer) -> Fetch:
        """The unit has said what there is. Another recording than the one that was coming begins at its first byte."""
        if offer.outcome == "refused":
            return replace(self, state="refused", reason=offer.reason or "failed")
        if offer.outcome == "preparing" or offer.sha256 is None or offer.bytes is None:
            return self
        if offer.sha256 == self.sha256:
            return replace(self, state="coming", size=offer.bytes)
        return replace(self, state="coming", sha256=offer.sha256, size=offer.bytes, got=0)

    def follows(self, chunk: ClipChunk) -> bool:
        """Whether this is the piece that comes next; one that comes twice, or of another recording, is not."""
        fits = chunk.sha256 == self.sha256 and chunk.from_byte == self.got
        return fits and 0 < len(chunk.data) <= self.size - self.got

    def with_piece(self, length: int) -> Fetch:
        """So many bytes more are there."""
        return replace(self, got=self.got + length)

    def ended(self, state: State, now: datetime, reason: str = "") -> Fetch:
        """It goes no further."""
        return replace(self, state=state, reason=reason, came=now if state == "here" else self.came)

    def tired(self, now: datetime) -> bool:
        """Whether the unit has been asked for long enough."""
        return now - self.asked >= GIVE_UP
