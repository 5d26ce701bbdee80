"""Fetch a signed bundle over HTTPS, file by file, as far as the line allows; what is here already is not fetched.

The sums and their signature come first, and nothing else before they hold: so every further byte is one that the depot
has signed. A file is known by its SHA-256: of a new version of Simpang most wheels are those of the last one, and stay
where they are (docs/decisions/0132 has figures). A file that was cut off goes on where it ended (RFC 9110, 14: ranges).
"""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import urlsplit

from provisioning.bundle.folder import SUMS
from provisioning.update.signing import SIGNATURE, UpdateError, verify_sums

_PATIENCE_S = 30.0
_PIECE = 64 * 1024
_SUMS_MOST = 256 * 1024
"""Of the sums: some hundred lines."""
_PART = ".part"
Count = Callable[[int], None]
"""Told of every piece that came over the line: bytes."""


class LineError(OSError):
    """The line or the server fails; trying again later may help."""


class Server(Protocol):
    """Where bundles lie."""

    def get(self, name: str, begin: int) -> Iterator[bytes]:
        """The content of `name` from byte `begin` on. Raises `OSError`; `UpdateError` when there is no such file."""
        ...


class HttpsServer:
    """A folder on a web server, over one connection; shows the unit's own certificate (mTLS)."""

    def __init__(self, address: str, context: ssl.SSLContext) -> None:
        place = urlsplit(address)
        self._folder = place.path
        self._line = http.client.HTTPSConnection(
            place.hostname or "", place.port or 443, timeout=_PATIENCE_S, context=context
        )
        self._read_out = True

    def get(self, name: str, begin: int) -> Iterator[bytes]:
        """See `Server`. A server that knows no ranges begins anew, and what is here already is passed over."""
        if not self._read_out:
            self._line.close()
        self._read_out = False
        try:
            self._line.request("GET", self._folder + name, headers={"Range": f"bytes={begin}-"} if begin else {})
            answer = self._line.getresponse()
            if answer.status == HTTPStatus.NOT_FOUND:
                raise UpdateError(f"{name} is not on the server: was the bundle copied there whole?")
            if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                # All of it was here already.
                return
            if answer.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
                raise LineError(f"{name}: the server says {answer.status} {answer.reason}")
            passed_over = begin if answer.status == HTTPStatus.OK else 0
            while piece := answer.read(_PIECE):
                yield piece[min(passed_over, len(piece)) :]
                passed_over -= min(passed_over, len(piece))
            self._read_out = True
        except http.client.HTTPException as error:
            raise LineError(f"{name}: the line broke off ({type(error).__name__})") from None

    def close(self) -> None:
        """Hang up."""
        self._line.close()


def fetch(server: Server, into: Path, public: Path, sources: Iterable[Path], count: Count) -> None:
    """Fill `into` with the bundle; it is then whole as signed, or as far as it came.

    `sources` are older bundles. `UpdateError`: it is not to be had, or not signed. `OSError`: try again later.
    """
    into.mkdir(parents=True, exist_ok=True)
    for name in (SIGNATURE, SUMS):
        content = b"".join(_bounded(server.get(name, 0), _SUMS_MOST))
        count(len(content))
        (into / name).write_bytes(content)
    wanted = verify_sums(into, public)
    known = _known(sources)
    for name, digest in wanted.items():
        place = into / _safe(name)
        if place.is_file() and _digest(place) == digest:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if digest in known and _taken_over(known[digest], place, digest):
            continue
        _fetch_file(server, name, place, digest, count)
    for stranger in [one for one in into.rglob("*") if one.is_file()]:
        if stranger.relative_to(into).as_posix() not in {*wanted, SUMS, SIGNATURE}:
            stranger.unlink()


def _fetch_file(server: Server, name: str, place: Path, digest: str, count: Count) -> None:
    part = place.with_name(place.name + _PART)
    begin = part.stat().st_size if part.exists() else 0
    with part.open("ab") as file:
        for piece in server.get(name, begin):
            file.write(piece)
            file.flush()
            count(len(piece))
        os.fsync(file.fileno())
    if _digest(part) != digest:
        # Cut short without a word, or another file: what is there is worth nothing.
        part.unlink()
        raise LineError(f"{name}: what came is not what was signed")
    part.replace(place)


def _bounded(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    for piece in pieces:
        most -= len(piece)
        if most < 0:
            raise UpdateError(f"{SUMS} is larger than any honest one")
        yield piece


def _known(sources: Iterable[Path]) -> dict[str, Path]:
    """What older bundles say that they hold, by its sum."""
    found: dict[str, Path] = {}
    for source in sources:
        with suppress(OSError, UnicodeDecodeError):
            for line in (source / SUMS).read_text(encoding="utf-8").splitlines():
                digest, _, name = line.partition("  ")
                found[digest] = source / name
    return found


def _taken_over(source: Path, place: Path, digest: str) -> bool:
    """Whether the file was here, as its bundle said. A copy: what is verified must not change with the old one."""
    with suppress(OSError):
        shutil.copyfile(source, place)
        if _digest(place) == digest:
            return True
    place.unlink(missing_ok=True)
    return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise UpdateError(f"{name!r} is no name of a file in a bundle")
    return path
