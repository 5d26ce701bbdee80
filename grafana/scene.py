"""What every board and alert rule is made from: the city, the settings and a language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from contract import TRAFFIC, Camera, Junction, Site, VehicleClass
from grafana.influxql import APPROACH, FLOW, LEVEL, NOW, Query, any_of, is_
from grafana.panels import State, Steps
from grafana.settings import OCCUPANCY, GrafanaConfig
from grafana.words import Words

COLOURS = {
    "ok": "green",
    "night": "blue",
    "lost": "red",
    "black": "red",
    "frozen": "red",
    "covered": "red",
    "defocused": "orange",
    "moved": "orange",
}
"""Conditions of a camera (contract.CameraCondition) and how the boards colour them."""


class Known(NamedTuple):
    """An approach whose capacity is known. `capacity`: pcu an hour."""

    junction: Junction
    approach: str
    name: str
    capacity: float


class Scene(NamedTuple):
    """A city, told in one language."""

    site: Site
    config: GrafanaConfig
    t: Words

    def select(
        self,
        what: str | Iterable[str],
        measurement: str,
        *conditions: str,
        level: str = LEVEL,
        step: str = "",
        by: Sequence[str] = (),
        when: str = NOW,
        tail: str = "",
    ) -> str:
        """One SELECT within this city. `step`: length of a bucket of time, and an empty one stays empty."""
        chosen = what if isinstance(what, str) else ", ".join(what)
        where = " AND ".join((when, is_("site", self.site.site.id), *(one for one in conditions if one)))
        groups = [f"time({step})"] if step else []
        groups += [f'"{tag}"' for tag in by]
        grouped = f" GROUP BY {', '.join(groups)}" if groups else ""
        filled = " fill(null)" if step else ""
        ending = f" {tail}" if tail else ""
        return f'SELECT {chosen} FROM "{level}"."{measurement}" WHERE {where}{grouped}{filled}{ending}'

    @property
    def cameras(self) -> tuple[Camera, ...]:
        """Every camera of the city."""
        return tuple(camera for junction in self.site.junctions for camera in junction.cameras)

    @property
    def classes(self) -> dict[VehicleClass, str]:
        """What the counted classes are called."""
        return {kind: self.t(f"class.{kind}") for kind in TRAFFIC}

    @property
    def occupancy(self) -> dict[VehicleClass, float]:
        """Persons in a vehicle: the city's own numbers, else round ones."""
        return {kind: self.config.occupancy.get(kind, OCCUPANCY[kind]) for kind in TRAFFIC}

    @property
    def conditions(self) -> dict[str, State]:
        """How the conditions of a camera are told."""
        return {name: State(self.t(f"condition.{name}"), colour) for name, colour in COLOURS.items()}

    @property
    def yes_no(self) -> dict[str, State]:
        """How a fault that is or is not there is told."""
        return {"true": State(self.t("word.yes"), "red"), "false": State(self.t("word.no"), "green")}

    @property
    def by_camera(self) -> dict[str, str]:
        """Camera -> its junction's name, with its own id where the junction has several."""
        return {
            camera.id: junction.name if len(junction.cameras) == 1 else f"{junction.name} ({camera.id})"
            for junction in self.site.junctions
            for camera in junction.cameras
        }

    @property
    def by_arm(self) -> dict[str, str]:
        """`<camera> <approach>` -> junction and street."""
        return {
            f"{camera.id} {approach.id}": f"{junction.name}: {approach.name}"
            for junction in self.site.junctions
            for camera in junction.cameras
            for approach in junction.approaches
        }

    @property
    def no_yes(self) -> tuple[str, str]:
        """What 0 and 1 are called."""
        return self.t("word.no"), self.t("word.yes")

    @property
    def vc_steps(self) -> Steps:
        """Colours of V/C: yellow from the alert's threshold, red where as much arrives as can leave."""
        return Steps(min(self.config.alerts.vc, 1.0), 1.0)

    def known(self, junction: Junction | None = None) -> Iterator[Known]:
        """Approaches whose capacity is known, in the site file's order."""
        for place in self.site.junctions if junction is None else (junction,):
            capacities = self.config.capacity.get(place.id, {})
            for approach in place.approaches:
                if approach.id in capacities and place.cameras:
                    yield Known(place, approach.id, approach.name, capacities[approach.id])

    def vc(self, one: Known, *, level: str = LEVEL, step: str = "") -> str:
        """V/C of one approach: its flow over its capacity (PKJI 2023, derajat kejenuhan)."""
        return self.select(
            f"{FLOW} / {one.capacity:g}",
            APPROACH,
            any_of("camera", (camera.id for camera in one.junction.cameras)),
            is_("approach", one.approach),
            level=level,
            step=step,
        )

    def vcs(self, junction: Junction | None = None, *, step: str = "") -> list[Query]:
        """V/C of every approach whose capacity is known, called by its street (and junction, in a city)."""
        return [
            Query(
                self.vc(one, step=step), name=one.name if junction is not None else f"{one.junction.name}: {one.name}"
            )
            for one in self.known(junction)
        ]

    @property
    def service(self) -> list[tuple[float | None, float | None, State]]:
        """Levels of service by V/C, for a panel's ranges. What lies on a bound is still the better level."""
        lows = (None, *self.config.levels.bounds)
        highs = (*self.config.levels.bounds, None)
        colours = ("dark-green", "green", "semi-dark-yellow", "orange", "red", "dark-red")
        return [
            (low, high, State(letter, colour))
            for low, high, letter, colour in zip(lows, highs, "ABCDEF", colours, strict=True)
        ]
