"""The ring and what is pinned of it, on their shelves: the rules of `edge.recording.ring`, carried out with files."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import Field, ValidationError

from contract import Model
from edge.recording.film import Shot, pack, unpack
from edge.recording.ring import MOST_PINS, Changes, Pin, Ring, Segment
from edge.recording.settings import RecordingConfig
from edge.recording.shelf import Shelf, write_whole

log = logging.getLogger(__name__)

CARD_RESERVE_BYTES = 100_000_000
"""Of the card, left to the outbox and the system."""
MEMORY_RESERVE_BYTES = 16_000_000


class _Pins(Model):
    pins: tuple[Pin, ...] = Field(max_length=MOST_PINS)


class Archive:
    """`folder` lies on the card; `ring` is where the newest minutes are. Used by several threads."""

    def __init__(self, config: RecordingConfig, folder: Path, ring: Path) -> None:
        self._lasting = timedelta(hours=config.pins_hours)
        on_card = config.ring == "card"
        self._newest = Shelf(ring, CARD_RESERVE_BYTES if on_card else MEMORY_RESERVE_BYTES)
        self._pinned = Shelf(folder / "pinned", CARD_RESERVE_BYTES)
        self._pins_file = folder / "pins.json"
        self._lock = threading.Lock()
        self._full: set[Path] = set()
        self._tidy = False
        """Whether files that no pin covers have been looked for since the start."""
        self._ring = Ring(config.ring_mb * 1_000_000, config.pins_mb * 1_000_000)
        self._ring.pins = self._read_pins()
        self._ring.kept = self._pinned.found()
        for segment in self._newest.found():
            self._do(self._ring.add(segment))

    def add(self, camera: str, shots: Sequence[Shot]) -> None:
        """Some seconds of one camera. Where there is no room for them they are lost, and it is said once."""
        content = pack(shots)
        segment = Segment(camera, shots[0].time, max(one.time for one in shots), len(content))
        with self._lock:
            if self._make_room(segment, content):
                self._do(self._ring.add(segment))

    def pin(self, camera: str, case: str, opened: datetime, now: datetime) -> None:
        """Keep what lies around the beginning of a case."""
        with self._lock:
            changes = self._ring.pin(case, camera, opened, now, self._lasting)
            self._write_pins()
            self._do(changes)

    def expire(self, now: datetime) -> None:
        """Delete what has had its time."""
        with self._lock:
            if self._tidy and all(now < pin.until for pin in self._ring.pins):
                return
            before = len(self._ring.pins)
            changes = self._ring.expire(now)
            if len(self._ring.pins) != before:
                self._write_pins()
            self._do(changes)
            self._tidy = True

    def of(self, case: str) -> Pin | None:
        """The pin of a case."""
        with self._lock:
            return self._ring.of(case)

    def shots(self, pin: Pin) -> list[Shot]:
        """The pictures of a pin, in their order; fewer where some could not be kept."""
        with self._lock:
            segments = self._ring.showing(pin)
        found: list[Shot] = []
        for segment in segments:
            try:
                found += unpack(self._pinned.read(segment))
            except OSError as error:
                log.warning("recording: %s cannot be read: %s", segment, error)
        return sorted((one for one in found if pin.start <= one.time <= pin.end), key=lambda one: one.time)

    def _do(self, changes: Changes) -> None:
        lost = [one for one in changes.keep if not self._take_over(one)]
        self._ring.lose(lost)
        self._newest.remove(changes.drop)
        self._pinned.remove(changes.release)

    def _take_over(self, segment: Segment) -> bool:
        return self._told(self._pinned, lambda: self._pinned.take_over(self._newest, segment))

    def _make_room(self, segment: Segment, content: bytes) -> bool:
        """Write into the ring; where the disk is fuller than our cap foresaw, the ring becomes shorter."""
        while self._ring.segments:
            try:
                self._newest.write(segment, content)
            except OSError:
                self._newest.remove([self._ring.segments.pop(0)])
            else:
                return True
        return self._told(self._newest, lambda: self._newest.write(segment, content))

    def _told(self, shelf: Shelf, write: Callable[[], None]) -> bool:
        """Whether it could be written; where not, it is said once until it can again."""
        try:
            write()
        except OSError as error:
            if shelf.folder not in self._full:
                log.warning("recording: %s: %s: pictures are lost until there is room", shelf.folder, error.strerror)
            self._full.add(shelf.folder)
            return False
        self._full.discard(shelf.folder)
        return True

    def _read_pins(self) -> list[Pin]:
        try:
            return list(_Pins.model_validate_json(self._pins_file.read_bytes()).pins)
        except FileNotFoundError:
            return []
        except (OSError, ValidationError) as error:
            log.warning("recording: %s cannot be read; what was pinned is let go: %s", self._pins_file, error)
            return []

    def _write_pins(self) -> None:
        try:
            self._pins_file.parent.mkdir(parents=True, exist_ok=True)
            content = _Pins(pins=tuple(self._ring.pins)).model_dump_json().encode()
            write_whole(self._pins_file, content, durable=True)
        except OSError as error:
            log.warning("recording: %s: %s: pins are lost at the next start", self._pins_file, error.strerror)
