"""A real RabbitMQ cluster of a test's own: three nodes on one machine, each with its ports, folder and name.

    with RabbitCluster(tmp_path / "rabbit") as cluster:
        cluster.nodes[0].kill()     # as the power cut would
        cluster.nodes[0].start()    # the same name, the same data

Each node has a name-server (epmd) in common with the others and with nobody else, and an MQTT listener (plugin
rabbitmq_mqtt, 3.1.1) beside AMQP. The password is drawn for each cluster.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pika
from pika.exceptions import AMQPError

_START_S = 120.0
_SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
_EPMD = next(Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))
_CONTROL = "/usr/lib/rabbitmq/bin/rabbitmqctl"
_CONFIG = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
mqtt.listeners.tcp.1 = 127.0.0.1:{mqtt}
mqtt.allow_anonymous = false
default_user = simpang
default_pass = {password}
loopback_users = none
cluster_formation.peer_discovery_backend = classic_config
{peers}
log.file.level = warning
"""


def _port() -> int:
    """A free port that no outgoing connection of this machine takes before the node, seconds later, does."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class RabbitNode:
    """One node; `start` returns at once, `wait` once it takes connections."""

    def __init__(self, name: str, folder: Path, cookie: str, epmd: int) -> None:
        folder.mkdir(parents=True)
        self.name = f"{name}@localhost"
        self.amqp, self.mqtt, self._dist = _port(), _port(), _port()
        self._folder = folder
        (folder / ".erlang.cookie").write_text(cookie)
        (folder / ".erlang.cookie").chmod(0o400)
        (folder / "enabled_plugins").write_text("[rabbitmq_mqtt].\n")
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self._dist),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "ERL_EPMD_PORT": str(epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # Three nodes on two cores: schedulers that spin in waiting take them from everybody.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none "
            "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, password: str, peers: list[str]) -> None:
        """Write its configuration, once the whole cluster is known."""
        lines = "\n".join(f"cluster_formation.classic_config.nodes.{i} = {peer}" for i, peer in enumerate(peers, 1))
        text = _CONFIG.format(amqp=self.amqp, mqtt=self.mqtt, password=password, peers=lines)
        (self._folder / "rabbitmq.conf").write_text(text)

    def start(self) -> None:
        """Run it."""
        with (self._folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                [_SERVER], env=self.environment, stdout=out, stderr=out, start_new_session=True
            )

    def wait(self, password: str) -> None:
        """Until it takes connections."""
        until = time.monotonic() + _START_S
        parameters = pika.ConnectionParameters(
            "127.0.0.1", self.amqp, credentials=pika.PlainCredentials("simpang", password), connection_attempts=1
        )
        while True:
            try:
                pika.BlockingConnection(parameters).close()
            except (AMQPError, OSError):
                ended = self._process is None or self._process.poll() is not None
                assert not ended and time.monotonic() < until, f"{self.name}: {(self._folder / 'out').read_text()}"
                time.sleep(0.3)  # it offers nothing to wait on
            else:
                return

    def kill(self) -> None:
        """SIGKILL of the node and of what it started."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def control(self, *given: str) -> str:
        """What rabbitmqctl says."""
        command = [_CONTROL, "--node", self.name, "--silent", *given]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout


class RabbitCluster:
    """Three nodes that are one."""

    def __init__(self, folder: Path, number: int = 3) -> None:
        self.password = secrets.token_urlsafe(12)
        cookie, self._epmd_port = secrets.token_hex(16), _port()
        self._epmd: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.password_file = folder / "password"
        self.password_file.write_text(self.password)
        self.nodes = [RabbitNode(f"n{place}", folder / f"n{place}", cookie, self._epmd_port) for place in range(number)]
        for node in self.nodes:
            node.configure(self.password, [one.name for one in self.nodes])

    def __enter__(self) -> Self:
        # Started here, for a node that finds none would leave one behind.
        command = [str(_EPMD), "-port", str(self._epmd_port), "-address", "127.0.0.1"]
        self._epmd = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            # The first forms the cluster, the others join: two that begin at once may form two.
            for node in self.nodes:
                node.start()
                node.wait(self.password)
            self.nodes[0].control("await_online_nodes", str(len(self.nodes)))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        for node in self.nodes:
            node.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()
