"""Broker, store and collector die at random under the load of 25 units: 0 lost, 0 double, gaps told truthfully."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from collector.store.influx import InfluxStore
from collector.store.preparing import prepare
from collector.store.reading import Span
from tests.support.collecting import Collecting, Reporter, wait_until
from tests.support.influx import Influx
from tests.support.mosquitto import Mosquitto
from tests.support.traffic import DAWN, observation, topic

DAY = Span(DAWN, DAWN + timedelta(days=1))
UNITS = 25
A_TURN = 5
"""Reports of each unit between two blows."""

_BROKER = "max_queued_messages 0\nlog_type none\nlog_type information\n"


def write_config(folder: Path, broker: Mosquitto, influx: Influx) -> Path:
    (folder / "token").write_text(influx.login.token)
    path = folder / "collector.toml"
    path.write_text(
        f'site = "bandung.toml"\n[broker]\nport = {broker.port}\nreceive_maximum = 100\n[batches]\nmessages = 40\n'
        f'seconds = 0.1\n[store]\nkind = "influxdb"\nurl = "{influx.login.url}"\ntoken_file = "token"\n'
        'ledger = "l.sqlite"\n'
    )
    return path


@pytest.mark.parametrize("turns", [6, pytest.param(200, marks=pytest.mark.full)])
def test_whoever_dies_the_store_has_each_report_once(tmp_path: Path, turns: int) -> None:
    fate = Random(25)
    with (
        Mosquitto(tmp_path / "broker", _BROKER) as broker,
        Influx(tmp_path / "influx") as influx,
        Reporter(broker.host, broker.port) as reporter,
    ):
        prepare(influx.login)
        collector = Collecting(write_config(tmp_path, broker, influx))
        with collector, closing(InfluxStore(influx.login, tmp_path / "l.sqlite")) as store:
            sent, blows = [], []
            for turn in range(turns):
                numbers = range(turn * A_TURN, (turn + 1) * A_TURN)
                sent += reporter.publish(
                    (topic(unit), observation(unit, seq)) for seq in numbers for unit in range(UNITS)
                )
                blows.append(fate.choice(("collector", "store", "broker", "broker stops", "nobody")))
                match blows[-1]:
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
            assert not told or "broker" in blows  # nobody else may lose what was acknowledged


def accounted(store: InfluxStore) -> int:
    return len(store.quality(DAY)) + sum(gap.missing for gap in store.reader.gaps())
