"""The log of all that was asked, decided, sent and given: one JSON line each, chained by hash, on the disk at once.

    {"seq":7,"time":"…Z","kind":"sent","data":{…},"prev":"<hash of line 6>","hash":"<hash of this line>"}

`hash` is SHA-256 over the line without it. Whoever changes, removes or inserts a line breaks the chain from there on.
Only the end of the file could be cut unseen; therefore the bridge publishes the latest hash with every reply, and
`verify` can be given one that must occur.

A kill in the middle of a line leaves a torn end. It is moved to `<name>.torn`, which the next line records.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

FIRST = "0" * 64
"""What the first line has for `prev`."""

Value = str | float | bool | None | list[int] | list[str]
_TAIL = 1 << 16


class AuditError(Exception):
    """The log cannot be written or continued; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of a whole log. `broken`: what is wrong and in which line; None: the chain holds. `torn`: bytes after the end."""

    lines: int
    head: str
    broken: str | None = None
    torn: int = 0


class Audit:
    """Appends to one log. Only one process at a time can hold it open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _open_alone(path)
        torn = _tear_off(self._file, path)
        self.seq, self.head = _end(self._file, path)
        if torn:
            self.append("torn", {"bytes": torn, "kept_in": f"{path.name}.torn"}, datetime.now(UTC))

    def append(self, kind: str, data: Mapping[str, Value], time: datetime) -> str:
        """Write one line and return its hash. On return it is on the disk; `AuditError` if that cannot be had."""
        body = {"seq": self.seq + 1, "time": time.isoformat(), "kind": kind, "data": dict(data), "prev": self.head}
        digest = _digest(body)
        try:
            self._file.write(_text(body | {"hash": digest}) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise AuditError(f"{self.path}: cannot write the audit log: {error.strerror}") from error
        self.seq, self.head = self.seq + 1, digest
        return digest

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def verify(path: Path, anchor: str | None = None) -> Verdict:
    """Follow the chain from the first line. `anchor`: a hash that was published and must occur."""
    prev, lines, seen = FIRST, 0, anchor is None
    with path.open("rb") as log:
        for number, line in enumerate(log, 1):
            if not line.endswith(b"\n"):
                return Verdict(lines, prev, None if seen else _missing(anchor), len(line))
            fault = _fault(line, number, prev)
            if fault is not None:
                return Verdict(lines, prev, f"line {number}: {fault}")
            prev, lines = str(json.loads(line)["hash"]), number
            seen = seen or prev == anchor
    return Verdict(lines, prev, None if seen else _missing(anchor))


def _missing(anchor: str | None) -> str:
    return f"the published hash {anchor} does not occur: the end of the log has been cut off, or it is another log"


def _fault(line: bytes, number: int, prev: str) -> str | None:
    try:
        body = json.loads(line)
        digest = body.pop("hash")
        if body["prev"] != prev:
            return "does not follow the line before it: something was changed, removed or inserted here"
        if body["seq"] != number:
            return f"says it is number {body['seq']}"
    except (ValueError, KeyError, AttributeError, TypeError):
        return "is not a line of an audit log"
    return None if _digest(body) == digest else "its content is not what was written"


def _text(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _digest(body: Mapping[str, object]) -> str:
    return hashlib.sha256(_text(body)).hexdigest()


def _open_alone(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AuditError(f"{path}: another bridge is writing this log; two must not command one junction") from None
    except OSError as error:
        raise AuditError(f"{path}: cannot open the audit log: {error.strerror}") from error
    return file


def _tear_off(file: BinaryIO, path: Path) -> int:
    """Move what follows the last whole line out of the way; returns how many bytes that was."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    torn = tail[tail.rfind(b"\n") + 1 :]
    if torn:
        with path.with_name(f"{path.name}.torn").open("ab") as kept:
            kept.write(torn + b"\n")
        file.truncate(size - len(torn))
        os.fsync(file.fileno())
    return len(torn)


def _end(file: BinaryIO, path: Path) -> tuple[int, str]:
    """Number and hash of the last line; the whole chain is `verify`'s business."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return 0, FIRST
    file.seek(max(0, size - _TAIL))
    last = file.read().rstrip(b"\n").rsplit(b"\n", 1)[-1]
    file.seek(0, os.SEEK_END)
    try:
        body = json.loads(last)
        digest = str(body.pop("hash"))
        seq = int(body["seq"])
        intact = _digest(body) == digest
    except (ValueError, KeyError, AttributeError, TypeError):
        intact = False
    if not intact:
        raise AuditError(f"{path}: its last line is damaged; run `simpang bridge audit verify` and keep the file")
    return seq, digest
