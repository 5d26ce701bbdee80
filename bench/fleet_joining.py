"""A city whose power comes back: a thousand units call at once, then lose their broker and come back to it.

Real Mosquitto with the city's certificates (mTLS), the real collector with its embedded store, units that call and wait
as ours do, with ten minutes of reports each. Everything runs on one machine, so that the times tell how long that
machine needs; what counts is that nobody is turned away, nothing is lost, and how the calls are spread.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.fleet_herd import BACKLOG
from collector.config import BatchSettings, BrokerSettings, CollectorConfig, SqliteSettings
from collector.running import Running, running
from provisioning.authority import Role
from tests.support import ca
from tests.support.ca import GuardedBroker
from tests.support.traffic import unit

PROCESSES = 4
_PATIENCE_S = 300.0
_SAVED_S = 12.0
"""More than two of the broker's saves (provisioning/broker/settings.py): it knows its callers when it dies."""


@dataclass(slots=True)
class Herds:
    """All units, in a few processes, and what they said."""

    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    said: dict[str, list[float]] = field(default_factory=lambda: {"a": [], "c": [], "p": []})
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, folder: Path, port: int, number: int, *, jitter: bool) -> None:
        """Ready to go."""
        each = number // PROCESSES
        for place in range(PROCESSES):
            words = [str(folder), str(port), str(place * each), str(each), "yes" if jitter else "no"]
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.fleet_herd", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            self.processes.append(process)
            threading.Thread(target=self._read, args=(process,), daemon=True).start()

    def order(self, what: str) -> None:
        """To all."""
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write(f"{what}\n")
            process.stdin.flush()

    def stop(self) -> None:
        """All units are gone."""
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.close()
        for process in self.processes:
            process.wait()
        self.processes.clear()

    def times(self, what: str, since_s: float) -> list[float]:
        """When something was said, in seconds after `since_s`."""
        with self._lock:
            return sorted(one - since_s for one in self.said[what] if one >= since_s)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            what, _, at_s = line.partition(" ")
            with self._lock:
                self.said[what].append(float(at_s))


@dataclass(frozen=True, slots=True)
class Joined:
    """One return of the city."""

    name: str
    attempts: tuple[float, ...]
    """Seconds after the broker was there."""
    all_back_s: float
    all_stored_s: float

    @property
    def peak(self) -> int:
        """Most calls within one second."""
        return max(Counter(int(one) for one in self.attempts).values(), default=0)

    def by(self, seconds: int) -> list[int]:
        """Calls in each span of `seconds`."""
        found = Counter(int(one) // seconds for one in self.attempts)
        return [found[span] for span in range(max(found, default=0) + 1)]


def join(folder: Path, number: int, *, jitter: bool, down_s: float) -> list[Joined]:
    """The city's power comes; then the broker alone is killed, stays away for `down_s`, and returns."""
    authority = ca.authority(folder / "ca")
    for place in range(number):
        ca.put(authority.issue(unit(place), Role.UNIT, ca.now()), folder / unit(place))
    card = ca.put(authority.issue("collector", Role.COLLECTOR, ca.now()), folder / "collector")
    herds = Herds()
    with GuardedBroker(authority, folder / "broker") as broker:
        config = CollectorConfig(
            site=Path("config/bandung.toml"),
            broker=BrokerSettings(
                host=broker.host,
                port=broker.port,
                ca_file=card / "ca.pem",
                cert_file=card / "unit.pem",
                key_file=card / "unit.key",
            ),
            batches=BatchSettings(messages=1000, seconds=0.5),
            store=SqliteSettings(path=folder / "store.sqlite"),
        )
        with running(config) as parts:
            assert parts.stream.subscribed.wait(_PATIENCE_S), "the collector does not get in"
            herds.start(folder, broker.port, number, jitter=jitter)
            at_s = time.monotonic() + 8.0
            herds.order(f"go {at_s}")
            try:
                found = [_come_back("power comes back", herds, parts, number, (at_s, BACKLOG))]
                time.sleep(_SAVED_S)
                broker.kill()
                herds.order("more")
                time.sleep(down_s)
                broker.start()
                found.append(_come_back(f"broker away {down_s:.0f} s", herds, parts, number, (time.monotonic(), 1)))
            finally:
                herds.stop()
    with closing(sqlite3.connect(folder / "store.sqlite")) as store:
        (kept,) = store.execute("SELECT count(*) FROM quality").fetchone()
    if kept != number * (BACKLOG + 1):
        raise RuntimeError(f"{number * (BACKLOG + 1)} reports were acknowledged, and {kept} are in the store")
    return found


def _come_back(name: str, herds: Herds, parts: Running, number: int, since: tuple[float, int]) -> Joined:
    since_s, reports = since
    stored = _stored(parts)
    _until(lambda: len(herds.times("c", since_s)) >= number, lambda: f"{len(herds.times('c', since_s))} connected")
    all_back_s = herds.times("c", since_s)[number - 1]
    wanted = number * reports
    _until(lambda: len(herds.times("p", since_s)) >= wanted, lambda: f"{len(herds.times('p', since_s))} acknowledged")
    # A birth comes with the reports.
    _until(lambda: _stored(parts) - stored >= wanted + number, lambda: f"{_stored(parts) - stored:.0f} stored")
    attempts = [one for one in herds.times("a", since_s) if one <= all_back_s]
    return Joined(name, tuple(attempts), all_back_s, time.monotonic() - since_s)


def _stored(parts: Running) -> float:
    """Messages that the store has."""
    counter = parts.stream.figures.stored
    return next(sample.value for metric in counter.collect() for sample in metric.samples)


def _until(holds: Callable[[], bool], so_far: Callable[[], str]) -> None:
    deadline_s = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"after {_PATIENCE_S:.0f} s: {so_far()}")
        time.sleep(0.05)
