"""The outbox: what the broker has not acknowledged yet, in SQLite, numbered, and safe from kill -9 and power cuts.

    append ──▶ seq, on the disk ──▶ waiting ──published──▶ acknowledge (PUBACK) ──▶ gone
       └─ pictures ──▶ held ──release──┘

A number is given once and never again, also across restarts; what must be given up is counted and leaves a hole, so
that the centre sees the loss (`contract.messages.Seq`). Beside the messages lie notes: small things that must change
in the same instant as a message goes out, such as the parking cases that are open (docs/decisions/0010). Pictures are
held without a number until there is room for them on the line (edge.pictures): what is late leaves no hole.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from contract import Evidence, Kind, Model, Observation, encode
from contract.messages import Kept

log = logging.getLogger(__name__)

_M = TypeVar("_M", bound=Model)

Draft = Callable[[int], Kept]
"""Builds a message when it is told its number."""

Notes = Mapping[str, bytes | None]
"""What to remember under which name; None forgets it."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS held (id INTEGER PRIMARY KEY, payload BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tally (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
RESERVE_BYTES = 20_000_000
"""Below so much free disk the outbox does not grow any more: even giving up takes some room (SQLite's log)."""

_GIVEN_UP_FIRST = (Kind.EVIDENCE, Kind.OBSERVATION, Kind.EVENT)
"""A picture is worth less than a minute of counts, and that less than the end of a case, which would stay open."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that waits."""

    seq: int
    kind: Kind
    payload: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """A picture that has no number yet."""

    id: int
    payload: bytes


