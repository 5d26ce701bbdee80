"""What travels between the page and the telephone: JSON, one model each, closed to what is not known."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from contract import CameraCondition, Model, Slug, Zones
from edge.doctor import Finding
from edge.page.aim import Aim
from edge.page.refusal import Refusal
from edge.page.standing import Phase
from edge.page.trying import Tried


class SignIn(Model):
    """Somebody gives the PIN of the label."""

    pin: str = Field(max_length=64)


class Drawing(Model):
    """What is drawn over one camera, not yet looked at: contract/zones.py decides."""

    camera: Slug
    zones: dict[str, Any]


class Verdict(Model):
    """What is made of a drawing."""

    accepted: bool
    refusals: tuple[Refusal, ...] = ()
    aim: Aim | None = None


class CameraState(Model):
    """One camera."""

    camera: Slug
    condition: CameraCondition
    fps: float
    zones: Zones


class UnitState(Model):
    """How the unit stands, for a telephone that asks every few seconds."""

    unit: Slug
    online: bool
    phase: Phase
    at: datetime | None
    outcome: Literal["applied", "refused", "rolled_back"]
    reason: str
    cameras: tuple[CameraState, ...]


class TryState(Model):
    """A count that is being tried; null when none is."""

    tried: Tried | None


class Findings(Model):
    """The doctor's list."""

    findings: tuple[Finding, ...]


class Trouble(Model):
    """Why something was not done."""

    id: str
    en: str
