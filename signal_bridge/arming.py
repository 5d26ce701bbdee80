"""Arming at the cabinet side: a file on the bridge's own machine, never a message.

    <state>/<junction>.armed     for which bounds (their digest), by whom, when. `simpang bridge arm` writes it.
    <state>/<junction>.latched   why the interlock broke; the bridge writes it and removes the arm file with it.

So a restart keeps what was armed, a changed configuration is not armed, and a broken interlock stays broken until
somebody who stands there looks.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field, ValidationError

from contract.base import Model, Sha256, UtcTime
from contract.signals import SignalReason


class Arming(Model):
    """What the arm file says."""

    digest: Sha256
    who: str = Field(min_length=1, max_length=80)
    time: UtcTime


class Latch(Model):
    """What the latch file says."""

    reason: SignalReason
    time: UtcTime


class Armory:
    """The two files of one junction."""

    def __init__(self, folder: Path, junction: str) -> None:
        self._armed = folder / f"{junction}.armed"
        self._latched = folder / f"{junction}.latched"

    def arm(self, digest: str, who: str) -> None:
        """Armed for the bounds of this digest. `OSError` if it cannot be written."""
        _write(self._armed, Arming(digest=digest, who=who, time=datetime.now(UTC)))
        self._latched.unlink(missing_ok=True)

    def disarm(self) -> None:
        """Not armed any more."""
        self._armed.unlink(missing_ok=True)

    def latch(self, reason: SignalReason) -> None:
        """The interlock broke."""
        self.disarm()
        _write(self._latched, Latch(reason=reason, time=datetime.now(UTC)))

    def armed(self) -> Arming | None:
        """What is armed; a file that cannot be read arms nothing."""
        try:
            return Arming.model_validate_json(self._armed.read_bytes())
        except (OSError, ValidationError):
            return None

    def latched(self) -> Latch | None:
        """What broke the interlock, if it is broken."""
        try:
            return Latch.model_validate_json(self._latched.read_bytes())
        except (OSError, ValidationError):
            return None


def _write(path: Path, content: Model) -> None:
    part = path.with_name(f"{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with part.open("w", encoding="utf-8") as file:
        file.write(content.model_dump_json() + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
