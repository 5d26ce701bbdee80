"""How fast the collector is beside the ceiling of influxdb-client alone, in one run: `make bench-collector`.

A broker holds so many reports for a collector that is away; it comes, and the time is taken until the store has them
all. Then influxdb-client alone writes the same lines, ready and gzipped, 5,000 at a time, synchronously: no collector
on it can be faster. Real Mosquitto, real InfluxDB, one machine; compare the ratio, not the figures, between machines.
"""

from __future__ import annotations

import tempfile
import time
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple

import psutil
import typer
from rich.console import Console
from rich.table import Table

from bench.node_red import node_red
from collector.config import BatchSettings, BrokerSettings, CollectorConfig, InfluxSettings
from collector.running import running
from collector.store.influx import InfluxSeries
from collector.store.influxql import InfluxQl
from collector.store.line_protocol import lines
from collector.store.points import points_of
from collector.store.preparing import prepare
from contract import (
    TRAFFIC,
    ApproachMeasure,
    CameraObservation,
    LineCount,
    Observation,
    Quality,
    encode,
)
from tests.support.collecting import Reporter
from tests.support.influx import Influx
from tests.support.mosquitto import Mosquitto
from tests.support.traffic import DAWN, boot, topic

_BROKER = "max_queued_messages 0\npersistence false\nlog_type none\nlog_type information\n"
_LINES_A_CALL = 5000
_STALLED_S = 15.0
_STEP = timedelta(seconds=10)
"""Between reports of a unit, so that a long run stays within the retention."""


class Servers(NamedTuple):
    """What both talk to."""

    broker: Mosquitto
    influx: Influx


class Load(NamedTuple):
    """So many reports of so many units, of so many approaches each."""

    number: int
    units: int
    size: int


class Pace(NamedTuple):
    """What was measured."""

    messages_s: float
    points_s: float
    processor_us: float
    """Of our own process, for one message; less moved by what else the machine does."""
    memory_mb: tuple[float, float]
    """Resident, when half was in the store and at the end."""


def report(unit: int, seq: int, size: int) -> Observation:
    """A minute of `size` approaches (1 to 4), one line each in both directions, all classes."""
    arms = ("utara", "timur", "selatan", "barat")[:size]
    counts = {kind: (seq + place) % 30 for place, kind in enumerate(TRAFFIC)}
    camera = CameraObservation(
        camera=f"cam-{unit:03d}",
        lines=tuple(LineCount(line=arm, direction=way, counts=counts) for arm in arms for way in ("masuk", "keluar")),
        approaches=tuple(
            ApproachMeasure(approach=arm, pcu=12.5, occupancy=0.31, queue_m=22.0, queue_veh=9, speed_kmh=18.25)
            for arm in arms
        ),
        quality=Quality(grade="good", frames=600, fps=10.0),
    )
    start = DAWN + seq * _STEP
    return Observation(boot_id=boot(unit), time=start + _STEP, seq=seq, start=start, interval_s=60, cameras=(camera,))


def collect(config: CollectorConfig, broker: Mosquitto, number: int, units: int, size: int) -> Pace:
    """Let the broker keep `number` reports, then time the collector."""
    with running(config) as parts:
        parts.stream.subscribed.wait()  # from now on the session is there
    publish(broker, number, units, size)
    process = psutil.Process()
    half = 0.0
    points = len(list(points_of(topic(0), report(0, 0, size))))
    with running(config) as parts:
        stored = parts.stream.figures.stored
        begun, spent = time.perf_counter(), time.process_time()
        while (done := value(stored)) < number:
            if not half and done > number / 2:
                half = process.memory_info().rss / 1e6
            time.sleep(0.02)
        took, spent = time.perf_counter() - begun, time.process_time() - spent
    return Pace(number / took, number * points / took, spent / number * 1e6, (half, process.memory_info().rss / 1e6))


