"""A unit that answers who asks for a recording: drawn pictures, one drawn street a second, over no line at all."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

from collector.clips.desk import ClipDesk
from contract import ClipChunk, ClipDone, ClipIndex, ClipOffer, ClipRequest
from contract.clips import INDEX_NAME, picture_name
from tests.support.drawn_evidence import CAR, draw_evidence

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
HEADER = {"boot_id": "0" * 32, "time": NOON}


@cache
def clip_of(case: str, pictures: int = 6) -> bytes:
    """A recording as a unit makes it."""
    times = tuple(NOON + timedelta(seconds=one / 5) for one in range(pictures))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as film:
        film.writestr(INDEX_NAME, ClipIndex(case=case, camera="dago-1", times=times).model_dump_json())
        for number, time in enumerate(times):
            film.writestr(picture_name(number), draw_evidence(CAR, number, "rekaman", case, time))
    return target.getvalue()


class DrawnUnit:
    """A `collector.clips.desk.Line`. It answers at once, each piece when `gate` lets it."""

    def __init__(self, desk: ClipDesk, gate: Callable[[ClipRequest], bool] = lambda _: True) -> None:
        self._desk, self._gate = desk, gate
        self.asked: list[ClipRequest] = []
        self.done: list[ClipDone] = []

    def say(self, unit: str, message: ClipRequest | ClipDone) -> None:
        """Answer."""
        if isinstance(message, ClipDone):
            self.done.append(message)
            return
        self.asked.append(message)
        if self._gate(message):
            self._desk.hear(unit, answer(message))


def answer(asked: ClipRequest) -> ClipOffer | ClipChunk:
    """What an honest unit says."""
    clip = clip_of(asked.case)
    sha256 = hashlib.sha256(clip).hexdigest()
    told = {**HEADER, "request": asked.request, "case": asked.case, "sha256": sha256}
    if asked.sha256 != sha256:
        return ClipOffer.model_validate({**told, "outcome": "ready", "bytes": len(clip), "pictures": 6})
    data = base64.b64encode(clip[asked.from_byte : asked.from_byte + asked.most_bytes])
    return ClipChunk.model_validate({**told, "from_byte": asked.from_byte, "data": data})
