"""What a virtual controller is configured with: rings, phase timings, patterns, pre-emptions.

The words are NEMA TS 2's and NTCIP 1202's. A *ring* times its phases one after another; a *barrier group* holds the
phases of every ring that may be green together. The usual eight phases:

    ring 1 | 1  2 | 3  4 |
    ring 2 | 5  6 | 7  8 |
           barrier  barrier

Phases conflict unless they stand in the same barrier group and in different rings. A junction that gives green to one
approach after another is one ring with one phase a group (`stages`).
"""

from __future__ import annotations

import binascii
from typing import Annotated, Self

from pydantic import Field, model_validator

from contract.base import Model
from signal_bridge.drivers.bits import mask

PhaseNumber = Annotated[int, Field(ge=1, le=16)]
Groups = tuple[tuple[tuple[PhaseNumber, ...], ...], ...]
"""Barrier groups, of rings, of phases in sequence."""


class Phase(Model):
    """Timings of one phase, in seconds."""

    minimum_green_s: float = Field(10, ge=1, le=60, description="No green is shorter.")
    passage_s: float = Field(3, ge=0, le=25, description="Free: green goes on for so long after each vehicle.")
    maximum_green_s: float = Field(40, ge=5, le=255, description="Free: it ends after so long if others wait.")
    yellow_s: float = Field(3, ge=3, le=10, description="Yellow change.")
    all_red_s: float = Field(2, ge=0, le=15, description="Red clearance before a conflicting green.")
    walk_s: float = Field(0, ge=0, le=60, description="Pedestrians walk; 0 where there is no crossing.")
    ped_clear_s: float = Field(0, ge=0, le=60, description="Pedestrians who are on the road may reach the kerb.")
    recall: bool = Field(True, description="Comes in every cycle without being called.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.walk_s and not self.ped_clear_s:
            raise ValueError("a walk needs a pedestrian clearance")
        if self.maximum_green_s < self.minimum_green_s:
            raise ValueError("maximum green is shorter than minimum green")
        return self


class Pattern(Model):
    """A coordinated plan: every phase ends its green at a fixed place in the cycle."""

    cycle_s: float = Field(ge=20, le=255, description="Cycle length.")
    offset_s: float = Field(0, ge=0, le=255, description="When the local cycle begins in the city's cycle.")
    splits: dict[PhaseNumber, float] = Field(description="Green, yellow and all-red of each phase, in seconds.")


class Preemption(Model):
    """What pre-emption n does: clear whatever conflicts, then green for `dwell` for as long as it is demanded."""

    dwell: frozenset[PhaseNumber] = Field(min_length=1, description="Phases that get green together.")
    minimum_dwell_s: float = Field(10, ge=1, le=255, description="Their least green under it.")
    maximum_presence_s: float = Field(120, ge=0, le=600, description="After so long it ends by itself; 0: never.")


class ControllerPlan(Model):
    """The whole configuration of a virtual controller."""

    groups: Groups = Field(min_length=1, max_length=16, description="Barrier groups of rings of phases.")
    phases: dict[PhaseNumber, Phase] = Field(description="Timings of every phase in `groups`.")
    patterns: dict[Annotated[int, Field(ge=1, le=253)], Pattern] = Field({}, description="Plans by number.")
    local_pattern: int = Field(254, ge=1, le=254, description="What it runs by itself: a pattern, or 254 for free.")
    preempts: dict[Annotated[int, Field(ge=1, le=16)], Preemption] = Field({}, description="Pre-emptions by number.")
    backup_time_s: int = Field(30, ge=0, le=65535, description="unitBackupTime at power-up; 0: no watchdog.")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        rings = {len(group) for group in self.groups}
        listed = [phase for group in self.groups for ring in group for phase in ring]
        if len(rings) != 1 or not 1 <= rings.pop() <= 4:
            raise ValueError("every barrier group needs the same rings, one to four of them")
        if len(set(listed)) != len(listed) or set(listed) != set(self.phases):
            raise ValueError("each phase stands in one place of one ring, and has timings")
        if self.local_pattern not in {*self.patterns, 254}:
            raise ValueError(f"the local pattern {self.local_pattern} is not among the patterns")
        for number, pattern in self.patterns.items():
            self._check_pattern(number, pattern)
        for number, preemption in self.preempts.items():
            if not any(self._is_served(preemption.dwell, group) for group in self.groups):
                raise ValueError(f"pre-emption {number}: its phases cannot be green together")
        return self

    def _check_pattern(self, number: int, pattern: Pattern) -> None:
        if set(pattern.splits) != set(self.phases):
            raise ValueError(f"pattern {number}: every phase needs a split, and no other")
        for phase, split in pattern.splits.items():
            timing = self.phases[phase]
            green = max(timing.minimum_green_s, timing.walk_s + timing.ped_clear_s)
            if split < green + timing.yellow_s + timing.all_red_s:
                raise ValueError(f"pattern {number}: the split of phase {phase} is too short for its minimum")
        for ring in range(len(self.groups[0])):
            total = sum(pattern.splits[phase] for group in self.groups for phase in group[ring])
            if abs(total - pattern.cycle_s) > 1e-6:
                raise ValueError(
                    f"pattern {number}: the splits of ring {ring + 1} add up to {total:g} s, not the cycle"
                )
        for group in self.groups:
            lengths = {round(sum(pattern.splits[phase] for phase in ring), 6) for ring in group}
            if len(lengths) != 1:
                raise ValueError(f"pattern {number}: its rings do not come to a barrier together")

    @staticmethod
    def _is_served(dwell: frozenset[int], group: tuple[tuple[int, ...], ...]) -> bool:
        return all(len(dwell & set(ring)) <= 1 for ring in group) and dwell <= {p for ring in group for p in ring}

    def conflicts(self) -> dict[int, int]:
        """For each phase, those that may never be green or yellow with it, as 16 bits."""
        everyone = mask(self.phases)
        found = {}
        for group in self.groups:
            together = mask(phase for ring in group for phase in ring)
            for ring in group:
                for phase in ring:
                    found[phase] = everyone & ~(together & ~mask(ring)) & ~mask({phase})
        return found

    def checksum(self) -> int:
        """What globalSetIDParameter tells: changes with every setting but unitBackupTime; 0..65534."""
        text = self.model_dump_json(exclude={"backup_time_s"})
        return binascii.crc_hqx(text.encode(), 0) % 0xFFFF


def dual_ring(phase: Phase | None = None, *, split_s: float = 25) -> ControllerPlan:
    """The usual eight phases in two rings and two barriers; pattern 1 gives each the same split."""
    timing = phase or Phase(walk_s=5, ped_clear_s=8)
    everyone = range(1, 9)
    return ControllerPlan(
        groups=(((1, 2), (5, 6)), ((3, 4), (7, 8))),
        phases=dict.fromkeys(everyone, timing),
        patterns={1: Pattern(cycle_s=4 * split_s, splits=dict.fromkeys(everyone, split_s))},
        local_pattern=1,
        preempts={1: Preemption(dwell=frozenset({2, 5})), 2: Preemption(dwell=frozenset({4, 7}))},
    )


def stages(count: int, phase: Phase | None = None, *, split_s: float = 25) -> ControllerPlan:
    """One approach after another; pattern 1 gives each the same split, pre-emption n gives green to stage n."""
    everyone = range(1, count + 1)
    return ControllerPlan(
        groups=tuple(((number,),) for number in everyone),
        phases=dict.fromkeys(everyone, phase or Phase()),
        patterns={1: Pattern(cycle_s=count * split_s, splits=dict.fromkeys(everyone, split_s))},
        local_pattern=1,
        preempts={number: Preemption(dwell=frozenset({number})) for number in everyone},
    )
