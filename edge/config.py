"""unit.toml: what a unit is, whom it reports to, which cameras it watches. Every key explains and bounds itself.

A complete example with comments is config/unit.example.toml. `assemble` turns a table that may name other files (zones,
a site file) into one that needs no other: that is what runs, what travels in `config/set`, and what is kept.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, ValidationError, field_validator, model_validator

from contract import ContractError, Model, NoParkingZone, Slug, Zones, explain, parse_site, parse_zones
from contract.zones import parse_toml
from edge.detection import Delegate
from edge.files import read_text
from edge.frame import SourceError
from edge.recording.settings import RecordingConfig
from edge.sources.address import is_live, shown, source_kind
from models.registry import default_name

ADDRESS_MAX = 500

FileName = Annotated[str, Field(min_length=1, max_length=400)]
"""A path; a relative one starts at the folder of unit.toml."""


class Tls(Model):
    """Certificates of the line to the broker (mTLS: the unit proves who it is, too)."""

    ca: FileName = Field(title="CA", description="PEM file of the authority that signed the broker's certificate.")
    certificate: FileName = Field(title="Certificate", description="PEM file of the unit's own certificate.")
    key: FileName = Field(title="Key", description="PEM file of the unit's private key; readable by Simpang only.")


class Broker(Model):
    """Where the unit reports to. User name and password never stand here: a file or the environment holds them."""

    host: str = Field(title="Host", min_length=1, max_length=253, description="Name or address of the MQTT broker.")
    port: int = Field(default=8883, title="Port", ge=1, le=65_535, description="8883 with TLS, usually 1883 without.")
    protocol: Literal["5", "3.1.1"] = Field(
        default="5",
        title="MQTT version",
        description="5 in production: only there the broker tells what it refuses. 3.1.1 for the embedded broker.",
    )
    tls: Tls | None = Field(default=None, title="TLS", description="Certificates; without them the line is plain.")
    plain: bool = Field(
        default=False,
        title="Plain line",
        description="Allow an unencrypted line to another machine. For the laboratory, never for the street.",
    )
    credentials_file: FileName | None = Field(
        default=None,
        title="Credentials",
        description="File with the user name on its first line and the password on its second, where the broker asks "
        "for them. SIMPANG_BROKER_USERNAME and SIMPANG_BROKER_PASSWORD come before it.",
    )
    keepalive_s: int = Field(default=30, title="Keep-alive", ge=5, le=600, description="Seconds between signs of life.")
    pack: bool = Field(
        default=False,
        title="Pack",
        description="Send messages packed by zlib, half as long or less: for lines paid by the megabyte. The "
        "centre must be no older than this unit.",
    )

    @model_validator(mode="after")
    def _not_plain_by_accident(self) -> Broker:
        if self.tls is None and not self.plain and not _is_loopback(self.host):
            raise ValueError(
                f"the line to {self.host!r} is not encrypted: add [broker.tls] with ca, certificate and key "
                "(or, in a laboratory, plain = true)"
            )
        return self


class DetectorConfig(Model):
    """The model that finds vehicles, and what it may use."""

    model: str = Field(
        default_factory=default_name, title="Model", max_length=400, description="Registered name (simpang model list)."
    )
    threads: int = Field(default=2, title="Threads", ge=1, le=16, description="CPU threads for each camera's detector.")
    delegate: Delegate = Field(
        default="cpu",
        title="Delegate",
        description="What runs the model. cpu: the threads above. edgetpu: a Coral stick or card. gpu: OpenCL.",
    )


class CameraConfig(Model):
    """One camera and what is drawn over its picture."""

    id: Slug = Field(title="Camera", description="Name in messages: a-z, 0-9, - and _.")
    address: str = Field(
        title="Address",
        min_length=1,
        max_length=ADDRESS_MAX,
        description="rtsp://user:password@host/path, http://… (MJPEG), /dev/video0 or 0 (USB), a clip, or a directory.",
    )
    role: Literal["all", "counting", "parking"] = Field(
        default="all", title="Role", description="counting: lines only; parking: no-parking zones only."
    )
    target_fps: float | None = Field(
        default=None, title="Pictures a second", ge=1, le=30, description="Instead of the unit's target_fps."
    )
    zones: Zones = Field(
        title="Zones", description="Lines and zones as in contract/zones.py: a table here, or the name of a file."
    )

    @field_validator("address")
    @classmethod
    def _address_has_a_form(cls, address: str) -> str:
        try:
            source_kind(address)
        except SourceError as error:
            raise ValueError(str(error)) from None
        return address

    @property
    def watched(self) -> Zones:
        """What of the zones the camera's role looks at."""
        if self.role == "counting":
            kept = tuple(zone for zone in self.zones.zones if not isinstance(zone, NoParkingZone))
            return self.zones.model_copy(update={"zones": kept})
        return self.zones if self.role == "all" else self.zones.model_copy(update={"lines": ()})

    def __repr_args__(self) -> list[tuple[str | None, object]]:
        """Without the password, so that no log shows it."""
        return [("id", self.id), ("address", shown(self.address)), ("role", self.role)]


