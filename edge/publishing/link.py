"""How a unit calls the broker: protocol, certificates, credentials, and the last will it leaves."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from contract import ContractError, Kind, State, Topic, encode
from edge.config import Broker

SESSION_S = 3600
"""How long the broker keeps what it has for an absent unit; configuration is retained, so that little is lost."""

properties: Callable[[int], Properties] = Properties
"""paho leaves the constructor untyped."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who speaks, and with what: the constant part of births and deaths."""

    site: str
    unit: str
    boot_id: str
    started: datetime
    software: str
    model: str | None = None
    cameras: tuple[str, ...] = ()

    def topic(self, kind: Kind) -> str:
        """Where this unit's messages of a kind go."""
        return str(Topic(self.site, self.unit, kind))

    def state(self, reason: Literal["started", "stopped", "connection_lost"]) -> State:
        """A birth, or one of the two deaths."""
        return State(
            boot_id=self.boot_id,
            time=datetime.now(UTC),
            status="online" if reason == "started" else "offline",
            reason=reason,
            started=self.started,
            software=self.software,
            model=self.model,
            cameras=self.cameras,
        )


def new_client(broker: Broker, identity: Identity) -> Client:
    """A client that has not called yet. Certificates and credentials are read anew: they may have been renewed."""
    modern = broker.protocol == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"{identity.site}-{identity.unit}",
        clean_session=None if modern else False,
        protocol=MQTTv5 if modern else MQTTv311,
        reconnect_on_failure=False,
    )
    if broker.tls is not None:
        client.tls_set(broker.tls.ca, broker.tls.certificate, broker.tls.key)
    username, password = credentials(broker)
    if username is not None:
        client.username_pw_set(username, password)
    will = encode(identity.state("connection_lost"))
    client.will_set(identity.topic(Kind.STATE), will, qos=Kind.STATE.qos, retain=Kind.STATE.retained)
    return client


def call(client: Client, broker: Broker) -> None:
    """Connect; raises `OSError` (TLS faults among them) when the broker does not answer."""
    if broker.protocol == "5":
        session = properties(PacketTypes.CONNECT)
        session.SessionExpiryInterval = SESSION_S
        client.connect(broker.host, broker.port, broker.keepalive_s, clean_start=False, properties=session)
    else:
        client.connect(broker.host, broker.port, broker.keepalive_s)


def credentials(broker: Broker) -> tuple[str | None, str | None]:
    """User name and password from the environment, else from the credentials file, else none."""
    username, password = os.environ.get("SIMPANG_BROKER_USERNAME"), os.environ.get("SIMPANG_BROKER_PASSWORD")
    if username is None and broker.credentials_file is not None:
        path = Path(broker.credentials_file)
        username, _, rest = path.read_text(encoding="utf-8").partition("\n")
        password = rest.partition("\n")[0]
    return username or None, password or None


def check_files(broker: Broker) -> None:
    """Raise `ContractError` when certificates or credentials cannot be used, before anything starts."""
    tls = broker.tls
    needed = [broker.credentials_file, *([tls.ca, tls.certificate, tls.key] if tls else [])]
    absent = [name for name in needed if name is not None and not Path(name).is_file()]
    if absent:
        raise ContractError("\n".join(f"broker: {name}: no such file: was it written to the card?" for name in absent))
    try:
        if tls is not None:
            ssl.create_default_context(cafile=tls.ca).load_cert_chain(tls.certificate, tls.key)
        credentials(broker)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ContractError(f"broker: {', '.join(filter(None, needed))} cannot be used: {reason}") from None
