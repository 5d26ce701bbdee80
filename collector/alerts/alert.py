"""What is found to be wrong, and what becomes of it: told once, reminded of, acknowledged, over."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from collector.alerts.settings import AlertKind, Severity
from contract import Model, UtcTime


class Finding(Model):
    """Something that is wrong now. `subject` tells it from others of its kind: a unit, a camera, a case."""

    kind: AlertKind
    subject: str = Field(min_length=1, max_length=200)
    unit: str = Field(default="", max_length=100, description="<site>/<unit>; empty for the centre itself.")
    values: dict[str, str] = Field(default_factory=dict, description="What the sentence about it needs.")

    @property
    def key(self) -> str:
        """The same as long as it is the same trouble."""
        return f"{self.kind}:{self.subject}"


class Alert(Model):
    """A finding with its history."""

    finding: Finding
    since: UtcTime = Field(description="When it was found first.")
    told: UtcTime | None = Field(default=None, description="When people were told first.")
    said: UtcTime | None = Field(default=None, description="When they were told last.")
    acknowledged: UtcTime | None = None
    by: str | None = Field(default=None, max_length=100, description="Who acknowledged it.")
    gone: UtcTime | None = Field(default=None, description="Since when it is not found any more.")

    @property
    def severity(self) -> Severity:
        """Of its kind."""
        return self.finding.kind.severity


class What(StrEnum):
    """What is said of an alert."""

    RAISED = "raised"
    REMINDED = "reminded"
    CLEARED = "cleared"


class Notice(Model):
    """A sentence about one alert, to be sent."""

    what: What
    alert: Alert
    time: UtcTime

    @property
    def lasted_s(self) -> float:
        """From first found until now, or until it was gone."""
        until: datetime = self.alert.gone or self.time
        return (until - self.alert.since).total_seconds()
