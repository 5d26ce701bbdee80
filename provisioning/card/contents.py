"""What one unit's card holds. Pure: from the fleet file and an identity to files with places; nothing is written here.

    boot partition (any computer reads it)         root file system (its owner reads it)
    user-data, meta-data, network-config  trixie    etc/simpang/unit.toml, site.toml, page.pin, tls/…
    firstrun.sh, cmdline.txt              bookworm  etc/NetworkManager/system-connections/…
    simpang/prepare.sh, card.env, …
    simpang/overlay/, simpang/bundle/

Where the root file system cannot be reached (a card that only shows its boot partition, a Jetson's tarball), the secret
half travels in `simpang/identity/`, and the first start takes it from there and wipes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path, PurePosixPath

from provisioning import firstboot
from provisioning.authority import Identity
from provisioning.fleet import Depot, System, Unit, Wifi
from provisioning.network import KEYFILE, cloud_config, keyfile
from provisioning.unit_file import FOLDER, PIN_FILE, SITE_FILE, unit_toml

HOME = PurePosixPath("simpang")
"""The card's folder on the boot partition, or in the tarball."""
ENV = HOME / "card.env"
"""Who the unit is, for the scripts. It is written first: it claims the card."""
_FIRST_RUN = (
    "systemd.run=/boot/firmware/firstrun.sh systemd.run_success_action=reboot "
    "systemd.run_failure_action=reboot systemd.unit=kernel-command-line.target"
)
_RADIO = "cfg80211.ieee80211_regdom"
_OUR_KEYS = {word.partition("=")[0] for word in _FIRST_RUN.split()} | {_RADIO}


@dataclass(frozen=True, slots=True)
class CardFile:
    """One file: where, what (bytes, or a file to copy), and who may read it."""

    path: PurePosixPath
    content: bytes | Path
    mode: int = 0o644

    def read(self) -> bytes:
        """The bytes that must be on the card."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()

    def __repr__(self) -> str:
        """Without the content, which may be secret."""
        return f"CardFile({self.path})"


@dataclass(frozen=True, slots=True)
class Contents:
    """A card: files of the boot partition, and secret ones of the root file system."""

    unit: str
    system: System
    boot: tuple[CardFile, ...]
    root: tuple[CardFile, ...]
    country: str | None
    """Whose radio rules hold; None without Wi-Fi."""

    def all_on_boot(self) -> tuple[CardFile, ...]:
        """Everything, for a card whose root file system is out of reach."""
        return (*self.boot, *(replace(one, path=HOME / "identity" / one.path) for one in self.root))

    def command_line(self, before: str) -> str:
        """The kernel's command line (cmdline.txt) with what the first start needs."""
        wanted = _FIRST_RUN.split() if self.system is System.BOOKWORM else []
        if self.country is not None:
            wanted.append(f"{_RADIO}={self.country}")
        kept = (word for word in before.split() if word.partition("=")[0] not in _OUR_KEYS)
        return " ".join([*kept, *wanted]) + "\n"


def contents(
    depot: Depot, unit: Unit, identity: Identity, system: System, bundle: tuple[CardFile, ...], *, pin: str
) -> Contents:
    """What the card of `unit` holds; `pin` is that of its page, `bundle` the files of the software, below `bundle/`."""
    return Contents(
        unit=unit.id,
        system=system,
        boot=(*_helpers(depot, unit, system), *_below(HOME, bundle), *_first_start(depot, unit, identity, system)),
        root=tuple(_secret(depot, unit, identity, pin, system)),
        country=unit.network.country if isinstance(unit.network, Wifi) else None,
    )


