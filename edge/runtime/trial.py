"""A new configuration on its way: waiting for the boundary of an interval, then on trial. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from edge.config import UnitConfig
from models.registry import ResolvedModel

TRIAL_S = 60.0
"""By then a camera that delivered pictures before must deliver them again; connecting takes some ten seconds."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A configuration that is valid and waits for its instant."""

    revision: int
    config: UnitConfig
    model: ResolvedModel
    at: datetime
    drawn: frozenset[str] = frozenset()
    """Cameras whose zones were drawn at the unit; empty for a configuration of the centre."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What must show itself until `until_s` (monotonic)."""

    changed: frozenset[str]
    """Cameras whose worker was started anew."""
    expected: frozenset[str]
    """Of those, the ones that delivered pictures before."""
    until_s: float

    def fault(self, failures: Mapping[str, str], delivering: Collection[str], now_s: float) -> str | None:
        """Why the trial has failed; None as long as it has not. `failures`: why workers ended by themselves."""
        for camera, why in failures.items():
            if camera in self.changed:
                return f"camera {camera!r} fails: {why}"
        silent = sorted(self.expected.difference(delivering))
        if silent and now_s >= self.until_s:
            return f"no picture any more from {', '.join(silent)} within {TRIAL_S:.0f} s"
        return None

    def passed(self, delivering: Collection[str], now_s: float) -> bool:
        """Whether it has shown itself."""
        return now_s >= self.until_s or bool(self.expected and self.expected <= set(delivering))
