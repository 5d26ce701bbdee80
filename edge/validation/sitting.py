"""One sitting: the recording plays in the terminal at its own pace, and each key becomes a mark at the picture shown.

Keys are read one by one, without Enter, between the pictures; the terminal is as it was when the sitting ends.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import sys
import termios
import time
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from contract import Line
from edge.frame import Frame, Source
from edge.validation.blocks import around, blocks
from edge.validation.marks import KEYS, Marks

HOME, CLEAR, REST = "\x1b[H", "\x1b[2J", "\x1b[K"
_SHOWN_PER_S = 8.0
"""A terminal over a modem shows no more pictures than that."""
_SEQUENCE = re.compile(r"\x1b(\[[0-9;]*[A-Za-z~]|O[A-Za-z]|)")
_HELP = "  ".join(f"{key} {vehicle}" for key, vehicle in KEYS.items())


@dataclass(slots=True)
class Sitting:
    """Plays `source` from `from_s` on for `seconds`; `speed` is 1 for the pace of the street."""

    source: Source
    marks: Marks
    from_s: float = 0.0
    seconds: float = 900.0
    speed: float = 1.0
    now_s: float = 0.0
    """Seconds played, the clock of the marks."""
    _word: str = ""
    _shown_s: float = field(default=float("-inf"))

    def play(self) -> float:
        """Play until the end, or until the person is done; returns the seconds that were counted."""
        with _keys_one_by_one():
            sys.stdout.write(CLEAR)
            began_s = time.monotonic()
            for frame in self.source.frames():
                if frame.time_s < self.from_s:
                    began_s = time.monotonic()
                    continue
                if frame.time_s - self.from_s > self.seconds:
                    break
                self.now_s = frame.time_s - self.from_s
                self._show(frame)
                began_s += self._wait(began_s + self.now_s / self.speed, frame)
                if self.marks.done:
                    break
        sys.stdout.write("\n")
        return self.now_s

    def _wait(self, due_s: float, frame: Frame) -> float:
        """Take keys until the next picture is due; returns the seconds for which the recording was held."""
        held_s = 0.0
        while not self.marks.done:
            left_s = due_s + held_s - time.monotonic()
            if left_s <= 0 and not self.marks.held:
                return held_s
            began_s = time.monotonic()
            was_held = self.marks.held
            pressed = _keys(None if was_held else left_s)
            for key in pressed:
                self._word = self.marks.press(key, self.now_s) or self._word
            held_s += time.monotonic() - began_s if was_held else 0.0
            if pressed:
                self._shown_s = float("-inf")
                self._show(frame)
        return held_s

    def _show(self, frame: Frame) -> None:
        now_s = time.monotonic()
        if now_s - self._shown_s < 1 / _SHOWN_PER_S:
            return
        self._shown_s = now_s
        columns, rows = shutil.get_terminal_size((80, 24))
        picture = blocks(around(frame.image, self.marks.line), columns - 1, max(2, rows - 5))
        minutes, seconds = divmod(self.now_s, 60)
        state = "‖" if self.marks.held else "▶"
        line = self.marks.line
        words = [
            f"{state} {int(minutes):02d}:{seconds:04.1f}  {len(self.marks.marks)} kendaraan / vehicles   {self._word}",
            f"{line.id}: {_HELP}",
            f"kecil / small letter: {line.right}   KAPITAL / CAPITAL: {line.left}"
            + (f"   1-{len(self.marks.lines)} garis / line" if len(self.marks.lines) > 1 else ""),
            "u batal / undo   spasi jeda / space holds   q selesai / done",
        ]
        sys.stdout.write(HOME + "\r\n".join(one + REST for one in [*picture, *(word[: columns - 1] for word in words)]))
        sys.stdout.flush()


def countable(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines that a person can choose by a digit."""
    return lines[:9]


@contextmanager
def _keys_one_by_one() -> Iterator[None]:
    """The terminal hands over each key at once, and Ctrl-C as a key."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _keys(wait_s: float | None) -> str:
    """Keys that were pressed, waiting for one for so long (None: for ever). A terminal that is gone says "done"."""
    descriptor = sys.stdin.fileno()
    ready, _, _ = select.select([descriptor], [], [], None if wait_s is None else max(0.0, wait_s))
    if not ready:
        return ""
    try:
        data = os.read(descriptor, 256)
    except OSError:
        data = b""
    # An arrow key sends letters that mean something else.
    return _SEQUENCE.sub("", data.decode(errors="replace")) if data else "q"
