"""Take a card apart with other tools than it was made with, and compare every file with what it must hold.

Key, certificate and PIN are drawn when a card is made, so they are taken from the card: the certificate must be the
authority's for this unit, the key that of the certificate, and everything else what the fleet file says, byte for byte.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from provisioning.authority import Identity
from provisioning.bundle import read_bundle
from provisioning.card.contents import contents
from provisioning.card.layout import CMDLINE, read_layout
from provisioning.fleet import load_fleet
from tests.support.card_image import CMDLINE as BEFORE

BOOT = Path("boot/firmware")
"""Where Raspberry Pi OS mounts the boot partition."""


@dataclass(frozen=True, slots=True)
class Card:
    """An image, and what it was made from."""

    image: Path
    depot: Path
    authority: Path
    unit: str


def read_back(card: Card, root: Path) -> tuple[int, list[str]]:
    """Unpack the card into `root`; how many files of ours are on it, and which are not as they must be."""
    extract(card.image, root)
    depot = load_fleet(card.depot / "fleet.toml")
    unit = depot.unit(card.unit)
    etc = root / "etc/simpang"
    files = {name: (etc / "tls" / name).read_bytes() for name in ("unit.pem", "unit.key", "ca.pem")}
    identity = Identity(card.unit, files["unit.pem"], files["unit.key"], files["ca.pem"])
    wanted = contents(
        depot,
        unit,
        identity,
        unit.system,
        read_bundle(depot.bundle, unit.system),
        pin=(etc / "page.pin").read_text(encoding="ascii").strip(),
    )
    boot = [(root / BOOT / one.path, one.read()) for one in wanted.boot]
    boot.append((root / BOOT / CMDLINE, wanted.command_line(BEFORE).encode()))
    secret = [(root / one.path, one.read()) for one in wanted.root]
    wrong = [path for path, content in (*boot, *secret) if not path.exists() or path.read_bytes() != content]
    wrong += [path for path, _ in secret if path.stat().st_mode & 0o077 or path.stat().st_uid]
    told = [str(path.relative_to(root)) for path in wrong]
    return len(boot) + len(secret), [*told, *_faults(identity, (card.authority / "ca.pem").read_bytes())]


def extract(image: Path, root: Path) -> None:
    """Both partitions, the boot partition where it is mounted on a unit."""
    layout = read_layout(image)
    root.mkdir()
    at = f"{image}?offset={layout.root.offset}"
    _run("debugfs", "-R", f"rdump / {root}", at)
    (root / BOOT).mkdir(parents=True, exist_ok=True)
    partition = f"{image}@@{layout.boot.offset}"
    _run("mcopy", "-s", "-n", "-i", partition, "::*", str(root / BOOT))
    # Linux shows every file on FAT as a program.
    _run("chmod", "-R", "a+rx", str(root / BOOT))


def _faults(identity: Identity, authority: bytes) -> list[str]:
    """Of the identity itself."""
    certificate = x509.load_pem_x509_certificate(identity.certificate)
    key = serialization.load_pem_private_key(identity.key, None)
    faults = [] if key.public_key() == certificate.public_key() else ["the key is another's"]
    if [one.value for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] != [identity.name]:
        faults.append("the certificate is another's")
    try:
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    except InvalidSignature:
        faults.append("the certificate is not the authority's")
    return faults


def _run(*command: str) -> None:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PATH": path, "MTOOLS_SKIP_CHECK": "1"})
