"""The files of the province's cluster: compose understands them, and they say what the collector expects."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import provisioning.province
from collector.ingest.queue_settings import QueueSettings
from collector.ingest.queue_stream import ROUTES

FILES = Path(provisioning.province.__file__).parent


def test_compose_understands_the_nodes(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FILES, tmp_path / "province"))
    (folder / "erlang_cookie").write_text("drawn")
    program = shutil.which("docker-compose")
    assert program, "docker-compose is missing: tests/system-packages.sh installs it"
    command = [program, "-f", str(folder / "compose.yaml"), "config", "--services"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert sorted(told) == ["rabbit-1", "rabbit-2", "rabbit-3"]
    config = (folder / "rabbitmq.conf").read_text()
    assert all(f"rabbit@{name}" in config for name in told)


def test_the_queue_is_the_one_that_collectors_ask_for() -> None:
    """RabbitMQ refuses to declare a queue anew with another word."""
    told = json.loads((FILES / "definitions.json").read_text())
    (queue,), (binding,) = told["queues"], told["bindings"]
    asked = QueueSettings(nodes=("rabbit-1:5671",), username="collector", password_file=Path("password"))
    assert (queue["name"], queue["durable"]) == (asked.name, True)
    assert queue["arguments"] == {"x-queue-type": "quorum"}
    assert (binding["source"], binding["destination"], binding["routing_key"]) == (asked.exchange, asked.name, ROUTES)
