"""Power and place of a unit, as its health tells them: supply, last restart, wear, door and tilt.

The rules are those of their modules; what must outlive the program lies in two notes of the outbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.config import ContactsConfig
from edge.health.contacts import Contacts, Reader, read_pin
from edge.health.restart import Cause, Start, read_signs, started
from edge.health.supply import Source, read_supply
from edge.health.wear import Written, read_written_gb, worn_percent, written
from edge.outbox import Outbox

START, WRITTEN = "start", "written"
"""Names of the notes."""
_NOTE_EVERY_S = 600.0
"""Counting what is written must not write much itself."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Fields of `contract.Health`."""

    supply: Source | None
    battery_percent: float | None
    restart: Cause | None
    worn_percent: int | None
    written_gb: float | None
    door_open: bool | None
    tilted: bool | None


class Surroundings:
    """Looks at them on the machine below `root`."""

    def __init__(self, outbox: Outbox, data: Path, root: Path = Path("/"), reader: Reader = read_pin) -> None:
        self._outbox, self._data, self._root = outbox, data, root
        self._contacts = Contacts(reader)
        self._start = started(outbox.noted_as(START, Start), read_signs(root))
        self._written = outbox.noted_as(WRITTEN, Written)
        self._note_due_s = 0.0
        outbox.note({START: self._start.model_dump_json().encode()})

    def look(self, contacts: ContactsConfig, now_s: float) -> Seen:
        """Look now. Never raises."""
        supply = read_supply(self._root)
        door, tilt = self._contacts.look(contacts)
        return Seen(
            supply=supply.source,
            battery_percent=supply.battery_percent,
            restart=self._start.cause,
            worn_percent=worn_percent(self._root),
            written_gb=self._count_written(now_s),
            door_open=door,
            tilted=tilt,
        )

    def stop(self) -> None:
        """The program was asked to stop."""
        self._outbox.note({START: self._start.model_copy(update={"orderly": True}).model_dump_json().encode()})

    def _count_written(self, now_s: float) -> float | None:
        now_gb = read_written_gb(self._data, self._root)
        if now_gb is None:
            return None
        self._written = written(self._written, self._start.boot, now_gb)
        if now_s >= self._note_due_s:
            self._note_due_s = now_s + _NOTE_EVERY_S
            self._outbox.note({WRITTEN: self._written.model_dump_json().encode()})
        return round(self._written.total_gb, 1)
