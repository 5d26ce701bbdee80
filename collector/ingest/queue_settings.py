"""Where the queue of a RabbitMQ cluster is, for a province that outgrew one broker (docs/beyond-one-machine.md)."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, field_validator

from contract import Model

_NODE = re.compile(r"[A-Za-z0-9.-]{1,253}:\d{1,5}")


class QueueSettings(Model):
    """A quorum queue that several collectors empty together."""

    nodes: tuple[str, ...] = Field(min_length=1, max_length=16, description="host:port of each node, AMQP 0-9-1.")
    name: str = Field(default="collector", pattern=r"^[a-z0-9_-]{1,60}$", description="The same for all collectors.")
    exchange: str = Field(default="amq.topic", max_length=120, description="Where the MQTT plugin puts what units say.")
    vhost: str = Field(default="/", min_length=1, max_length=120)
    username: str = Field(max_length=200)
    password_file: Path = Field(description="File that holds the password, and nothing else.")
    ca_file: Path | None = Field(default=None, description="Certificates that sign the nodes'; turns TLS on.")
    prefetch: int = Field(default=4000, ge=10, le=65_535, description="Messages not yet acknowledged.")
    heartbeat_s: int = Field(default=30, ge=5, le=600)

    @field_validator("nodes")
    @classmethod
    def _are_host_and_port(cls, nodes: tuple[str, ...]) -> tuple[str, ...]:
        for node in nodes:
            if not _NODE.fullmatch(node) or not 0 < int(node.rpartition(":")[2]) < 65_536:
                raise ValueError(f"{node!r}: expected host:port, such as rabbit-1:5672")
        return nodes

    def password(self) -> str:
        """The password, read anew each time."""
        return self.password_file.read_text(encoding="utf-8").strip()

    def beside(self, folder: Path) -> QueueSettings:
        """The same, with the paths that are not absolute taken from `folder`."""
        ca_file = folder / self.ca_file if self.ca_file else None
        return self.model_copy(update={"password_file": folder / self.password_file, "ca_file": ca_file})
