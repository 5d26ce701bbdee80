"""A recording as it lies at the centre: looked into picture by picture, and not believed until it was looked into."""

from __future__ import annotations

import zipfile
from pathlib import Path

from pydantic import ValidationError

from contract import ClipIndex
from contract.clips import INDEX_NAME, picture_name

_MOST_PICTURE, _MOST_INDEX = 500_000, 1_000_000
_JPEG = b"\xff\xd8"


class FilmError(ValueError):
    """A file that is no recording; the text says why."""


def index_of(path: Path) -> ClipIndex:
    """What it shows. `FilmError` when it is not whole, or anything in it is not what the contract says."""
    try:
        with zipfile.ZipFile(path) as film:
            index = ClipIndex.model_validate_json(_member(film, INDEX_NAME, _MOST_INDEX))
            names = [picture_name(number) for number in range(len(index.times))]
            if sorted(film.namelist()) != sorted([INDEX_NAME, *names]):
                raise FilmError(f"{path.name}: its pictures are not those that it names")
            for name in names:
                if not _member(film, name, _MOST_PICTURE).startswith(_JPEG):
                    raise FilmError(f"{path.name}: {name} is no JPEG picture")
            return index
    except (zipfile.BadZipFile, ValidationError, KeyError, OSError, RuntimeError) as error:
        raise FilmError(f"{path.name}: not a recording: {error}") from None


def picture_of(path: Path, number: int) -> bytes:
    """One JPEG picture; `FilmError` when there is none of this number."""
    try:
        with zipfile.ZipFile(path) as film:
            return _member(film, picture_name(number), _MOST_PICTURE)
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError) as error:
        raise FilmError(f"{path.name}: no picture {number}: {error}") from None


def _member(film: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Never more than `most` bytes, and nothing that would unfold."""
    info = film.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > most:
        raise FilmError(f"{name}: packed, or larger than {most} bytes")
    return film.read(info)
