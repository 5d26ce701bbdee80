"""Pre-emption: which one runs, and for how long it may (NTCIP 1202 v02, preemptTable).

The lowest number that is demanded runs. It clears what conflicts by the ordinary minimum greens, pedestrian clearances,
yellows and all-reds, dwells on its phases for at least its minimum and for as long as it is demanded, but no longer
than its maximum presence: then it ends, and stays ended until its demand has been taken away.
"""

from __future__ import annotations

from collections.abc import Mapping

from signal_bridge.drivers.bits import mask
from signal_bridge.drivers.ntcip_objects import (
    PREEMPT_DWELL,
    PREEMPT_ENTRY,
    PREEMPT_MAX_PRESENCE,
    PREEMPT_NOT_ACTIVE,
    PREEMPT_WITH_CALL,
)
from twin.controllers.plan import Preemption


class Preemptions:
    """`dwell` are the phases that the running one wants, as 16 bits; 0 when none runs."""

    __slots__ = ("_demanded", "_dwells_since", "_masks", "_plan", "_running", "_since", "_spent", "dwell")

    def __init__(self, plan: Mapping[int, Preemption]) -> None:
        self._plan = dict(sorted(plan.items()))
        self._masks = {number: mask(one.dwell) for number, one in plan.items()}
        self._running = 0
        self._since = 0.0
        self._dwells_since: float | None = None
        self._demanded = 0
        self._spent = 0
        self.dwell = 0

    def advance(self, now: float, demanded: int, greens: int) -> None:
        """Let time pass: `demanded` pre-emptions, bit n-1 for n, and phases that are `greens`."""
        self._demanded = demanded
        if not demanded and not self._running:
            self._spent = 0
            return
        self._spent &= demanded
        if self._running:
            self._run(now, greens)
        wanted = next((n for n in self._plan if demanded & ~self._spent & 1 << (n - 1)), 0)
        if wanted and (not self._running or wanted < self._running):
            self._running, self._since, self._dwells_since = wanted, now, None
        self.dwell = self._masks.get(self._running, 0)

    def _run(self, now: float, greens: int) -> None:
        one, bit = self._plan[self._running], 1 << (self._running - 1)
        if self._dwells_since is None and greens & self.dwell == self.dwell:
            self._dwells_since = now
        if one.maximum_presence_s and now - self._since >= one.maximum_presence_s:
            self._spent |= bit & self._demanded
            self._running = 0
        elif not self._demanded & bit:
            has_dwelt = self._dwells_since is not None and now - self._dwells_since >= one.minimum_dwell_s
            if has_dwelt or self._dwells_since is None:
                self._running = 0

    def state(self, number: int) -> int:
        """preemptState of one pre-emption."""
        bit = 1 << (number - 1)
        if number == self._running:
            return PREEMPT_ENTRY if self._dwells_since is None else PREEMPT_DWELL
        if self._spent & bit:
            return PREEMPT_MAX_PRESENCE
        return PREEMPT_WITH_CALL if self._demanded & bit and number in self._plan else PREEMPT_NOT_ACTIVE

    def active(self) -> int:
        """Pre-emptions whose state is not notActive, bit n-1 for n."""
        return mask(number for number in self._plan if self.state(number) != PREEMPT_NOT_ACTIVE)
