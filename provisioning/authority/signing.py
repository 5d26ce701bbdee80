"""Certificates and revocation lists as X.509 wants them (RFC 5280): EC P-256, SHA-256, nothing else on offer.

No I/O, and no clock of its own. The common name is what Mosquitto takes for the user name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from contract import ContractError
from provisioning.authority.index import Entry, Reason, Role

_BACK = timedelta(days=1)
"""A board without a battery may be late: its certificate begins the day before."""
_REASONS = {
    Reason.STOLEN: x509.ReasonFlags.key_compromise,
    Reason.REPLACED: x509.ReasonFlags.superseded,
    Reason.RETIRED: x509.ReasonFlags.cessation_of_operation,
}


@dataclass(frozen=True, slots=True)
class Identity:
    """What somebody needs to call the broker. `key` is secret, and exists nowhere else."""

    name: str
    certificate: bytes
    key: bytes
    ca: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hexadecimal."""
        return x509.load_pem_x509_certificate(self.certificate).fingerprint(hashes.SHA256()).hex()

    def __repr__(self) -> str:
        """Without the key, so that no log shows it."""
        return f"Identity({self.name!r})"


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh private key."""
    return ec.generate_private_key(ec.SECP256R1())


def requested_key(csr: bytes, name: str) -> ec.EllipticCurvePublicKey:
    """The key in a request (PKCS #10); `ContractError` unless whoever asks holds it, and asks for `name`."""
    try:
        request = x509.load_pem_x509_csr(csr)
    except ValueError:
        raise ContractError(f"{name}: its request is none") from None
    names = [one.value for one in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    key = request.public_key()
    if not request.is_signature_valid or names != [name]:
        raise ContractError(f"{name}: asks for {', '.join(map(str, names)) or 'nobody'}, or does not hold the key")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ContractError(f"{name}: its key is of another kind than ours (P-256)")
    return key


def key_bytes(key: ec.EllipticCurvePrivateKey, passphrase: bytes | None = None) -> bytes:
    """The key in PEM, PKCS #8; encrypted when there is a passphrase."""
    sealed = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)


def root(key: ec.EllipticCurvePrivateKey, city: str, now: datetime, valid: timedelta) -> x509.Certificate:
    """The authority's own certificate."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Simpang"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Simpang CA {city}"),
        ]
    )
    usage = _usage(key_cert_sign=True, crl_sign=True)
    return (
        _builder(name, name, key.public_key(), now, now + valid)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def leaf(
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    public: ec.EllipticCurvePublicKey,
    *,
    name: str,
    role: Role,
    hosts: Sequence[str],
    now: datetime,
    ends: datetime,
) -> x509.Certificate:
    """A certificate for `name`. A server's carries the names and addresses (`hosts`) under which it is called.

    Everybody's carries alternative names: verifiers of today ask for them, whatever the common name says (RFC 9525).
    """
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if role is Role.SERVER else ExtendedKeyUsageOID.CLIENT_AUTH
    names = x509.SubjectAlternativeName([_host(one) for one in hosts or [name]])
    return (
        _builder(subject, issuer.subject, public, now, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(names, critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def revocation_list(
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    revoked: Iterable[Entry],
    *,
    number: int,
    now: datetime,
    valid: timedelta,
) -> x509.CertificateRevocationList:
    """What counts no more. A broker refuses everybody once `now + valid` is past, so renew it long before."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now)
        .next_update(now + valid)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    for one in revoked:
        if one.revoked is not None and one.reason is not None:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(int(one.serial, 16))
                .revocation_date(one.revoked)
                .add_extension(x509.CRLReason(_REASONS[one.reason]), critical=False)
                .build()
            )
    return builder.sign(issuer_key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACK)
        .not_valid_after(ends)
    )


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
