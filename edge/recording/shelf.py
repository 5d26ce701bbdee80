"""Segments as files: `<camera>.<start>.<end>.zip` in one folder, written once and whole, never changed.

A file that was being written when the power went is called `.part` and is swept away. A folder that is full or gone
loses what was to be written into it, and nothing else: counting goes on.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.recording.ring import Segment

log = logging.getLogger(__name__)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)


class Shelf:
    """One folder of segments. `reserve_bytes` of its disk are left free."""

    def __init__(self, folder: Path, reserve_bytes: int) -> None:
        self.folder = folder
        self._reserve_bytes = reserve_bytes

    def found(self) -> list[Segment]:
        """What lies there; half-written files are removed."""
        segments = []
        with suppress(OSError):
            for path in sorted(self.folder.iterdir()):
                if path.suffix == ".part":
                    path.unlink(missing_ok=True)
                elif (segment := _segment(path)) is not None:
                    segments.append(segment)
        return sorted(segments, key=lambda one: (one.start, one.camera))

    def read(self, segment: Segment) -> bytes:
        """Its bytes; OSError when it is not there."""
        return self._path(segment).read_bytes()

    def take_over(self, other: Shelf, segment: Segment) -> None:
        """Put a segment of another shelf here, on the disk when this returns: by a second name for the same file where
        both lie on one disk, so that nothing is written twice. OSError when there is no room or it is gone."""
        self.folder.mkdir(0o700, parents=True, exist_ok=True)
        try:
            os.link(other._path(segment), self._path(segment))
            with self._path(segment).open("rb") as file:
                os.fsync(file.fileno())
        except FileExistsError:
            pass
        except OSError:
            self.write(segment, other.read(segment), durable=True)

    def write(self, segment: Segment, content: bytes, *, durable: bool = False) -> None:
        """Put it there. OSError when there is no room. `durable`: on the disk when this returns."""
        self.folder.mkdir(0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < self._reserve_bytes + len(content):
            raise OSError(errno.ENOSPC, "the disk is as full as it may be", str(self.folder))
        write_whole(self._path(segment), content, durable=durable)

    def remove(self, segments: Iterable[Segment]) -> None:
        """Delete these; what is not there is deleted already."""
        for segment in segments:
            try:
                self._path(segment).unlink(missing_ok=True)
            except OSError as error:
                log.warning("recording: %s stays: %s", self._path(segment), error.strerror)

    def _path(self, segment: Segment) -> Path:
        start, end = ((one - _EPOCH) // _US for one in (segment.start, segment.end))
        return self.folder / f"{segment.camera}.{start}.{end}.zip"


def write_whole(path: Path, content: bytes, *, durable: bool) -> None:
    """Write a file that is there whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _segment(path: Path) -> Segment | None:
    parts = path.name.split(".")
    if len(parts) != 4 or parts[3] != "zip" or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return None
    with suppress(OSError, OverflowError):
        return Segment(parts[0], _EPOCH + int(parts[1]) * _US, _EPOCH + int(parts[2]) * _US, path.stat().st_size)
    return None
