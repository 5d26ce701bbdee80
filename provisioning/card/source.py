"""The operating system's image as it was downloaded: checked against its hash, then copied, unpacked if it is .xz."""

from __future__ import annotations

import hashlib
import lzma
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from provisioning.card.places import CardError, run

_PIECE = 4 * 1024 * 1024

Count = Callable[[int, int], None]
"""Called with the bytes done and the bytes there are."""


@dataclass(frozen=True, slots=True)
class ImageSource:
    """An image file, plain or .xz, and the size it has when it is unpacked."""

    path: Path
    size: int

    @classmethod
    def check(cls, path: Path, sha256: str | None, count: Count) -> ImageSource:
        """Read it once; `CardError` when it is not the file with this hash. None: there is nothing to compare with."""
        try:
            with path.open("rb") as file:
                found = digest(file, path.stat().st_size, count)
        except OSError as error:
            raise CardError(
                f"{path}: tidak dapat dibaca; periksa namanya / cannot be read ({error.strerror}): check the name"
            ) from None
        if sha256 is not None and found != sha256:
            raise CardError(
                f"{path}: rusak atau citra lain; unduh lagi"
                f" / its SHA-256 is {found}, not {sha256}: download it again; this one is damaged or another"
            )
        return cls(path, _unpacked(path))

    def copy_to(self, target: BinaryIO, count: Count) -> str:
        """Write it unpacked to `target`; returns the SHA-256 of what was written."""
        sha, done = hashlib.sha256(), 0
        with lzma.open(self.path) if self.path.suffix == ".xz" else self.path.open("rb") as source:
            while piece := source.read(_PIECE):
                target.write(piece)
                sha.update(piece)
                done += len(piece)
                count(done, self.size)
        return sha.hexdigest()


def copy_image(source: ImageSource, out: Path, count: Count) -> None:
    """The image unpacked into the new file `out`, for the owner alone: it will hold a unit's key."""
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CardError(
            f"{out}: sudah ada; hapus dahulu atau pilih nama lain"
            " / is there already; remove it first, or choose another name"
        ) from None
    try:
        with os.fdopen(handle, "wb") as file:
            source.copy_to(file, count)
            os.fsync(file.fileno())
    except (OSError, lzma.LZMAError, EOFError) as error:
        with suppress(OSError):
            out.unlink()
        raise CardError(f"{out}: citra tidak dapat disalin / the image could not be copied ({error})") from None


def digest(file: BinaryIO, size: int, count: Count) -> str:
    """SHA-256 of the first `size` bytes of `file`."""
    sha, done = hashlib.sha256(), 0
    while done < size and (piece := file.read(min(_PIECE, size - done))):
        sha.update(piece)
        done += len(piece)
        count(done, size)
    return sha.hexdigest()


def _unpacked(path: Path) -> int:
    """Bytes of the image itself; an .xz tells it in its index (the totals line of `xz --robot --list`, fifth field)."""
    if path.suffix != ".xz":
        return path.stat().st_size
    done = run(["xz", "--robot", "--list", str(path)])
    for line in done.stdout.decode().splitlines() if done.returncode == 0 else ():
        words = line.split("\t")
        if words[0] == "totals":
            return int(words[4])
    raise CardError(
        f"{path}: bukan berkas .xz atau terpotong; unduh lagi / not an .xz file, or cut short: download it again"
    )
