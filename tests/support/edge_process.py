"""`simpang edge run` as systemd runs it: a process of its own, with a log that can be waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from edge.backoff import Backoff
from edge.config import load_unit
from edge.runtime import Unit
from edge.runtime.check import check
from edge.runtime.settings import Settings
from models.fetch import fetch
from tests.support.data import DATA, FOOTAGE

MODEL = "nanodet-m-320"
"""The quickest of the registered models."""
_PATIENCE_S = 60.0


def camera(name: str, address: str | Path, zones: str | Path = FOOTAGE / "toll_noon.toml") -> str:
    """A `[[cameras]]` table."""
    return f'\n[[cameras]]\nid = "{name}"\naddress = "{address}"\nzones = "{zones}"\n'


def unit_toml(port: int, *cameras: str, interval_s: int = 1) -> str:
    """A unit with short intervals, so that a test need not wait for a minute."""
    head = f"""\
site = "bandung"
unit = "edge-dago"
timezone = "Asia/Jakarta"
interval_s = {interval_s}
target_fps = 5
data = "data"
broker = {{ host = "127.0.0.1", port = {port} }}
detector = {{ model = "{MODEL}", threads = 1 }}
"""
    return head + "".join(cameras)


def model_store(folder: Path) -> Path:
    """A store that holds `MODEL`, for `SIMPANG_MODELS`."""
    store = folder / "models"
    if not store.exists():
        os.environ["SIMPANG_MODELS"] = str(store)
        try:
            fetch(MODEL, DATA / "models")
        finally:
            del os.environ["SIMPANG_MODELS"]
    return store


@contextmanager
def unit_in_thread(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The unit of `folder`/unit.toml in a thread of the test, where its rules can be patched; stopped in the end."""
    patch.setenv("SIMPANG_MODELS", str(model_store(folder)))
    path = folder / "unit.toml"
    local = load_unit(path)
    settings = Settings(local, path)
    stop = threading.Event()
    unit = Unit(settings, check(local), stop, calling=Backoff(0.1, 0.2))
    thread = threading.Thread(target=unit.run, name="unit")
    thread.start()
    try:
        yield settings
    finally:
        stop.set()
        thread.join(_PATIENCE_S)


class EdgeProcess:
    """One run of the unit in `folder`, which holds unit.toml."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._folder = folder
        self._environment = os.environ | {"SIMPANG_MODELS": str(model_store(folder))} | environment
        self._lines: list[str] = []
        self._news = threading.Condition()

    def start(self) -> Self:
        """Begin; returns at once."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simpang", "edge", "run", "--config", str(self._folder / "unit.toml")],
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def wait_for_log(self, part: str, times: int = 1) -> None:
        """Wait until the log has so many lines that hold `part`."""
        with self._news:
            came = self._news.wait_for(lambda: self._count(part) >= times or self._ended(), _PATIENCE_S)
            found = self._count(part)
        assert came, f"waited {_PATIENCE_S} s for {part!r}:\n{self.log}"
        assert found >= times, f"ended before it said {part!r} {times} times:\n{self.log}"

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end as systemd does; returns its exit code."""
        return self._end(number)

    @property
    def log(self) -> str:
        """What it has written to stderr."""
        with self._news:
            return "".join(self._lines)

    def _end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(_PATIENCE_S)
        self._reader.join()
        if self.process.stderr is not None:
            self.process.stderr.close()
        return code

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def _count(self, part: str) -> int:
        return sum(part in line for line in self._lines)

    def _ended(self) -> bool:
        return self.process.poll() is not None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._ended():
            self.kill()
