"""What the broker says to this unit: its certificate, whether it takes ours, and what it lets us say.

The broker gives each unit one session, by its certificate's name. A second login would throw the running unit out, so
while the unit runs only the encrypted handshake is tried.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography import x509
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from contract import ContractError, Health, Kind, encode
from contract.topics import ROOT
from edge.config import Broker, Tls, UnitConfig
from edge.doctor.readings import BrokerReading, TlsFault
from edge.health import Machine
from edge.publishing import Identity
from edge.publishing.link import call, check_files, new_client
from edge.renewal import Renewal

_PATIENCE_S = 6.0
_HANG_UP_S = 1.5
"""Under TLS 1.3 a certificate is refused after the handshake: so long we listen for that."""
_NOBODY = "pemeriksaan"
"""Stands for another unit; its topic is of no kind, so that nobody hears what a broker without an access list takes."""
_VERIFY: dict[int, TlsFault] = {
    9: "server_expired",
    10: "server_expired",
    18: "server_unknown",
    19: "server_unknown",
    20: "server_unknown",
    21: "server_unknown",
    62: "server_name",
    64: "server_name",
}
"""OpenSSL's X509_V_ERR_* codes."""


def probe_broker(config: UnitConfig, *, reachable: bool, in_use: bool, now: datetime) -> BrokerReading:
    """As far as it goes: files, handshake, login, topics."""
    line = config.broker
    encrypted = line.tls is not None
    if line.tls is not None:
        renewal = Renewal(line.tls, Path(config.data) / "tls", config.unit)
        line = line.model_copy(update={"tls": renewal.in_force(now)})
    try:
        check_files(line)
    except ContractError as error:
        return BrokerReading(encrypted, tls_fault="files", detail=str(error))
    ends = _ends(line.tls) if line.tls else None
    if ends is not None and ends <= now:
        return BrokerReading(encrypted, ends, "own_expired", f"{ends:%Y-%m-%d}")
    if not reachable:
        return BrokerReading(encrypted, ends)
    if line.tls is not None:
        fault, detail = handshake(line, line.tls)
        if fault is not None:
            return BrokerReading(encrypted, ends, fault, detail)
    if in_use:
        return BrokerReading(encrypted, ends, login="in_use")
    return _login(config.model_copy(update={"broker": line}), encrypted, ends, now)


def _ends(tls: Tls) -> datetime:
    return x509.load_pem_x509_certificate(Path(tls.certificate).read_bytes()).not_valid_after_utc


def handshake(line: Broker, tls: Tls) -> tuple[TlsFault | None, str]:
    """Which side refuses the other's certificate, and why, in OpenSSL's words."""
    context = ssl.create_default_context(cafile=tls.ca)
    context.load_cert_chain(tls.certificate, tls.key)
    try:
        with (
            socket.create_connection((line.host, line.port), _PATIENCE_S) as plain,
            context.wrap_socket(plain, server_hostname=line.host) as secure,
        ):
            secure.settimeout(_HANG_UP_S)
            with contextlib.suppress(TimeoutError):
                if not secure.recv(1):
                    return "own_refused", ""
    except ssl.SSLCertVerificationError as error:
        return _VERIFY.get(error.verify_code, "other"), error.verify_message
    except ssl.SSLError as error:
        refused = "ALERT" in (error.reason or "")
        return ("own_refused" if refused else "other"), (error.reason or str(error)).replace("_", " ").lower()
    except ConnectionError:
        return "own_refused", ""
    except OSError as error:
        return "other", error.strerror or str(error)
    return None, ""


def _login(config: UnitConfig, encrypted: bool, ends: datetime | None, now: datetime) -> BrokerReading:
    identity = Identity(config.site, config.unit, "0" * 32, now, "doctor")
    client = new_client(config.broker, identity)
    # A doctor that is cut off is not the unit's death.
    client.will_clear()
    visit = _Visit(client)
    try:
        call(client, config.broker)
        if not visit.until(lambda: visit.accepted is not None) or not visit.accepted:
            return BrokerReading(encrypted, ends, login="refused", detail=visit.said or "it hangs up")
        own = visit.may_say(identity.topic(Kind.HEALTH), encode(_health(config, now)))
        foreign = visit.may_say(f"{ROOT}/{config.site}/{_NOBODY}/{_NOBODY}", b"{}")
    except OSError as error:
        return BrokerReading(encrypted, ends, login="refused", detail=error.strerror or str(error))
    finally:
        client.disconnect()
        client.loop(0.2)
    # Only MQTT v5 says what an access list forbids; 3.1.1 acknowledges and drops it.
    tells = config.broker.protocol == "5"
    return BrokerReading(
        encrypted, ends, login="accepted", own_topic=own if tells else None, foreign_topic=foreign if tells else None
    )


def _health(config: UnitConfig, now: datetime) -> Health:
    """A true report of the machine, so that trying the line leaves nothing false at the centre."""
    seen = Machine(Path(config.data)).read()
    return Health(
        boot_id="0" * 32,
        time=now,
        uptime_s=0,
        temperature_c=seen.temperature_c,
        throttled=seen.throttled,
        under_voltage=seen.under_voltage,
        disk_free_mb=seen.disk_free_mb,
        memory_mb=seen.memory_mb,
        outbox_depth=0,
    )


class _Visit:
    """One login, turned by hand."""

    def __init__(self, client: Client) -> None:
        self.accepted: bool | None = None
        self.said = ""
        self._client = client
        self._answers: dict[int, bool] = {}
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish

    def until(self, holds: Callable[[], bool]) -> bool:
        """Turn the network until `holds`; False when that took too long or the line broke."""
        deadline_s = time.monotonic() + _PATIENCE_S
        while not holds():
            if self._client.loop(0.1) != MQTTErrorCode.MQTT_ERR_SUCCESS or time.monotonic() > deadline_s:
                return holds()
        return True

    def may_say(self, topic: str, payload: bytes) -> bool:
        """Whether the broker takes it."""
        mid = self._client.publish(topic, payload, qos=1).mid
        self.until(lambda: mid in self._answers)
        return self._answers.get(mid, False)

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        self.accepted = not reason.is_failure
        self.said = str(reason)

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        self.said = self.said or str(reason)

    def _on_publish(
        self, _client: Client, _data: object, mid: int, reason: ReasonCode, _told: Properties | None
    ) -> None:
        self._answers[mid] = not reason.is_failure
