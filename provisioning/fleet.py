"""The fleet file: which units a city has, on what system, behind which network (config/fleet.example.toml is one).

What it does not say again: cameras, lines and zones stand in the site file, which names the unit of each camera. What
must not be in a repository, camera addresses and Wi-Fi passwords, stands in a file of secrets beside it, by name.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationError, model_validator

from contract import ContractError, Model, Sha256, Site, Slug, explain, parse_site
from contract.zones import parse_toml

FileName = Annotated[str, Field(min_length=1, max_length=400, description="Relative names start at the fleet file.")]
Host = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$", description="Name or address.")
]
Printable = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line without control characters: it goes into other programs' files."""
_Kind = TypeVar("_Kind", bound=Model)


class System(StrEnum):
    """What runs on the unit, and with it the way a card is prepared."""

    BOOKWORM = "raspios-bookworm"
    TRIXIE = "raspios-trixie"
    JETSON = "jetson"


class Lan(Model):
    """A cable. Without `address` it asks for one (DHCP)."""

    kind: Literal["lan"]
    address: IPv4Interface | None = Field(default=None, description="Fixed address with its net, such as 10.20.1.5/24.")
    gateway: IPv4Address | None = None
    dns: tuple[IPv4Address, ...] = Field(default=(), max_length=3)

    @model_validator(mode="after")
    def _gateway_is_reachable(self) -> Lan:
        if self.address is None and (self.gateway is not None or self.dns):
            raise ValueError("gateway and dns belong to a fixed address: give address too, or none of them (DHCP)")
        if self.address is not None and self.gateway is not None and self.gateway not in self.address.network:
            raise ValueError(f"gateway {self.gateway} is not in the net of {self.address}")
        return self


class Wifi(Model):
    """A wireless network; its password stands in the secrets, under [wifi], by the SSID."""

    kind: Literal["wifi"]
    ssid: Annotated[Printable, Field(max_length=32)]
    country: str = Field(default="ID", pattern=r"^[A-Z]{2}$", description="Whose radio rules hold (ISO 3166).")


class Lte(Model):
    """A modem with a SIM card (ModemManager)."""

    kind: Literal["lte"]
    apn: str = Field(pattern=r"^[A-Za-z0-9.-]{1,100}$", description="Access point name of the operator.")


Network = Annotated[Lan | Wifi | Lte, Field(discriminator="kind")]


class Unit(Model):
    """One unit."""

    id: Slug = Field(description="As in the site file, the certificate and the topics.")
    system: System = System.TRIXIE
    network: Network
    model: str | None = Field(
        default=None, max_length=60, description="Detector; the software's default when left out."
    )
    threads: int = Field(default=2, ge=1, le=16, description="CPU threads for each camera's detector.")
    door_pin: int | None = Field(default=None, ge=0, le=511, description="Pin of the switch at the box's door, if any.")
    tilt_pin: int | None = Field(default=None, ge=0, le=511, description="Pin of the switch that tells a leaning box.")


class Image(Model):
    """An operating system as it is downloaded."""

    file: FileName
    sha256: Sha256 = Field(description="Of the file as it is, so of the .xz when it is compressed.")


class BrokerPlace(Model):
    """Where units report to."""

    host: Host
    port: int = Field(default=8883, ge=1, le=65_535)


