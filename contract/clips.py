"""Recordings of a case, fetched by whoever may see them: asked for by the centre, piece by piece, and never sent else.

    centre                                   unit
      ClipRequest (no sha256)          ──▶    is there such a clip?
                                       ◀──    ClipOffer: ready (bytes, sha256), preparing, or refused and why
      ClipRequest (sha256, from_byte)  ──▶    ClipChunk from that byte on
      … one after the other, again whenever one was lost …
      ClipDone                         ──▶    the copy that was made for this can go

Who asks holds the place, so that a line that breaks costs one chunk. The clip is a ZIP archive, nothing compressed in
it, of JPEG pictures and `clip.json`, a `ClipIndex` (docs/decisions/0195).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Base64Bytes, Field

from contract.base import Model, Sha256, Slug, UtcTime
from contract.messages import Message

MOST_CLIP_BYTES = 64_000_000
MOST_CHUNK_BYTES = 48_000
MOST_PICTURES = 5000
INDEX_NAME = "clip.json"
"""Of the `ClipIndex` in the archive."""

Position = Annotated[int, Field(ge=0, le=MOST_CLIP_BYTES)]


class ClipRequest(Model):
    """The recording of `case`, or a piece of it, is wanted. Good for minutes: who still wants it asks again."""

    request: Slug = Field(description="The same through one fetching, however often it is interrupted.")
    time: UtcTime
    case: Slug
    by: str = Field(min_length=1, max_length=80, description="Who wants to see it; kept at the unit, too.")
    why: str = Field(min_length=1, max_length=500, description="For what; kept at the unit, too.")
    sha256: Sha256 | None = Field(default=None, description="Of the clip that was offered; absent: offer it.")
    from_byte: Position = Field(default=0, description="How much of it is there already.")
    most_bytes: int = Field(default=32_000, ge=1000, le=MOST_CHUNK_BYTES)


class ClipOffer(Message):
    """What there is of a case."""

    request: Slug
    case: Slug
    outcome: Literal["ready", "preparing", "refused"]
    reason: Literal["off", "unknown", "lost", "failed"] | None = Field(
        default=None,
        description="Of a refusal. off: the unit does not record. unknown: nothing was pinned for this case, or its "
        "time ran out. lost: none of its pictures could be kept. failed: the unit cannot make the clip (disk full).",
    )
    bytes: Position | None = None
    sha256: Sha256 | None = None
    pictures: int | None = Field(default=None, ge=1, le=MOST_PICTURES)
    until: UtcTime | None = Field(default=None, description="When the unit deletes its recording.")


class ClipChunk(Message):
    """A piece of a clip."""

    request: Slug
    case: Slug
    sha256: Sha256 = Field(description="Of the whole clip.")
    from_byte: Position
    data: Base64Bytes = Field(max_length=MOST_CHUNK_BYTES * 4 // 3 + 4, description="base64 in JSON.")


class ClipDone(Model):
    """The clip is at the centre, or nobody wants it any more."""

    request: Slug
    time: UtcTime
    case: Slug
    outcome: Literal["received", "given_up"]


class ClipIndex(Model):
    """What a clip shows; the pictures lie beside it as 0000.jpg, 0001.jpg, … in their order."""

    case: Slug
    camera: Slug
    times: tuple[UtcTime, ...] = Field(min_length=1, max_length=MOST_PICTURES, description="Of each picture.")


def picture_name(number: int) -> str:
    """Of the picture with this number, from 0, in the archive."""
    return f"{number:04d}.jpg"
