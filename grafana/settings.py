"""grafana.toml: which city the boards show, where Grafana and the store are, and the numbers that only people know.

Three kinds of number are not in the store and stand here, each with its source, to be corrected by whoever knows
better: capacities of approaches (PKJI 2023, from a survey and the signal plan), persons in a vehicle, and the
thresholds of the alerts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from contract import ContractError, Model, Site, Slug, VehicleClass, explain, parse_site
from contract.zones import parse_toml

Persons = Annotated[float, Field(gt=0, le=200)]
Capacity = Annotated[float, Field(gt=0, le=20_000, description="C in pcu an hour.")]
Ratio = Annotated[float, Field(gt=0, le=5)]
Minutes = Annotated[int, Field(ge=1, le=1440)]

OCCUPANCY: dict[VehicleClass, float] = {
    VehicleClass.MOTORCYCLE: 1.3,
    VehicleClass.CAR: 1.8,
    VehicleClass.ANGKOT: 6.0,
    VehicleClass.BUS: 25.0,
    VehicleClass.TRUCK: 1.5,
    VehicleClass.BICYCLE: 1.0,
}
"""Persons in a vehicle, driver included: round numbers to begin with, from no survey. A city's own go into the file."""


class ServerSettings(Model):
    """Where Grafana is, and as whom boards are pushed."""

    url: str = Field(default="http://127.0.0.1:3000", pattern=r"^https?://[^\s/]+(/[^\s]*)?$", max_length=300)
    token_file: Path | None = Field(
        default=None, description="Token of a service account with the role Admin; or set SIMPANG_GRAFANA_TOKEN."
    )
    timeout_s: float = Field(default=30, gt=0, le=600)


class DataSourceSettings(Model):
    """The store as Grafana reaches it. Its secret is in Grafana's own environment, never in a file here."""

    url: str = Field(
        default="http://127.0.0.1:8086", pattern=r"^https?://[^\s/]+$", description="As seen from Grafana."
    )
    version: Literal["1", "2", "3"] = Field(
        default="2", description="InfluxDB 1.x, 2.x (DBRP) or 3 Core; InfluxQL all."
    )
    database: str = Field(default="simpang", pattern=r"^[a-z0-9_-]{1,60}$")
    user: str = Field(default="grafana", pattern=r"^[^\s:]{1,60}$", description="1.x alone: who reads.")


class FolderSettings(Model):
    """Who sees a folder: everybody who may sign in, or these teams alone. Administrators always do."""

    teams: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = Field(default=(), max_length=20)


class Folders(Model):
    """The two folders, by whose boards they hold."""

    dishub: FolderSettings = FolderSettings()
    diskominfo: FolderSettings = FolderSettings()


class LevelsOfService(Model):
    """Upper bounds of V/C for A to E; above the last it is F. KM 14/2006: 0.6, 0.7, 0.8, 0.9, 1.0.

    The law's own level of a junction is by delay (PM 96/2015), which no camera of ours measures: boards say "by V/C".
    """

    a: Ratio = 0.6
    b: Ratio = 0.7
    c: Ratio = 0.8
    d: Ratio = 0.9
    e: Ratio = 1.0

    @model_validator(mode="after")
    def _rise(self) -> LevelsOfService:
        if sorted(self.bounds) != list(self.bounds) or len(set(self.bounds)) < len(self.bounds):
            raise ValueError("a, b, c, d and e must rise")
        return self

    @property
    def bounds(self) -> tuple[float, ...]:
        """Of A, B, C, D, E."""
        return (self.a, self.b, self.c, self.d, self.e)


class AlertSettings(Model):
    """From where on somebody is told."""

    vc: Ratio = Field(default=0.85, description="PKJI 2023: a junction is designed for at most 0.85.")
    vc_minutes: Minutes = 15
    unit_down_minutes: Minutes = 5
    camera_minutes: Minutes = 10
    disk_free_mb: float = Field(default=500, gt=0, le=1e7)
    temperature_c: float = Field(default=80, gt=0, le=150, description="A Raspberry Pi slows down from 80 on.")
    parking_minutes: Minutes = 10


class GrafanaConfig(Model):
    """A whole grafana.toml."""

    site: Path = Field(description="The site file; beside this file when the path is relative.")
    server: ServerSettings = ServerSettings()
    store: DataSourceSettings = DataSourceSettings()
    folders: Folders = Folders()
    occupancy: dict[VehicleClass, Persons] = Field(default_factory=dict, description="Persons in a vehicle, by class.")
    occupancy_source: str | None = Field(default=None, max_length=200, description="Which survey they come from.")
    capacity: dict[Slug, dict[Slug, Capacity]] = Field(
        default_factory=dict, description="Junction -> approach -> capacity in pcu an hour (PKJI 2023: C = J x g / s)."
    )
    levels: LevelsOfService = LevelsOfService()
    alerts: AlertSettings = AlertSettings()

    @model_validator(mode="after")
    def _persons_are_no_vehicles(self) -> GrafanaConfig:
        if VehicleClass.PERSON in self.occupancy:
            raise ValueError("occupancy.person: a pedestrian carries nobody")
        return self


def parse_config(text: str, folder: Path, where: str = "grafana.toml") -> tuple[GrafanaConfig, Site]:
    """Read a grafana.toml and the site file it names; paths in it are taken from `folder`.

    `ContractError` says what is wrong; OSError when the site file cannot be read.
    """
    try:
        config = GrafanaConfig.model_validate(parse_toml(text, where))
    except ValidationError as error:
        raise explain(error, where) from None
    place = folder / config.site
    site = parse_site(place.read_text(encoding="utf-8"), place.name)
    token = config.server.token_file and folder / config.server.token_file
    server = config.server.model_copy(update={"token_file": token})
    _capacities_have_a_place(config, site, where)
    return config.model_copy(update={"server": server, "site": place}), site


def _capacities_have_a_place(config: GrafanaConfig, site: Site, where: str) -> None:
    known = {junction.id: {approach.id for approach in junction.approaches} for junction in site.junctions}
    for junction, approaches in config.capacity.items():
        if junction not in known:
            raise ContractError(f"{where}: capacity.{junction}: the site file has no such junction")
        for approach in approaches:
            if approach not in known[junction]:
                names = ", ".join(sorted(known[junction])) or "none"
                raise ContractError(f"{where}: capacity.{junction}.{approach}: no such approach; it has: {names}")