def peer(modules: Path, scratch: Path, servers: Servers, load: Load) -> float:
    """Messages a second of Node-RED in its batch mode, timed from its first points on."""
    broker, influx = servers
    number, units, size = load
    login = influx.login._replace(database=f"peer{size}")
    prepare(login)
    with node_red(modules, scratch / "node-red", broker, login):
        time.sleep(2)  # Node-RED does not tell when it has subscribed
    publish(broker, number, units, size)
    ask = InfluxQl(login)
    seen: list[tuple[float, int]] = []
    changed = time.perf_counter()
    with node_red(modules, scratch / "node-red", broker, login):
        while time.perf_counter() - changed < _STALLED_S and not (seen and seen[-1][1] >= number):
            answer = ask('SELECT count("grade") FROM "quality"')
            done = int(answer[0].values[0][1] or 0) if answer else 0
            if done and (not seen or done > seen[-1][1]):
                changed = time.perf_counter()
                seen.append((changed, done))
            time.sleep(0.05)
    if len(seen) < 2:
        return 0.0
    (begun, first), (ended, last) = seen[0], seen[-1]
    return (last - first) / (ended - begun)


def publish(broker: Mosquitto, number: int, units: int, size: int) -> None:
    """Let the broker keep `number` reports."""
    with Reporter(broker.host, broker.port) as reporter:
        reporter.wait_for(
            [
                reporter.publish_raw(str(topic(turn % units)), encode(report(turn % units, turn // units, size)))
                for turn in range(number)
            ]
        )


def value(counter: object) -> float:
    """What a Prometheus counter says."""
    collect_samples = getattr(counter, "collect", list)
    return next((sample.value for metric in collect_samples() for sample in metric.samples), 0.0)


def ceiling(influx: Influx, number: int, units: int, size: int) -> float:
    """Points a second of influxdb-client alone with the same lines, ready before the clock starts."""
    login = influx.login._replace(database=f"ceiling{size}")
    prepare(login)
    series = InfluxSeries(login)
    ready = (
        line
        for turn in range(number)
        for line in lines(points_of(topic(turn % units), report(turn % units, turn // units, size))).split("\n")
    )
    calls = []
    while some := list(islice(ready, _LINES_A_CALL)):
        calls.append("\n".join(some))
    written = sum(call.count("\n") + 1 for call in calls)
    begun = time.perf_counter()
    for call in calls:
        series.put_lines(call)
    return written / (time.perf_counter() - begun)


def settings(scratch: Path, broker: Mosquitto, influx: Influx, batch: int, size: int) -> CollectorConfig:
    """A database, a ledger and a session for each size."""
    login = influx.login._replace(database=f"size{size}")
    prepare(login)
    token = scratch / "token"
    token.write_text(login.token)
    return CollectorConfig(
        site=Path("bandung.toml"),
        broker=BrokerSettings(port=broker.port, client_id=f"collector{size}", receive_maximum=4 * batch),
        batches=BatchSettings(messages=batch, seconds=0.5),
        store=InfluxSettings(
            kind="influxdb",
            url=login.url,
            database=login.database,
            token_file=token,
            ledger=scratch / f"ledger{size}.sqlite",
        ),
    )


def main(
    number: Annotated[int, typer.Option(min=1000, help="Reports.")] = 30_000,
    units: Annotated[int, typer.Option(min=1, max=1000)] = 25,
    batch: Annotated[int, typer.Option(min=1)] = 1000,
    modules: Annotated[Path | None, typer.Option("--node-red", help="node_modules that hold Node-RED.")] = None,
) -> None:
    """Print the table."""
    table = Table(
        "report", "messages/s", "points/s", "client alone", "of it", "µs/message", "MB half, end", "Node-RED msg/s"
    )
    for size in (1, 4):
        with (
            tempfile.TemporaryDirectory() as folder,
            Mosquitto(Path(folder) / "broker", _BROKER) as broker,
            Influx(Path(folder) / "influx") as influx,
        ):
            config = settings(Path(folder), broker, influx, batch, size)
            pace = collect(config, broker, number, units, size)
            most = ceiling(influx, number, units, size)
            rival = peer(modules, Path(folder), Servers(broker, influx), Load(number, units, size)) if modules else None
        table.add_row(
            f"{len(encode(report(0, 0, size)))} bytes",
            f"{pace.messages_s:,.0f}",
            f"{pace.points_s:,.0f}",
            f"{most:,.0f}",
            f"{pace.points_s / most:.0%}",
            f"{pace.processor_us:.0f}",
            f"{pace.memory_mb[0]:.0f}, {pace.memory_mb[1]:.0f}",
            f"{rival:,.0f}" if rival else "not run",
        )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