class Outbox:
    """One unit's outbox in the file `path`. Used by several threads; every call is one transaction."""

    def __init__(self, path: Path, *, cap_bytes: int) -> None:
        """`cap_bytes`: payload that may wait; above it the least valuable is given up. A broken file is set aside."""
        self._path = path
        self._cap_bytes = cap_bytes
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._next_seq = 1
        self._dropped = 0
        self._depth = self._bytes = self._held = self._held_bytes = 0
        try:
            self._db = self._open()
        except sqlite3.DatabaseError as error:
            if not _is_broken(error):
                raise
            self._db = self._begin_anew(error)

    @property
    def depth(self) -> int:
        """Messages that wait."""
        return self._depth

    @property
    def dropped(self) -> int:
        """Messages given up since the outbox was begun."""
        return self._dropped

    @property
    def held(self) -> int:
        """Pictures that have no number yet."""
        return self._held

    def append(self, drafts: Sequence[Draft], notes: Notes | None = None, pictures: Sequence[Draft] = ()) -> None:
        """Number and keep messages, hold pictures, and change notes, all or nothing; on the disk when it returns.

        Never raises for a full or broken disk: the messages are then counted as dropped, and their numbers are a hole.
        """
        self._take(drafts, notes or {}, pictures=pictures)

    def first_held(self) -> Held | None:
        """The oldest picture that is held."""
        with self._lock:
            try:
                row = self._db.execute("SELECT id, payload FROM held ORDER BY id LIMIT 1").fetchone()
            except sqlite3.DatabaseError as error:
                self._recover(error)
                return None
            return None if row is None else Held(row[0], bytes(row[1]))

    def release(self, picture: Held, boot_id: str, notes: Notes) -> None:
        """Number a picture that was held, under the boot that sends it, and let it wait like any other message."""
        told = Evidence.model_validate_json(picture.payload)

        def draft(seq: int) -> Kept:
            return told.model_copy(update={"seq": seq, "boot_id": boot_id})

        self._take([draft], notes, released=picture)

    def note(self, notes: Notes) -> None:
        """Change notes without waiting for the disk: they outlive the process, perhaps not a power cut."""
        with self._lock:
            try:
                self._db.execute("PRAGMA synchronous=NORMAL")
                with self._db:
                    self._write_notes(notes)
            except sqlite3.DatabaseError as error:
                self._recover(error)
            finally:
                self._db.execute("PRAGMA synchronous=FULL")

    def noted(self, name: str) -> bytes | None:
        """What is remembered under `name`."""
        with self._lock:
            try:
                row = self._db.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
            except sqlite3.DatabaseError as error:
                self._recover(error)
                return None
            return None if row is None else bytes(row[0])

    def noted_as(self, name: str, model: type[_M]) -> _M | None:
        """The same, read as `model`; what cannot be read is nothing."""
        left = self.noted(name)
        try:
            return None if left is None else model.model_validate_json(left)
        except ValidationError:
            return None

    def waiting(self, after: int = 0, limit: int = 16) -> list[Entry]:
        """The oldest messages numbered above `after`, in order."""
        with self._lock:
            try:
                rows = self._db.execute(
                    "SELECT seq, kind, payload FROM message WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
                ).fetchall()
            except sqlite3.DatabaseError as error:
                self._recover(error)
                return []
            return [Entry(seq, Kind(kind), bytes(payload)) for seq, kind, payload in rows]

    def acknowledge(self, seqs: Iterable[int]) -> None:
        """The broker has these: forget them. One transaction for all, to spare the card."""
        with self._lock:
            try:
                with self._db:
                    self._delete(seqs)
            except sqlite3.DatabaseError as error:
                # They will be sent once more, which does no harm.
                self._recover(error)

    def close(self) -> None:
        """Release the file."""
        with self._lock, suppress(sqlite3.DatabaseError):
            self._db.close()

    def _take(
        self, drafts: Sequence[Draft], notes: Notes, *, pictures: Sequence[Draft] = (), released: Held | None = None
    ) -> None:
        with self._lock:
            first = self._next_seq
            entries = [_entry(draft(seq), seq) for seq, draft in enumerate(drafts, first)]
            held = [encode(draft(0)) for draft in pictures]
            self._next_seq = first + len(entries)
            try:
                self._keep(entries, held, notes, released)
            except sqlite3.DatabaseError as error:
                self._recover(error)
                try:
                    self._keep(entries, held, notes, released)
                except sqlite3.DatabaseError as again:
                    self._lose(len(entries) + len(held), again)

    def _keep(self, entries: Sequence[Entry], held: Sequence[bytes], notes: Notes, released: Held | None) -> None:
        with self._db:
            rows = [(entry.seq, entry.kind.value, entry.payload) for entry in entries]
            self._db.executemany("INSERT INTO message VALUES (?, ?, ?)", rows)
            self._db.executemany("INSERT INTO held (payload) VALUES (?)", [(payload,) for payload in held])
            if released is not None:
                self._db.execute("DELETE FROM held WHERE id = ?", (released.id,))
            self._write_notes(notes)
            self._write_tallies()
        added = sum(len(entry.payload) for entry in entries) + sum(map(len, held))
        self._depth += len(entries)
        self._held += len(held) - (released is not None)
        self._bytes += added - (len(released.payload) if released is not None else 0)
        excess = self._bytes - self._cap_bytes
        others = self._depth + self._held > len(entries) + len(held)
        if added and others and shutil.disk_usage(self._path.parent).free < RESERVE_BYTES:
            excess = max(excess, added)
        if excess > 0:
            self._give_up(excess)

    def _write_notes(self, notes: Notes) -> None:
        kept = [(name, value) for name, value in notes.items() if value is not None]
        self._db.executemany("DELETE FROM note WHERE name = ?", [(name,) for name in notes])
        self._db.executemany("INSERT INTO note VALUES (?, ?)", kept)

    def _write_tallies(self) -> None:
        rows = [("next_seq", self._next_seq), ("dropped", self._dropped)]
        self._db.executemany("INSERT OR REPLACE INTO tally VALUES (?, ?)", rows)

    def _give_up(self, excess: int) -> None:
        """Drop messages worth `excess` bytes or a little more: evidence first, events last, of each the oldest."""
        pictures, freed = self._oldest("SELECT id, length(payload) FROM held ORDER BY id", (), excess)
        given_up: list[int] = []
        for kind in _GIVEN_UP_FIRST:
            query = "SELECT seq, length(payload) FROM message WHERE kind = ? ORDER BY seq"
            seqs, size = self._oldest(query, (kind.value,), excess - freed)
            given_up += seqs
            freed += size
        number = len(pictures) + len(given_up)
        with self._db:
            self._db.executemany("DELETE FROM held WHERE id = ?", [(one,) for one in pictures])
            self._delete(given_up)
            self._dropped += number
            self._write_tallies()
        self._measure(self._db)
        log.warning("outbox: %d messages given up to make room; %d so far", number, self._dropped)

    def _oldest(self, query: str, values: tuple[str, ...], excess: int) -> tuple[list[int], int]:
        """The first rows of `query` (number, size) that together free `excess` bytes, and how much they do."""
        found: list[int] = []
        freed = 0
        for number, size in self._db.execute(query, values):
            if freed >= excess:
                break
            found.append(number)
            freed += size
        return found, freed

    def _delete(self, seqs: Iterable[int]) -> None:
        for seq in seqs:
            size = self._db.execute("SELECT length(payload) FROM message WHERE seq = ?", (seq,)).fetchone()
            if size is not None:
                self._db.execute("DELETE FROM message WHERE seq = ?", (seq,))
                self._depth -= 1
                self._bytes -= size[0]

    def _lose(self, number: int, error: sqlite3.DatabaseError) -> None:
        self._dropped += number
        log.error("outbox: %d messages lost, the disk takes nothing (%s): free some space", number, error)

    def _recover(self, error: sqlite3.DatabaseError) -> None:
        """Something went wrong with the file: make room on a full disk, begin anew when it is broken."""
        with suppress(sqlite3.DatabaseError):
            self._db.rollback()
        if _is_broken(error):
            with suppress(sqlite3.DatabaseError):
                self._db.close()
            self._db = self._begin_anew(error)
            return
        log.error("outbox: %s: %s", self._path, error)
        with suppress(sqlite3.DatabaseError):
            self._measure(self._db)
            if self._depth or self._held:
                self._give_up(max(1, self._bytes // 20))

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, check_same_thread=False, timeout=10)
        try:
            # FULL: a message that was numbered is on the disk, or the number would come again after a power cut.
            db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=256;")
            _check(db)
            db.executescript(_SCHEMA)
            self._measure(db)
            tallies: dict[str, int] = dict(db.execute("SELECT name, value FROM tally").fetchall())
            self._next_seq = max(self._next_seq, tallies.get("next_seq", 1))
            self._dropped = max(self._dropped, tallies.get("dropped", 0))
        except BaseException:
            db.close()
            raise
        return db

    def _measure(self, db: sqlite3.Connection) -> None:
        measure = "SELECT count(*), total(length(payload)) FROM "
        (self._depth, waiting), (self._held, held) = (db.execute(measure + of).fetchone() for of in ("message", "held"))
        self._bytes = int(waiting + held)

    def _begin_anew(self, error: sqlite3.DatabaseError) -> sqlite3.Connection:
        """Set the broken file aside, for whoever wants to look, and begin a new one; known numbers stay used."""
        aside = self._path.with_name(f"{self._path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S}")
        log.error(
            "outbox: %s is broken (%s): set aside as %s, what waited in it is lost", self._path, error, aside.name
        )
        self._path.rename(aside)
        for suffix in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                self._path.with_name(self._path.name + suffix).rename(aside.with_name(aside.name + suffix))
        self._dropped += self._depth + self._held
        return self._open()


def _entry(message: Kept, seq: int) -> Entry:
    match message:
        case Observation():
            kind = Kind.OBSERVATION
        case Evidence():
            kind = Kind.EVIDENCE
        case _:
            kind = Kind.EVENT
    return Entry(seq, kind, encode(message))


def _check(db: sqlite3.Connection) -> None:
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"database disk image is malformed: {verdict}")


def _is_broken(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is no database any more, rather than the disk full or busy."""
    code = getattr(error, "sqlite_errorcode", None)
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB} or "malformed" in str(error)
