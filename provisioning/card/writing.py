"""Put a card's contents in their places, and prove that they are there."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

from provisioning.card.contents import ENV, CardFile, Contents
from provisioning.card.layout import CMDLINE, Layout
from provisioning.card.places import CardError, Place
from provisioning.files import SECRET, write

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody looks at."""


def prepare_partitions(layout: Layout, contents: Contents, progress: Progress = silent) -> None:
    """Both halves into an image or device, read back, and both file systems checked."""
    layout.root.check()
    _check_unclaimed(layout.boot, contents.unit)
    _put(layout.boot, (*contents.boot, _command_line(layout.boot, contents)), progress, f"{contents.unit}: boot")
    _put(layout.root, contents.root, progress, f"{contents.unit}: root")
    layout.boot.check()
    layout.root.check()


def prepare_boot(boot: Place, contents: Contents, progress: Progress = silent) -> None:
    """Everything into the boot partition, and read back."""
    _check_unclaimed(boot, contents.unit)
    _put(boot, (*contents.all_on_boot(), _command_line(boot, contents)), progress, f"{contents.unit}: boot")


def prepare_tarball(out: Path, contents: Contents, progress: Progress = silent) -> None:
    """Everything into `out`, a .tar that is unpacked on the unit, and read back."""
    files = contents.all_on_boot()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for done, file in enumerate(files):
            progress(f"{contents.unit}: {out.name}", done, len(files))
            content = file.read()
            info = tarfile.TarInfo(str(file.path))
            info.size, info.mode = len(content), file.mode
            tar.addfile(info, io.BytesIO(content))
    write(out, buffer.getvalue(), SECRET)
    with tarfile.open(out) as tar:
        for file in files:
            member = tar.extractfile(str(file.path))
            _compare(file, member.read() if member else None, str(out))
    progress(f"{contents.unit}: {out.name}", len(files), len(files))


def _check_unclaimed(boot: Place, unit: str) -> None:
    """A card is prepared again for the same unit only: something of another one would stay on it."""
    for line in (boot.read(ENV) or b"").decode(errors="replace").splitlines():
        key, _, value = line.partition("=")
        if key == "UNIT_ID" and value.strip("'") != unit:
            raise CardError(
                f"kartu ini sudah disiapkan untuk {value.strip(chr(39))}; tulis citra baru dahulu"
                f" / this card was prepared for {value.strip(chr(39))}: write a fresh image to it first"
            )


def _put(place: Place, files: Iterable[CardFile], progress: Progress, what: str) -> None:
    files = tuple(files)
    for done, file in enumerate(files):
        progress(what, done, len(files))
        place.put(file)
    for file in files:
        _compare(file, place.read(file.path), what)
    progress(what, len(files), len(files))


def _compare(file: CardFile, found: bytes | None, what: str) -> None:
    if found is None:
        raise CardError(
            f"{what}: {file.path} hilang setelah ditulis; kartu aus atau penuh"
            f" / {file.path} is not there after it was written: the card is worn out or full"
        )
    if hashlib.sha256(found).digest() != hashlib.sha256(file.read()).digest():
        raise CardError(
            f"{what}: {file.path} terbaca lain dari yang ditulis; ganti kartu"
            f" / {file.path} reads back otherwise than it was written: take another card"
        )


def _command_line(boot: Place, contents: Contents) -> CardFile:
    before = boot.read(CMDLINE)
    if before is None:
        raise CardError(
            "tidak ada cmdline.txt; ini bukan partisi boot kartu Raspberry Pi"
            " / there is no cmdline.txt: this is not the boot partition of a Raspberry Pi card"
        )
    return CardFile(CMDLINE, contents.command_line(before.decode(errors="replace")).encode())
