"""The thread that answers who asks for a recording: an offer, then piece after piece, at the pace that the unit allows.

A question is answered once and forgotten: who asks holds the place (contract.clips). Nothing is sent while counts and
events wait for the line.
"""

from __future__ import annotations

import base64
import logging
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from contract import ClipChunk, ClipDone, ClipOffer, ClipRequest, ContractError, Kind, Model, Topic, decode
from edge.recording.archive import Archive
from edge.recording.copies import Copies, Copy, CopyError
from edge.recording.ring import Pin
from edge.recording.visitors import Visitors

log = logging.getLogger(__name__)

GOOD_FOR = timedelta(minutes=10)
"""An older question comes from before a break: it has been asked again, or nobody waits. Clocks may differ a little."""
SEALED = timedelta(seconds=8)
"""After its end a span is on the shelf: two segments."""
_NICE = 10
_TIDY_S = 60.0


@dataclass(frozen=True, slots=True)
class Home:
    """The unit, as its recordings know it. `say` sends in passing; `busy`: more important things wait for the line."""

    site: str
    unit: str
    boot_id: str
    say: Callable[[Kind, Model], None]
    busy: Callable[[], bool]
    clock: Callable[[], datetime]


class Clips:
    """Answers for one unit."""

    def __init__(self, home: Home, parts: tuple[Archive, Copies, Visitors] | None, kbit_s: int = 200) -> None:
        """`parts` None: this unit does not record, and says so."""
        self._home = home
        self._parts = parts
        self._say, self._clock = home.say, home.clock
        self._kbit_s = kbit_s
        self._asked: queue.SimpleQueue[tuple[Kind, bytes] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clips", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a clip that is being made is not waited for."""
        self._stopping.set()
        self._asked.put(None)
        self._thread.join(1.0)

    def ask(self, kind: Kind, payload: bytes) -> None:
        """A `clip/request` or `clip/done`, as it came; on any thread."""
        self._asked.put((kind, payload))

    def _run(self) -> None:
        # Linux gives each thread its own: counting goes before making a clip.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        if self._parts is not None:
            self._parts[1].sweep()
        while not self._stopping.is_set():
            try:
                self._turn()
            except ContractError as error:
                log.warning("recording: a question is not understood: %s", error)
            except Exception:
                log.exception("recording: a fault in Simpang itself; the question is left without an answer")

    def _turn(self) -> None:
        try:
            asked = self._asked.get(timeout=_TIDY_S)
        except queue.Empty:
            if self._parts is not None:
                self._parts[1].tidy()
            return
        if asked is not None:
            self._take(*asked)

    def _take(self, kind: Kind, payload: bytes) -> None:
        _, message = decode(str(Topic(self._home.site, self._home.unit, kind)), payload)
        if isinstance(message, ClipDone) and self._parts is not None:
            _, copies, visitors = self._parts
            visitors.done(message, self._clock())
            copies.forget(message.case)
        elif isinstance(message, ClipRequest) and abs(self._clock() - message.time) <= GOOD_FOR:
            self._answer(message)

    def _answer(self, request: ClipRequest) -> None:
        if self._parts is None:
            self._say(Kind.CLIP_OFFER, self._offer(request, "refused", reason="off"))
            return
        archive, copies, visitors = self._parts
        pin = archive.of(request.case)
        if pin is None:
            visitors.asked(request, "unknown", self._clock())
            self._say(Kind.CLIP_OFFER, self._offer(request, "refused", reason="unknown"))
            return
        visitors.asked(request, "allowed", self._clock())
        if self._clock() < pin.end + SEALED or not copies.has(pin):
            self._say(Kind.CLIP_OFFER, self._offer(request, "preparing", until=pin.until))
        if self._clock() >= pin.end + SEALED:
            self._give(request, pin, copies)

    def _give(self, request: ClipRequest, pin: Pin, copies: Copies) -> None:
        try:
            copy = copies.of(pin)
        except CopyError as error:
            log.warning("recording: %s", error)
            reason = "lost" if error.lost else "failed"
            self._say(Kind.CLIP_OFFER, self._offer(request, "refused", reason=reason))
            return
        if request.sha256 == copy.sha256 and request.from_byte < copy.size:
            self._send(request, copy)
        else:
            ready = {"bytes": copy.size, "sha256": copy.sha256, "pictures": copy.pictures, "until": pin.until}
            self._say(Kind.CLIP_OFFER, self._offer(request, "ready", **ready))

    def _send(self, request: ClipRequest, copy: Copy) -> None:
        while self._home.busy():
            if self._stopping.wait(0.5):
                return
        piece = copy.piece(request.from_byte, request.most_bytes)
        told = {"request": request.request, "case": request.case, "sha256": copy.sha256, "from_byte": request.from_byte}
        data = base64.b64encode(piece)
        self._say(Kind.CLIP_CHUNK, ClipChunk.model_validate({**told, "data": data, **self._header()}))
        # The line is the piece's own for as long as it takes at the allowed pace.
        self._stopping.wait(len(data) * 8 / (self._kbit_s * 1000))

    def _offer(self, request: ClipRequest, outcome: str, **more: object) -> ClipOffer:
        told = {"request": request.request, "case": request.case, "outcome": outcome, **more}
        return ClipOffer.model_validate({**told, **self._header()})

    def _header(self) -> dict[str, object]:
        return {"boot_id": self._home.boot_id, "time": self._clock()}
