"""Questions in InfluxQL, the language that 1.x, 2.x (DBRP) and 3 Core all answer, as Grafana's own query model.

The store's schema is not imported (decision 0100): its names stand here once, and a test holds them to the collector's.
Grafana fills in `$timeFilter` and the board's variables before it asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from contract import Camera, VehicleClass

SOURCE = "simpang-influx"
"""uid of the data source, in boards, alert rules and its own provisioning file."""

VOLUME, MOVEMENT, APPROACH, QUALITY = "volume", "movement", "approach", "quality"
HEALTH, CAMERA_HEALTH, FLEET, EVENT = "health", "camera_health", "fleet", "event"
SIGNAL_ACTION = "signal_action"
RAW = "raw"
LEVEL = "${level}"
"""Board variable: raw, m15 or h1."""
STEP = "${step}"
"""Board variable: how much time one bar or point of a line holds."""
NOW = "$timeFilter"
"""Grafana's macro for the time range shown."""

FLOW = 'sum("pcu") / sum("interval_s") * 3600'
"""Flow of an approach in pcu an hour, as docs/store.md defines it."""

_PLAIN = re.compile(r"[a-z0-9_-]+")


def source() -> DataSourceRef:
    """The data source as a panel refers to it."""
    return DataSourceRef(type_val="influxdb", uid=SOURCE)


@dataclass(frozen=True, slots=True)
class Query(Dataquery, Builder[Dataquery]):
    """One question. `name`: what a series of the answer is called ($col: column, $tag_x: a tag)."""

    text: str
    name: str = "$col"
    table: bool = False
    ref: str = "A"

    def build(self) -> Dataquery:
        """Itself; the SDK asks builders."""
        return self

    def as_ref(self, ref: str) -> Query:
        """The same question under another letter."""
        return replace(self, ref=ref)

    def to_json(self) -> dict[str, object]:
        """Grafana's InfluxDB query model with the text as written (`rawQuery`)."""
        return {
            "refId": self.ref,
            "datasource": source(),
            "rawQuery": True,
            "query": self.text,
            "resultFormat": "table" if self.table else "time_series",
            **({} if self.table else {"alias": self.name}),
        }


def is_(tag: str, value: str) -> str:
    """Equality of a tag or a string field. Only names of the contract come here, so nothing needs escaping."""
    if not _PLAIN.fullmatch(value):
        raise ValueError(f"{value!r} is no name of the contract")
    return f"\"{tag}\" = '{value}'"


def any_of(tag: str, values: Iterable[str]) -> str:
    """One of several names, as an anchored pattern; of one name, equality."""
    names = sorted(set(values))
    if len(names) == 1:
        return is_(tag, names[0])
    for name in names:
        is_(tag, name)
    return f'"{tag}" =~ /^({"|".join(names)})$/'


def chosen_cameras(variable: str = "simpang") -> str:
    """The cameras that a board's variable chose. `:raw`, because Grafana would escape the bars between them."""
    return f'"camera" =~ /^(${{{variable}:raw}})$/'


def arriving(cameras: Sequence[Camera]) -> str:
    """What goes over a line towards the junction: to the right of the line of an approach (edge/measures/approach.py).

    By the name of the direction alone where that tells it apart from every other, else line by line.
    """
    towards = {line.right for camera in cameras for line in camera.lines if line.approach}
    other = {line.left for camera in cameras for line in camera.lines}
    other |= {line.right for camera in cameras for line in camera.lines if not line.approach}
    if towards and not towards & other:
        return any_of("direction", towards)
    exactly = [
        f"({is_('camera', camera.id)} AND {is_('line', line.id)} AND {is_('direction', line.right)})"
        for camera in cameras
        for line in camera.lines
        if line.approach
    ]
    return f"({' OR '.join(exactly)})" if exactly else is_("direction", "none")


def all_vehicles(classes: Iterable[VehicleClass]) -> str:
    """The sum over all classes."""
    return " + ".join(f'sum("{kind}")' for kind in classes)
