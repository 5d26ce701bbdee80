"""The bounds of one junction, as its traffic engineer signed them.

Defaults are PKJI 2023's and the project's: minimum green 10 s, cycle 40 to 130 s. Any change of a bound changes
`digest`, and with it the junction is disarmed until it is armed again at the cabinet side.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from contract.base import Model, Slug
from contract.signals import PhaseNumber


class PhaseLimits(Model):
    """One phase that exists at the junction."""

    phase: PhaseNumber
    approaches: tuple[Slug, ...] = Field(default=(), max_length=8, description="Approaches that move in it.")
    min_green_s: float = Field(default=10, ge=4, le=60, description="Never cut before; never commanded in.")
    max_green_s: float = Field(default=60, ge=10, le=180, description="A hold never keeps green beyond.")
    pedestrians: bool = Field(default=True, description="It has a pedestrian signal, which must show don't walk.")
    every_cycle: bool = Field(default=True, description="Served in each cycle; false: only when somebody calls it.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max_green_s <= self.min_green_s:
            raise ValueError(f"phase {self.phase}: max_green_s must be above min_green_s ({self.min_green_s:g})")
        return self


class Limits(Model):
    """All bounds of one junction."""

    phases: tuple[PhaseLimits, ...] = Field(min_length=2, max_length=16)
    plan_checksum: int = Field(ge=0, le=65_535, description="Of the controller's plan, read when it was approved.")
    cycle_min_s: float = Field(default=40, ge=20, le=120)
    cycle_max_s: float = Field(default=130, ge=40, le=240)
    passed_over_max_s: float = Field(
        default=180, ge=60, le=300, description="A phase passed over for a priority waits at most so long, as reckoned."
    )
    clearance_s: float = Field(default=5, ge=3, le=15, description="Yellow and all-red between two phases.")
    conflicts: tuple[tuple[PhaseNumber, PhaseNumber], ...] = Field(default=(), description="Never green together.")
    command_gap_s: float = Field(default=2, ge=0.5, le=30, description="Between two commands.")
    commands_per_minute: int = Field(default=12, ge=1, le=60)
    status_max_age_s: float = Field(default=3, ge=1, le=10, description="Nothing is commanded on an older reading.")
    step_s: float = Field(
        default=2, ge=0.1, le=5, description="Longest time for a look; bounds are kept with that in hand. See doctor."
    )
    watchdog_min_s: int = Field(default=5, ge=3, le=60)
    watchdog_max_s: int = Field(default=30, ge=5, le=120, description="unitBackupTime above this is as good as off.")
    lease_max_s: float = Field(default=300, ge=10, le=900)
    patterns: tuple[int, ...] = Field(default=(), max_length=64, description="Plans that may be selected.")
    pattern_dwell_s: float = Field(default=300, ge=60, le=3600, description="Between two changes of plan.")
    clock_slack_s: float = Field(default=2, ge=0.5, le=10, description="Wall and monotonic clock may part by.")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        numbers = [one.phase for one in self.phases]
        if len(set(numbers)) < len(numbers):
            raise ValueError("a phase is listed twice")
        strangers = {phase for pair in self.conflicts for phase in pair} - set(numbers)
        if strangers:
            raise ValueError(f"conflicts name phase {min(strangers)}, which is not among the phases")
        if self.cycle_max_s <= self.cycle_min_s:
            raise ValueError("cycle_max_s must be above cycle_min_s")
        if self.watchdog_max_s < self.watchdog_min_s:
            raise ValueError("watchdog_max_s must not be below watchdog_min_s")
        if any(not 1 <= pattern <= 253 for pattern in self.patterns):
            raise ValueError("patterns are 1 to 253: free and flash are not selected from here")
        return self

    @cached_property
    def by_phase(self) -> dict[int, PhaseLimits]:
        """Phase number -> its bounds."""
        return {one.phase: one for one in self.phases}

    @cached_property
    def foes(self) -> frozenset[frozenset[int]]:
        """The pairs of `conflicts`, in no order."""
        return frozenset(map(frozenset, self.conflicts))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of every bound; arming is for exactly these."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def phases_of(self, approach: str) -> frozenset[int]:
        """Phases in which `approach` moves; empty when the configuration does not know it."""
        return frozenset(one.phase for one in self.phases if approach in one.approaches)
