"""Broker, store and collector die and lines between them break at random under the load of 25 units.

0 lost, 0 double, gaps told truthfully. Each blow falls while reports travel; a broken line is mended after a while.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from collector.store.influx import InfluxStore
from collector.store.preparing import prepare
from collector.store.reading import Span
from tests.support.collecting import Collecting, Reporter, wait_until
from tests.support.influx import Influx
from tests.support.mosquitto import Mosquitto
from tests.support.traffic import DAWN, observation, topic
from tests.support.wire import HARMS, Wire

DAY = Span(DAWN, DAWN + timedelta(days=1))
UNITS = 25
A_TURN = 5
"""Reports of each unit between two blows."""

_BROKER = "max_queued_messages 0\nlog_type none\nlog_type information\n"


OUTAGES_S = (0.1, 0.5, 2.0, 6.0)
"""How long a line stays broken is part of the blow; the longest outlasts what the collector gives its store."""
DEATHS = ("collector", "store", "broker", "broker stops")


class Lines(NamedTuple):
    """What lies between the programs."""

    unit_to_broker: Wire
    collector_to_broker: Wire
    collector_to_store: Wire


def write_config(folder: Path, lines: Lines, influx: Influx) -> Path:
    (folder / "token").write_text(influx.login.token)
    path = folder / "collector.toml"
    path.write_text(
        f'site = "bandung.toml"\n[broker]\nport = {lines.collector_to_broker.port}\nreceive_maximum = 100\n'
        f'[batches]\nmessages = 40\nseconds = 0.1\n[store]\nkind = "influxdb"\n'
        f'url = "http://127.0.0.1:{lines.collector_to_store.port}"\ntoken_file = "token"\ntimeout_s = 5\n'
        'ledger = "l.sqlite"\n'
    )
    return path


def blows(fate: Random) -> Iterator[str]:
    """Every kind of death and of harm to a line once, in any order, then all of them again in another."""
    while True:
        yield from fate.sample([*DEATHS, *HARMS], len(DEATHS) + len(HARMS))


@pytest.mark.parametrize("turns", [9, pytest.param(200, marks=pytest.mark.full)])
def test_whoever_dies_and_whatever_breaks_the_store_has_each_report_once(tmp_path: Path, turns: int) -> None:
    fate = Random(25)
    with (
        Mosquitto(tmp_path / "broker", _BROKER) as broker,
        Influx(tmp_path / "influx") as influx,
        Wire(broker.port) as near,
        Wire(broker.port) as centre,
        Wire(urlsplit(influx.login.url).port or 0) as storing,
        Reporter(broker.host, near.port) as reporter,
    ):
        prepare(influx.login)
        lines = Lines(near, centre, storing)
        collector = Collecting(write_config(tmp_path, lines, influx))
        with collector, closing(InfluxStore(influx.login, tmp_path / "l.sqlite")) as store:
            sent, fallen = [], []
            for turn, blow in enumerate(islice(blows(fate), turns)):
                numbers = range(turn * A_TURN, (turn + 1) * A_TURN)
                sent += reporter.publish(
                    (topic(unit), observation(unit, seq)) for seq in numbers for unit in range(UNITS)
                )
                fallen.append(blow)
                match blow:
                    case "collector":
                        collector.kill()
                        collector.start()
                    case "store":
                        influx.kill()
                        influx.start()
                    case "broker":
                        broker.kill()
                        broker.start()
                    case "broker stops":
                        reporter.wait_for(sent)  # Mosquitto does not hear SIGTERM between "running" and its loop
                        broker.stop()
                        broker.start()
                for harm in HARMS:
                    if blow == harm:
                        line = fate.choice(lines)
                        line.do(harm)
                        threading.Event().wait(fate.choice(OUTAGES_S))
                        line.mend()
            reporter.wait_for(sent)
            number = turns * A_TURN
            last = reporter.publish((topic(unit), observation(unit, number)) for unit in range(UNITS))
            reporter.wait_for(last)
            wait_until(lambda: accounted(store) == UNITS * (number + 1), "every report in the store or in a gap")
            stored = [(row.unit, (row.time - DAWN) // timedelta(minutes=1) - 1) for row in store.quality(DAY)]
            told = {(gap.unit, seq) for gap in store.reader.gaps() for seq in range(gap.first, gap.last + 1)}
            everything = {(topic(unit).unit, seq) for unit in range(UNITS) for seq in range(number + 1)}
            assert len(stored) == len(set(stored))
            assert set(stored) | told == everything
            assert not set(stored) & told
            assert not told or "broker" in fallen  # nobody else may lose what was acknowledged


def accounted(store: InfluxStore) -> int:
    return len(store.quality(DAY)) + sum(gap.missing for gap in store.reader.gaps())
