"""Condition of one camera, picture by picture, with the clock passed in.

    picture ──▶ look ──▶ black? frozen? covered? defocused? moved? night? ──▶ held long enough ──▶ condition

Every verdict must hold for some seconds before it counts, and the way back asks for a better picture than the way
out, so that a lorry before the lens is not an alarm and a borderline picture does not flap.
"""

from __future__ import annotations

from collections.abc import Mapping

from contract.messages import CameraCondition
from edge.condition.look import Look, look, unchanged
from edge.condition.reference import Comparison, Reference
from edge.frame import Image

HOLD_S: Mapping[CameraCondition, float] = {
    CameraCondition.OK: 2.0,
    CameraCondition.NIGHT: 5.0,
    CameraCondition.BLACK: 3.0,
    CameraCondition.FROZEN: 10.0,
    CameraCondition.COVERED: 5.0,
    CameraCondition.DEFOCUSED: 8.0,
    CameraCondition.MOVED: 3.0,
}
"""Seconds for which a verdict must hold; all well inside the 30 s in which an alarm is due."""

COUNTABLE = frozenset({CameraCondition.OK, CameraCondition.NIGHT})
"""Conditions in which the picture is worth counting from."""

_PERIOD_S = 0.25
"""A picture in four a second is looked at."""

_BLACK_LEVEL, _BLACK_PEAK = 16.0, 40.0
_DARK, _NO_LONGER_DARK = 45.0, 60.0
_GREY, _COLOURED = 0.8, 1.2
_BLANK = 0.05
"""Share of structured blocks under which there is nothing in the picture at all."""


class ConditionMonitor:
    """Watches the pictures of one camera.

    A camera that was turned stays `moved` until the old view is back; a new view is accepted by starting a new
    monitor, which is what a change of zones does.
    """

    def __init__(self) -> None:
        self.condition = CameraCondition.OK
        self._references: dict[bool, Reference] = {}
        self._last: Look | None = None
        self._last_s = float("-inf")
        self._candidate = CameraCondition.OK
        self._since_s = 0.0
        self._night = False

    def step(self, image: Image, time_s: float) -> CameraCondition:
        """Look at `image` (BGR), taken at `time_s` of the stream's clock, and say what the camera is worth now."""
        if time_s - self._last_s < _PERIOD_S:
            return self.condition
        seen = look(image)
        verdict = self._judge(seen, time_s)
        if verdict is not self._candidate:
            self._candidate = verdict
            # Pictures are the same since the first of them, one sample ago.
            self._since_s = self._last_s if verdict is CameraCondition.FROZEN else time_s
        if verdict is not self.condition and time_s - self._since_s >= HOLD_S[verdict]:
            self.condition = verdict
        self._last, self._last_s = seen, time_s
        return self.condition

    def _judge(self, seen: Look, time_s: float) -> CameraCondition:
        """The verdict on this picture alone."""
        if seen.level < _BLACK_LEVEL and seen.brightest < _BLACK_PEAK:
            return CameraCondition.BLACK
        if self._last is not None and unchanged(seen, self._last):
            return CameraCondition.FROZEN
        self._night = self._is_night(seen)
        reference = self._references.setdefault(self._night, Reference())
        if not reference.learned:
            if seen.structured < _BLANK:
                return CameraCondition.COVERED
            reference.learn(seen, time_s)
        else:
            against = reference.compare(seen)
            trouble = self._trouble(against)
            if trouble is not None:
                return trouble
            if self.condition in COUNTABLE:
                reference.follow(seen, against, min(time_s - self._last_s, 1.0))
        return CameraCondition.NIGHT if self._night else CameraCondition.OK

    def _is_night(self, seen: Look) -> bool:
        """Dark, or without any colour (the infrared filter is out)."""
        if self._night:
            return seen.level < _NO_LONGER_DARK or seen.chroma < _COLOURED
        return seen.level < _DARK or seen.chroma < _GREY

    def _trouble(self, against: Comparison) -> CameraCondition | None:
        if against.flat > self._limit(CameraCondition.COVERED, 0.6, 0.4):
            return CameraCondition.COVERED
        if against.held < self._limit(CameraCondition.MOVED, 0.3, 0.5) or against.shifted:
            return CameraCondition.MOVED
        if against.sharpness < self._limit(CameraCondition.DEFOCUSED, 0.5, 0.7):
            return CameraCondition.DEFOCUSED
        return None

    def _limit(self, condition: CameraCondition, out: float, back: float) -> float:
        """The bound that calls `condition`, or the better one that ends it."""
        return back if self.condition is condition else out
