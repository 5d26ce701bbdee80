"""A depot in a test: the example fleet with its site and secrets, small enough to make cards from."""

from __future__ import annotations

import hashlib
from pathlib import Path

from provisioning.fleet import Depot, load_fleet

CONFIG = Path(__file__).parents[2] / "config"


def lay_out(folder: Path, *, extra: str = "") -> Path:
    """Copy the examples into `folder`, as an operator would, with small bundles; returns the fleet file.

    `extra` is put before the first unit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fleet = (CONFIG / "fleet.example.toml").read_text(encoding="utf-8")
    fleet = fleet.replace("\n[[units]]", f"\n{extra}\n[[units]]", 1)
    (folder / "fleet.toml").write_text(fleet.replace("ssh_keys = [", f'ssh_keys = [\n    "{KEY}",'), encoding="utf-8")
    (folder / "bandung.toml").write_bytes((CONFIG / "bandung.toml").read_bytes())
    secrets = folder / "fleet.secrets.toml"
    secrets.write_bytes((CONFIG / "fleet.secrets.example.toml").read_bytes())
    secrets.chmod(0o600)
    for system in ("raspios-bookworm", "raspios-trixie", "jetson"):
        lay_bundle(folder / "bundle" / system)
    return folder / "fleet.toml"


def depot(folder: Path) -> Depot:
    """The laid-out fleet, read."""
    return load_fleet(lay_out(folder))


def lay_bundle(folder: Path) -> None:
    """Files that stand for wheels, with their sums."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    sums = ""
    for name in ("simpang-0.1.0-py3-none-any.whl", "pip-25.0-py3-none-any.whl"):
        content = name.encode() * 2000
        (wheels / name).write_bytes(content)
        sums += f"{hashlib.sha256(content).hexdigest()}  wheels/{name}\n"
    (folder / "SHA256SUMS").write_text(sums)


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGyJ3kqZ0m3b0m0o4wJ8k9R5m2h2y1bq8b7y5l9c1d2e depot"
