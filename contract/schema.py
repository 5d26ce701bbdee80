"""The contract as JSON Schema, for those who speak to Simpang in another language."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import TypeAdapter

from contract.codec import MODELS
from contract.site import Site
from contract.zones import Zones


def schemas() -> Mapping[str, str]:
    """File name -> JSON Schema text (draft 2020-12) of every message kind, of the site file and of a zones file."""
    adapters: dict[str, TypeAdapter[object]] = {str(kind).replace("/", "-"): model for kind, model in MODELS.items()}
    adapters |= {"site-file": TypeAdapter(Site), "zones-file": TypeAdapter(Zones)}
    return {
        f"{name}.schema.json": json.dumps(adapter.json_schema(), indent=2, ensure_ascii=False) + "\n"
        for name, adapter in adapters.items()
    }
