"""The unit's own certificate, renewed before it ends: a new key here, a signature from the depot, no visit.

    card's pair ──45 days left──▶ next.key, request ──certificate/set──▶ looked at, tried ──▶ unit.pem, unit.key
                                                        │ not ours, not for this key, refused by the broker
                                                        ▼
                                                  stays as it is, and asks on

The renewed pair lies in the data folder; the card's stays where it is, and counts again when the other is gone.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contract import ContractError
from edge.config import Tls

log = logging.getLogger(__name__)

EARLY = timedelta(days=45)
"""Before the end; the depot is reminded 60 days before, the doctor complains at 30."""

Try = Callable[[Tls], str]
"""Calls the broker with a pair; returns why it is refused, or nothing."""


class Renewal:
    """One unit's certificates: those of the card (`card`), and what came since below `folder`."""

    def __init__(self, card: Tls, folder: Path, unit: str) -> None:
        self._card, self._folder, self._unit = card, folder, unit
        self._renewed = Tls(ca=card.ca, certificate=str(folder / "unit.pem"), key=str(folder / "unit.key"))

    def in_force(self, now: datetime) -> Tls:
        """The pair that lasts longest, of those that count now; the card's when in doubt."""
        renewed, card = _ends(self._renewed), _ends(self._card)
        if renewed is None or renewed <= now or (card is not None and card > renewed):
            return self._card
        return self._renewed

    def request(self, now: datetime) -> str | None:
        """The request that is to be made now, if any; the same one until it is answered."""
        ends = _ends(self.in_force(now))
        if ends is None or ends - now > EARLY:
            return None
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._unit)])
        made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(self._next_key(), hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM).decode()

    def take(self, certificate: str, now: datetime, attempt: Try) -> bool:
        """Put a signed certificate in force, from the next connection on; True unless it was in force already.

        `ContractError` says why it is not taken.
        """
        own = _ends(self._renewed)
        if own is not None and Path(self._renewed.certificate).read_text("ascii") == certificate:
            return False
        pending = self._folder / "next.key"
        if not pending.exists():
            raise ContractError("a certificate came that nobody asked for")
        _check(certificate, self._next_key(), Path(self._card.ca), self._unit, now)
        tried = Tls(ca=self._card.ca, certificate=str(self._folder / "next.pem"), key=str(pending))
        _write(Path(tried.certificate), certificate.encode())
        refused = attempt(tried)
        if refused:
            raise ContractError(f"the broker refuses the new certificate: {refused}")
        # The key first: a pair that does not fit is none, and the card's counts.
        pending.replace(self._renewed.key)
        Path(tried.certificate).replace(self._renewed.certificate)
        log.info("certificate: renewed, in force from the next connection on")
        return True

    def _next_key(self) -> ec.EllipticCurvePrivateKey:
        """The key that is asked for; made once."""
        path = self._folder / "next.key"
        with suppress(FileNotFoundError, ValueError, TypeError):
            key = serialization.load_pem_private_key(path.read_bytes(), None)
            if isinstance(key, ec.EllipticCurvePrivateKey):
                return key
        key = ec.generate_private_key(ec.SECP256R1())
        plain = serialization.NoEncryption()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
        return key


def _check(certificate: str, key: ec.EllipticCurvePrivateKey, ca: Path, unit: str, now: datetime) -> None:
    """Whether it is ours: for this key and this unit, signed by the authority on the card, and good now."""
    try:
        made = x509.load_pem_x509_certificate(certificate.encode())
        made.verify_directly_issued_by(x509.load_pem_x509_certificate(ca.read_bytes()))
    except (ValueError, TypeError, InvalidSignature):
        raise ContractError("a certificate came that the authority on the card has not signed") from None
    names = [name.value for name in made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if made.public_key() != key.public_key() or names != [unit]:
        raise ContractError("a certificate came that is not for this unit and its key")
    if not made.not_valid_before_utc <= now < made.not_valid_after_utc:
        raise ContractError("a certificate came that does not count now")


def _ends(tls: Tls) -> datetime | None:
    """Until when a pair counts; None for one that is not whole, or whose halves do not fit."""
    try:
        certificate = x509.load_pem_x509_certificate(Path(tls.certificate).read_bytes())
        key = serialization.load_pem_private_key(Path(tls.key).read_bytes(), None)
    except (OSError, ValueError, TypeError):
        return None
    return certificate.not_valid_after_utc if key.public_key() == certificate.public_key() else None


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for the unit's eyes only."""
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
