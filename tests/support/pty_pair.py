"""Serial lines for tests: a pair of pseudo-terminals that can be noisy, cut and mended, and socat's pair."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

Mangle = Callable[[bytes], bytes]
"""What the line makes of the bytes that are sent through it."""


def faithful(data: bytes) -> bytes:
    """As sent."""
    return data


class _End:
    """A pseudo-terminal behind a name that stays, as an adapter stands behind /dev/serial/by-id."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        link.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        self.link.unlink(missing_ok=True)
        os.close(self.master)
        os.close(self._slave)


class PtyPair:
    """Two ports joined by a wire. `bridge` and `controller` are their names.

    `to_controller` and `to_bridge` mangle what passes; they may be replaced at any time. `passed` counts the bytes
    that were sent, both ways.
    """

    def __init__(self, folder: Path) -> None:
        self.bridge, self.controller = folder / "bridge", folder / "controller"
        self.to_controller: Mangle = faithful
        self.to_bridge: Mangle = faithful
        self.passed = 0
        self._lock = threading.Lock()
        self._ends: dict[Path, _End] = {link: _End(link) for link in (self.bridge, self.controller)}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wire")
        self._thread.start()

    def unplug(self, link: Path) -> None:
        """Pull an adapter out: the port fails for who has it open, and its name is gone."""
        with self._lock:
            self._ends.pop(link).unplug()

    def plug(self, link: Path) -> None:
        """Put it back: another port under the same name."""
        with self._lock:
            self._ends[link] = _End(link)

    def inject(self, link: Path, data: bytes) -> None:
        """Let bytes arrive at an end that nobody sent; what its port has no room for is lost."""
        with self._lock, contextlib.suppress(BlockingIOError):
            os.write(self._ends[link].master, data)

    def echo(self, link: Path, data: bytes) -> None:
        """Hand bytes back to the end that sent them; only from within a mangle."""
        os.write(self._ends[link].master, data)

    def close(self) -> None:
        """Take the line down."""
        self._stop.set()
        self._thread.join()
        for end in self._ends.values():
            end.unplug()

    def _run(self) -> None:
        while not self._stop.is_set():
            masters = [end.master for end in list(self._ends.values())]
            with contextlib.suppress(OSError, ValueError):  # an end may be unplugged in the meantime
                select.select(masters, [], [], 0.02)
            with self._lock:
                for link, end in list(self._ends.items()):
                    self._pass(end.master, link)

    def _pass(self, master: int, link: Path) -> None:
        with contextlib.suppress(BlockingIOError):
            data = os.read(master, 4096)
            self.passed += len(data)
            is_bridge = link == self.bridge
            other = self._ends.get(self.controller if is_bridge else self.bridge)
            mangled = (self.to_controller if is_bridge else self.to_bridge)(data)
            if other and mangled:
                os.write(other.master, mangled)


@contextlib.contextmanager
def pty_pair(folder: Path) -> Iterator[PtyPair]:
    """A line of our own, taken down at the end."""
    pair = PtyPair(folder)
    try:
        yield pair
    finally:
        pair.close()


@contextlib.contextmanager
def socat_pair(folder: Path) -> Iterator[tuple[Path, Path]]:
    """socat's pair of pseudo-terminals."""
    ends = folder / "socat-bridge", folder / "socat-controller"
    command = ["socat", "-d", "-d", *(f"pty,rawer,link={end}" for end in ends)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as socat:
        assert socat.stderr is not None
        for line in socat.stderr:  # it says when both ends stand
            if "starting data transfer loop" in line:
                break
        try:
            yield ends
        finally:
            socat.terminate()
