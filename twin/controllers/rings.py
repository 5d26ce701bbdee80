"""The rings together: when a green may end, what follows it, how all cross a barrier at once (NEMA TS 2, 3.5).

A green ends for one of four reasons, and never before minimum green and pedestrian clearance: the pattern's place in
the cycle is reached, the free phase gapped or maxed out, a force-off, a pre-emption that it is not part of. A hold
keeps it; only a pre-emption or a change to flash overrules a hold. Without a conflicting demand a green rests.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from signal_bridge.drivers.bits import mask
from twin.controllers.plan import ControllerPlan, Pattern
from twin.controllers.ring import Interval, Ped, Ring


@dataclass(slots=True)
class Wishes:
    """What bears on the rings in one step; phases are 16 bits.

    `demand`: phases to be served. `dwell`: phases of a running pre-emption, else 0. `stop`: end every green and begin
    none. `hold`, `force_off`: the remote controls. `walks`: pedestrian calls. `gapped`: phases whose detectors have
    been empty for their passage time. `pattern`: the plan in force, None when free.
    """

    demand: int = 0
    dwell: int = 0
    stop: bool = False
    hold: int = 0
    force_off: int = 0
    walks: int = 0
    gapped: int = 0
    pattern: Pattern | None = None


class Rings:
    """`greens`, `yellows`, `walks`, `clears` are what is lit, as 16 bits."""

    def __init__(self, plan: ControllerPlan) -> None:
        self._plan = plan
        self._groups = plan.groups
        self._conflicts = {1 << (n - 1): bits for n, bits in plan.conflicts().items()}
        self._masks = [mask(phase for ring in group for phase in ring) for group in plan.groups]
        self.reset()

    def reset(self) -> None:
        """All red, before the first barrier group."""
        self._rings = [Ring() for _ in self._groups[0]]
        self._group = 0
        self._crosses_to: int | None = 0
        self._pattern: Pattern | None = None
        self._light()

    def is_red(self) -> bool:
        """Whether every phase is red, and cleared."""
        return all(ring.interval == Interval.REST for ring in self._rings)

    def advance(self, now: float, wishes: Wishes) -> int:
        """One step; returns the phases whose green ended in it."""
        for ring in self._rings:
            ring.time(now)
        if wishes.pattern is not self._pattern:
            self._pattern = wishes.pattern
            for ring in self._rings:
                ring.force_at = self._force_at(ring.since, ring.number)
        ended = self._end(now, wishes)
        if not wishes.stop:
            self._begin(now, wishes)
        self._light()
        return ended

    def _end(self, now: float, wishes: Wishes) -> int:
        """End greens: alone, for a phase of the same group; or all together, to cross to another group."""
        ended = 0
        crosses = self._crosses_to is None
        for index, ring in enumerate(self._rings):
            if ring.interval == Interval.REST:
                crosses = crosses and (wishes.stop or not self._follows(index, wishes))
            elif ring.interval != Interval.GREEN or not self._wants_end(now, ring, wishes):
                crosses = False
            elif wishes.stop or self._follows(index, wishes) or self._is_out_of_dwell(ring, wishes):
                ring.end(now)
                ended |= ring.bit
                crosses = False
        target = self._next_group(wishes.demand) if crosses and not wishes.stop else None
        if target is not None:
            self._crosses_to = target
            for ring in self._rings:
                if ring.interval == Interval.GREEN:
                    ring.end(now)
                    ended |= ring.bit
        return ended

    def _wants_end(self, now: float, ring: Ring, wishes: Wishes) -> bool:
        if not ring.may_end(now):
            return False
        if wishes.stop or wishes.dwell:
            return wishes.stop or not wishes.dwell & ring.bit
        if wishes.hold & ring.bit or not wishes.demand & self._conflicts[ring.bit]:
            return False
        return bool(wishes.force_off & ring.bit) or self._is_due(now, ring, wishes)

    def _is_due(self, now: float, ring: Ring, wishes: Wishes) -> bool:
        if self._pattern is not None:
            return now >= ring.force_at
        return bool(wishes.gapped & ring.bit) or now - ring.since >= ring.timing.maximum_green_s

    def _is_out_of_dwell(self, ring: Ring, wishes: Wishes) -> bool:
        """Under pre-emption a ring clears by itself while another dwells in the same group."""
        return bool(wishes.dwell & self._masks[self._group]) and not wishes.dwell & ring.bit

    def _follows(self, index: int, wishes: Wishes) -> int:
        """The phase that ring `index` serves next without crossing a barrier; 0 if there is none."""
        sequence = self._groups[self._group][index]
        current = self._rings[index].number
        place = sequence.index(current) + 1 if current in sequence else 0
        candidates = sequence[place:]
        if wishes.dwell or not wishes.demand & ~self._masks[self._group]:
            candidates += sequence[:place]  # nobody waits beyond the barrier: begin the group anew
        for phase in candidates:
            if wishes.demand >> (phase - 1) & 1 and (phase != current or self._rings[index].interval == Interval.REST):
                return phase
        return 0

    def _next_group(self, demand: int) -> int | None:
        count = len(self._groups)
        for step in range(1, count + 1):
            group = (self._group + step) % count
            if demand & self._masks[group]:
                return group if step < count else None
        return None

    def _begin(self, now: float, wishes: Wishes) -> None:
        if self._crosses_to is not None:
            if not self.is_red():
                return
            self._group, self._crosses_to = self._crosses_to, None
            for ring in self._rings:
                ring.number = 0
        for index, ring in enumerate(self._rings):
            if ring.interval == Interval.REST:
                phase = self._follows(index, wishes)
                if phase:
                    self._green(now, ring, phase, wishes)
            elif ring.interval == Interval.GREEN and self._may_walk_again(now, ring, wishes):
                ring.begin_walk(now)

    def _green(self, now: float, ring: Ring, phase: int, wishes: Wishes) -> None:
        timing = self._plan.phases[phase]
        walk = bool(timing.walk_s and not wishes.dwell and wishes.walks >> (phase - 1) & 1)
        ring.begin(now, phase, timing, walk=walk, force_at=self._force_at(now, phase))

    def _may_walk_again(self, now: float, ring: Ring, wishes: Wishes) -> bool:
        """A resting green lets pedestrians walk: nobody waits whom they would delay."""
        is_called = (
            wishes.walks & ring.bit and ring.timing.walk_s and ring.ped == Ped.DONT_WALK and ring.ped_since < now
        )
        return bool(is_called and not wishes.dwell and not wishes.demand & self._conflicts[ring.bit])

    def _force_at(self, began: float, phase: int) -> float:
        """When the pattern ends a green that began at `began`: at its place in the cycle, or at once if that is past.

        A green may be up to a quarter of a cycle early; what seems earlier still is late, and is caught up by minimums.
        """
        pattern = self._pattern
        if pattern is None or not phase:
            return inf
        ends = 0.0
        for group in self._groups:
            ring = next((ring for ring in group if phase in ring), ())
            before = ring[: ring.index(phase)] if ring else group[0]
            ends += sum(pattern.splits[earlier] for earlier in before)
            if ring:
                break
        timing, split = self._plan.phases[phase], pattern.splits[phase]
        green_s = split - timing.yellow_s - timing.all_red_s
        left_s = (ends + green_s + pattern.offset_s - began) % pattern.cycle_s
        return began + (left_s if left_s <= green_s + pattern.cycle_s / 4 else 0.0)

    def _light(self) -> None:
        self.greens = self.yellows = self.walks = self.clears = 0
        for ring in self._rings:
            if ring.interval == Interval.GREEN:
                self.greens |= ring.bit
                if ring.ped == Ped.WALK:
                    self.walks |= ring.bit
                elif ring.ped == Ped.CLEAR:
                    self.clears |= ring.bit
            elif ring.interval == Interval.YELLOW:
                self.yellows |= ring.bit
