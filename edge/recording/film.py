"""A few seconds of pictures as bytes and back: a ZIP archive of JPEG files, nothing compressed in it.

JPEG by JPEG, because each is whole: there is no key picture whose loss takes others along, and hiding what is nobody's
business needs no second decoder. The same pictures give the same bytes, so that a clip made twice has one hash.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import Field, ValidationError

from contract import Model, UtcTime
from contract.clips import MOST_PICTURES, picture_name

_ALWAYS = (1980, 1, 1, 0, 0, 0)
_SEEN = "seen.json"


class Spot(NamedTuple):
    """Somebody or something in a picture: left, top, right, bottom 0..1, and whether only its plate must be hidden."""

    x0: float
    y0: float
    x1: float
    y1: float
    plate_only: bool


class Shot(NamedTuple):
    """One recorded picture. `spots` None: nobody looked who is in it."""

    time: datetime
    jpeg: bytes
    spots: tuple[Spot, ...] | None


class _Looked(Model):
    time: UtcTime
    spots: tuple[tuple[float, float, float, float, bool], ...] | None = None


class _Seen(Model):
    shots: tuple[_Looked, ...] = Field(max_length=MOST_PICTURES)


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Files as a ZIP archive that depends on nothing but them."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as bundle:
        for name, content in files:
            bundle.writestr(zipfile.ZipInfo(name, _ALWAYS), content)
    return target.getvalue()


def pack(shots: Sequence[Shot]) -> bytes:
    """A segment."""
    seen = _Seen(shots=tuple(_Looked(time=one.time, spots=one.spots) for one in shots))
    pictures = [(picture_name(number), one.jpeg) for number, one in enumerate(shots)]
    return archive([(_SEEN, seen.model_dump_json().encode()), *pictures])


def unpack(content: bytes) -> list[Shot]:
    """A segment's pictures; none where the file is broken."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            seen = _Seen.model_validate_json(bundle.read(_SEEN))
            return [
                Shot(one.time, bundle.read(picture_name(number)), _spots(one.spots))
                for number, one in enumerate(seen.shots)
            ]
    except (zipfile.BadZipFile, KeyError, ValidationError, EOFError, OSError):
        return []


def _spots(found: tuple[tuple[float, float, float, float, bool], ...] | None) -> tuple[Spot, ...] | None:
    return None if found is None else tuple(Spot(*one) for one in found)
