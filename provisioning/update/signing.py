"""Signed bundles: Ed25519 (RFC 8032) over the sums of everything in a bundle, with a number that only rises.

<bundle>/UPDATE            the number of the update; it stands in the sums like any other file
<bundle>/SHA256SUMS
<bundle>/SHA256SUMS.sig    64 bytes
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contract import ContractError
from provisioning.bundle.folder import SUMS, write_sums
from provisioning.files import PUBLIC, SECRET, write

NUMBER = "UPDATE"
SIGNATURE = f"{SUMS}.sig"
_CONTEXT = b"simpang update v1\n"
"""Signed with the sums, so that a signature made for anything else is worth nothing here."""


class UpdateError(ContractError):
    """An update that is not installed; the text says why."""


def make_key(private: Path, public: Path, passphrase: str) -> None:
    """A new key for signing, encrypted, and its public half for the cards."""
    if private.exists():
        raise UpdateError(f"{private}: there is a key already, and units trust it: it is not replaced")
    key = Ed25519PrivateKey.generate()
    sealed = serialization.BestAvailableEncryption(passphrase.encode())
    write(private, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed), SECRET)
    told = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    write(public, told, PUBLIC)


def sign(bundle: Path, number: int, private: Path, passphrase: str) -> None:
    """Make the bundle update `number`, and sign it."""
    try:
        key = serialization.load_pem_private_key(private.read_bytes(), passphrase.encode())
    except (ValueError, TypeError):
        raise UpdateError(f"{private}: wrong passphrase, or not an encrypted key of Simpang's") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UpdateError(f"{private}: not an Ed25519 key")
    (bundle / SIGNATURE).unlink(missing_ok=True)
    (bundle / NUMBER).write_text(f"{number}\n", encoding="ascii")
    write_sums(bundle)
    write(bundle / SIGNATURE, key.sign(_CONTEXT + (bundle / SUMS).read_bytes()), PUBLIC)


def verify(bundle: Path, public: Path) -> int:
    """The number of the update in `bundle`; `UpdateError` unless the signature and every file are as signed.

    A file that the sums do not name is refused, too: pip takes whatever wheel it finds.
    """
    named = verify_sums(bundle, public)
    there = {one.relative_to(bundle).as_posix(): one for one in bundle.rglob("*") if one.is_file()}
    strangers = sorted(there.keys() - named.keys() - {SUMS, SIGNATURE})
    if strangers:
        raise UpdateError(f"{bundle}: {strangers[0]} is not part of the signed update: nothing is installed")
    for name, digest in named.items():
        if name not in there or hashlib.sha256(there[name].read_bytes()).hexdigest() != digest:
            raise UpdateError(f"{bundle}: {name} is missing or damaged: send the update again")
    return int((bundle / NUMBER).read_text(encoding="ascii"))


def verify_sums(bundle: Path, public: Path) -> dict[str, str]:
    """The files that a bundle must have, and their SHA-256; `UpdateError` unless the key's owner signed that list."""
    try:
        key = serialization.load_pem_public_key(public.read_bytes())
        sums, signature = (bundle / SUMS).read_bytes(), (bundle / SIGNATURE).read_bytes()
    except (OSError, ValueError) as error:
        raise UpdateError(f"{bundle}: not a signed update, or no key to check it with ({error})") from None
    if not isinstance(key, Ed25519PublicKey):
        raise UpdateError(f"{public}: not an Ed25519 key")
    try:
        key.verify(signature, _CONTEXT + sums)
    except InvalidSignature:
        raise UpdateError(f"{bundle}: not signed by the key that this unit trusts: nothing is installed") from None
    return {name: digest for digest, _, name in (line.partition("  ") for line in sums.decode().splitlines())}
