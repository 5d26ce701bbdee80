"""A card in a reader: which disks must never be written to, and writing with proof.

The rules are pure over what `lsblk` tells. They come before anything is opened; the kernel is asked once more by
opening the device exclusively, which fails while any of it is in use.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from lzma import LZMAError
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from provisioning.card.places import CardError, run
from provisioning.card.source import Count, ImageSource, digest

_COLUMNS = "NAME,PATH,SIZE,TYPE,RM,HOTPLUG,RO,TRAN,MODEL,MOUNTPOINTS"
_SYSTEM = ("/", "/usr", "/var", "/home", "/boot", "[SWAP]")


class Disk(BaseModel):
    """A block device as `lsblk --json --bytes` tells it; there is more that does not matter here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str
    type: str
    size: int = Field(ge=0, description="Bytes.")
    ro: bool = False
    rm: bool = False
    hotplug: bool = False
    tran: str | None = None
    model: str | None = None
    mountpoints: tuple[str | None, ...] = ()
    children: tuple[Disk, ...] = ()

    @property
    def whole(self) -> Iterator[Disk]:
        """Itself and everything on it."""
        yield self
        for child in self.children:
            yield from child.whole

    @property
    def mounted(self) -> tuple[str, ...]:
        """Where anything of it is mounted."""
        return tuple(place for part in self.whole for place in part.mountpoints if place)

    @property
    def words(self) -> str:
        """For people."""
        return f"{self.path}: {(self.model or 'kartu / card').strip()}, {self.size / 1e9:.1f} GB"


def read_disks(told: bytes) -> tuple[Disk, ...]:
    """All devices that `lsblk` told of."""
    try:
        return tuple(Disk.model_validate(one) for one in json.loads(told)["blockdevices"])
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise CardError(f"lsblk said something that cannot be read: {error}") from None


def refusal(path: str, disks: tuple[Disk, ...], needed: int) -> str | None:
    """Why nothing is written to `path`, of which `needed` bytes would be used; None when it may be."""
    disk = next((one for one in disks if one.path == path), None)
    if disk is None:
        owner = next((one for one in disks if any(part.path == path for part in one.whole)), None)
        if owner is not None:
            return f"{path}: partisi; tulis {owner.path} / {path} is a partition: give the whole card, {owner.path}"
        candidates = ", ".join(one.words for one in disks if _is_card(one)) or "tidak ada / none is in a reader"
        return f"{path}: tidak ada disk itu / there is no such disk; kartu / cards: {candidates}"
    system = next((place for place in disk.mounted if place in _SYSTEM or place.startswith("/boot")), None)
    needs = f"{needed / 1e9:.1f} GB"
    rules = (
        (disk.type != "disk", "bukan kartu", f"is no disk but a {disk.type}"),
        (
            system is not None,
            "disk sistem komputer ini",
            f"holds the system of this computer ({system}): it is never written to",
        ),
        (
            bool(disk.mounted),
            "sedang terpasang; lepas dahulu bila memang kartunya",
            f"is mounted ({', '.join(disk.mounted)}): unmount it first, if it is the card",
        ),
        (not _is_card(disk), "disk bawaan, bukan kartu", "is built in, not a card in a reader: it is not written to"),
        (
            disk.ro,
            "terkunci; geser saklar kecil di sisi kartu",
            "is write-protected: move the small switch at the side of the card",
        ),
        (disk.size < needed, f"terlalu kecil; citra perlu {needs}", f"is too small: the image needs {needs}"),
    )
    return next((f"{disk.words}: {here} / {path} {there}" for holds, here, there in rules if holds), None)


def check_device(path: Path, needed: int) -> Disk:
    """The disk at `path`; `CardError` when it must not be written to."""
    resolved = os.path.realpath(path)
    disks = read_disks(run(["lsblk", "--json", "--bytes", "--output", _COLUMNS]).stdout)
    why = refusal(resolved, disks, needed)
    if why is not None:
        raise CardError(why)
    return next(one for one in disks if one.path == resolved)


def flash(source: ImageSource, device: Path, writing: Count, verifying: Count) -> None:
    """Write the image to `device` and read it back from the card itself, not from memory."""
    written = _write(source, device, writing)
    with device.open("rb") as file:
        # What the kernel remembers of the card proves nothing.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        found = digest(file, source.size, verifying)
    if found != written:
        raise CardError(
            f"{device}: terbaca lain dari yang ditulis; kartu aus atau palsu, ganti"
            " / reads back otherwise than it was written: the card is worn out or false; take another"
        )


def _write(source: ImageSource, device: Path, writing: Count) -> str:
    flags = os.O_WRONLY | (os.O_EXCL if stat.S_ISBLK(device.stat().st_mode) else 0)
    try:
        with os.fdopen(os.open(device, flags), "wb", buffering=0) as file:
            written = source.copy_to(file, writing)
            os.fsync(file.fileno())
    except PermissionError:
        raise CardError(
            f"{device}: tidak berhak menulis; pakai sudo / no right to write to it: call the command with sudo"
        ) from None
    except (OSError, EOFError, LZMAError) as error:
        said = getattr(error, "strerror", None) or error
        raise CardError(
            f"{device}: tidak dapat ditulis; kartu dipakai atau tercabut?"
            f" / cannot be written ({said}): is the card in use, or pulled?"
        ) from None
    return written


def _is_card(disk: Disk) -> bool:
    return disk.type == "disk" and (disk.rm or disk.hotplug or disk.tran in {"usb", "mmc"} or "mmcblk" in disk.path)
