"""Who asked for which recording, when, and why: `access.jsonl` beside the recordings, a line each, 2 MB at most.

The centre keeps its own account. This one is there when somebody doubts it.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from datetime import datetime
from pathlib import Path

from contract import ClipDone, ClipRequest

log = logging.getLogger(__name__)

_MOST_BYTES = 1_000_000
_REMEMBERED = 200


class Visitors:
    """The book in the file `path`; when it is full, the book before it is thrown away."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: deque[str] = deque(maxlen=_REMEMBERED)

    def asked(self, request: ClipRequest, answer: str, now: datetime) -> None:
        """Somebody asks; each fetching is one line, however many pieces it takes."""
        if request.request not in self._known:
            self._known.append(request.request)
            self._write(now, request.case, request.request, by=request.by, why=request.why, answer=answer)
            log.info("recording: %s asks for %s (%s): %s", request.by, request.case, request.why, answer)

    def done(self, told: ClipDone, now: datetime) -> None:
        """A fetching is over."""
        self._write(now, told.case, told.request, answer=told.outcome)
        log.info("recording: %s: %s", told.case, told.outcome)

    def _write(self, now: datetime, case: str, request: str, **more: str) -> None:
        line = json.dumps({"time": now.isoformat(), "case": case, "request": request, **more}, ensure_ascii=False)
        try:
            if self._path.exists() and self._path.stat().st_size > _MOST_BYTES:
                self._path.replace(self._path.with_suffix(".1.jsonl"))
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            log.warning("recording: %s: %s: an access is told in the journal only", self._path, error.strerror)
