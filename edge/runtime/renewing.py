"""The unit's side of certificates over the line: what to ask the depot, and what to do with its answer."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from contract import CertificateSet, ContractError, Kind, Topic, decode
from edge.config import Broker, Tls, UnitConfig
from edge.doctor.probe.broker import handshake
from edge.renewal import Renewal

log = logging.getLogger(__name__)


class Renewing:
    """One unit's; does nothing on a plain line."""

    def __init__(self, config: UnitConfig) -> None:
        self._line = config.broker
        self._topic = str(Topic(config.site, config.unit, Kind.CERTIFICATE_SET))
        tls = config.broker.tls
        self._renewal = None if tls is None else Renewal(tls, Path(config.data) / "tls", config.unit)
        self._asked = ""

    def broker(self, now: datetime) -> Broker:
        """How to call, with the certificate in force."""
        if self._renewal is None:
            return self._line
        return self._line.model_copy(update={"tls": self._renewal.in_force(now)})

    def asks(self, now: datetime) -> str | None:
        """What is to be told: a request; empty when there is none any more; None when nothing has changed."""
        try:
            wanted = "" if self._renewal is None else self._renewal.request(now) or ""
        except OSError as error:
            log.warning("certificate: no key can be kept for the next one: %s", error)
            return None
        # Signed anew each time (ECDSA): as long as it is asked, the first one stands.
        if bool(wanted) == bool(self._asked):
            return None
        self._asked = wanted
        return wanted

    def take(self, payload: bytes, now: datetime) -> bool:
        """A `certificate/set`; True when another certificate is in force now."""
        if self._renewal is None or not payload:
            return False
        try:
            _, answer = decode(self._topic, payload)
            assert isinstance(answer, CertificateSet), "the topic says which model it is"
            return self._renewal.take(answer.certificate, now, self._try)
        except (ContractError, OSError) as error:
            log.warning("certificate: not taken: %s", error)
            return False

    def _try(self, tls: Tls) -> str:
        fault, detail = handshake(self._line, tls)
        return "" if fault is None else f"{fault} {detail}".strip()