class PageConfig(Model):
    """The unit's own page for a technician's telephone, on the local network only. Without this table there is none."""

    address: IPv4Address | None = Field(
        default=None,
        title="Address",
        description="Own address to listen on; when left out, the one on the network that leads to the broker. Refused "
        "unless it is a private one.",
    )
    port: int = Field(default=8080, title="Port", ge=1024, le=65_535, description="The firewall lets in 8080.")
    pin_file: FileName | None = Field(
        default=None,
        title="PIN",
        description="File with the unit's PIN on its first line, as printed on its label. When left out, one is drawn "
        "at the first start and kept as page.pin in the data folder.",
    )


class Contact(Model):
    """A switch between one of the board's pins and ground."""

    line: int = Field(title="Pin", ge=0, le=511, description="Number of the line on its chip: GPIO17 of a Pi is 17.")
    chip: FileName = Field(default="/dev/gpiochip0", title="Chip", description="Which chip has the pin.")
    alarm: Literal["open", "closed"] = Field(
        default="open",
        title="Alarm",
        description="Which state means that the door is open, or that the box has tilted.",
    )


class ContactsConfig(Model):
    """Switches at the box, where it has any."""

    door: Contact | None = Field(default=None, title="Door", description="Switch at the door of the box.")
    tilt: Contact | None = Field(default=None, title="Tilt", description="Switch that tells when the box leans over.")


class EvidenceConfig(Model):
    """What pictures of cases may cost. Telemetry goes before them; what is too much today comes tomorrow."""

    day_mb: int = Field(default=20, title="A day", ge=0, le=1000, description="MB of pictures; one is 80 kB at most.")
    kbit_s: int = Field(
        default=200, title="Pace", ge=8, le=100_000, description="How fast pictures may follow each other, in kbit/s."
    )


class UnitConfig(Model):
    """A whole unit."""

    site: Slug = Field(title="Site", description="The city, as in the site file.")
    unit: Slug = Field(title="Unit", description="This unit; the same name stands in its certificate.")
    timezone: str = Field(title="Time zone", max_length=60, description="In which parking hours are meant.")
    interval_s: int = Field(
        default=60,
        title="Interval",
        ge=1,
        le=3600,
        description="Seconds of one observation; starts at the full minute.",
    )
    target_fps: float = Field(
        default=10,
        title="Pictures a second",
        ge=1,
        le=30,
        description="How many pictures are looked at, if there is time.",
    )
    data: FileName = Field(
        default="/var/lib/simpang", title="Data folder", description="Outbox and kept configuration."
    )
    outbox_mb: int = Field(
        default=64,
        title="Outbox",
        ge=1,
        le=4096,
        description="What may wait for the broker, in MB; then evidence goes first.",
    )
    evidence: EvidenceConfig = Field(
        default_factory=EvidenceConfig, title="Evidence", description="What pictures of cases may cost."
    )
    contacts: ContactsConfig = Field(
        default_factory=ContactsConfig, title="Contacts", description="Switches at the box, where it has any."
    )
    recording: RecordingConfig | None = Field(
        default=None, title="Recording", description="The last minutes, pinned around cases; off when left out."
    )
    page: PageConfig | None = Field(default=None, title="Page", description="The unit's own page; off when left out.")
    broker: Broker
    detector: DetectorConfig = Field(default_factory=DetectorConfig)
    cameras: tuple[CameraConfig, ...] = Field(max_length=16)

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"time zone {name!r} is unknown; Bandung's is Asia/Jakarta")
        return name

    @model_validator(mode="after")
    def _cameras_are_there_and_differ(self) -> UnitConfig:
        if not self.cameras:
            raise ValueError(
                "there is no camera: a unit needs at least one [[cameras]] table with id, address and zones"
            )
        ids = [camera.id for camera in self.cameras]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"camera id used twice: {', '.join(twice)}")
        if 3600 % self.interval_s:
            raise ValueError(
                f"interval_s = {self.interval_s} does not divide the hour: take 10, 15, 30, 60, 300, 900, …"
            )
        return self

    @property
    def local_zone(self) -> ZoneInfo:
        """In which parking hours are meant."""
        return ZoneInfo(self.timezone)

    def fps_of(self, camera: CameraConfig) -> float:
        """How many pictures of `camera` are looked at each second."""
        return camera.target_fps or self.target_fps


