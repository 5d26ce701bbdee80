"""The desk at which recordings are asked for: one thread that asks, takes what comes, and lets go of what is old.

What has come lies in a file per case, so that neither a broken line nor a new start of the centre begins anew. A
recording counts only when it is whole, by the hash that the unit named, and is what the contract says.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from collector.clips.book import ClipBook
from collector.clips.fetch import PATIENCE, SOON, Fetch, State
from collector.clips.film import FilmError, index_of
from contract import ClipChunk, ClipDone, ClipOffer, ClipRequest

log = logging.getLogger(__name__)

_TURN_S = 0.5
Told = Callable[[Fetch], None]
"""Called when a fetching ends, whichever way."""


class Line(Protocol):
    """Where questions go."""

    def say(self, unit: str, message: ClipRequest | ClipDone) -> None:
        """To a unit; it may get lost."""
        ...


class ClipDesk:
    """Fetches from `start` to `stop`. `folder` holds the recordings."""

    def __init__(
        self, book: ClipBook, folder: Path, clock: Callable[[], datetime], *, days: int = 30, chunk_bytes: int = 32_000
    ) -> None:
        self._book, self._folder, self._clock = book, folder, clock
        self._lasting, self._chunk_bytes = timedelta(days=days), chunk_bytes
        self.line: Line | None = None
        self.told: Told = lambda _: None
        self._heard: queue.SimpleQueue[tuple[str, ClipOffer | ClipChunk] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._fetches = {key: self._resumed(one) for key, one in book.all().items()}
        self._due: dict[tuple[str, str], datetime] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clips", daemon=True)

    def start(self) -> None:
        """Begin, with what was under way when the last process ended."""
        self._folder.mkdir(0o700, parents=True, exist_ok=True)
        self._thread.start()

    def stop(self) -> None:
        """End; what is under way goes on at the next start."""
        self._stopping.set()
        self._heard.put(None)
        self._thread.join()

    def ask(self, unit: str, case: str, by: str, why: str) -> Fetch:
        """Fetch the recording of a case; one that is under way or here is left as it is."""
        with self._lock:
            known = self._fetches.get((unit, case))
            if known is not None and (known.open or known.state == "here"):
                return known
            fetch = Fetch(unit, case, f"r{secrets.token_hex(6)}", by, why, self._clock())
            self._forget_files(fetch)
            self._note(fetch)
        self.wake()
        return fetch

    def of(self, unit: str, case: str) -> Fetch | None:
        """How the recording of a case stands."""
        return self._fetches.get((unit, case))

    def all(self) -> Mapping[tuple[str, str], Fetch]:
        """All of them, as they stand now."""
        with self._lock:
            return dict(self._fetches)

    def path(self, fetch: Fetch) -> Path:
        """Where a recording lies that is here."""
        return self._folder / fetch.unit / f"{fetch.case}.zip"

    def hear(self, unit: str, said: ClipOffer | ClipChunk) -> None:
        """A unit has answered; on any thread."""
        self._heard.put((unit, said))

    def wake(self) -> None:
        """The line is back, or something is new: ask at once."""
        with self._lock:
            self._due.clear()
        self._heard.put(None)

    def _run(self) -> None:
        while not self._stopping.is_set():
            with suppress(queue.Empty):
                self._guarded(partial(self._take, self._heard.get(timeout=_TURN_S)))
            self._guarded(self._turn)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            # The desk must outlive a fault of ours, and a disk that is full for an hour.
            log.exception("clips: this goes on with the next question")
            self._stopping.wait(_TURN_S)

    def _turn(self) -> None:
        now = self._clock()
        for key, fetch in self.all().items():
            if fetch.state == "here" and fetch.came is not None and now >= fetch.came + self._lasting:
                self._end(fetch, "deleted")
            elif fetch.open and fetch.tired(now):
                self._end(fetch, "given_up")
            elif fetch.open and now >= self._due.get(key, now):
                self._ask_again(fetch, PATIENCE)

    def _ask_again(self, fetch: Fetch, patience: timedelta) -> None:
        now = self._clock()
        self._due[fetch.unit, fetch.case] = now + patience
        if self.line is not None:
            self.line.say(fetch.unit, fetch.question(self._chunk_bytes, now))

    def _take(self, heard: tuple[str, ClipOffer | ClipChunk] | None) -> None:
        if heard is None:
            return
        unit, said = heard
        fetch = self._fetches.get((unit, said.case))
        if fetch is None or not fetch.open or fetch.request != said.request:
            return
        if isinstance(said, ClipChunk):
            self._take_piece(fetch, said)
        else:
            self._take_offer(fetch, said)

    def _take_offer(self, fetch: Fetch, offer: ClipOffer) -> None:
        now_so = fetch.offered(offer)
        if now_so.state == "refused":
            self._end(fetch, "refused", now_so.reason)
            return
        if now_so.sha256 != fetch.sha256:
            self._forget_files(fetch)
        with self._lock:
            self._note(now_so)
        if offer.outcome == "preparing":
            self._due[fetch.unit, fetch.case] = self._clock() + SOON
        elif now_so.got >= now_so.size:
            self._close(now_so)
        else:
            self._ask_again(now_so, PATIENCE)

    def _take_piece(self, fetch: Fetch, chunk: ClipChunk) -> None:
        if not fetch.follows(chunk):
            return
        part = self._part(fetch)
        part.parent.mkdir(0o700, parents=True, exist_ok=True)
        with part.open("r+b" if part.exists() else "wb") as file:
            file.seek(fetch.got)
            file.write(chunk.data)
            file.truncate()
        fetch = fetch.with_piece(len(chunk.data))
        with self._lock:
            self._fetches[fetch.unit, fetch.case] = fetch
        if fetch.got == fetch.size:
            self._close(fetch)
        else:
            self._ask_again(fetch, PATIENCE)

    def _close(self, fetch: Fetch) -> None:
        """All bytes are there: is it what was promised?"""
        part = self._part(fetch)
        try:
            _examine(part, fetch)
        except (FilmError, OSError) as error:
            log.warning("clips: %s/%s: %s", fetch.unit, fetch.case, error)
            self._end(fetch, "broken", str(error)[:200])
            return
        part.replace(self.path(fetch))
        self._end(fetch, "here")

    def _end(self, fetch: Fetch, state: State, reason: str = "") -> None:
        now = self._clock()
        ended = fetch.ended(state, now, reason)
        if state != "here":
            self._forget_files(fetch)
        with self._lock:
            self._note(ended)
        if fetch.open and self.line is not None:
            outcome = "received" if state == "here" else "given_up"
            self.line.say(fetch.unit, ClipDone(request=fetch.request, time=now, case=fetch.case, outcome=outcome))
        self.told(ended)

    def _note(self, fetch: Fetch) -> None:
        self._book.keep(fetch)
        self._fetches[fetch.unit, fetch.case] = fetch

    def _resumed(self, fetch: Fetch) -> Fetch:
        """As far as its file goes: the book is not written for each piece."""
        with suppress(OSError):
            if fetch.open:
                return replace(fetch, got=min(self._part(fetch).stat().st_size, fetch.size))
        return replace(fetch, got=0) if fetch.open else fetch

    def _part(self, fetch: Fetch) -> Path:
        return self.path(fetch).with_suffix(".part")

    def _forget_files(self, fetch: Fetch) -> None:
        for path in (self.path(fetch), self._part(fetch)):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _examine(path: Path, fetch: Fetch) -> None:
    """`FilmError` when the file is not the recording that was promised."""
    if hashlib.sha256(path.read_bytes()).hexdigest() != fetch.sha256:
        raise FilmError("its hash is not the one that the unit named")
    if index_of(path).case != fetch.case:
        raise FilmError("it shows another case")
