"""Everything in one process: the broker, the stream, the store. What a bare machine and the demo run."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from collector.broker import EmbeddedBroker
from collector.config import BatchSettings, BrokerSettings, CollectorConfig, SqliteSettings
from collector.running import running
from collector.store.database import reading
from contract import Kind, State, encode
from tests.support.collecting import Reporter, wait_until
from tests.support.mosquitto import free_port
from tests.support.traffic import DAWN, boot, observation, topic


def test_reports_births_and_wills_arrive(tmp_path: Path) -> None:
    config = CollectorConfig(
        site=Path("bandung.toml"),
        broker=BrokerSettings(port=free_port()),
        batches=BatchSettings(messages=50, seconds=0.05),
        store=SqliteSettings(path=tmp_path / "s.sqlite"),
    )
    birth = State(boot_id=boot(1), time=DAWN, status="online", reason="started", started=DAWN, software="0.1.0")
    death = birth.model_copy(update={"status": "offline", "reason": "connection_lost"})
    with running(config, embedded_broker=True) as parts:
        parts.stream.subscribed.wait()
        store = parts.store
        unit = Reporter(config.broker.host, config.broker.port, protocol="3.1.1")
        unit.will(str(topic(1, Kind.STATE)), encode(death))
        with unit:
            sent = [unit.publish_raw(str(topic(1, Kind.STATE)), encode(birth), retain=True)]
            sent += unit.publish((topic(1), observation(1, seq)) for seq in range(100))
            unit.wait_for(sent)
            wait_until(lambda: [one.missing for one in store.units()] == [0], "the unit")
            wait_until(lambda: store.units()[0].state.software == "0.1.0", "its birth")
            wait_until(lambda: high(tmp_path) == 99, "the last report")
            assert store.units()[0].state == birth
            unit.vanish()
            wait_until(lambda: store.units()[0].state == death, "its will")


def high(folder: Path) -> int:
    with reading(folder / "s.sqlite") as connection:
        found = connection.execute("SELECT high FROM outbox").fetchone()
    return int(found[0]) if found else -1


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        broker = EmbeddedBroker("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(OSError, match="cannot listen"):
            broker.start()
        broker.stop()
