"""Two places for the software, one in force, and the way back. Standard library only.

The unit runs this file with the system's Python (`/usr/local/lib/simpang/slots.py`), outside both slots: whoever has to
leave broken software must not be part of it.

    idle ──begin──▶ installing ──installed──▶ trial ──steady for 5 min──▶ idle (the new one)
                        │ start                 │ fourth start
                        ▼                       ▼
                 idle (as before)        idle (as before; that update is spent)

`/opt/simpang/current` points at the slot in force and is replaced by one rename. The state beside it says what is meant
to happen, and is written before it happens: after a power cut anywhere, the next start does what was left undone.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

FOLDER = Path("/opt/simpang")
MOST_STARTS = 3
"""Starts that an update has to become steady; the next one goes back."""
STEADY_S = 300.0
"""So long it runs without a restart before it is trusted: systemd's watchdog has looked five times by then."""

Slot = Literal["a", "b"]
Phase = Literal["idle", "installing", "trial"]


@dataclass(frozen=True, slots=True)
class State:
    """What is meant to happen. `number` is the update in force, `candidate` the one that is coming."""

    phase: Phase = "idle"
    number: int = 0
    candidate: int = 0
    slot: Slot = "a"
    """Where the candidate is, or is being put."""
    starts: int = 0
    spent: int = 0
    """The highest update that failed; it is not tried again."""
    boot: str = ""
    since_s: float = 0.0
    """When the last start was: boot and seconds since that boot. A wall clock may jump."""


def other(slot: Slot) -> Slot:
    """The one that is not in force."""
    return "b" if slot == "a" else "a"


def begin(state: State, current: Slot, number: int) -> State:
    """Update `number` is being put into the other slot. `ValueError` says why it is not."""
    if number <= state.number:
        raise ValueError(f"update {number} is not newer than {state.number}, which is in force")
    if number <= state.spent:
        raise ValueError(f"update {number} failed here before: send a newer one")
    if state.phase == "trial":
        raise ValueError(f"update {state.candidate} is still on trial: wait until it is steady or gone")
    return replace(state, phase="installing", candidate=number, slot=other(current), starts=0)


def installed(state: State) -> State:
    """It is whole and in its slot: on trial from the next start on."""
    return replace(state, phase="trial", starts=0)


def started(state: State, current: Slot, boot: str, uptime_s: float) -> tuple[State, Slot]:
    """The unit starts: the state from now on, and the slot to run."""
    if state.phase == "installing":
        return replace(state, phase="idle", candidate=0), current
    if state.phase == "idle":
        return state, current
    if state.starts >= MOST_STARTS:
        spent = max(state.spent, state.candidate)
        return replace(state, phase="idle", candidate=0, spent=spent), other(state.slot)
    return replace(state, starts=state.starts + 1, boot=boot, since_s=uptime_s), state.slot


def steady(state: State, boot: str, uptime_s: float) -> State:
    """The unit runs: an update that has run long enough is the one in force."""
    if state.phase != "trial" or not state.starts or state.boot != boot or uptime_s - state.since_s < STEADY_S:
        return state
    return replace(state, phase="idle", number=state.candidate, candidate=0, starts=0)


class Slots:
    """Both slots below `folder`, and the state beside them."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self._file = folder / "update.json"

    @property
    def current(self) -> Slot:
        """The slot in force."""
        return "b" if (self.folder / "current").readlink().name == "b" else "a"

    def point(self, slot: Slot) -> None:
        """Put `slot` in force, at once or not at all."""
        part = self.folder / ".current"
        part.unlink(missing_ok=True)
        part.symlink_to(slot)
        part.replace(self.folder / "current")
        self._settle()

    def read(self) -> State:
        """The state; nothing is under way when there is none, or none that can be read."""
        try:
            told = json.loads(self._file.read_bytes())
            return State(**told)
        except (OSError, ValueError, TypeError):
            return State()

    def write(self, state: State) -> None:
        """On the disk when this returns."""
        part = self._file.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            json.dump(asdict(state), file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._file)
        self._settle()

    def start(self, boot: str, uptime_s: float) -> Slot:
        """Decide which slot runs now, and put it in force. Called before every start of the unit."""
        state, slot = started(self.read(), self.current, boot, uptime_s)
        # Forward, the state is written first: the start counts, whatever becomes of it. Back, the way is gone first: if
        # the power fails in between, the same decision is made again.
        if state.phase == "trial":
            self.write(state)
        if slot != self.current:
            self.point(slot)
        if state.phase != "trial":
            self.write(state)
        return slot

    def confirm(self, boot: str, uptime_s: float) -> None:
        """The unit runs; called now and then."""
        before = self.read()
        after = steady(before, boot, uptime_s)
        if after != before:
            self.write(after)

    def _settle(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _now() -> tuple[str, float]:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return boot, time.clock_gettime(time.CLOCK_BOOTTIME)


def main(arguments: list[str]) -> int:
    """`slots.py start` before the unit starts, `slots.py confirm` while it runs; a folder may follow."""
    slots = Slots(Path(arguments[1]) if len(arguments) > 1 else FOLDER)
    if arguments[:1] == ["start"]:
        slots.start(*_now())
    elif arguments[:1] == ["confirm"]:
        slots.confirm(*_now())
    else:
        sys.stderr.write("usage: slots.py start|confirm [FOLDER]\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