class Service(Model):
    """How a technician gets in: by key, never by password."""

    user: str = Field(default="teknisi", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    ssh_keys: tuple[Annotated[str, Field(pattern=r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-\S+) \S+( [^\r\n]*)?$")], ...] = (
        Field(default=(), max_length=50, description="Public keys, one line each, as in authorized_keys.")
    )


class Fleet(Model):
    """A whole fleet file."""

    site_file: FileName
    secrets_file: FileName
    bundle: FileName = Field(
        description="Folder that  simpang provision bundle  made: the software, for units offline."
    )
    update_key: FileName | None = Field(
        default=None, description="Public key of signed updates (simpang provision update key); none: no updates."
    )
    read_only: bool = Field(
        default=False, description="Whether units write to Simpang's own folders only, once they are set up."
    )
    page: bool = Field(
        default=True, description="Whether units show their own page to telephones on the local network."
    )
    broker: BrokerPlace
    service: Service = Service()
    time_servers: tuple[Host, ...] = Field(default=("id.pool.ntp.org",), min_length=1, max_length=8)
    images: dict[System, Image] = Field(default_factory=dict)
    units: tuple[Unit, ...] = Field(min_length=1, max_length=5000)

    @model_validator(mode="after")
    def _units_differ(self) -> Fleet:
        ids = [unit.id for unit in self.units]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"unit id used twice: {', '.join(twice)}")
        fixed = [
            unit.network.address.ip for unit in self.units if isinstance(unit.network, Lan) and unit.network.address
        ]
        shared = sorted({one for one in fixed if fixed.count(one) > 1})
        if shared:
            raise ValueError(f"address used twice: {', '.join(map(str, shared))}")
        return self


class Secrets(Model):
    """What belongs in no repository."""

    cameras: dict[Slug, Annotated[Printable, Field(max_length=500)]] = Field(
        default_factory=dict, description="Camera id -> its address, with user and password."
    )
    wifi: dict[str, Annotated[Printable, Field(min_length=8, max_length=63)]] = Field(
        default_factory=dict, description="SSID -> password (WPA: 8 to 63 characters)."
    )

    def __repr__(self) -> str:
        """Names only, so that no log shows the rest."""
        return f"Secrets(cameras={sorted(self.cameras)}, wifi={sorted(self.wifi)})"


@dataclass(frozen=True)
class Depot:
    """The fleet file with everything it names: what cards are made from."""

    fleet: Fleet
    site: Site
    site_text: str
    update_key: bytes | None
    secrets: Secrets
    folder: Path

    @cached_property
    def units(self) -> dict[str, Unit]:
        """Units by id."""
        return {unit.id: unit for unit in self.fleet.units}

    def unit(self, name: str) -> Unit:
        """The unit `name`; `ContractError` when the fleet has none."""
        if name not in self.units:
            raise ContractError(
                f"tidak ada unit {name!r} di berkas armada / the fleet file has no unit {name!r}; "
                f"it has: {', '.join(sorted(self.units))}"
            )
        return self.units[name]

    def place(self, name: str) -> str:
        """The junction of the unit, in words."""
        return next(place.name for place, camera in self.site.camera_places.values() if camera.unit == name)

    @property
    def bundle(self) -> Path:
        """Where the software for units lies."""
        return self.folder / self.fleet.bundle


def load_fleet(path: Path) -> Depot:
    """Read the fleet file and what it names; `ContractError` says what is missing, where, and what to do."""
    fleet = _read(Fleet, path)
    secrets_path = path.parent / fleet.secrets_file
    secrets = _read(Secrets, secrets_path)
    if secrets_path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ContractError(
            f"{secrets_path}: kata sandi dapat dibaca orang lain / others may read the passwords in it:"
            f"  chmod 600 {secrets_path}"
        )
    site_path = path.parent / fleet.site_file
    text = _text(site_path)
    key = _text(path.parent / fleet.update_key).encode() if fleet.update_key else None
    depot = Depot(fleet, parse_site(text, site_path.name), text, key, secrets, path.parent)
    faults = [fault for unit in fleet.units for fault in _missing(depot, unit)]
    if faults:
        raise ContractError("\n".join(f"{path.name}: {fault}" for fault in faults[:8]))
    return depot


def _missing(depot: Depot, unit: Unit) -> list[str]:
    """What `unit` needs and the other files lack."""
    cameras = depot.site.cameras_of(unit.id)
    site, secrets = depot.fleet.site_file, depot.fleet.secrets_file
    faults = [
        f"{unit.id}: camera {camera.id} has no address: add it to {secrets} under [cameras]"
        for camera in cameras
        if camera.id not in depot.secrets.cameras
    ]
    if not cameras:
        faults.append(f'{unit.id}: no camera of {site} names it: add  unit = "{unit.id}"  to its camera there')
    if isinstance(unit.network, Wifi) and unit.network.ssid not in depot.secrets.wifi:
        faults.append(f"{unit.id}: Wi-Fi {unit.network.ssid!r} has no password: add it to {secrets} under [wifi]")
    return faults


def _read(kind: type[_Kind], path: Path) -> _Kind:
    try:
        return kind.model_validate(parse_toml(_text(path), path.name))
    except ValidationError as error:
        raise explain(error, path.name) from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ContractError(f"{path}: not a text file in UTF-8") from None
    except OSError as error:
        raise ContractError(f"{path}: cannot be read ({error.strerror}): check the name and the rights") from None
