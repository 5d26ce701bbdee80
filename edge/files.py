"""Files that people write for a unit, read with words for what is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path

from contract import ContractError, Zones, parse_zones
from contract.zones import parse_toml


def read_text(path: Path) -> str:
    """A text file; `ContractError` says why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ContractError(f"{path}: not a text file in UTF-8") from None
    except OSError as error:
        raise ContractError(
            f"{path}: cannot be read ({error.strerror or error}): check the name and the rights"
        ) from None


def read_zones(path: Path) -> Zones:
    """A ZONES.toml that draws something; `ContractError` for a missing file, another kind of file, or a wrong one."""
    text = read_text(path)
    found = parse_toml(text, path.name).keys()
    if not found & Zones.model_fields.keys():
        has = f"it has {', '.join(sorted(found)[:5])}" if found else "it is empty"
        raise ContractError(
            f"{path}: no zones file ({has}): expected [[lines]] or [[zones]], as contract/zones.py describes"
        )
    zones = parse_zones(text, path.name)
    if not zones.lines and not zones.zones:
        raise ContractError(f"{path}: draws no line and no zone: there is nothing to count")
    return zones


def check_room(folder: Path) -> None:
    """Refuse a folder for results that cannot be one, before hours of work go into them; `ContractError` says why."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise ContractError(f"{folder}: {there} is a file, not a folder: give another name")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ContractError(f"{folder}: nothing can be written in {there}: give another folder")
