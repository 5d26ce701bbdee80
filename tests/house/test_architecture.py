"""The programs meet only in the contract (docs/decisions/0001)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = {"edge", "collector", "signal_bridge", "models", "provisioning", "grafana", "twin"}
MAY_IMPORT = {
    "contract": set[str](),
    "edge": {"models"},
    "collector": set[str](),
    "signal_bridge": set[str](),
    "models": {"edge"},  # its benchmarks drive the edge's detector; the registry itself imports nobody
}
FILES = [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Top-level packages that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_program_imports_the_contract_and_no_other_program(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    strangers = (imported(path) & PROGRAMS) - MAY_IMPORT[package] - {package}
    assert not strangers, f"{path.relative_to(ROOT)} imports {', '.join(sorted(strangers))}"


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.is_relative_to(ROOT / "contract")], ids=lambda p: p.name
)
def test_the_contract_does_no_io(path: Path) -> None:
    assert not imported(path) & {"pathlib", "os", "socket", "sqlite3", "paho", "requests", "asyncio", "time"}
