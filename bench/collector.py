"""How fast the collector is beside Node-RED and the ceiling of influxdb-client alone: `make bench-collector`.

A broker holds the same reports for a collector and for a Node-RED that are away. Each comes, alone, and the store is
watched until all of them are in it, from the first to the last: as many points of as many fields for both. Then
influxdb-client alone writes the collector's lines, ready and gzipped, 5,000 at a time, synchronously. Real Mosquitto,
real InfluxDB, one machine; compare the ratio, not the figures, between machines.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from bench.collector_load import report
from bench.collector_units import steady
from bench.collector_watch import Pace, watch
from bench.node_red import node_red
from collector.config import parse_config
from collector.store.influx import InfluxSeries, packed
from collector.store.influxql import Login
from collector.store.observed import lines_of
from collector.store.points import points_of
from collector.store.preparing import prepare
from contract import Observation, Topic, encode
from tests.support.collecting import Collecting, Reporter
from tests.support.influx import Influx
from tests.support.mosquitto import Mosquitto
from tests.support.traffic import topic

_BROKER = """\
max_queued_messages 0
max_inflight_messages 1000
persistence false
log_type none
log_type information
"""
"""Mosquitto lets 20 messages be under way to a client that says no number itself: Node-RED is faster with more."""

_LINES_A_CALL = 5000
_FLEET = 1000
_WIDE = 110


class Servers(NamedTuple):
    """What both talk to, and a folder of scratch."""

    folder: Path
    broker: Mosquitto
    influx: Influx

    def database(self, name: str) -> Login:
        """A new one."""
        login = self.influx.login._replace(database=name)
        prepare(login)
        return login


class Load(NamedTuple):
    """So many reports of so many units, of so many approaches each."""

    number: int
    units: int
    size: int

    def reports(self) -> Iterator[tuple[Topic, Observation]]:
        """Each unit's turn by turn."""
        for turn in range(self.number):
            yield topic(turn % self.units), report(turn % self.units, turn // self.units, self.size)


def race(servers: Servers, load: Load, batch: int, modules: Path | None) -> tuple[Pace, Pace | None]:
    """The collector's pace and Node-RED's, one after the other, with the same reports."""
    _, broker, _ = servers
    ours, theirs = servers.database("collector"), servers.database("peer")
    config = settings(servers, ours, batch)
    with Collecting(config):
        pass  # from now on the session is there
    if modules is not None:
        with node_red(modules, servers.folder / "node-red", broker, theirs):
            time.sleep(2)  # Node-RED does not tell when it has subscribed
    publish(broker, load)
    with Collecting(config):
        pace = watch(ours, load.number, load.units, "tests.support.collect")
    if modules is None:
        return pace, None
    with node_red(modules, servers.folder / "node-red", broker, theirs):
        return pace, watch(theirs, load.number, load.units, "node")


def publish(broker: Mosquitto, load: Load) -> None:
    """Let the broker keep them."""
    with Reporter(broker.host, broker.port) as reporter:
        reporter.wait_for(reporter.publish(load.reports()))


def ceiling(servers: Servers, load: Load) -> float:
    """Points a second of influxdb-client alone with the same lines, ready and gzipped before the clock starts."""
    series = InfluxSeries(servers.database("ceiling"))
    ready = (line for where, said in load.reports() for line in lines_of(where, said).split("\n"))
    calls, written = [], 0
    while some := list(islice(ready, _LINES_A_CALL)):
        calls.append(packed("\n".join(some)))
        written += len(some)
    begun = time.perf_counter()
    for call in calls:
        series.put_packed(call)
    return written / (time.perf_counter() - begun)


def settings(servers: Servers, login: Login, batch: int) -> Path:
    """A collector.toml of its own folder."""
    folder = servers.folder / login.database
    folder.mkdir()
    (folder / "token").write_text(login.token)
    path = folder / "collector.toml"
    path.write_text(
        f'site = "bandung.toml"\n[broker]\nport = {servers.broker.port}\nclient_id = "{login.database}"\n'
        f"receive_maximum = {4 * batch}\n[batches]\nmessages = {batch}\nseconds = 0.5\n"
        f'[store]\nkind = "influxdb"\nurl = "{login.url}"\ndatabase = "{login.database}"\n'
        'token_file = "token"\nledger = "ledger.sqlite"\n'
    )
    return path


def main(
    number: Annotated[int, typer.Option(min=1000, help="Reports.")] = 60_000,
    units: Annotated[int, typer.Option(min=1, max=1000)] = 25,
    batch: Annotated[int, typer.Option(min=1)] = 1000,
    modules: Annotated[Path | None, typer.Option("--node-red", help="node_modules that hold Node-RED.")] = None,
    seconds: Annotated[float, typer.Option(min=10, help="How long 1,000 units speak at their own pace.")] = 60,
) -> None:
    """Print two tables: as fast as it goes, and 1,000 units at their own pace."""
    there = modules is not None and (modules / "node-red" / "red.js").is_file()
    console = Console(width=_WIDE)
    console.print(_fastest(number, units, batch, modules if there else None))
    if not there:
        console.print("Node-RED is not here: npm must be at hand for make bench-collector to fetch it")
    with _servers("steady") as servers:
        path = settings(servers, servers.database("fleet"), batch)
        config = parse_config(path.read_text(encoding="utf-8")).beside(path.parent)
        pace = steady(config, servers.broker, _FLEET, seconds)
    table = Table("units", "messages/s", "of one core", "lag: middle", "longest", "MB half, end")
    table.add_row(
        f"{_FLEET:,}",
        f"{pace.messages_s:.1f}",
        f"{pace.processor:.1%}",
        f"{pace.lag_s[0]:.2f} s",
        f"{pace.lag_s[1]:.2f} s",
        _memory(pace.memory_mb),
    )
    console.print(table)


def _fastest(number: int, units: int, batch: int, modules: Path | None) -> Table:
    table = Table(
        "report", "program", "in the store", "messages/s", "points/s", "of client", "µs/message", "MB half, end"
    )
    for size in (1, 4):
        load = Load(number, units, size)
        points = len(points_of(topic(0), report(0, 0, size)))
        with _servers(str(size)) as servers:
            ours, theirs = race(servers, load, batch, modules)
            most = ceiling(servers, load)
        shown = f"{len(encode(report(0, 0, size)))} bytes, {points} points"
        for name, pace in (("collector", ours), ("Node-RED", theirs)):
            if pace is not None:
                table.add_row(
                    shown,
                    name,
                    f"{pace.arrived:,}",
                    f"{pace.messages_s:,.0f}",
                    f"{pace.messages_s * points:,.0f}",
                    f"{pace.messages_s * points / most:.0%}",
                    f"{pace.processor_us:.0f}",
                    _memory(pace.memory_mb),
                )
        table.add_row(
            shown, "client alone", "", f"{most / points:,.0f}", f"{most:,.0f}", "100%", "", "", end_section=True
        )
    return table


@contextmanager
def _servers(name: str) -> Iterator[Servers]:
    """All of them new."""
    with (
        tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as scratch,
        Mosquitto(Path(scratch) / "broker", _BROKER) as broker,
        Influx(Path(scratch) / "influx") as influx,
    ):
        yield Servers(Path(scratch), broker, influx)


def _memory(megabytes: tuple[float, float]) -> str:
    return f"{megabytes[0]:.0f}, {megabytes[1]:.0f}"


if __name__ == "__main__":
    typer.run(main)
