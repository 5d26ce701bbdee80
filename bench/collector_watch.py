"""How fast whatever fills the store fills it: one yardstick for the collector and for its rival, told by
`bench.collector`. Both run in a process of their own, and neither knows that it is watched."""

from __future__ import annotations

import time
from typing import NamedTuple

import psutil

from collector.store.influxql import InfluxQl, Login
from tests.support.traffic import unit

_LOOK_S = 0.2
_STALLED_S = 15.0


class Pace(NamedTuple):
    """What was measured, from the first reports in the store to the last."""

    messages_s: float
    arrived: int
    """Reports in the store at the end."""
    processor_us: float
    """Of the process, for one report; less moved by what else the machine does."""
    memory_mb: tuple[float, float]
    """Resident, when half was in the store and at the end."""


class _Look(NamedTuple):
    at_s: float
    arrived: int
    processor_s: float
    memory_mb: float


def watch(login: Login, number: int, units: int, command: str) -> Pace:
    """Watch the child whose command line has `command` until `number` reports are in the store, or no more come.

    The first of `units` units stands for all while it is watched: to count everything again and again would be work for
    InfluxDB that it does not have when the ceiling is taken.
    """
    process = next(child for child in psutil.Process().children() if command in " ".join(child.cmdline()))
    looks: list[_Look] = []
    changed = time.perf_counter()
    while time.perf_counter() - changed < _STALLED_S and not (looks and looks[-1].arrived >= number):
        look = _look(login, process, units)
        if look.arrived > (looks[-1].arrived if looks else 0):
            changed = look.at_s
            looks.append(look)
        time.sleep(_LOOK_S)
    arrived = _arrived(login)
    if len(looks) < 2:
        return Pace(0.0, arrived, 0.0, (0.0, 0.0))
    first, last = looks[0], looks[-1]
    new = last.arrived - first.arrived
    half = next(look.memory_mb for look in looks if look.arrived * 2 >= last.arrived)
    spent_us = (last.processor_s - first.processor_s) / new * 1e6
    return Pace(new / (last.at_s - first.at_s), arrived, spent_us, (half, last.memory_mb))


def _look(login: Login, process: psutil.Process, units: int) -> _Look:
    arrived = units * _arrived(login, f"""WHERE "unit" = '{unit(0)}'""")
    spent = process.cpu_times()
    return _Look(time.perf_counter(), arrived, spent.user + spent.system, process.memory_info().rss / 1e6)


def _arrived(login: Login, where: str = "") -> int:
    """Reports in the store: each camera has one point of quality for each."""
    answer = InfluxQl(login)(f'SELECT count("grade") FROM "quality" {where}')
    return int(answer[0].values[0][1] or 0) if answer else 0
