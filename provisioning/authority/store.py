"""The authority in its folder, and what can be asked of it.

    ca.pem      its certificate, for everybody
    ca.key      its key, encrypted with a passphrase (PKCS #8)
    index.json  every certificate it signed
    crl.pem     what counts no more, for the broker

Private keys of others are made here and handed out once, to whoever writes the card; none is kept. The index knows a
certificate before anybody has it, so that whatever left this folder can be revoked.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import TypeAdapter, ValidationError

from contract import ContractError, Slug, explain
from provisioning.authority import signing
from provisioning.authority.index import Entry, Index, Reason, Role
from provisioning.authority.signing import Identity
from provisioning.files import PUBLIC, SECRET, write

PASSPHRASE_MIN = 12
"""Characters; whoever has the folder may try as long as they like."""
CA_VALID = timedelta(days=20 * 365)
CERTIFICATE_VALID = timedelta(days=730)
CRL_VALID = timedelta(days=180)

_SLUG: TypeAdapter[str] = TypeAdapter(Slug)


class AuthorityError(ContractError):
    """What the authority cannot or will not do; the text says what to do instead."""


class Authority:
    """An open authority: its key is in memory. Times are given by the caller, in UTC."""

    def __init__(self, folder: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        """Use `create` or `open`."""
        self.folder = folder
        self._certificate = certificate
        self._key = key

    @classmethod
    def create(cls, folder: Path, city: str, passphrase: str, now: datetime) -> Authority:
        """A new one in `folder`, which must hold none yet. The key is encrypted with `passphrase`."""
        if len(passphrase) < PASSPHRASE_MIN:
            raise AuthorityError(
                f"the passphrase is shorter than {PASSPHRASE_MIN} characters: take a sentence of four words"
            )
        if (folder / "ca.pem").exists():
            raise AuthorityError(
                f"{folder}: there is an authority already, and every unit trusts it: it is not replaced"
            )
        key = signing.new_key()
        certificate = signing.root(key, city, now, CA_VALID)
        made = cls(folder, certificate, key)
        # ca.pem comes last: an authority that was cut off while it was made is none, and is made anew.
        write(folder / "ca.key", signing.key_bytes(key, passphrase.encode()))
        made._save(Index())
        made.refresh_crl(now)
        write(folder / "ca.pem", made.ca, PUBLIC)
        return made

    @classmethod
    def open(cls, folder: Path, passphrase: str) -> Authority:
        """The one in `folder`; `AuthorityError` when there is none or the passphrase is wrong."""
        certificate = read_certificate(folder)
        try:
            key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), passphrase.encode())
        except FileNotFoundError:
            raise AuthorityError(f"{folder / 'ca.key'}: the key is missing: bring it back from your backup") from None
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise AuthorityError(
                f"{folder / 'ca.key'}: wrong passphrase, or not an encrypted key of Simpang's"
            ) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise AuthorityError(f"{folder}: ca.key does not belong to ca.pem: bring both back from the same backup")
        return cls(folder, certificate, key)

    @property
    def ca(self) -> bytes:
        """The authority's certificate, PEM."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def index(self) -> Index:
        """Every certificate it signed, as the folder says now."""
        return read_index(self.folder)

    def issue(
        self,
        name: str,
        role: Role,
        now: datetime,
        *,
        hosts: Sequence[str] = (),
        valid: timedelta = CERTIFICATE_VALID,
    ) -> Identity:
        """A fresh key and certificate for `name`. Those it has already go on counting until they end or are revoked."""
        key = signing.new_key()
        made = self._sign(key.public_key(), name, role, now, hosts=hosts, valid=valid)
        return Identity(name, made, signing.key_bytes(key), self.ca)

    def certify(self, csr: bytes, name: str, now: datetime, *, valid: timedelta = CERTIFICATE_VALID) -> bytes:
        """A certificate for the key that the unit `name` has made itself; `AuthorityError` for anybody but a known one.

        Who is revoked, or whose last certificate has ended, comes to the depot: over the line nobody can show any more
        who they are.
        """
        if self.index.role_of(name) is not Role.UNIT or not self.index.holding(name, now):
            raise AuthorityError(f"{name}: is no unit with a certificate that counts: it is not renewed over the line")
        return self._sign(signing.requested_key(csr, name), name, Role.UNIT, now, hosts=(), valid=valid)

    def _sign(
        self,
        public: ec.EllipticCurvePublicKey,
        name: str,
        role: Role,
        now: datetime,
        *,
        hosts: Sequence[str],
        valid: timedelta,
    ) -> bytes:
        if role is Role.SERVER and not hosts:
            raise AuthorityError(
                f"{name}: a server's certificate needs the names or addresses under which it is called"
            )
        ends = min(now + valid, self._certificate.not_valid_after_utc)
        made = signing.leaf(
            self._certificate,
            self._key,
            public,
            name=_named(name),
            role=role,
            hosts=hosts,
            now=now,
            ends=ends,
        )
        entry = Entry(
            name=name,
            role=role,
            serial=f"{made.serial_number:x}",
            begins=made.not_valid_before_utc,
            ends=made.not_valid_after_utc,
        )
        with self._changing() as index:
            self._save(index.with_entry(entry))
        return made.public_bytes(serialization.Encoding.PEM)

    def revoke(self, name: str, reason: Reason, now: datetime, *, serial: str | None = None) -> tuple[Entry, ...]:
        """What `name` holds, or only `serial` of it, counts no more; a new CRL is written. Returns what was revoked."""
        with self._changing() as index:
            changed = index.with_revoked(name, serial, now, reason)
            self._save(changed)
        self.refresh_crl(now)
        return tuple(new for old, new in zip(index.entries, changed.entries, strict=True) if old != new)

    def refresh_crl(self, now: datetime, valid: timedelta = CRL_VALID) -> datetime:
        """Write a new revocation list; returns until when the broker accepts it."""
        with self._changing() as index:
            numbered = index.model_copy(update={"crl": index.crl + 1})
            self._save(numbered)
            revoked = [one for one in index.entries if one.revoked is not None and one.ends > now]
            made = signing.revocation_list(
                self._certificate, self._key, revoked, number=numbered.crl, now=now, valid=valid
            )
            write(self.folder / "crl.pem", made.public_bytes(serialization.Encoding.PEM), PUBLIC)
        return now + valid

    def _save(self, index: Index) -> None:
        write(self.folder / "index.json", index.model_dump_json(indent=1).encode() + b"\n", SECRET)

    @contextmanager
    def _changing(self) -> Iterator[Index]:
        """The index, held so that two commands at once cannot lose each other's entry."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.index


def read_certificate(folder: Path) -> x509.Certificate:
    """The authority's certificate; no passphrase is needed."""
    path = folder / "ca.pem"
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        raise AuthorityError(
            f"{folder}: there is no authority here; make one with  simpang provision ca init"
        ) from None
    except ValueError:
        raise AuthorityError(f"{path}: not a certificate in PEM: bring it back from your backup") from None


def read_index(folder: Path) -> Index:
    """The index; no passphrase is needed."""
    path = folder / "index.json"
    try:
        return Index.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise AuthorityError(
            f"{path}: the index is missing; without it nothing can be revoked: bring it back"
        ) from None
    except ValidationError as error:
        raise AuthorityError(str(explain(error, path.name))) from None


def revocations_until(crl: Path) -> datetime:
    """Until when a broker accepts the revocation list in `crl`."""
    try:
        until = x509.load_pem_x509_crl(crl.read_bytes()).next_update_utc
    except FileNotFoundError:
        raise AuthorityError(f"{crl}: there is no revocation list; write one with  simpang provision ca crl") from None
    except ValueError:
        raise AuthorityError(f"{crl}: not a revocation list in PEM; write one with  simpang provision ca crl") from None
    if until is None:
        raise AuthorityError(f"{crl}: says not until when it counts; write one with  simpang provision ca crl")
    return until


def _named(name: str) -> str:
    try:
        return _SLUG.validate_python(name)
    except ValidationError:
        raise AuthorityError(f"{name!r} cannot be a name: a-z, 0-9, and - or _ inside, 40 characters at most") from None
