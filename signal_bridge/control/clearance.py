"""From one stage to the next: minimum green, yellow 3 s, all-red 2 s. Every control is led through here.

    stage A ──▶ yellow for the streams that lose green ──▶ all-red for them ──▶ stage B
                (those that stay green in both go on)

A stream that was protected (G) and then has to give way (g) counts as one that loses its green: somebody in the middle
of a protected turn must not meet oncoming traffic that has just been let go.

Whatever a control wants, no stream is green for less than the minimum, and none turns green before those that lost
theirs have been red for the clearance time (PKJI 2023: yellow 3.0 s, all-red by geometry; 2 s here).
"""

from __future__ import annotations

from dataclasses import dataclass

from signal_bridge.control.junction import GREEN, Control, Junction, View

YELLOW_S = 3.0
ALL_RED_S = 2.0
MINIMUM_GREEN_S = 10.0
MAXIMUM_GREEN_S = 90.0
EXTENSION_S = 15.0
"""Longest extension of all-red for vehicles that still stand inside the junction: green for the others would lock them
in, and then everybody."""


@dataclass(slots=True)
class StageMachine:
    """Where one junction is between its stages, and what each lamp shows. `step` once a second or oftener."""

    junction: Junction
    control: Control
    floor_s: float = MINIMUM_GREEN_S
    ceiling_s: float = MAXIMUM_GREEN_S
    extends: bool = True
    """Whether all-red waits for who is stranded inside; a local plan knows nothing of them."""
    stage: int = 0
    wanted: int = 0
    _since_s: float | None = None

    def resume(self, stage: int, since_s: float) -> None:
        """Take over in a stage that has been green since then."""
        self.stage = self.wanted = stage
        self._since_s = since_s

    def step(self, view: View) -> str:
        """Take the view, ask the control where it may decide, and say what the lamps show: one of G g y r each."""
        if self._since_s is None:
            self._since_s = view.time_s
        elapsed_s = view.time_s - self._since_s
        between = self.wanted != self.stage
        self.control.watch(view, None if between else self.stage)
        if between and elapsed_s >= self._intergreen_s(view):
            self.stage, self._since_s, elapsed_s, between = self.wanted, view.time_s, 0.0, False
        if not between and elapsed_s >= self.junction.least_green_s(self.stage, self.floor_s):
            self.wanted = self._ask(view, elapsed_s)
            if self.wanted != self.stage:
                self._since_s, elapsed_s = view.time_s, 0.0
        return self._lamps(elapsed_s)

    def _ask(self, view: View, green_s: float) -> int:
        """The control's wish, overruled at the maximum green when somebody else waits."""
        wish = self.control.choose(view, self.stage, green_s)
        if not 0 <= wish < len(self.junction.stages):
            raise ValueError(f"junction {self.junction.id!r} has no stage {wish}")
        if wish == self.stage and green_s >= self.ceiling_s:
            return self._neediest(view)
        return wish

    def _neediest(self, view: View) -> int:
        """The other stage in which most vehicles wait that this one does not serve; this one if nobody does."""
        served = self.junction.lanes_of(self.stage)
        waiting = [
            sum(len(view.lanes.get(lane, ())) for lane in self.junction.lanes_of(stage) - served)
            for stage in range(len(self.junction.stages))
        ]
        best = max(range(len(waiting)), key=waiting.__getitem__)
        return best if waiting[best] else self.stage

    def _intergreen_s(self, view: View) -> float:
        """Nothing to clear where no stream loses its green; longer while somebody stands inside."""
        needed_s = clearance_s(self.junction.stages[self.stage], self.junction.stages[self.wanted])
        return needed_s + (EXTENSION_S if needed_s and view.stranded and self.extends else 0.0)

    def _lamps(self, elapsed_s: float) -> str:
        here = self.junction.stages[self.stage]
        if self.wanted == self.stage:
            return here
        there = self.junction.stages[self.wanted]
        losing = "y" if elapsed_s < YELLOW_S else "r"
        return "".join(a if _keeps(a, b) else losing if a in GREEN else "r" for a, b in zip(here, there, strict=True))


def clearance_s(here: str, there: str) -> float:
    """Yellow and all-red between two stages; 0 where no stream loses its green."""
    loses = any(a in GREEN and not _keeps(a, b) for a, b in zip(here, there, strict=True))
    return YELLOW_S + ALL_RED_S if loses else 0.0


def _keeps(before: str, then: str) -> bool:
    """Whether a stream goes on from one stage into the next."""
    return before in GREEN and then in {"G", before}
