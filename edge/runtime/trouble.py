"""Trouble with a camera as a case: opened when it cannot be counted from, closed when it is itself again.

    ok ──▶ covered (opened) ──▶ black (updated) ──▶ ok ──held for 15 s──▶ closed, with the time the trouble ended

One case has one id, also over a restart of the unit: what is open is kept beside the outbox.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from pydantic import ValidationError

from contract import CameraCondition, CameraEvent, Model, Slug
from contract.base import UtcTime
from edge.condition import COUNTABLE

SETTLE = timedelta(seconds=15)
"""How long all must be well: longer than any verdict on a picture takes after a restart (`edge.condition.HOLD_S`)."""


class Trouble(Model):
    """One case of one camera."""

    case: Slug
    condition: CameraCondition
    opened: UtcTime
    closed: UtcTime | None = None


class Told(Model):
    """What is to be said of a case."""

    phase: Literal["opened", "updated", "closed"]
    trouble: Trouble

    def event(self, *, camera: str, boot_id: str, seq: int, time: datetime) -> CameraEvent:
        """The message for the outbox."""
        case = self.trouble.model_dump()
        return CameraEvent(**case, phase=self.phase, camera=camera, boot_id=boot_id, seq=seq, time=time)


class Troubles:
    """The troubles of one camera, one after another. Pure: the time is an argument."""

    def __init__(self, camera: str, record: bytes | None = None) -> None:
        """`record`: what a predecessor left open; a record that cannot be read is none."""
        self._camera = camera
        self._well_since: datetime | None = None
        self.open: Trouble | None = None
        if record is not None:
            try:
                self.open = Trouble.model_validate_json(record)
            except ValidationError:
                self.open = None

    def step(self, condition: CameraCondition, now: datetime) -> Told | None:
        """The camera is in this condition `now`; returns what is to be told, if anything."""
        if condition not in COUNTABLE:
            self._well_since = None
            return self._worse(condition, now)
        self._well_since = self._well_since or now
        return self.give_up(self._well_since) if now - self._well_since >= SETTLE else None

    def give_up(self, ended: datetime) -> Told | None:
        """What is open has ended at `ended`: the camera is well, or nobody looks at it any more."""
        if self.open is None:
            return None
        closed = self.open.model_copy(update={"closed": max(ended, self.open.opened)})
        self.open = None
        return Told(phase="closed", trouble=closed)

    def record(self) -> bytes | None:
        """What a successor must know."""
        return None if self.open is None else self.open.model_dump_json().encode()

    def _worse(self, condition: CameraCondition, now: datetime) -> Told | None:
        if self.open is None:
            self.open = Trouble(case=_case_id(self._camera, now), condition=condition, opened=now)
            return Told(phase="opened", trouble=self.open)
        if self.open.condition is condition:
            return None
        self.open = self.open.model_copy(update={"condition": condition})
        return Told(phase="updated", trouble=self.open)


def _case_id(camera: str, opened: datetime) -> str:
    digest = hashlib.sha256(f"{camera}|{opened.isoformat()}".encode()).hexdigest()
    return f"c{opened:%Y%m%d-%H%M%S}-{digest[:6]}"
