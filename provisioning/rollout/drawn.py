"""What technicians drew at the units, as zones files for the depot: a revision that does not carry it replaces it.

A unit tells in `config/reported` what was drawn on its page (docs/decisions/0131).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from contract import ConfigReported, Model, Zones


def drawings(reports: Mapping[str, Model]) -> dict[str, Zones]:
    """Camera -> zones, of all units that report a drawing."""
    return {
        camera: zones
        for report in reports.values()
        if isinstance(report, ConfigReported) and report.drawn
        for camera, zones in report.drawn.items()
    }


def zones_toml(zones: Zones, title: str) -> str:
    """A ZONES.toml that says the same; its tables also fit below a camera of the site file."""
    told = zones.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    parts = [f"# {title}"]
    for key in ("lines", "zones"):
        rows = "".join(f"    {_value(row)},\n" for row in told.get(key, []))
        if rows:
            parts.append(f"{key} = [\n{rows}]")
    if zones.calibration is not None:
        parts.append(f"calibration = {_value(told['calibration'])}")
    return "\n".join(parts) + "\n"


def _value(value: object) -> str:
    """Inline TOML. JSON's strings, numbers and arrays are TOML's, too."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
