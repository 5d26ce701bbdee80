"""Answer units that ask for their next certificate over the line. Who may have one, the authority decides."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography import x509

from contract import CertificateRequest, CertificateSet, ContractError, Kind
from provisioning.authority.store import Authority
from provisioning.rollout.line import Line

KINDS = (Kind.CERTIFICATE_REQUEST, Kind.CERTIFICATE_SET)


def answer_requests(
    line: Line, authority: Authority, now: datetime, times: tuple[float, timedelta]
) -> Iterator[tuple[str, str]]:
    """Listen, then sign; yields each unit and what became of its request. `times`: seconds to listen, and validity."""
    listen_s, valid = times
    with line:
        until_s = time.monotonic() + listen_s
        while (left_s := until_s - time.monotonic()) > 0:
            line.wait(left_s)
        given = line.latest(Kind.CERTIFICATE_SET)
        for unit, request in sorted(line.latest(Kind.CERTIFICATE_REQUEST).items()):
            if not isinstance(request, CertificateRequest) or request.csr is None:
                continue
            before = given.get(unit)
            if isinstance(before, CertificateSet) and _fits(before.certificate, request.csr):
                yield unit, "sudah dijawab / answered already"
                continue
            try:
                made = authority.certify(request.csr.encode(), unit, now, valid=valid)
                line.order(unit, Kind.CERTIFICATE_SET, CertificateSet(time=now, certificate=made.decode()))
            except ContractError as error:
                yield unit, f"DITOLAK / refused: {error}"
            else:
                yield unit, "ditandatangani / signed"


def _fits(certificate: str, csr: str) -> bool:
    """Whether a certificate is for the key of a request."""
    try:
        asked = x509.load_pem_x509_csr(csr.encode()).public_key()
        return x509.load_pem_x509_certificate(certificate.encode()).public_key() == asked
    except ValueError:
        return False
