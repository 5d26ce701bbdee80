"""The way to the broker: our address, its name, its port."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from edge.config import Broker
from edge.doctor.readings import NetworkReading

_PATIENCE_S = 5.0
_ANYWHERE = ("192.0.2.1", "2001:db8::1")
"""Addresses of no one (RFC 5737, RFC 3849): which of ours would be used to leave the house. Nothing is sent."""


def probe_network(broker: Broker) -> NetworkReading:
    """Name, then port, as far as it goes."""
    try:
        found = socket.getaddrinfo(broker.host, broker.port, type=socket.SOCK_STREAM)
    except OSError as error:
        own = next((one for one in map(own_address, _ANYWHERE) if one), None)
        return NetworkReading(broker.host, broker.port, own, name_fault=error.strerror or str(error))
    address = own_address(str(found[0][4][0]))
    begun = time.monotonic()
    try:
        with socket.create_connection((broker.host, broker.port), _PATIENCE_S):
            connect_ms = (time.monotonic() - begun) * 1000
    except OSError as error:
        why = error.strerror or str(error)
        return NetworkReading(broker.host, broker.port, address, reach_fault=why)
    return NetworkReading(broker.host, broker.port, address, connect_ms=connect_ms)


def own_address(towards: str) -> str | None:
    """The address of ours that packets `towards` an address would bear; None when there is no way."""
    family = socket.AF_INET6 if ":" in towards else socket.AF_INET
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as line:
        line.connect((towards, 9))
        return str(line.getsockname()[0])
    return None
