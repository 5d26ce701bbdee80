"""Places that card files go to: a folder, a FAT partition, an ext4 partition. None of them needs root or a mount.

A partition lies in an image file or on a device, at an offset. mtools writes FAT; debugfs of e2fsprogs writes ext4.
Both say little when they fail and debugfs always ends with 0, so nothing counts as written until it was read back.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from contract import ContractError
from provisioning.card.contents import CardFile


class CardError(ContractError):
    """A card or image that cannot be used; the text says why and what to do."""


class Place(Protocol):
    """Somewhere that files can be put and read back."""

    def put(self, file: CardFile) -> None:
        """Write it, and the folders above it; what was there is replaced."""

    def read(self, path: PurePosixPath) -> bytes | None:
        """The content at `path`; None when there is none."""

    def check(self) -> None:
        """Raise `CardError` when the file system is not whole."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The boot partition as the computer shows it (a drive under Windows, /media/… under Linux)."""

    folder: Path

    def put(self, file: CardFile) -> None:
        """On the disk when this returns: the card is pulled soon after."""
        target = self.folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("wb") as out:
                out.write(file.read())
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise CardError(
                f"{target}: tidak dapat ditulis; kartu penuh atau terkunci?"
                f" / cannot be written ({error.strerror}): is the card full or locked?"
            ) from None

    def read(self, path: PurePosixPath) -> bytes | None:
        """The content at `path`."""
        try:
            return (self.folder / path).read_bytes()
        except FileNotFoundError:
            return None

    def check(self) -> None:
        """The operating system does."""


@dataclass(frozen=True, slots=True)
class FatPartition:
    """A FAT file system `offset` bytes into `image`, through mtools."""

    image: Path
    offset: int

    def put(self, file: CardFile) -> None:
        """Through mcopy; a full partition is told as such."""
        for folder in reversed(file.path.parents[:-1]):
            if not self._is_there(folder):
                self._run("mmd", f"::/{folder}")
        with _on_disk(file) as source:
            done = self._run("mcopy", "-o", str(source), f"::/{file.path}")
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise CardError(
                f"{self.image}: {file.path} tidak muat di partisi boot, atau partisi rusak"
                f" / {file.path} does not fit on the boot partition, or it is damaged: {said}"
            )

    def read(self, path: PurePosixPath) -> bytes | None:
        """The content at `path`."""
        done = self._run("mtype", f"::/{path}")
        return None if done.returncode else done.stdout

    def check(self) -> None:
        """mdir walks the whole tree."""
        done = self._run("mdir", "-/", "-b", "::/")
        if done.returncode:
            raise CardError(
                f"{self.image}: partisi boot tidak dapat dibaca"
                f" / the boot partition cannot be read: {done.stderr.decode(errors='replace')}"
            )

    def _is_there(self, path: PurePosixPath) -> bool:
        return self._run("mdir", "-b", f"::/{path}").returncode == 0

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "MTOOLS_SKIP_CHECK": "1", "LC_ALL": "C.UTF-8"}
        return run([program, "-i", f"{self.image}@@{self.offset}", *arguments], environment)


@dataclass(frozen=True, slots=True)
class ExtPartition:
    """An ext4 file system `offset` bytes into `image`, through debugfs."""

    image: Path
    offset: int

    def put(self, file: CardFile) -> None:
        """Owned by root, with the file's mode."""
        path = f"/{file.path}"
        orders = [f"mkdir /{folder}" for folder in reversed(file.path.parents[:-1]) if not self._is_there(folder)]
        with _on_disk(file) as source:
            if self._is_there(file.path):
                orders.append(f"rm {path}")
            orders.append(f"write {source} {path}")
            orders.append(f"set_inode_field {path} mode 0{0o100000 | file.mode:o}")
            orders.extend(f"set_inode_field {path} {owner} 0" for owner in ("uid", "gid"))
            self._debugfs(orders, write=True)

    def read(self, path: PurePosixPath) -> bytes | None:
        """The content at `path`."""
        if not self._is_there(path):
            return None
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "content"
            self._debugfs([f"dump /{path} {out}"])
            return out.read_bytes() if out.exists() else None

    def check(self) -> None:
        """e2fsck, which changes nothing here."""
        done = run(["e2fsck", "-fn", f"{self.image}?offset={self.offset}"])
        if done.returncode:
            said = done.stdout.decode(errors="replace").strip()
            raise CardError(
                f"{self.image}: sistem berkas tidak utuh; ambil citra baru"
                f" / the root file system is not whole; take a fresh image:\n{said[-600:]}"
            )

    def mode_of(self, path: PurePosixPath) -> int | None:
        """Permission bits of `path`, as the file system has them."""
        words = self._debugfs([f"stat /{path}"]).split()
        return int(words[words.index("Mode:") + 1], 8) if "Mode:" in words else None

    def _is_there(self, path: PurePosixPath) -> bool:
        return "Inode:" in self._debugfs([f"stat /{path}"])

    def _debugfs(self, orders: Sequence[str], *, write: bool = False) -> str:
        with tempfile.NamedTemporaryFile("w", suffix=".debugfs") as file:
            file.write("".join(f"{order}\n" for order in orders))
            file.flush()
            mode = ["-w"] if write else []
            done = run(["debugfs", *mode, "-f", file.name, f"{self.image}?offset={self.offset}"])
        return done.stdout.decode(errors="replace")


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run one of the system's tools; `CardError` says which package is missing when it is not there."""
    # Debian keeps file system tools where only root looks.
    environment = dict(environment or os.environ)
    environment["PATH"] = f"{environment.get('PATH', '')}:/usr/sbin:/sbin"
    try:
        return subprocess.run(command, capture_output=True, check=False, env=environment)
    except FileNotFoundError:
        raise CardError(
            f"program {command[0]} belum ada / the program {command[0]} is missing: "
            "apt-get install mtools e2fsprogs fdisk util-linux xz-utils"
        ) from None


@contextmanager
def _on_disk(file: CardFile) -> Iterator[Path]:
    """The content of `file` where another program can read it; only we can beside it."""
    if isinstance(file.content, Path):
        yield file.content
        return
    with tempfile.NamedTemporaryFile() as copy:
        copy.write(file.content)
        copy.flush()
        yield Path(copy.name)
