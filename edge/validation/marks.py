"""What a person's keys mean: a mark for each crossing, on the clock of the recording. Pure; time is an argument.

A letter is a class. Small, it crossed to the right-hand side of the line; capital, to the left-hand side:

    m motorcycle   c car   a angkot   b bus   t truck   s bicycle (sepeda)
    1..9 line      u or Backspace: take the last mark back      space: hold      q: done
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from contract import Line, VehicleClass

KEYS = {
    "m": VehicleClass.MOTORCYCLE,
    "c": VehicleClass.CAR,
    "a": VehicleClass.ANGKOT,
    "b": VehicleClass.BUS,
    "t": VehicleClass.TRUCK,
    "s": VehicleClass.BICYCLE,
}
UNDO = frozenset({"u", "\x7f", "\b"})
HOLD, DONE = " ", frozenset({"q", "\x03", "\x04"})


@dataclass(frozen=True, slots=True)
class Mark:
    """One vehicle over one line, as a person saw it, at `time_s` of the recording."""

    time_s: float
    line: str
    direction: str
    vehicle: VehicleClass


@dataclass(slots=True)
class Marks:
    """The marks of one sitting. `line` is the one that is being counted."""

    lines: Sequence[Line]
    marks: list[Mark] = field(default_factory=list)
    held: bool = False
    done: bool = False
    _chosen: int = 0

    @property
    def line(self) -> Line:
        """The line that letters are counted for."""
        return self.lines[self._chosen]

    def press(self, key: str, time_s: float) -> str:
        """Take one key at `time_s` of the recording; returns what it did, in a few words, "" for nothing."""
        if key in DONE:
            self.done = True
        elif key == HOLD:
            self.held = not self.held
            return "jeda / held" if self.held else "lanjut / goes on"
        elif key in UNDO:
            return self._take_back()
        elif key.isdigit() and 1 <= int(key) <= len(self.lines):
            self._chosen = int(key) - 1
            return f"garis / line: {self.line.id}"
        elif key.lower() in KEYS:
            direction = self.line.right if key.islower() else self.line.left
            self.marks.append(Mark(round(time_s, 3), self.line.id, direction, KEYS[key.lower()]))
            return f"+ {self.marks[-1].vehicle} {direction}"
        return ""

    def _take_back(self) -> str:
        if not self.marks:
            return ""
        last = self.marks.pop()
        return f"batal / taken back: {last.vehicle} {last.direction}"
