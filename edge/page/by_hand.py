"""A person counts on the page: what telephone and unit say to each other, and what they need of whoever shows pictures.

Each mark goes to the unit at once, so that a telephone whose battery dies costs nothing. What Simpang counted is told
only when the person is done: who sees the machine's count agrees with it (docs/decisions/0143).
"""

from __future__ import annotations

from typing import Annotated, Protocol

from pydantic import Field

from contract import Line, Model, Slug, VehicleClass

MOST_MARKS = 20_000


class SeatError(Exception):
    """What was asked cannot be done now; the text is English, `indonesian` the same for people."""

    def __init__(self, text: str, indonesian: str) -> None:
        super().__init__(text)
        self.indonesian = indonesian


class CountWanted(Model):
    """Somebody wants to count a camera."""

    camera: Slug
    minutes: float = Field(gt=0, le=720)


class CountBegun(Model):
    """What is counted, and for how long."""

    seconds: float
    held: bool = Field(description="Whether the pictures wait for the person: a recording does, a street does not.")
    lines: tuple[Line, ...]


Seconds = Annotated[float, Field(ge=0, le=86_400)]


class HandMark(Model):
    """One vehicle over one line, at the time of the picture that the person saw."""

    time_s: Seconds
    line: Slug
    direction: Slug
    vehicle: VehicleClass


class Marked(Model):
    """How many marks there are."""

    marks: int


class CountOver(Model):
    """The person is done, having seen so many seconds."""

    seconds: Seconds


class CountRow(Model):
    """One class in one stretch of time."""

    span: str
    vehicle: VehicleClass
    hand: int
    simpang: int
    percent: str


class CountResult(Model):
    """Both counts side by side, once Simpang's is there, too."""

    ready: bool
    rows: tuple[CountRow, ...] = ()
    sentences: tuple[str, ...] = ()
    files: str = ""


class Seat(Protocol):
    """Where one person at a time counts. Called from the page's threads; each call may raise `SeatError`."""

    def begin(self, wanted: CountWanted) -> CountBegun:
        """Begin anew; marks of a count that was not finished are gone."""
        ...

    def picture(self, camera: str, from_s: float, /) -> tuple[bytes, float] | None:
        """A JPEG and its time in the count; of a recording the first from `from_s` on. None: none yet, or no more."""
        ...

    def mark(self, mark: HandMark) -> Marked:
        """One vehicle."""
        ...

    def unmark(self) -> Marked:
        """Take the last one back."""
        ...

    def finish(self, seconds: float) -> None:
        """The person has counted so many seconds."""
        ...

    def result(self) -> CountResult:
        """Both counts, once they are there."""
        ...
