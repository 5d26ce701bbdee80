"""How fast the collector is beside the ceiling of influxdb-client alone, in one run: `make bench-collector`.

A broker holds so many reports for a collector that is away; it comes, and the time is taken until the store has them
all. Then influxdb-client alone writes the same lines, ready and gzipped, 5,000 at a time, synchronously: no collector
on it can be faster. Real Mosquitto, real InfluxDB, one machine; compare the ratio, not the figures, between machines.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple

import psutil
import typer
from rich.console import Console
from rich.table import Table

from bench.collector_load import report, value
from bench.collector_units import steady
from bench.node_red import node_red
from collector.config import BatchSettings, BrokerSettings, CollectorConfig, InfluxSettings
from collector.running import running
from collector.store.influx import InfluxSeries
from collector.store.influxql import InfluxQl
from collector.store.line_protocol import lines
from collector.store.points import points_of
from collector.store.preparing import prepare
from contract import encode
from tests.support.collecting import Reporter
from tests.support.influx import Influx
from tests.support.mosquitto import Mosquitto
from tests.support.traffic import topic

_BROKER = "max_queued_messages 0\npersistence false\nlog_type none\nlog_type information\n"
_LINES_A_CALL = 5000
_STALLED_S = 15.0
_FLEET = 1000


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
    seconds: Annotated[float, typer.Option(min=10, help="How long 1,000 units speak at their own pace.")] = 60,
) -> None:
    """Print two tables: as fast as it goes, and 1,000 units at their own pace."""
    there = modules is not None and (modules / "node-red" / "red.js").is_file()
    Console().print(_fastest(number, units, batch, modules if there else None))
    if not there:
        Console().print("Node-RED is not here: npm must be at hand for make bench-collector to fetch it")
    with _servers("steady") as (folder, broker, influx):
        pace = steady(settings(folder, broker, influx, batch, _FLEET), broker, _FLEET, seconds)
    table = Table("units", "messages/s", "of one core", "lag: middle", "longest", "MB half, end")
    table.add_row(
        f"{_FLEET:,}",
        f"{pace.messages_s:.1f}",
        f"{pace.processor:.1%}",
        f"{pace.lag_s[0]:.2f} s",
        f"{pace.lag_s[1]:.2f} s",
        _memory(pace.memory_mb),
    )
    Console().print(table)


def _fastest(number: int, units: int, batch: int, modules: Path | None) -> Table:
    table = Table("report", "messages/s", "Node-RED", "points/s", "client alone", "of it", "µs/message", "MB half, end")
    for size in (1, 4):
        with _servers(str(size)) as (folder, broker, influx):
            config = settings(folder, broker, influx, batch, size)
            pace = collect(config, broker, number, units, size)
            most = ceiling(influx, number, units, size)
            rival = peer(modules, folder, Servers(broker, influx), Load(number, units, size)) if modules else None
        table.add_row(
            f"{len(encode(report(0, 0, size)))} bytes",
            f"{pace.messages_s:,.0f}",
            f"{rival:,.0f}" if rival is not None else "not here",
            f"{pace.points_s:,.0f}",
            f"{most:,.0f}",
            f"{pace.points_s / most:.0%}",
            f"{pace.processor_us:.0f}",
            _memory(pace.memory_mb),
        )
    return table


@contextmanager
def _servers(name: str) -> Iterator[tuple[Path, Mosquitto, Influx]]:
    """A folder of scratch, a broker and a store, all of them new."""
    with (
        tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as scratch,
        Mosquitto(Path(scratch) / "broker", _BROKER) as broker,
        Influx(Path(scratch) / "influx") as influx,
    ):
        yield Path(scratch), broker, influx


def _memory(megabytes: tuple[float, float]) -> str:
    return f"{megabytes[0]:.0f}, {megabytes[1]:.0f}"


if __name__ == "__main__":
    typer.run(main)
