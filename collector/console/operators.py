"""The console's own book: operators, sessions, verdicts and the audit, in one SQLite file beside nothing else.

Measurements live in the store and can be rebuilt from it; what people did cannot, so it has a file of its own, written
through before an action counts as done. The audit can only be added to: triggers refuse changes. A session's cookie is
a random name of 256 bits; the file knows only its hash, so reading the file opens no session.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from collector.console.accounts import Person, Role, hash_password, password_fits, totp_step
from collector.console.judging import Precision
from collector.store.reading import CaseRow

_SCHEMA = """
CREATE TABLE IF NOT EXISTS operator (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, totp TEXT, totp_step INTEGER NOT NULL DEFAULT 0,
    made REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS session (
    token TEXT PRIMARY KEY, name TEXT NOT NULL REFERENCES operator ON DELETE CASCADE, until REAL NOT NULL,
    lasting REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS verdict (
    unit TEXT NOT NULL, "case" TEXT NOT NULL, kind TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'rejected')),
    reason TEXT NOT NULL, name TEXT NOT NULL, time REAL NOT NULL, PRIMARY KEY (unit, "case")
) STRICT;
CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, name TEXT NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, detail TEXT NOT NULL, address TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS audit_by_action ON audit (action, time);
CREATE TRIGGER IF NOT EXISTS audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is not changed'); END;
CREATE TRIGGER IF NOT EXISTS audit_is_not_deleted BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is not deleted from'); END;
"""
Word = Literal["accepted", "rejected"]
TRIES, WITHIN = 8, timedelta(minutes=10)
"""Refused sign-ins of one name, and of one address, after which both must wait."""


class OperatorError(ValueError):
    """What was asked cannot be done; `key` names the sentence of the catalogue that says why (`refused.<key>`)."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an operator said of a case."""

    unit: str
    case: str
    kind: str
    """`parking` or `incident`, as the event says."""
    verdict: Word
    reason: str
    name: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit."""

    time: datetime
    name: str
    action: str
    subject: str = ""
    detail: str = ""
    address: str = ""


class Operators:
    """The open book. Safe to use from several threads; each call is one transaction.

    Every call may raise `OperatorError`: of key `book` when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise self._broken(error) from error

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                raise self._broken(error) from error

    def _broken(self, error: Exception) -> OperatorError:
        return OperatorError("book", f"{self._path}: {error}; is the data folder there, writable, and not full?")

    # People -----------------------------------------------------------------------------------------------------------

    def add(self, name: str, role: Role, password: str, now: datetime) -> None:
        """Enter somebody; `OperatorError` when the name is taken, `ValueError` when the password is too short."""
        kept = hash_password(password)
        with self._transaction() as db:
            if db.execute("SELECT 1 FROM operator WHERE name = ?", (name,)).fetchone():
                raise OperatorError("name_taken", f"there is already an operator {name!r}")
            row = (name, role.value, kept, now.timestamp())
            db.execute("INSERT INTO operator (name, role, password, made) VALUES (?, ?, ?, ?)", row)
            _note(db, Entry(now, "", "operator.add", name, role.value))

    def change(
        self,
        name: str,
        now: datetime,
        *,
        role: Role | None = None,
        password: str | None = None,
        totp: str | None = None,
    ) -> None:
        """Give somebody another role, password or one-time secret; ends every session of theirs."""
        changes = {
            "role": role.value if role else None,
            "password": hash_password(password) if password else None,
            "totp": totp,
        }
        with self._transaction() as db:
            self._must_exist(db, name)
            for column, value in changes.items():
                if value is not None:
                    db.execute(f"UPDATE operator SET {column} = ? WHERE name = ?", (value, name))
                    _note(db, Entry(now, "", f"operator.{column}", name, value if column == "role" else ""))
            db.execute("DELETE FROM session WHERE name = ?", (name,))

    def remove(self, name: str, now: datetime) -> None:
        """Strike somebody out, and end their sessions; what they did stays in the audit."""
        with self._transaction() as db:
            self._must_exist(db, name)
            db.execute("DELETE FROM operator WHERE name = ?", (name,))
            _note(db, Entry(now, "", "operator.remove", name))

    def people(self) -> Sequence[tuple[str, Role, bool]]:
        """Name, role, and whether a one-time code is asked for."""
        with self._transaction() as db:
            rows = db.execute("SELECT name, role, totp IS NOT NULL FROM operator ORDER BY name").fetchall()
        return [(name, Role(role), bool(code)) for name, role, code in rows]

    @staticmethod
    def _must_exist(db: sqlite3.Connection, name: str) -> None:
        if not db.execute("SELECT 1 FROM operator WHERE name = ?", (name,)).fetchone():
            raise OperatorError("no_such_name", f"there is no operator {name!r}")

    # Sessions ---------------------------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, code: str, *, address: str, now: datetime, lasting: timedelta) -> str:
        """Check who it is and open a session; the token for the cookie. `OperatorError` says why not."""
        self._not_too_often(name, address, now)
        with self._transaction() as db:
            row = db.execute("SELECT password, totp, totp_step FROM operator WHERE name = ?", (name,)).fetchone()
        kept, secret, used = row or (None, None, 0)
        fits = password_fits(password, kept)
        step = totp_step(secret, code, now, after=used) if secret else None
        if not fits or (secret and step is None):
            with self._transaction() as db:
                _note(db, Entry(now, name[:80], "session.refused", address=address))
            raise OperatorError("wrong", "name, password or code is wrong")
        token = secrets.token_urlsafe(32)
        with self._transaction() as db:
            db.execute("DELETE FROM session WHERE until < ?", (now.timestamp(),))
            row = (_hash(token), name, (now + lasting).timestamp(), lasting.total_seconds())
            if step is not None:
                taken = "UPDATE operator SET totp_step = ? WHERE name = ? AND totp_step < ?"
                if not db.execute(taken, (step, name, step)).rowcount:
                    raise OperatorError("wrong", "this one-time code was used already")
            db.execute("INSERT INTO session VALUES (?, ?, ?, ?)", row)
            _note(db, Entry(now, name, "session.opened", address=address))
        return token

    def _not_too_often(self, name: str, address: str, now: datetime) -> None:
        since = (now - WITHIN).timestamp()
        question = (
            "SELECT max(sum(name = ?), sum(address = ?)) FROM audit WHERE action = 'session.refused' AND time > ?"
        )
        with self._transaction() as db:
            (tries,) = db.execute(question, (name, address, since)).fetchone()
        if (tries or 0) >= TRIES:
            raise OperatorError("too_often", f"{tries} refused sign-ins within {WITHIN}")

    def person(self, token: str | None, now: datetime) -> Person | None:
        """Whose session it is; None when there is none, or it ran out, or was ended.

        Who may only look stays signed in for as long as they look, for a wall has no hands; who may act signs in
        every shift.
        """
        if not token:
            return None
        question = (
            "SELECT name, role, until, lasting FROM session JOIN operator USING (name) WHERE token = ? AND until >= ?"
        )
        with self._transaction() as db:
            row = db.execute(question, (_hash(token), now.timestamp())).fetchone()
            if row is None:
                return None
            name, role, until, lasting = row
            if role == Role.VIEW and until - now.timestamp() < lasting / 2:
                db.execute("UPDATE session SET until = ? WHERE token = ?", (now.timestamp() + lasting, _hash(token)))
        return Person(name, Role(role))

    def sign_out(self, token: str, now: datetime, *, address: str = "") -> None:
        """End a session; one that is not there is ended already."""
        with self._transaction() as db:
            row = db.execute("DELETE FROM session WHERE token = ? RETURNING name", (_hash(token),)).fetchone()
            if row:
                _note(db, Entry(now, row[0], "session.closed", address=address))

    def allowed(self, token: str | None, needed: Role, now: datetime) -> Person:
        """Who may do this; `OperatorError` when nobody is signed in, or their role does not reach."""
        person = self.person(token, now)
        if person is None:
            raise OperatorError("signed_out", "nobody is signed in")
        if not person.role.may(needed):
            self.note(person.name, "refused", needed.value, now)
            raise OperatorError("role", f"{person.name} may {person.role}, this needs {needed}")
        return person

    # What people did --------------------------------------------------------------------------------------------------

    def judge(self, token: str | None, case: CaseRow, now: datetime, *, verdict: Word, reason: str = "") -> Verdict:
        """Accept or reject a case. Judging again replaces the verdict; the audit keeps both."""
        person = self.allowed(token, Role.OPERATE, now)
        if verdict == "rejected" and not reason.strip():
            raise OperatorError("no_reason", "a rejection needs a reason")
        event = case.event
        said = Verdict(case.unit, event.case, event.type, verdict, reason.strip()[:500], person.name, now)
        row = (said.unit, said.case, said.kind, verdict, said.reason, person.name, now.timestamp())
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            _note(db, Entry(now, person.name, f"case.{verdict}", f"{said.unit}/{said.case}", said.reason))
        return said

    def verdicts(self, since: datetime) -> dict[tuple[str, str], Verdict]:
        """Verdicts given since then, by (unit, case)."""
        with self._transaction() as db:
            rows = db.execute("SELECT * FROM verdict WHERE time >= ?", (since.timestamp(),)).fetchall()
        return {
            (unit, case): Verdict(unit, case, kind, verdict, reason, name, datetime.fromtimestamp(time, UTC))
            for unit, case, kind, verdict, reason, name, time in rows
        }

    def precision(self, kind: str, since: datetime) -> Precision:
        """How many of the cases of a kind that were judged since then were accepted."""
        question = "SELECT coalesce(sum(verdict = 'accepted'), 0), count(*) FROM verdict WHERE kind = ? AND time >= ?"
        with self._transaction() as db:
            return Precision(*db.execute(question, (kind, since.timestamp())).fetchone())

    def note(self, name: str, action: str, subject: str, now: datetime, *, detail: str = "") -> None:
        """Write one line into the audit."""
        with self._transaction() as db:
            _note(db, Entry(now, name, action, subject, detail))

    def audit(self, *, limit: int = 200, before: int | None = None) -> Sequence[tuple[int, Entry]]:
        """The newest entries with their numbers, newest first; `before` pages on."""
        question = (
            "SELECT id, time, name, action, subject, detail, address FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?"
        )
        with self._transaction() as db:
            rows = db.execute(question, (before or 2**62, limit)).fetchall()
        return [(row[0], Entry(datetime.fromtimestamp(row[1], UTC), *row[2:])) for row in rows]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _note(db: sqlite3.Connection, entry: Entry) -> None:
    row = (entry.time.timestamp(), entry.name, entry.action, entry.subject, entry.detail, entry.address)
    db.execute("INSERT INTO audit (time, name, action, subject, detail, address) VALUES (?, ?, ?, ?, ?, ?)", row)