def _secret(depot: Depot, unit: Unit, identity: Identity, pin: str, system: System) -> Iterator[CardFile]:
    folder = PurePosixPath(FOLDER)
    secret = {
        folder / "unit.toml": unit_toml(depot, unit).encode(),
        folder / SITE_FILE: depot.site_text.encode(),
        folder / PIN_FILE: f"{pin}\n".encode(),
        folder / "tls/ca.pem": identity.ca,
        folder / "tls/unit.pem": identity.certificate,
        folder / "tls/unit.key": identity.key,
    }
    # The cable on trixie is cloud-init's: two who configure it would quarrel.
    if system is not System.TRIXIE or unit.network.kind != "lan":
        secret[PurePosixPath(KEYFILE)] = keyfile(unit.network, depot.secrets).encode()
    for path, content in secret.items():
        yield CardFile(path, content, 0o600)


def _first_start(depot: Depot, unit: Unit, identity: Identity, system: System) -> Iterator[CardFile]:
    """The hook of each system that runs prepare.sh once."""
    if system is System.BOOKWORM:
        yield CardFile(PurePosixPath("firstrun.sh"), firstboot.content("firstrun.sh"), 0o755)
    elif system is System.TRIXIE:
        yield CardFile(PurePosixPath("user-data"), _user_data(depot, unit).encode())
        yield CardFile(PurePosixPath("network-config"), cloud_config(unit.network).encode())
        yield CardFile(PurePosixPath("meta-data"), _meta_data(unit, identity).encode())


def _user_data(depot: Depot, unit: Unit) -> str:
    """cloud-init: everything is done by prepare.sh, the same on each system."""
    service = depot.fleet.service
    # With a user of our own in the list there is no default one.
    technician = {"name": service.user, "groups": "sudo", "shell": "/bin/bash", "lock_passwd": True}
    told = {
        "hostname": unit.id,
        "timezone": depot.site.site.timezone,
        "ssh_pwauth": False,
        "users": [technician],
        "runcmd": [["sh", f"/boot/firmware/{HOME}/prepare.sh", "now"]],
    }
    return "#cloud-config\n" + json.dumps(told, indent=2) + "\n"


def _meta_data(unit: Unit, identity: Identity) -> str:
    """A new certificate is a new instance: a card that is prepared again starts again from the beginning."""
    told = {"instance-id": f"simpang-{unit.id}-{identity.fingerprint[:16]}", "local-hostname": unit.id}
    return json.dumps(told, indent=2) + "\n"


def _helpers(depot: Depot, unit: Unit, system: System) -> Iterator[CardFile]:
    service = depot.fleet.service
    # Each value is bounded by a pattern (fleet.py, contract.Slug): nothing in it means anything to a shell.
    told = {"UNIT_ID": unit.id, "SERVICE_USER": service.user, "TIMEZONE": depot.site.site.timezone}
    if depot.fleet.read_only:
        told["READ_ONLY"] = "yes"
    if system is System.JETSON:
        # The tarball may be deleted after it was unpacked and run.
        told["COPY_BUNDLE"] = "yes"
    yield CardFile(ENV, "".join(f"{key}='{value}'\n" for key, value in told.items()).encode())
    yield CardFile(HOME / "authorized_keys", "".join(f"{key}\n" for key in service.ssh_keys).encode())
    for name in firstboot.SCRIPTS:
        yield CardFile(HOME / name, firstboot.content(name), 0o755)
    yield CardFile(HOME / "slots.py", (files("provisioning.update") / "slots.py").read_bytes(), 0o755)
    if depot.update_key is not None:
        yield CardFile(HOME / "overlay" / FOLDER / "update.pub", depot.update_key)
    for name, place in firstboot.OVERLAY.items():
        yield CardFile(HOME / "overlay" / place, firstboot.content(name))
    servers = depot.fleet.time_servers
    chrony = "".join(f"server {host} iburst\n" for host in servers)
    timesyncd = f"[Time]\nNTP={' '.join(servers)}\n"
    yield CardFile(HOME / "overlay/etc/chrony/sources.d/simpang.sources", chrony.encode())
    yield CardFile(HOME / "overlay/etc/systemd/timesyncd.conf.d/simpang.conf", timesyncd.encode())


def _below(folder: PurePosixPath, content: tuple[CardFile, ...]) -> Iterator[CardFile]:
    return (replace(one, path=folder / one.path) for one in content)
