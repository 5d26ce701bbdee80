"""Programs that the demo starts, watches and ends: each a process of its own with a log file, ended by its own id."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

GRACE_S = 10.0
"""How long a program may take to end by itself before it is killed."""
TAIL = 12


class ChildError(RuntimeError):
    """A program ended that should run; the text says which, how, and how its log ends."""


class Job(NamedTuple):
    """A program to start: its name for people and its log, its command, and what its environment adds."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


class Children:
    """Running programs. Use it in a `with`: leaving it ends all of them, in reverse order of their start."""

    def __init__(self, logs: Path) -> None:
        """`logs`: folder of one log a program."""
        self._logs = logs
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, job: Job) -> None:
        """Start a program in a process group of its own, so that Ctrl-C reaches it only through us."""
        with self.log(job.name).open("wb") as log:
            process = subprocess.Popen(
                job.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(job.environment),
                start_new_session=True,
            )
        self._running.append((job.name, process))

    def log(self, name: str) -> Path:
        """Where a program's output goes."""
        return self._logs / f"{name}.log"

    def ids(self) -> tuple[int, ...]:
        """Process ids, in the order of their start."""
        return tuple(process.pid for _, process in self._running)

    def check(self) -> None:
        """Raise `ChildError` when one has ended."""
        for name, process in self._running:
            code = process.poll()
            if code is not None:
                how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
                raise ChildError(f"{name} ended ({how}). End of {self.log(name)}:\n{tail(self.log(name))}")

    def kill(self, name: str) -> None:
        """End one at once, as a power cut does; it is missed no more."""
        for one in [one for one in self._running if one[0] == name]:
            one[1].kill()
            one[1].wait()
            self._running.remove(one)

    def stop(self) -> None:
        """End all: first they are asked, then killed."""
        for _, process in reversed(self._running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        until = time.monotonic() + GRACE_S
        for _, process in reversed(self._running):
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def __enter__(self) -> Children:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def tail(log: Path, lines: int = TAIL) -> str:
    """The last lines of a log."""
    text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in text[-lines:]) or "    (empty)"
