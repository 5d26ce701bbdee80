"""One more connection to the broker for one job, without a session: what cannot go now does not go later."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Protocol

from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from collector.config import BrokerSettings

_RETRY_S = (1, 15)
"""Seconds between two calls of a broker that does not answer: at first, and at most."""


class Named(Protocol):
    """Settings of a job that has a connection of its own."""

    @property
    def client_id(self) -> str:
        """Its name at the broker."""
        ...

    @property
    def cert_file(self) -> Path | None:
        """The certificate that may do the job; without one the collector's serves."""
        ...

    @property
    def key_file(self) -> Path | None:
        """Its private key."""
        ...


def under_another_name(broker: BrokerSettings, job: Named) -> BrokerSettings:
    """The same broker for the client that does `job`."""
    own = {"cert_file": job.cert_file, "key_file": job.key_file} if job.cert_file is not None else {}
    return broker.model_copy(update={"client_id": job.client_id, **own})


def caller(broker: BrokerSettings) -> Client:
    """A client for `broker`, not connected yet, that begins anew each time it calls."""
    version = MQTTv5 if broker.protocol == "5" else MQTTv311
    client = Client(CallbackAPIVersion.VERSION2, client_id=broker.client_id, protocol=version)
    identify(client, broker)
    client.reconnect_delay_set(*_RETRY_S)
    return client


def identify(client: Client, broker: BrokerSettings) -> None:
    """Give `client` the name, the password and the certificates that `broker` wants to see."""
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password())
    if broker.ca_file is not None:
        context = ssl.create_default_context(cafile=str(broker.ca_file))
        if broker.cert_file is not None:
            context.load_cert_chain(broker.cert_file, broker.key_file)
        client.tls_set_context(context)
