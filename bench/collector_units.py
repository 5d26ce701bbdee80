"""What a fleet costs the collector at the pace at which real units speak, told by `bench.collector`.

Each unit says once a minute what it counted on four approaches and how it is. The messages of all units are spread over
the minute. Lag is the time from when a message was due until the store has it: the way through the broker and the
half second for which a batch is gathered are in it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator
from itertools import cycle, islice
from typing import NamedTuple

import psutil
import typer

from bench.collector_load import report, value
from collector.config import CollectorConfig
from collector.running import running
from contract import CameraCondition, CameraHealth, Health, Kind, encode
from tests.support.collecting import Reporter
from tests.support.mosquitto import Mosquitto
from tests.support.traffic import DAWN, boot, topic

_MINUTE_S = 60.0
_KINDS = 2
_APPROACHES = 4


class Steady(NamedTuple):
    """What was measured."""

    messages_s: float
    processor: float
    """Of one core, by the collector's process."""
    lag_s: tuple[float, float]
    """The middle one, and the longest."""
    memory_mb: tuple[float, float]
    """Resident, when half was in the store and at the end."""


def steady(config: CollectorConfig, broker: Mosquitto, units: int, seconds: float) -> Steady:
    """Let `units` speak for so many seconds while a collector listens."""
    rate = units * _KINDS / _MINUTE_S
    number = int(rate * seconds)
    process = psutil.Process()
    arrived: list[tuple[int, float]] = []
    with running(config) as parts:
        parts.stream.subscribed.wait()
        command = [sys.executable, "-m", "bench.collector_units", str(broker.port), str(units), str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as speaking:
            assert speaking.stdout is not None
            begun = float(speaking.stdout.readline())
            spent, half = time.process_time(), 0.0
            while (done := int(value(parts.stream.figures.stored))) < number:
                if not arrived or done > arrived[-1][0]:
                    arrived.append((done, time.time()))
                half = half or (process.memory_info().rss / 1e6 if done > number / 2 else 0.0)
                time.sleep(0.02)
            arrived.append((done, time.time()))
            spent = time.process_time() - spent
    lags = sorted(_lags(arrived, begun, rate, number))
    took = arrived[-1][1] - begun
    memory = (half, process.memory_info().rss / 1e6)
    return Steady(number / took, spent / took, (lags[number // 2], lags[-1]), memory)


def _lags(arrived: list[tuple[int, float]], begun: float, rate: float, number: int) -> Iterator[float]:
    counts = [count for count, _ in arrived]
    for turn in range(number):
        yield arrived[bisect_right(counts, turn)][1] - (begun + turn / rate)


def payloads(units: int) -> Iterator[tuple[str, bytes]]:
    """What all units say, in the order in which they say it, for ever."""
    for turn, unit in enumerate(cycle(range(units))):
        minute = turn // units
        yield str(topic(unit)), encode(report(unit, minute, _APPROACHES))
        camera = CameraHealth(camera=f"cam-{unit:03d}", condition=CameraCondition.OK, fps=10.0, inference_ms=62.0)
        health = Health(
            boot_id=boot(unit),
            time=DAWN,
            uptime_s=minute * _MINUTE_S,
            temperature_c=61.5,
            disk_free_mb=9000,
            memory_mb=210,
            outbox_depth=0,
            cameras=(camera,),
        )
        yield str(topic(unit, Kind.HEALTH)), encode(health)


def speak(port: int, units: int, number: int) -> None:
    """Publish `number` messages at the units' pace; the first line printed is the time of the first."""
    rate = units * _KINDS / _MINUTE_S
    with Reporter("127.0.0.1", port, "units") as reporter:
        begun = time.time()
        typer.echo(begun)
        sent = []
        for turn, (where, payload) in enumerate(islice(payloads(units), number)):
            time.sleep(max(0.0, begun + turn / rate - time.time()))
            sent.append(reporter.publish_raw(where, payload))
        reporter.wait_for(sent)


if __name__ == "__main__":
    typer.run(speak)
