"""Three RabbitMQ nodes and two collectors; one of each is killed under load: 0 lost, 0 double in the store."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from collector.config import parse_config
from collector.store.influx import InfluxStore
from collector.store.preparing import prepare
from collector.store.reading import Span
from contract import ContractError
from tests.support.collecting import Collecting, wait_until
from tests.support.influx import Influx
from tests.support.rabbit import RabbitCluster
from tests.support.roaming import Roaming
from tests.support.traffic import DAWN, observation, topic

CONNECTIONS = 5
DAY = Span(DAWN, DAWN + timedelta(days=1))


def config(folder: Path, cluster: RabbitCluster, influx: Influx) -> Path:
    """One collector.toml for both: the queue shares the load, the ledger is the machine's."""
    (folder / "token").write_text(influx.login.token)
    nodes = ", ".join(f'"127.0.0.1:{node.amqp}"' for node in cluster.nodes)
    path = folder / "collector.toml"
    path.write_text(
        f'site = "bandung.toml"\n[queue]\nnodes = [{nodes}]\nusername = "simpang"\n'
        f'password_file = "{cluster.password_file}"\nprefetch = 400\n[batches]\nmessages = 200\nseconds = 0.2\n'
        f'[store]\nkind = "influxdb"\nurl = "{influx.login.url}"\ntoken_file = "token"\nledger = "l.sqlite"\n'
    )
    return path


@pytest.mark.parametrize(("units", "each"), [(50, 20), pytest.param(1000, 20, marks=pytest.mark.full)])
def test_a_node_and_a_collector_die_and_nothing_is_lost(tmp_path: Path, units: int, each: int) -> None:
    with RabbitCluster(tmp_path / "rabbit") as cluster, Influx(tmp_path / "influx") as influx:
        prepare(influx.login)
        path = config(tmp_path, cluster, influx)
        first, second = Collecting(path), Collecting(path)
        with first, second, closing(InfluxStore(influx.login, tmp_path / "l.sqlite")) as store:
            gate = threading.Event()
            ports = [node.mqtt for node in cluster.nodes]
            speakers = [
                Roaming(
                    f"r{place}",
                    ports[place % len(ports) :] + ports,
                    cluster.password,
                    [
                        (topic(unit), observation(unit, seq))
                        for seq in range(each)
                        for unit in range(place, units, CONNECTIONS)
                    ],
                    gate,
                )
                for place in range(CONNECTIONS)
            ]
            for speaker in speakers:
                speaker.start()
            wait_until(lambda: len(store.quality(DAY)) > units * each / 10, "the first tenth in the store")
            first.kill()
            cluster.nodes[0].kill()
            gate.set()
            for speaker in speakers:
                speaker.join(120)
            assert not any(speaker.is_alive() for speaker in speakers), "every report was acknowledged by some node"
            wait_until(lambda: len(store.quality(DAY)) == units * each, "every report in the store", 120)
            stored = [(row.unit, (row.time - DAWN) // timedelta(minutes=1) - 1) for row in store.quality(DAY)]
            assert len(set(stored)) == len(stored)
            assert set(stored) == {(topic(unit).unit, seq) for unit in range(units) for seq in range(each)}
            assert not list(store.reader.gaps())
            assert sum(speaker.moves for speaker in speakers) > len(speakers), "somebody had to go to another node"


@pytest.mark.parametrize("node", ["rabbit-1", "rabbit-1:0", "rabbit-1:99999", "amqp://rabbit-1:5672", ""])
def test_a_node_is_a_host_and_a_port(node: str) -> None:
    text = f'site = "x.toml"\n[queue]\nnodes = ["{node}"]\nusername = "u"\npassword_file = "p"\n'
    with pytest.raises(ContractError, match="host:port"):
        parse_config(text)
