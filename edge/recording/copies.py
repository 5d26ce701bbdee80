"""Clips on their way out: made of pinned segments with people and plates hidden, and laid down until they are fetched.

Made only when somebody asks. Made again they are the same, byte for byte, so that a fetching goes on after a restart.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from contract import ClipIndex
from contract.clips import INDEX_NAME, MOST_CLIP_BYTES, MOST_PICTURES, picture_name
from edge.recording.archive import CARD_RESERVE_BYTES, Archive
from edge.recording.film import archive as bundle
from edge.recording.hiding import hidden_shots
from edge.recording.ring import Pin
from edge.recording.shelf import write_whole

_MOST = 4
"""Clips that lie ready at the same time; what is asked for again is made again."""


class CopyError(Exception):
    """A clip cannot be made. `lost`: none of its pictures was kept; else the disk is to blame."""

    def __init__(self, text: str, *, lost: bool = False) -> None:
        super().__init__(text)
        self.lost = lost


@dataclass(frozen=True, slots=True)
class Copy:
    """A clip that may leave."""

    path: Path
    sha256: str
    size: int
    pictures: int

    def piece(self, from_byte: int, most_bytes: int) -> bytes:
        """Its bytes from there on; OSError when it is gone."""
        with self.path.open("rb") as file:
            file.seek(from_byte)
            return file.read(most_bytes)


class Copies:
    """The folder `out`. Used by one thread."""

    def __init__(self, archive: Archive, folder: Path, quality: int) -> None:
        self._archive = archive
        self._folder = folder
        self._quality = quality
        self._made: dict[str, Copy] = {}

    def of(self, pin: Pin) -> Copy:
        """The clip of a pin that is over; made now if it is not there. `CopyError` says why it cannot be."""
        made = self._made.get(pin.case)
        if made is None or not made.path.exists():
            for case in list(self._made)[: 1 - _MOST]:
                self.forget(case)
            made = self._made[pin.case] = self._make(pin)
        return made

    def has(self, pin: Pin) -> bool:
        """Whether it lies there."""
        return pin.case in self._made and self._made[pin.case].path.exists()

    def forget(self, case: str) -> None:
        """Nobody fetches it any more."""
        self._made.pop(case, None)
        with suppress(OSError):
            self._path(case).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Delete the clips of pins that have had their time, though nobody said that they are fetched."""
        for case in [case for case in self._made if self._archive.of(case) is None]:
            self.forget(case)

    def sweep(self) -> None:
        """Delete what an earlier process left: it is made again when it is asked for."""
        with suppress(OSError):
            for path in self._folder.iterdir():
                path.unlink(missing_ok=True)

    def _make(self, pin: Pin) -> Copy:
        shots = self._archive.shots(pin)[:MOST_PICTURES]
        pictures = list(hidden_shots(shots, self._quality))
        if not pictures:
            raise CopyError(f"{pin.case}: no picture of it could be kept", lost=True)
        index = ClipIndex(case=pin.case, camera=pin.camera, times=tuple(time for time, _ in pictures))
        named = [(picture_name(number), jpeg) for number, (_, jpeg) in enumerate(pictures)]
        content = bundle([(INDEX_NAME, index.model_dump_json().encode()), *named])
        if len(content) > MOST_CLIP_BYTES:
            raise CopyError(f"{pin.case}: {len(content)} bytes are more than may be sent: choose a smaller width")
        path = self._path(pin.case)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(path.parent).free < CARD_RESERVE_BYTES // 2 + len(content):
                raise CopyError(f"{path.parent}: the disk is as full as it may be")
            write_whole(path, content, durable=False)
        except OSError as error:
            raise CopyError(f"{path}: {error.strerror}") from None
        return Copy(path, hashlib.sha256(content).hexdigest(), len(content), len(pictures))

    def _path(self, case: str) -> Path:
        return self._folder / f"{case}.zip"
