"""A wheel carries what the programs read beside their code: an installed console without its words would be none."""

from __future__ import annotations

from configparser import ConfigParser
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("contract", "edge", "collector", "signal_bridge", "models", "provisioning", "grafana", "twin")
FILES = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*"))
    if path.is_file() and path.suffix not in {".py", ".pyc"}
]


def patterns() -> list[str]:
    """What setup.cfg says belongs to every package."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return [one.strip() for one in config["options.package_data"]["*"].split(",")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_beside_the_code_is_in_the_wheel(path: Path) -> None:
    """Patterns are taken from the nearest folder upwards that is a package; a star does not cross a slash."""
    home = next(folder for folder in path.parents if (folder / "__init__.py").exists())
    name = path.relative_to(home).as_posix()
    assert any(fnmatch(name, one) and name.count("/") == one.count("/") for one in patterns()), name
