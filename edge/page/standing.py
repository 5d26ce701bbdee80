"""What the unit tells its page, and what the page may ask of the unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from contract import CameraHealth, Zones
from edge.config import UnitConfig

Phase = Literal["steady", "waiting", "trial"]
"""Of a drawing that was saved: it waits for the next interval, then it is on trial, then all is steady again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the unit stands, a quarter of a second ago at most."""

    config: UnitConfig
    online: bool
    cameras: tuple[CameraHealth, ...]
    phase: Phase = "steady"
    at: datetime | None = None
    """When what waits begins."""
    outcome: Literal["applied", "refused", "rolled_back"] = "applied"
    reason: str = ""


class Host(Protocol):
    """The unit, as its page sees it. Called from the page's threads."""

    def standing(self) -> Standing:
        """How it stands."""
        ...

    def draw(self, drawn: Mapping[str, Zones]) -> None:
        """Ask it to count with these lines and zones, camera by camera."""
        ...