def load_unit(path: Path) -> UnitConfig:
    """Read unit.toml and the files it names. `ContractError` says what is wrong, where, and what to do."""
    return assemble(parse_toml(read_text(path), path.name), path.parent, path.name)


def assemble(table: Mapping[str, object], folder: Path, where: str) -> UnitConfig:
    """A table as in unit.toml, with the files it names read into it; relative names start at `folder`."""
    whole = {key: value for key, value in table.items() if key != "site_file"}
    drawn = _drawn_in_site(table.get("site_file"), folder, where)
    cameras = table.get("cameras", [])
    if isinstance(cameras, list | tuple):
        whole["cameras"] = [_with_files(one, drawn, folder) if isinstance(one, Mapping) else one for one in cameras]
    whole["data"] = _placed(whole.get("data", "/var/lib/simpang"), folder)
    whole["broker"] = _broker_placed(whole.get("broker"), folder)
    whole["page"] = _page_placed(whole.get("page"), folder)
    try:
        return UnitConfig.model_validate({key: value for key, value in whole.items() if value is not None})
    except ValidationError as error:
        raise explain(error, where) from None


def _with_files(camera: Mapping[str, object], drawn: Mapping[str, Zones], folder: Path) -> dict[str, object]:
    """A camera's table with its zones read in and its recording, if it is one, found."""
    whole = dict(camera)
    zones, name = camera.get("zones"), camera.get("id")
    if isinstance(zones, str):
        path = folder / zones
        whole["zones"] = parse_zones(read_text(path), path.name)
    elif zones is None and isinstance(name, str) and name in drawn:
        whole["zones"] = drawn[name]
    address = camera.get("address")
    if isinstance(address, str) and "://" not in address and not is_live(address):
        whole["address"] = str(folder / address)
    return whole


def _drawn_in_site(site_file: object, folder: Path, where: str) -> dict[str, Zones]:
    """Camera id -> what the site file draws over its picture."""
    if site_file is None:
        return {}
    if not isinstance(site_file, str):
        raise ContractError(f'{where}: site_file: expected the name of a site file, such as "bandung.toml"')
    path = folder / site_file
    site = parse_site(read_text(path), path.name)
    return {
        name: Zones(lines=camera.lines, zones=camera.zones, calibration=camera.calibration)
        for name, (_, camera) in site.camera_places.items()
    }


def _broker_placed(broker: object, folder: Path) -> object:
    """The broker's table with its files found."""
    if not isinstance(broker, Mapping):
        return broker
    whole = dict(broker)
    if "credentials_file" in whole:
        whole["credentials_file"] = _placed(whole["credentials_file"], folder)
    if isinstance(whole.get("tls"), Mapping):
        whole["tls"] = {key: _placed(value, folder) for key, value in whole["tls"].items()}
    return whole


def _page_placed(page: object, folder: Path) -> object:
    """The page's table with its file found."""
    if not isinstance(page, Mapping):
        return page
    return {key: _placed(value, folder) if key == "pin_file" else value for key, value in page.items()}


def _placed(name: object, folder: Path) -> object:
    return str(folder / name) if isinstance(name, str) and name else name


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
